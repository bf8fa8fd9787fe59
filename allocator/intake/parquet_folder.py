"""Parquet files of a data folder, one table each; the only module that imports pyarrow.

Addresses are those of the same table in a spreadsheet: the column names stand in row 1.
"""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingImports=false

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.intake.addresses import address
from allocator.intake.contents import PARQUET, Contents
from allocator.intake.digits import exact, shown
from allocator.intake.file_problems import error
from allocator.intake.folder import read_sheets
from allocator.intake.grid import Book, Cell, CellKind, Sheet
from allocator.intake.limits import CELLS, COLUMNS, ROWS, TEXT, UNPACKED_BYTES
from allocator.problems import InputRejected, Place, Problem

BATCH = 1_000  # rows turned into cells at a time
ENCRYPTED = b"PARE"


def read_parquet_files(paths: Sequence[Path], folder: str) -> Book:
    """One sheet a file, named by its stem; raises `InputRejected` with every problem of every file."""
    try:
        import pyarrow
    except ImportError:
        raise InputRejected([error("PARQUET_NOT_INSTALLED", Place(file=folder))]) from None

    def read(contents: Contents) -> tuple[Sheet, str, Sequence[Problem]]:
        rows, found = _read_table(contents)
        sheet = Sheet(file=contents.name, name=contents.path.stem, rows=tuple(rows))
        return sheet, f"pyarrow {pyarrow.__version__}", found

    return read_sheets(paths, folder, read)


def _read_table(contents: Contents) -> tuple[list[tuple[Cell, ...]], list[Problem]]:
    from pyarrow import ArrowException, BufferReader
    from pyarrow.parquet import ParquetFile

    place = Place(file=contents.name, sheet=contents.path.stem)
    if contents.data[-4:] == ENCRYPTED or contents.data.startswith(ENCRYPTED):
        return [], [error("PARQUET_ENCRYPTED", contents.place)]
    if not contents.data.startswith(PARQUET):
        return [], [error("PARQUET_NOT_PARQUET", contents.place)]
    try:
        file = ParquetFile(BufferReader(contents.data))
        if problems := _find_size_problems(file.metadata, place) or _find_type_problems(file.schema_arrow, place):
            return [], problems
        return _read_rows(file, place)
    except (ArrowException, OSError, ValueError) as cause:
        return [], [error("PARQUET_DAMAGED", contents.place, detail=str(cause).splitlines()[0][:200])]


def _find_size_problems(metadata: Any, place: Place) -> list[Problem]:
    unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    rows, columns = metadata.num_rows, metadata.num_columns
    if rows > ROWS or columns > COLUMNS or rows * columns > CELLS or unpacked > UNPACKED_BYTES:
        return [error("SHEET_TOO_LARGE", place, limit=f"{CELLS:,}", row=rows)]
    return []


def _find_type_problems(schema: Any, place: Place) -> list[Problem]:
    """Columns that hold neither texts, yes or no, days nor exact or double-precision numbers."""
    from pyarrow import types

    allowed = (
        types.is_boolean, types.is_integer, types.is_decimal, types.is_float64, types.is_string, types.is_large_string,
        types.is_date, types.is_timestamp, types.is_null,
    )  # fmt: skip
    return [
        error("PARQUET_TYPE", _at(place, address(1, column)), field.name, type=field.type)
        for column, field in enumerate(schema, start=1)
        if not any(fits(field.type.value_type if types.is_dictionary(field.type) else field.type) for fits in allowed)
    ]


def _read_rows(file: Any, place: Place) -> tuple[list[tuple[Cell, ...]], list[Problem]]:
    names = file.schema_arrow.names
    rows = [tuple(_cell(address(1, column), name) for column, name in enumerate(names, start=1))]
    problems: list[Problem] = []
    characters = 0
    for batch in file.iter_batches(batch_size=BATCH):
        columns = [_values(column) for column in batch.columns]
        for values in zip(*columns, strict=True):
            number = len(rows) + 1
            rows.append(tuple(_cell(address(number, column), value) for column, value in enumerate(values, start=1)))
            problems += [
                error("TEXT_TOO_LONG", _at(place, cell.address), cell.text[:20] + "…", limit=TEXT)
                for cell in rows[-1]
                if len(cell.text) > TEXT
            ]
            characters += sum(len(cell.text) for cell in rows[-1])
        if characters > UNPACKED_BYTES:
            problems.append(error("SHEET_TOO_LARGE", place, limit=f"{CELLS:,}", row=len(rows)))
            break
    return rows, problems


def _values(column: Any) -> list[Any]:
    """Python values; instants finer than a microsecond are cut, for the time of day is refused later anyway."""
    from pyarrow import timestamp, types

    if types.is_timestamp(column.type):
        column = column.cast(timestamp("us", column.type.tz), safe=False)
    return column.to_pylist()


def _cell(where: str, value: Any) -> Cell:
    match value:
        case None | "":
            return Cell(where, CellKind.EMPTY)
        case bool():
            return Cell(where, CellKind.BOOLEAN, "true" if value else "false")
        case int():
            return Cell(where, CellKind.NUMBER, str(value))
        case Decimal():
            return Cell(where, CellKind.NUMBER, exact(value))
        case float():
            number = Decimal(repr(value))
            return (
                Cell(where, CellKind.NUMBER, shown(number))
                if number.is_finite()
                else Cell(where, CellKind.TEXT, repr(value))
            )
        case datetime() if value.tzinfo is None and value.time() == time():
            return Cell(where, CellKind.DATE, value.date().isoformat())
        case datetime():
            return Cell(where, CellKind.DATE, value.isoformat(timespec="seconds"))
        case date():
            return Cell(where, CellKind.DATE, value.isoformat())
        case _:
            return Cell(where, CellKind.TEXT, str(value))


def _at(place: Place, cell: str) -> Place:
    return Place(file=place.file, sheet=place.sheet, cell=cell)
