"""Whatever stands in the cells, the tables are read or refused in words; nothing else ever happens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables_by_hand import HEAD, found, problems, sheet

from allocator.intake.columns import TABLE, TABLES, TableSpec
from allocator.intake.grid import CellKind

TEXTS = st.one_of(
    st.text(max_size=8),
    st.text(alphabet="0123456789０１.,，-−+eE年月日/:% 亩公顷约合计注：\u200b\u202e\t\n²٣", max_size=12),
    st.sampled_from(
        ["合计", "", " ", "P-1", "key.other", "重点工业", "4418", "area", "own", "是", "2026-03-01", "1e999"]
    ),
)
CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.tuples(st.sampled_from([CellKind.TEXT, CellKind.EMPTY, CellKind.ERROR, CellKind.UNCACHED]), TEXTS),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**12), max_value=10**12),
    st.dates(),
    st.booleans(),
)
ROWS = st.lists(st.lists(CELLS, max_size=9), max_size=6)
HEADERS = st.lists(st.sampled_from([spec.header("zh") for table in TABLES for spec in table.columns]), max_size=9)
MERGED = st.sampled_from([(), ("A1:B1",), ("A2:A3",), ("C3:XFD1048576",)])


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_any_rows_under_a_good_header_are_read_or_refused_in_words(rows: list[list[object]]) -> None:
    problems(sheet("projects", [*HEAD, "tags", "filed_on", "materials_complete", "area_mu"], *rows))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([table.name for table in TABLES]), HEADERS, ROWS, MERGED)
def test_any_header_over_any_rows_is_read_or_refused_in_words(
    name: str, head: list[object], rows: list[list[object]], merged: tuple[str, ...]
) -> None:
    problems(sheet("projects", HEAD, ["P-1", "1", "key.other", 1, 1]), sheet(name, head, *rows, merged=merged))
    problems(sheet("projects", *rows, merged=merged))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_row_without_any_one_cell_or_any_one_column_is_read_or_refused_in_words(table: TableSpec) -> None:
    head = [spec.name for spec in table.columns]
    for place in range(len(head)):
        without_cell = [None if at == place else 1 for at in range(len(head))]
        fewer = sheet(table.name, head[:place] + head[place + 1 :], [1] * (len(head) - 1))
        beside = [] if table.name == "projects" else [sheet("projects", HEAD, ["P-1", "1", "key.other", 1, 1])]
        problems(*beside, sheet(table.name, head, without_cell))
        problems(*beside, fewer)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=8, max_size=8), min_size=1, max_size=4))
def test_any_rows_of_accounts_are_read_or_refused_in_words(rows: list[list[object]]) -> None:
    head = [spec.name for spec in TABLE["accounts"].columns]
    found(sheet("projects", HEAD, ["P-1", "1", "key.other", 1, 1]), sheet("accounts", head, *rows))
