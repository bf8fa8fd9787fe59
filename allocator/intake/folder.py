"""A folder of data files, one sheet each: every file is read once, and every problem of every file is told."""

from collections.abc import Callable, Sequence
from pathlib import Path

from allocator.intake.contents import Contents, find_change, read_once
from allocator.intake.grid import Book, Sheet
from allocator.problems import InputRejected, Problem, errors
from allocator.records import Source

ReadSheet = Callable[[Contents], tuple[Sheet, str, Sequence[Problem]]]
"""What one format does with a file: its sheet, what read it, and what is to be said of it."""


def read_sheets(paths: Sequence[Path], folder: str, read: ReadSheet) -> Book:
    """One sheet a file, named by its stem; raises `InputRejected` with every problem of every file.

    Messages name a file with its folder, unless `folder` is empty.
    """
    sheets: list[Sheet] = []
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            contents = read_once(path, f"{folder}/{path.name}" if folder else path.name)
        except InputRejected as rejected:
            problems += rejected.problems
            continue
        sheet, reader, found = read(contents)
        problems += found
        if (change := find_change(contents)) is not None:
            problems.append(change)
        sheets.append(sheet)
        sources.append(contents.source(reader))
    if errors(problems):
        raise InputRejected(problems)
    return Book(sheets=tuple(sheets), sources=tuple(sources), notes=tuple(problems))
