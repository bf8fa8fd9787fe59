"""What can be wrong with the path that a scenario names as its data."""

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from workbook_parts import packed, parts, read, refused, sheet, told

from allocator.intake import contents, workbook
from allocator.intake.open import open_book
from allocator.words import say, texts

GOOD = packed(parts(sheet('<row r="1"><c r="A1"><v>1</v></c></row>')))


def test_a_missing_file_is_told_with_what_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "数据.xlsx").write_bytes(GOOD)
    (problem,) = refused(tmp_path / "data.xlsx")
    assert (problem.code, str(problem.place), problem.facts["beside"]) == ("PATH_MISSING", "data.xlsx", "数据.xlsx")


@pytest.mark.parametrize("name", ["data", "data.csv", "nowhere/data.xlsx", "data\0.xlsx"])
def test_a_path_where_nothing_stands_is_missing(tmp_path: Path, name: str) -> None:
    assert [problem.code for problem in refused(tmp_path / name)] == ["PATH_MISSING"]


def test_a_link_to_nowhere_is_told_with_its_target(tmp_path: Path) -> None:
    (tmp_path / "data.xlsx").symlink_to("gone.xlsx")
    (problem,) = refused(tmp_path / "data.xlsx")
    assert (problem.code, problem.facts["target"]) == ("PATH_BROKEN_LINK", "gone.xlsx")


def test_a_folder_where_a_workbook_is_expected_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.xlsx").mkdir()
    assert told(refused(tmp_path / "data.xlsx")) == [("PATH_IS_FOLDER", "data.xlsx")]


@pytest.mark.parametrize("name", ["data", "projects.csv", "projects.parquet"])
def test_a_single_file_where_a_folder_is_expected_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("id,plan\n")
    assert told(refused(tmp_path / name)) == [("PATH_NOT_A_FOLDER", name)]


@pytest.mark.parametrize("name", ["data.xls", "data.xlsm", "data.et", "data.ods", "data.docx"])
def test_a_file_of_another_kind_is_refused_by_its_ending(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(GOOD)
    (problem,) = refused(tmp_path / name)
    assert (problem.code, problem.value) == ("PATH_EXTENSION", Path(name).suffix)


def test_the_ending_may_be_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "DATA.XLSX").write_bytes(GOOD)
    assert open_book(tmp_path / "DATA.XLSX").sources[0].name == "DATA.XLSX"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.xlsx")
    assert told(refused(tmp_path / "data.xlsx")) == [("PATH_NOT_A_FILE", "data.xlsx")]


def failing(cause: OSError) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise cause

    return fail


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "PATH_FORBIDDEN"),
        (OSError(errno.EIO, "Input/output error"), "PATH_UNREADABLE"),
    ],
)
@pytest.mark.parametrize("name", ["data.xlsx", "data"])
def test_a_path_that_the_system_refuses_is_told_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: OSError, code: str, name: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data.xlsx").write_bytes(GOOD)
    monkeypatch.setattr(Path, "open", failing(cause))
    monkeypatch.setattr(Path, "iterdir", failing(cause))
    assert told(refused(tmp_path / name)) == [(code, name)]


def test_a_file_beyond_the_limit_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "FILE_BYTES", 100)
    (tmp_path / "data.xlsx").write_bytes(GOOD)
    assert told(refused(tmp_path / "data.xlsx")) == [("FILE_TOO_LARGE", "data.xlsx")]


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"other"), lambda path: path.unlink()])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(GOOD)
    check = workbook.find_archive_problems

    def check_and_change(found: contents.Contents) -> Any:
        change(path)
        return check(found)

    monkeypatch.setattr(workbook, "find_archive_problems", check_and_change)
    assert told(refused(path)) == [("FILE_CHANGED", "data.xlsx")]


def test_a_file_saved_anew_with_the_same_content_has_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "data.xlsx"
    path.write_bytes(GOOD)
    found = contents.read_once(path, "data.xlsx")
    path.unlink()
    path.write_bytes(GOOD)
    assert contents.find_change(found) is None
    assert len(found.sha256) == 64


def test_an_empty_folder_is_refused_and_what_the_system_leaves_in_it_is_not_seen(tmp_path: Path) -> None:
    for name in (".gitkeep", "~$data.xlsx", "Thumbs.db"):
        (tmp_path / name).write_text("x")
    assert [problem.code for problem in refused(tmp_path)] == ["FOLDER_EMPTY"]


def test_a_folder_of_more_than_one_kind_is_refused_with_every_stranger(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("projects.csv", "accounts.parquet", "data.xlsx", "notes.txt"):
        (folder / name).write_text("x")
    (folder / "old").mkdir()
    assert told(refused(folder)) == [
        ("FOLDER_FOREIGN_FILE", "data/data.xlsx"),
        ("FOLDER_FOREIGN_FILE", "data/notes.txt"),
        ("FOLDER_FOREIGN_FILE", "data/old"),
        ("FOLDER_MIXED", "data"),
    ]


def test_two_files_of_one_name_in_another_case_or_width_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("projects.csv", "ＰＲＯＪＥＣＴＳ.csv"):
        (folder / name).write_text("id,plan\n")
    assert [problem.code for problem in refused(folder)] == ["FOLDER_SAME_TABLE"]


def test_reading_csv_imports_no_spreadsheet_library(tmp_path: Path) -> None:
    (tmp_path / "projects.csv").write_text("id,plan\nP1,3\n")
    script = (
        "import sys, pathlib; from allocator.intake.open import open_book; open_book(pathlib.Path(sys.argv[1]));"
        "sys.exit(any(name in sys.modules for name in ('openpyxl', 'pyarrow', 'pandas', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[1]).returncode == 0


def test_every_code_of_the_readers_has_its_words_in_both_languages() -> None:
    folder = Path(contents.__file__).parent
    names = ("archive", "contents", "csv_folder", "open", "parquet_folder", "workbook", "worksheet")
    source = "".join((folder / f"{name}.py").read_text() for name in names)
    family = r'"((?:CELL|CSV|FILE|FOLDER|FORMULAS|NUMBER|PARQUET|PATH|SHEET|TEXT|WORKBOOK)_[A-Z_]+)"'
    codes = set(re.findall(family, source))
    assert len(codes) > 50
    assert codes <= set(texts("problems"))


def test_the_words_of_a_missing_file_say_where_to_look(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path / "data.xlsx")
    assert str(tmp_path) in say(f"problems.{problem.code}.why", "zh", value=problem.value, **problem.facts)


def test_a_workbook_is_known_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    first, second = read(tmp_path, GOOD).sources[0], read(tmp_path, GOOD).sources[0]
    assert first == second
