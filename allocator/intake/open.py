"""From the path that scenario.toml names as its data to a `Book`: a workbook, or a folder of CSV or Parquet files."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from allocator.intake.contents import find_path_problem
from allocator.intake.file_problems import error
from allocator.intake.grid import Book
from allocator.problems import InputRejected, Place, Problem

WORKBOOK = ".xlsx"
CSV = ".csv"
PARQUET = ".parquet"
UNSEEN = ("desktop.ini", "thumbs.db")  # what an operating system leaves in any folder


def open_book(path: Path) -> Book:
    """All sheets at `path`: an .xlsx file, or a folder whose files are all .csv or all .parquet.

    Raises `InputRejected` with every problem of the files as such. Readers are imported here, so that CSV costs no
    spreadsheet library.
    """
    suffix = path.suffix.lower()
    if suffix == WORKBOOK:
        from allocator.intake.workbook import read_workbook

        return read_workbook(path, path.name)
    place = Place(file=path.name)
    if (refusal := find_path_problem(path, path.name)) is not None:
        raise InputRejected([refusal])
    if path.is_dir():
        return _read_folder(path)
    raise InputRejected(
        [error("PATH_NOT_A_FOLDER" if suffix in ("", CSV, PARQUET) else "PATH_EXTENSION", place, suffix)]
    )


def _read_folder(folder: Path) -> Book:
    place = Place(file=folder.name)
    try:
        files = sorted(path for path in folder.iterdir() if not _is_unseen(path.name))
    except PermissionError:
        raise InputRejected([error("PATH_FORBIDDEN", place)]) from None
    except OSError as cause:
        raise InputRejected([error("PATH_UNREADABLE", place, detail=cause.strerror or cause)]) from cause
    if problems := _find_folder_problems(folder.name, files):
        raise InputRejected(problems)
    if files[0].suffix.lower() == CSV:
        from allocator.intake.csv_folder import read_csv_files

        return read_csv_files(files, folder.name)
    from allocator.intake.parquet_folder import read_parquet_files

    return read_parquet_files(files, folder.name)


def _find_folder_problems(folder: str, files: list[Path]) -> list[Problem]:
    """Why the files of a folder are not one set of tables."""
    tables = [path for path in files if path.suffix.lower() in (CSV, PARQUET) and not path.is_dir()]
    problems = [
        error("FOLDER_FOREIGN_FILE", Place(file=f"{folder}/{path.name}"), path.suffix)
        for path in files
        if path not in tables
    ]
    if not tables:
        problems.append(error("FOLDER_EMPTY", Place(file=folder)))
    if len({path.suffix.lower() for path in tables}) > 1:
        problems.append(error("FOLDER_MIXED", Place(file=folder), ", ".join(path.name for path in tables)))
    return [*problems, *_find_equal_names(folder, tables)]


def _find_equal_names(folder: str, tables: Iterable[Path]) -> Iterable[Problem]:
    """Two files whose names are one name to somebody: in another case, or in full-width letters."""
    first: dict[str, str] = {}
    for path in tables:
        other = first.setdefault(unicodedata.normalize("NFKC", path.stem).casefold(), path.name)
        if other != path.name:
            yield error("FOLDER_SAME_TABLE", Place(file=f"{folder}/{path.name}"), path.stem, other=other)


def _is_unseen(name: str) -> bool:
    return name.startswith((".", "~$")) or name.casefold() in UNSEEN
