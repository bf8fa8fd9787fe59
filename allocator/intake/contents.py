"""The bytes of a data file, read once; everything that can be wrong with a path is said here.

The hash, the check and the parser all work on the same bytes, so nobody can exchange a file between them.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from allocator.intake.file_problems import error
from allocator.intake.limits import FILE_BYTES
from allocator.problems import InputRejected, Place, Problem
from allocator.records import Source

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
"""First bytes of the container of old Office and WPS files, and of password-protected new ones."""

ZIP = b"PK\x03\x04"
PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A file as it was at one moment: its path, the name that messages use, its bytes and their SHA-256."""

    path: Path
    name: str
    data: bytes
    sha256: str

    @property
    def place(self) -> Place:
        """The file as a whole."""
        return Place(file=self.name)

    def source(self, reader: str) -> Source:
        """The record that this file was read, and by what."""
        return Source(name=self.name, sha256=self.sha256, reader=reader)


def read_once(path: Path, name: str) -> Contents:
    """The whole file; raises `InputRejected` when it is missing, not a plain file, not readable, empty or too large."""
    place = Place(file=name)
    if (refusal := find_path_problem(path, name)) is not None:
        raise InputRejected([refusal])
    if path.is_dir():
        raise InputRejected([error("PATH_IS_FOLDER", place)])
    if not path.is_file():
        raise InputRejected([error("PATH_NOT_A_FILE", place)])
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except PermissionError:
        raise InputRejected([error("PATH_FORBIDDEN", place)]) from None
    except OSError as cause:
        raise InputRejected([error("PATH_UNREADABLE", place, detail=cause.strerror or cause)]) from cause
    if not data:
        raise InputRejected([error("FILE_EMPTY", place)])
    if len(data) > FILE_BYTES:
        raise InputRejected([error("FILE_TOO_LARGE", place, limit=FILE_BYTES // 2**20)])
    return Contents(path=path, name=name, data=data, sha256=hashlib.sha256(data).hexdigest())


def find_path_problem(path: Path, name: str) -> Problem | None:
    """Why nothing can stand at `path`: a link to nowhere, nothing there, or no permission to look."""
    place = Place(file=name)
    try:
        if path.exists():
            return None
        if path.is_symlink():
            return error("PATH_BROKEN_LINK", place, target=path.readlink())
        beside = (
            [p.name for p in sorted(path.parent.iterdir()) if not p.name.startswith(".")]
            if path.parent.is_dir()
            else []
        )
    except PermissionError:
        return error("PATH_FORBIDDEN", place)
    except OSError as cause:
        return error("PATH_UNREADABLE", place, detail=cause.strerror or cause)
    except ValueError:  # a NUL in the path
        return error("PATH_MISSING", place, folder=path.parent, beside="-")
    return error("PATH_MISSING", place, folder=path.parent, beside=", ".join(beside[:8]) or "-")


def find_change(contents: Contents) -> Problem | None:
    """Whether the file is no longer what was read: somebody saved it meanwhile, and the answer would be to old data."""
    try:
        with contents.path.open("rb") as stream:
            now = hashlib.sha256(stream.read(FILE_BYTES + 1)).hexdigest()
    except OSError:
        now = ""
    return None if now == contents.sha256 else error("FILE_CHANGED", contents.place)
