"""What a file of an output folder says, value by value: each under the way to it, in the order of the file.

The way to a value is its row and its column, its sheet and its cell, or the keys of a JSON file from the outermost in.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import PurePath
from typing import Any, cast

from allocator.audit.book import BookUnreadable, cells
from allocator.report.csv_files import unguard

Way = tuple[str, ...]
Values = Mapping[Way, str]

NAMED_BY = {"allocation.csv": 1, "draws.csv": 3, "pools.csv": 1, "donors.csv": 2, "payments.csv": 3}
"""Table -> how many of its first columns name a row."""

HEADER = "header"
LIST, TABLE = "[]", "{}"
"""What stands for a list or a table itself, so that neither can pass for the other, and none is lost when empty."""


class Unreadable(Exception):
    """The file is none of its kind, or says two things in one place; the text tells which."""


def read_values(name: str, content: bytes) -> Values:
    """The values of one file; raises `Unreadable`."""
    values: dict[Way, str] = {}
    try:
        for way, value in told_by(name, content):
            if way in values:
                raise Unreadable(f"{'.'.join(way)} stands twice")
            values[way] = value
    except RecursionError:
        raise Unreadable("tables stand in tables without end") from None
    return values


def told_by(name: str, content: bytes) -> Iterator[tuple[Way, str]]:
    """Each value with the way to it."""
    match PurePath(name).suffix:
        case ".csv":
            yield from of_table(name, content)
        case ".json":
            yield from of_document(content)
        case ".xlsx":
            try:
                yield from cells(content)
            except BookUnreadable as wrong:
                raise Unreadable(str(wrong)) from wrong
        case _:
            raise Unreadable("no kind of file that a result holds")


def of_table(name: str, content: bytes) -> Iterator[tuple[Way, str]]:
    """The header, then every cell under the names of its row and its column."""
    try:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise Unreadable(str(wrong)) from wrong
    header = lines[0] if lines else []
    for place, column in enumerate(header, start=1):
        yield (HEADER, str(place)), column
    met = Counter[str]()
    for line in lines[1:]:
        row = once(" ".join(unguard(cell) for cell in line[: NAMED_BY.get(name, 1)]), met)
        for place, cell in enumerate(line):
            yield (row, header[place] if place < len(header) else str(place + 1)), cell


def of_document(content: bytes) -> Iterator[tuple[Way, str]]:
    """Every value of a JSON file."""
    try:
        document = json.loads(
            content,
            object_pairs_hook=all_keys_once,
            parse_float=Decimal,
            parse_constant=no_number,
        )
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from wrong
    yield from leaves(document, ())


def leaves(value: Any, way: Way) -> Iterator[tuple[Way, str]]:
    """The way to each value inside; the records of projects stand under their ids, what else is listed by number."""
    if isinstance(value, dict):
        yield way, TABLE
        for key, entry in cast(dict[str, Any], value).items():
            yield from leaves(entry, (*way, key))
    elif isinstance(value, list):
        yield way, LIST
        met = Counter[str]()
        for number, entry in enumerate(cast(list[Any], value), start=1):
            named = cast(dict[str, Any], entry).get("project_id") if isinstance(entry, dict) else None
            yield from leaves(entry, (*way, once(named, met) if isinstance(named, str) else str(number)))
    else:
        yield way, spell(value)


def spell(value: Any) -> str:
    """A value as JSON writes it: a text in quotes, so that it is not taken for a number."""
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def once(name: str, met: Counter[str]) -> str:
    """A name that no other row of the file has."""
    met[name] += 1
    return name if met[name] == 1 else f"{name} #{met[name]}"


def all_keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table; two values under one key would be read differently by different readers."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError(f"a key stands twice among {sorted(key for key, _ in pairs)}")
    return table


def no_number(text: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError(f"{text} is no number")
