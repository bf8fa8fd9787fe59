"""A folder of Parquet files: types, exact numbers, and what is refused."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbook_parts import refused, told

from allocator.intake import parquet_folder
from allocator.intake.grid import CellKind
from allocator.intake.open import open_book
from allocator.words import say


def folder_of(tmp_path: Path, **columns: Any) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    pq.write_table(pa.table(columns), folder / "projects.parquet")
    return folder


def test_column_names_stand_in_the_first_row_and_values_below(tmp_path: Path) -> None:
    book = open_book(folder_of(tmp_path, 项目编号=["0012", None], plan_mu=[3, None]))
    (sheet,) = book.sheets
    assert (sheet.name, sheet.file, book.sources[0].reader) == (
        "projects",
        "data/projects.parquet",
        f"pyarrow {pa.__version__}",
    )
    assert [[(c.address, c.kind.value, c.text) for c in row] for row in sheet.rows] == [
        [("A1", "text", "项目编号"), ("B1", "text", "plan_mu")],
        [("A2", "text", "0012"), ("B2", "number", "3")],
        [("A3", "empty", ""), ("B3", "empty", "")],
    ]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (pa.array([123456789012345678]), CellKind.NUMBER, "123456789012345678"),
        (pa.array([Decimal("12.3400")]), CellKind.NUMBER, "12.34"),
        (pa.array([Decimal("12345678901234567890.1234")]), CellKind.NUMBER, "12345678901234567890.1234"),
        (pa.array([0.1 + 0.2]), CellKind.NUMBER, "0.3"),
        (pa.array([float("nan")]), CellKind.TEXT, "nan"),
        (pa.array([float("inf")]), CellKind.TEXT, "inf"),
        (pa.array([True]), CellKind.BOOLEAN, "true"),
        (pa.array([""]), CellKind.EMPTY, ""),
        (pa.array([date(2026, 3, 31)]), CellKind.DATE, "2026-03-31"),
        (pa.array([datetime(2026, 3, 31)]), CellKind.DATE, "2026-03-31"),
        (pa.array([datetime(2026, 3, 31, 8)]), CellKind.DATE, "2026-03-31T08:00:00"),
        (pa.array([datetime(2026, 3, 31, tzinfo=UTC)]), CellKind.DATE, "2026-03-31T00:00:00+00:00"),
        (pa.array([1774915200000000001], pa.timestamp("ns")), CellKind.DATE, "2026-03-31"),
        (pa.array(["a", "a"]).dictionary_encode()[:1], CellKind.TEXT, "a"),
        (pa.nulls(1), CellKind.EMPTY, ""),
    ],
)
def test_a_value_keeps_its_kind_and_its_digits(tmp_path: Path, value: Any, kind: CellKind, text: str) -> None:
    cell = open_book(folder_of(tmp_path, v=value)).sheets[0].rows[1][0]
    assert (cell.kind, cell.text) == (kind, text)


def test_columns_of_a_type_no_table_has_are_named(tmp_path: Path) -> None:
    columns = {"a": [1], "b": pa.array([0.1], pa.float32()), "c": [[1]], "d": [b"x"], "e": ["x"]}
    problems = refused(folder_of(tmp_path, **columns))
    assert [(p.code, str(p.place), p.value, p.facts["type"][:5]) for p in problems] == [
        ("PARQUET_TYPE", "data/projects.parquet: projects!B1", "b", "float"),
        ("PARQUET_TYPE", "data/projects.parquet: projects!C1", "c", "list<"),
        ("PARQUET_TYPE", "data/projects.parquet: projects!D1", "d", "binar"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"id,plan\n", "PARQUET_NOT_PARQUET"),
        (b"PAR1 and then nothing", "PARQUET_DAMAGED"),
        (b"PAR1 and nothing PAR1", "PARQUET_DAMAGED"),
        (b"PARE....PARE", "PARQUET_ENCRYPTED"),
        (b"", "FILE_EMPTY"),
    ],
)
def test_what_is_no_parquet_file_is_refused(tmp_path: Path, data: bytes, code: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "projects.parquet").write_bytes(data)
    assert told(refused(folder)) == [(code, "data/projects.parquet")]


def test_a_damaged_page_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, a=[f"text {n}" for n in range(1000)])
    data = bytearray((folder / "projects.parquet").read_bytes())
    data[4:200] = b"\xff" * 196
    (folder / "projects.parquet").write_bytes(bytes(data))
    assert told(refused(folder)) == [("PARQUET_DAMAGED", "data/projects.parquet")]


@pytest.mark.parametrize("limit", ["CELLS", "ROWS", "COLUMNS", "UNPACKED_BYTES"])
def test_a_table_beyond_the_limits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(parquet_folder, limit, 2)
    problems = refused(folder_of(tmp_path, a=[1, 2, 3], b=[1, 2, 3], c=[1, 2, 3]))
    assert told(problems) == [("SHEET_TOO_LARGE", "data/projects.parquet: projects")]


def test_few_stored_bytes_that_unfold_to_many_characters_are_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(tmp_path, a=["x" * 1000] * 5000)
    monkeypatch.setattr(parquet_folder, "UNPACKED_BYTES", 100_000)
    assert told(refused(folder)) == [("SHEET_TOO_LARGE", "data/projects.parquet: projects")]


def test_an_enormous_text_is_refused_with_its_cell(tmp_path: Path) -> None:
    problems = refused(folder_of(tmp_path, a=["x", "x" * 32_768]))
    assert told(problems) == [("TEXT_TOO_LONG", "data/projects.parquet: projects!A3")]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(tmp_path, a=[1])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (problem,) = refused(folder)
    assert problem.code == "PARQUET_NOT_INSTALLED"
    assert 'pip install "landquota[parquet]"' in say(f"problems.{problem.code}.do", "en")
