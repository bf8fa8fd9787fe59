"""Addresses of cells, written as spreadsheet programs write them; needs no spreadsheet library."""

import re
from functools import cache

_CORNER = re.compile(r"([A-Z]+)([0-9]+)")


@cache
def column_letters(column: int) -> str:
    """The letters of a column counted from 1: `column_letters(28) == "AB"`."""
    before, last = divmod(column - 1, 26)
    return (column_letters(before) if before else "") + chr(ord("A") + last)


def column_number(letters: str) -> int:
    """The column, counted from 1, that has these letters: `column_number("AB") == 28`."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def address(row: int, column: int) -> str:
    """The address of a cell, row and column counted from 1: `address(7, 4) == "D7"`."""
    return f"{column_letters(column)}{row}"


def corners(span: str) -> tuple[int, int, int, int]:
    """Top row, left column, bottom row and right column of a range: `corners("B4:C6") == (4, 2, 6, 3)`."""
    (left, top), *_, (right, bottom) = _CORNER.findall(span) * (1 if ":" in span else 2)
    return int(top), column_number(left), int(bottom), column_number(right)


def position(cell: str) -> tuple[int, int]:
    """Row and column of an address, counted from 1, for sorting as in the file; (0, 0) for anything else."""
    match = _CORNER.fullmatch(cell)
    return (int(match[2]), column_number(match[1])) if match else (0, 0)
