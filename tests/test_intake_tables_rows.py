"""Which rows are data, what becomes of them, and in which order."""

import random
from datetime import date
from fractions import Fraction

import pytest
from tables_by_hand import GOOD, HEAD, book, found, noted, policy, problems, project, projects, read, sheet

from allocator.intake.tables import build_tables
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.records import Kind, Level

COUNTIES = sheet("counties", ["county", "name"], ["4418", "清城区"], ["4419", "清新区"])
ACCOUNT = ["account_id", "indicator", "kind", "county", "balance"]
SECOND = ["P-2", "4418", "key.other", 2, 5]


def test_blank_rows_are_skipped() -> None:
    blank: list[object] = [None, " ", None, "", None]
    assert len(read(projects(GOOD, blank, SECOND, *[blank] * 1000)).applications) == 2


@pytest.mark.parametrize(
    "word", ["合计", "小 计", "总计：", "Total", "合计（亩）", "都匀市合计", "本页小计：", "合计：都匀市"]
)
def test_a_totals_row_is_refused_with_its_row(word: str) -> None:
    (problem,) = problems(projects(GOOD, [word, None, None, None, 10]))
    assert (problem.code, problem.place.cell, problem.facts["row"]) == ("TOTALS_ROW", "A3", "3")


def test_a_total_may_also_be_called_so_in_the_name() -> None:
    head = ["project_id", "name", *HEAD[1:]]
    rows = projects(["P-1", "甲", *GOOD[1:]], [None, "合计", None, None, None, 10], head=head)
    assert found(rows) == [("TOTALS_ROW", "B3")]


@pytest.mark.parametrize(
    "row", [["注：本表由各县填报"], ["填表人：", None, "审核人：", None, None], ["数据截至三月底"], [None, "附注1：x"]]
)
def test_a_note_under_the_table_is_refused(row: list[object]) -> None:
    assert [code for code, _ in found(projects(GOOD, [], row))] == ["NOTE_ROW"]


def test_a_row_with_nothing_but_a_running_number_is_blank() -> None:
    head = ["序号", *HEAD]
    rows = projects([1, *GOOD], [2, None, None, None, None, None], ["完", None], head=head)
    assert found(rows) == []
    assert noted(rows) == [("COLUMN_IGNORED", "A1"), ("ROW_NOT_READ", "A4")]


def test_merged_cells_among_the_data_are_refused_with_their_range() -> None:
    (problem,) = problems(sheet("projects", HEAD, GOOD, SECOND, merged=("B2:B3",)))
    assert (problem.code, problem.place.cell, problem.value) == ("MERGED_CELLS", "B2", "B2:B3")


def test_what_a_merged_range_leaves_empty_is_not_also_called_missing() -> None:
    rows = [GOOD, [None, None, "key.other", None, 3], ["P-3", None, "key.other", 3, 3]]
    merged = sheet("projects", HEAD, *rows, merged=("A2:B3", "D2:D3"))
    assert found(merged) == [("MERGED_CELLS", "A2"), ("MERGED_CELLS", "D2"), ("CELL_REQUIRED", "B4")]


def test_what_else_is_wrong_beside_merged_cells_is_still_told() -> None:
    rows = [GOOD, ["P-2", None, "x", "y", None]]
    merged = sheet("projects", HEAD, *rows, merged=("B2:B3", "D2:D3"))
    told = [("MERGED_CELLS", "B2"), ("MERGED_CELLS", "D2"), ("CATEGORY_UNKNOWN", "C3"), ("NOT_WHOLE", "D3")]
    assert [entry for entry in found(merged) if entry[1] != "E3"] == told


def test_ranges_merged_over_one_another_cost_no_more_than_the_table() -> None:
    many = tuple(f"A2:E{n}" for n in range(1_000_000, 1_000_300))
    assert ("MERGED_CELLS", "A2") in found(sheet("projects", HEAD, GOOD, *[[None] * 5] * 900, SECOND, merged=many))


def test_hidden_rows_and_columns_are_pointed_out() -> None:
    hidden = sheet(
        "projects", HEAD, GOOD, SECOND, hidden_rows=frozenset({3, 900}), hidden_columns=frozenset({"E", "Z"})
    )
    assert found(hidden) == [("COLUMN_HIDDEN", "E1"), ("ROWS_HIDDEN", "A3")]


def test_an_empty_required_cell_is_refused() -> None:
    assert found(project(county=None)) == [("CELL_REQUIRED", "B2")]


def test_a_short_row_is_read_as_if_its_end_were_empty() -> None:
    assert [cell for _, cell in found(projects(["P-1", "4418"]))] == ["C2", "D2", "E2"]


def test_a_row_becomes_an_application() -> None:
    sheet_ = project(
        level="省级", sector="x", capacity_kg="1000.5", area_mu=0, scale_score="1.5", filed_on=date(2025, 10, 3)
    )
    (a,) = read(sheet_).applications
    assert (a.level, a.needs, a.criteria, a.filed_on) == (
        Level.PROVINCE,
        {Indicator.CAPACITY: 100_050},
        {"scale": Fraction(3, 2)},
        date(2025, 10, 3),
    )
    assert (str(a.place), a.cells["plan_mu"].cell, a.ledger) == ("data.xlsx: projects!A2", "E2", None)


def test_counties_are_named_by_code_or_by_name_and_kept_by_code() -> None:
    rows = projects([*GOOD[:1], "清城区", *GOOD[2:]], SECOND)
    assert [a.county for a in read(rows, COUNTIES).applications] == ["4418", "4418"]
    assert noted(rows, COUNTIES) == []


def test_counties_named_in_another_width_are_noted_once_a_table() -> None:
    counties = sheet("counties", ["county", "name"], ["4418", "A区"], ["4419", "B区"])
    rows = projects([*GOOD[:1], "Ａ区", *GOOD[2:]], ["P-2", "b区", "key.other", 2, 5])
    assert [a.county for a in read(rows, counties).applications] == ["4418", "4419"]
    assert [entry for entry in noted(rows, counties) if entry[0] == "COUNTY_BY_NAME"] == [("COUNTY_BY_NAME", "B3")]


def test_a_county_without_its_code_is_the_only_one_to_blame() -> None:
    rows = projects([*GOOD[:1], "清新区", *GOOD[2:]], ["P-2", "4419", "key.other", 2, 5])
    counties = sheet("counties", ["county", "name"], ["4418", "清城区"], [None, "清新区"])
    assert found(rows, counties) == [("ID_EMPTY", "A3")]


def test_an_unknown_county_is_refused_with_the_nearest() -> None:
    (problem,) = problems(project(county="清城"), COUNTIES)
    assert (problem.code, problem.place.cell, problem.facts["nearest"]) == ("COUNTY_UNKNOWN", "B2", "4418 清城区")


def test_an_unknown_county_of_an_account_is_refused() -> None:
    rows = sheet("accounts", ACCOUNT, ["A-1", "area", "own", "4477", 5])
    assert found(project(), COUNTIES, rows) == [("COUNTY_UNKNOWN", "D2")]


def test_a_name_of_two_counties_is_refused() -> None:
    twins = sheet("counties", ["county", "name"], ["1", "城区"], ["2", "城区"])
    assert found(project(county="城区"), twins) == [("COUNTY_AMBIGUOUS", "B2")]


def test_without_a_table_of_counties_any_county_is_accepted() -> None:
    assert read(project(county="某县")).applications[0].county == "某县"


def test_the_unit_of_a_balance_follows_its_indicator() -> None:
    rows = sheet(
        "指标库",
        ["账户编号", "余额", "指标种类", "持有类型", "县市"],
        ["A-1", "5.5", "水田", "县级入池", "4418"],
        ["A-2", "5.5", "粮食产能", "市州级", None],
    )
    first, second = read(project(), rows).accounts
    assert (first.balance, first.kind, second.balance, second.county) == (55_000, Kind.POOLED, 550, "")


def test_a_unit_that_does_not_suit_the_indicator_of_its_row_is_refused() -> None:
    rows = sheet("accounts", [*ACCOUNT[:4], "余额(公顷)"], ["A-1", "capacity", "province", None, 5])
    assert found(project(), rows) == [("UNIT_OF_ROW", "E2")]


@pytest.mark.parametrize(
    ("header", "price"), [("单价(元/亩)", 30), ("成交单价（万元/亩）", 300_000), ("unit_price_yuan", 30)]
)
def test_a_price_is_converted_exactly(header: str, price: int) -> None:
    rows = sheet("trades", ["traded_on", "indicator", "quantity", header], [date(2026, 1, 5), "area", 2, 30])
    assert read(project(), rows).trades[0].unit_price_yuan == price


@pytest.mark.parametrize("quantity", [0, -5])
def test_a_deal_of_nothing_is_refused(quantity: int) -> None:
    rows = sheet("trades", ["traded_on", "indicator", "quantity", "单价"], [date(2026, 1, 5), "area", quantity, 5])
    assert found(project(), rows) == [("NOT_POSITIVE", "C2")]


@pytest.mark.parametrize("price", [0, -5])
def test_a_price_that_is_not_positive_is_refused(price: int) -> None:
    rows = sheet("trades", ["traded_on", "indicator", "quantity", "单价"], [date(2026, 1, 5), "area", 2, price])
    assert found(project(), rows) == [("NOT_POSITIVE", "D2")]


def test_row_order_makes_no_difference() -> None:
    rows = [[f"P-{n}", "4418", "key.other", n, n] for n in range(1, 30)]
    shuffled = random.Random(5).sample(rows, len(rows))
    ids = [(a.project_id, a.plan) for a in read(projects(*shuffled)).applications]
    assert ids == [(a.project_id, a.plan) for a in read(projects(*rows)).applications]


def test_sources_and_the_remarks_of_the_readers_are_handed_on() -> None:
    said = Problem(code="X", severity=Severity.NOTE, place=Place(file="data.xlsx"))
    tables = build_tables(book(project(), notes=(said,)), policy())
    assert (tables.notes, tables.sources[0].name) == ((said,), "data.xlsx")


def test_columns_are_recorded_under_their_english_names() -> None:
    head = ["项目编号", "县市", "类别", "排名", "用地规模(亩)", "备注"]
    tables = read(projects([*GOOD, "x"], head=head))
    assert tables.columns == {"projects": frozenset(HEAD)}
    assert not tables.has("projects", "ledger_mu")
