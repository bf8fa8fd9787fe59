"""What a user filled in is never lost: a file about to be replaced is kept beside it under a new name."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import count
from pathlib import Path


@contextmanager
def keep_what_changes(files: Iterable[Path]) -> Generator[dict[Path, Path]]:
    """Copy each file to `<name>.bak-N<suffix>` beside it; at the end drop the copies of those that did not change.

    The mapping, file -> copy, holds what is kept once the block has been left. Raises OSError.
    """
    kept: dict[Path, Path] = {}
    try:
        for file in files:
            if file.is_file():
                kept[file] = name_copy(file)
                kept[file].write_bytes(file.read_bytes())
        yield kept
    finally:
        for file, copy in list(kept.items()):
            if file.is_file() and copy.is_file() and file.read_bytes() == copy.read_bytes():
                copy.unlink()
                del kept[file]


def name_copy(file: Path) -> Path:
    """The first of `data.bak-1.xlsx`, `data.bak-2.xlsx`, ... that is not there yet."""
    names = (file.with_name(f"{file.stem}.bak-{number}{file.suffix}") for number in count(1))
    return next(name for name in names if not name.exists())
