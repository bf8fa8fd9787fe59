"""A scenario's Parquet files as columns: texts as codes, quantities as whole grid units.

Nothing is corrected here: names are the English ones, values are spelled as the program spells them, ids ascend. What
is otherwise is refused with a hint at the ordinary line, which reads every spelling and names every cell.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingImports=false

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from allocator.intake.columns import TABLE, Value
from allocator.intake.file_problems import error
from allocator.problems import InputRejected, Place, Problem
from allocator.quantities import LARGEST, Indicator
from allocator.records import Source
from models.instance import Ints

NONE = -1
"""The code of an empty cell, and the value of an empty number."""

GRIDS = {Value.QUANTITY: 4, Value.MONEY: 4, Value.SCORE: 4, Value.PRICE: 4, Value.WHOLE: 0}
"""Decimals kept of each kind of number; of capacity two."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texts:
    """A column of texts, days or yes and no: codes into its distinct values, in order of appearance."""

    code: Ints  # (N,) NONE for an empty cell
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Roll:
    """One table: its columns by name. Ids of projects stay as they were read, for they are written again."""

    name: str
    rows: int
    columns: frozenset[str]
    ids: Any  # the key column of projects and accounts, a pyarrow array
    names: Any  # the column `name`, or None
    texts: Mapping[str, Texts]
    numbers: Mapping[str, Ints]  # grid units; NONE for an empty cell


def read_rolls(folder: Path) -> tuple[Mapping[str, Roll], tuple[Source, ...]]:
    """Every table of a folder of Parquet files, and the files; raises `InputRejected` with every problem found."""
    try:
        import pyarrow
    except ImportError:
        raise InputRejected([error("PARQUET_NOT_INSTALLED", Place(file=folder.name))]) from None
    files = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not files:
        raise InputRejected([error("BULK_NEEDS_PARQUET", Place(file=folder.name))])
    rolls: dict[str, Roll] = {}
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in files:
        content = path.read_bytes()
        name = f"{folder.name}/{path.name}"
        sources.append(
            Source(name=name, sha256=hashlib.sha256(content).hexdigest(), reader=f"pyarrow {pyarrow.__version__}")
        )
        place = Place(file=name, sheet=path.stem)
        if path.stem not in TABLE:
            problems.append(error("BULK_COLUMN", place, path.stem))
            continue
        roll, found = _read(content, path.stem, place)
        problems += found
        if roll:
            rolls[path.stem] = roll
    if problems:
        raise InputRejected(problems)
    return rolls, tuple(sources)


def _read(content: bytes, name: str, place: Place) -> tuple[Roll | None, list[Problem]]:
    from pyarrow import ArrowException, BufferReader
    from pyarrow.parquet import read_table

    try:
        table = read_table(BufferReader(content), use_threads=True).combine_chunks()
    except (ArrowException, OSError, ValueError) as cause:
        return None, [error("PARQUET_DAMAGED", place, detail=str(cause).splitlines()[0][:200])]
    spec = TABLE[name]
    known = {column.name: column for column in spec.columns}
    problems = [error("BULK_COLUMN", place, column) for column in table.column_names if column not in known]
    problems += [error("BULK_COLUMN_ABSENT", place, column) for column in spec.required - set(table.column_names)]
    if problems:
        return None, problems
    texts: dict[str, Texts] = {}
    numbers: dict[str, Ints] = {}
    arrays = {
        column: table[column].chunk(0) if table[column].num_chunks else table[column].combine_chunks()
        for column in table.column_names
    }
    ids = arrays.pop(spec.key) if name in ("projects", "accounts") else None
    names = arrays.pop("name", None)
    problems += _find_bad_ids(ids, name, place) if ids is not None else ()
    for column, array in arrays.items():
        value = known[column].value
        if value not in GRIDS:
            texts[column] = _coded(array)
            continue
        whole = _whole(array, 2 if column.endswith("_kg") else GRIDS[value])
        if isinstance(whole, str):
            problems.append(error("BULK_VALUE", place, column, detail=whole))
        else:
            numbers[column] = whole
    columns = frozenset(table.column_names)
    roll = Roll(name=name, rows=table.num_rows, columns=columns, ids=ids, names=names, texts=texts, numbers=numbers)
    return roll, problems


def _find_bad_ids(array: Any, name: str, place: Place) -> Iterator[Problem]:
    """Ids are given, of plain characters, and each is greater than the one before it: so they are unique, too."""
    from pyarrow import compute, types

    if not types.is_string(array.type) or array.null_count:
        yield error("BULK_VALUE", place, TABLE[name].key, detail=str(array.type))
    elif not compute.all(compute.match_substring_regex(array, "^[A-Za-z0-9][A-Za-z0-9._-]*$")).as_py() or (
        len(array) > 1 and not compute.all(compute.less(array[:-1], array[1:])).as_py()
    ):
        yield error("BULK_IDS", place, TABLE[name].key)


def _whole(array: Any, decimals: int) -> Ints | str:
    """A column of numbers in steps of 10^-decimals; why it cannot be, as a text."""
    from pyarrow import compute, decimal128, types

    kind = array.type
    if types.is_integer(kind):
        values = compute.fill_null(array, NONE).to_numpy(zero_copy_only=False).astype(np.int64)
        scale = 10**decimals
    elif types.is_decimal(kind) and kind.scale <= decimals and kind.precision <= 18:
        filled = compute.fill_null(array.cast(decimal128(38, decimals)), 0)
        halves = np.frombuffer(filled.buffers()[1], dtype=np.int64)[2 * filled.offset :][: 2 * len(filled)]
        values, scale = halves[::2].copy(), 1
        if array.null_count:
            values[compute.is_null(array).to_numpy(zero_copy_only=False)] = NONE
            return _in_range(values, array.null_count)
    else:
        return str(kind)
    if scale > 1:
        values = np.where(values == NONE, NONE, values * scale) if array.null_count else values * scale
    return _in_range(values, array.null_count)


def _in_range(values: Ints, empty: int) -> Ints | str:
    """Numbers that are not negative (but for empty cells) and not too large."""
    if int((values < 0).sum()) != empty or values.max(initial=0) > LARGEST:
        return "< 0, > 10^9"
    return values


def _coded(array: Any) -> Texts:
    """Texts, days, yes and no as codes; an empty text is an empty cell."""
    from pyarrow import compute, string, types

    coded = array if types.is_dictionary(array.type) else compute.dictionary_encode(array)
    values = tuple(
        str(v.as_py()).lower() if types.is_boolean(coded.dictionary.type) else str(v.as_py())
        for v in (coded.dictionary if not types.is_null(coded.dictionary.type) else coded.dictionary.cast(string()))
    )
    code = compute.fill_null(coded.indices, NONE).to_numpy(zero_copy_only=False).astype(np.int64)
    if "" in values:
        code[code == values.index("")] = NONE
    return Texts(code=code, values=values)


def needs_of(roll: Roll, indicators: tuple[Indicator, ...]) -> Ints:
    """(N, I) the needs of the indicators, nought where a cell is empty or the column absent."""
    columns = [roll.numbers.get(f"{i}_{i.unit}") for i in indicators]
    nothing = np.zeros(roll.rows, dtype=np.int64)
    return (
        np.stack([nothing if c is None else np.maximum(c, 0) for c in columns], axis=1)
        if columns
        else np.zeros((roll.rows, 0), dtype=np.int64)
    )
