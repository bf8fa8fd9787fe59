"""Which sheet is which table, which row is the header, and what each header names."""

import pytest
from tables_by_hand import GOOD, HEAD, found, noted, problems, project, projects, read, sheet

from allocator.intake.columns import TABLES, titled
from allocator.intake.headers import plain_header, recognise, spellings
from allocator.messages import describe


@pytest.mark.parametrize("name", ["projects", "项目", "项目表", "PROJECTS ", "1. 项目", "Project"])
def test_a_table_is_found_under_any_of_its_names(name: str) -> None:
    assert found(sheet(name, HEAD, GOOD)) == []


def test_a_book_without_projects_is_refused_naming_the_sheets_there_are() -> None:
    (problem, *_) = [p for p in problems(sheet("Sheet1", ["a", "b"])) if p.severity == "error"]
    assert problem.code == "SHEET_MISSING"
    assert "Sheet1" in describe(problem, "zh")


ACCOUNTS = ["账户编号", "指标种类", "持有类型", "县市", "余额(亩)"]


@pytest.mark.parametrize(
    "name", ["指标库存", "指标库(1)", "指标库（备份）", "2026年指标库", "指标库 - 副本", "accounts2", "acounts"]
)
def test_a_sheet_whose_name_is_near_that_of_a_table_is_refused(name: str) -> None:
    (problem,) = problems(project(), sheet(name, ["x"]))
    assert (problem.code, problem.facts["table"]) == ("SHEET_RESEMBLES", "指标库 accounts")


def test_a_sheet_with_the_required_columns_of_a_table_is_refused_whatever_its_name() -> None:
    (problem,) = problems(project(), sheet("汇总", ["各县结余"], ACCOUNTS, ["A-1", "area", "own", "4418", 5]))
    assert (problem.code, problem.facts["table"]) == ("SHEET_RESEMBLES", "指标库 accounts")


def test_projects_under_another_name_are_one_problem() -> None:
    assert found(sheet("Sheet1", HEAD, GOOD)) == [("SHEET_RESEMBLES", "")]


@pytest.mark.parametrize("name", ["#指标库", "指标库说明", "project_notes"])
def test_a_sheet_marked_as_no_data_is_only_noted(name: str) -> None:
    marked = sheet(name, ACCOUNTS)
    assert found(project(), marked) == []
    assert noted(project(), marked) == [("SHEET_UNKNOWN", "")]


@pytest.mark.parametrize("name", ["封面", "目录", "项目汇总", "Sheet2", "会议纪要"])
def test_a_sheet_of_another_purpose_is_only_noted(name: str) -> None:
    other = sheet(name, ["县市", "合计"], ["4418", 3])
    assert found(project(), other) == []
    assert noted(project(), other) == [("SHEET_UNKNOWN", "")]


def test_two_sheets_for_one_table_are_refused() -> None:
    assert found(sheet("projects", HEAD, GOOD), sheet("项目", HEAD, GOOD)) == [("SHEET_TWICE", "")]


def test_a_sheet_of_explanations_and_an_empty_one_are_passed_over_in_silence() -> None:
    assert problems(project(), sheet("说明", ["x"]), sheet("Sheet2")) == ()


def test_a_hidden_sheet_is_pointed_out() -> None:
    assert found(sheet("projects", HEAD, GOOD, hidden=True)) == [("SHEET_HIDDEN", "")]


@pytest.mark.parametrize("rows", [[], [HEAD], [HEAD, [None, " "]]])
def test_a_table_of_no_projects_is_refused(rows: list[list[object]]) -> None:
    assert found(sheet("projects", *rows)) == [("TABLE_EMPTY", "")]


@pytest.mark.parametrize("head", [["county", "name"], ["list", "project_id"]])
def test_an_empty_table_of_counties_or_lists_counts_as_absent_and_that_is_said(head: list[object]) -> None:
    name = {"county": "counties", "list": "lists"}[str(head[0])]
    tables = read(project(), sheet(name, head))
    assert not tables.has(name)
    assert [p.code for p in tables.notes] == ["TABLE_UNUSED"]


def test_a_table_of_accounts_without_an_account_says_that_there_is_no_stock() -> None:
    tables = read(project(area_mu=5), sheet("accounts", ["account_id", "indicator", "kind", "county", "balance"]))
    assert (tables.has("accounts"), tables.accounts, tables.notes) == (True, (), ())


def test_a_table_of_deals_without_a_deal_says_that_there_was_none() -> None:
    tables = read(project(), sheet("trades", ["traded_on", "indicator", "quantity", "unit_price_yuan"]))
    assert (tables.has("trades"), tables.trades, tables.notes) == (True, (), ())


@pytest.mark.parametrize(
    ("name", "head"),
    [("phases", ["project_id", "phase"]), ("pins", ["project_id", "pin"]), ("penalties", ["county", "cut_mu"])],
)
def test_a_table_of_decisions_without_a_row_says_that_there_is_none(name: str, head: list[object]) -> None:
    tables = read(project(), sheet(name, head))
    assert (tables.has(name), tables.notes) == (True, ())


def test_penalties_are_no_error_and_their_columns_are_recorded() -> None:
    tables = read(project(), sheet("核减", ["县市", "核减面积(亩)"], ["4418", "20"]))
    assert tables.columns["penalties"] == {"county", "cut_mu"}


def test_a_title_and_a_line_of_units_may_stand_above_the_header() -> None:
    above = sheet("projects", ["2026 年项目表"], ["单位：亩"], HEAD, GOOD)
    assert found(above) == []
    assert noted(above) == [("ROWS_ABOVE_HEADER", "A1")]
    assert read(above).applications[0].place.cell == "A4"


def test_a_line_of_other_units_above_the_header_is_refused() -> None:
    assert found(sheet("projects", [None, "单位：公顷"], HEAD, GOOD)) == [("UNIT_LINE", "B1")]


def test_a_table_may_start_anywhere() -> None:
    offset = sheet("projects", [], [None, None, *HEAD], [None, None, *GOOD])
    assert read(offset).applications[0].cells["plan_mu"].cell == "G3"


def test_a_sheet_without_a_header_is_refused() -> None:
    assert found(sheet("projects", GOOD, GOOD)) == [("HEADER_MISSING", "")]


def test_two_header_rows_are_refused() -> None:
    second = ["项目编号", "县市", "类别", "类内排序", "计划指标"]
    assert found(sheet("projects", HEAD, second, GOOD)) == [("HEADER_TWICE", "A2")]


def test_a_header_repeated_among_the_data_is_refused() -> None:
    again = ["P-2", "4418", "key.other", 2, 5]
    assert found(sheet("projects", HEAD, GOOD, HEAD, again)) == [("HEADER_TWICE", "A3")]


@pytest.mark.parametrize("merged", ["A1:A2", "D1:E1"])
def test_a_merged_header_is_refused(merged: str) -> None:
    assert found(sheet("projects", HEAD, GOOD, merged=(merged,))) == [("HEADER_MERGED", merged.split(":")[0])]


@pytest.mark.parametrize(
    ("header", "written", "steps"),
    [
        ("用地规模(亩)", "12.5", 125_000),
        ("用地面积（公顷）", "1", 150_000),
        ("用地面积 (ha)", "0.0001", 15),
        ("拟用地\n（亩）", "1", 10_000),
        ("新增建设用地(㎡)", "2000", 30_000),
        ("计划用地【平方米】", "2000", 30_000),
        ("plan (m²)", "2000", 30_000),
        ("Plan_ha", "2", 300_000),
        ("用地面积/公顷", "2", 300_000),
        ("计 划 指 标", "2", 20_000),
        ("\u200bplan_mu\ufeff", "2", 20_000),
        ("计划指标(必填)", "2", 20_000),
        ("申请面积（万平方米）", "1", 150_000),
    ],
)
def test_a_unit_in_a_header_is_converted_exactly(header: str, written: str, steps: int) -> None:
    head = [*HEAD[:4], header]
    tables = read(projects([*GOOD[:4], written], head=head))
    assert tables.applications[0].plan == steps
    assert tables.columns["projects"] >= {"plan_mu"}


def test_a_conversion_is_noted() -> None:
    assert noted(projects([*GOOD[:4], "1"], head=[*HEAD[:4], "用地面积（公顷）"])) == [("UNIT_CONVERTED", "E1")]


@pytest.mark.parametrize(
    ("header", "steps"), [("产能(吨)", 200_000), ("产能(万公斤)", 2_000_000), ("粮食产能(kg)", 200)]
)
def test_capacity_is_converted_exactly(header: str, steps: int) -> None:
    (application,) = read(projects([*GOOD, 2], head=[*HEAD, header])).applications
    assert list(application.needs.values()) == [steps]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("用地规模(公斤)", "UNIT_CONTRADICTS"),
        ("用地规模(万元)", "UNIT_CONTRADICTS"),
        ("plan_mu (ha)", "UNIT_CONTRADICTS"),
        ("用地规模(顷)", "UNIT_UNKNOWN"),
    ],
)
def test_a_unit_the_column_cannot_have_is_refused(header: str, code: str) -> None:
    assert found(projects(GOOD, head=[*HEAD[:4], header])) == [(code, "E1")]


def test_a_unit_on_a_column_without_one_is_refused() -> None:
    assert found(projects(GOOD, head=["项目编号(亩)", *HEAD[1:]])) == [("UNIT_CONTRADICTS", "A1")]


def test_a_missing_column_is_refused_by_name() -> None:
    (problem,) = problems(projects(GOOD[1:], head=HEAD[1:]))
    assert (problem.code, problem.value) == ("COLUMN_MISSING", "project_id")


def test_neither_rank_nor_criteria_among_the_columns_is_refused() -> None:
    assert found(projects([*GOOD[:3], 10], head=[*HEAD[:3], "plan_mu"])) == [("RANK_COLUMNS_MISSING", "")]


@pytest.mark.parametrize("column", ["score", "tax_score", "投资强度得分", "overall_rank"])
def test_a_criterion_will_do_in_place_of_a_rank(column: str) -> None:
    assert found(projects(GOOD, head=[*HEAD[:3], column, "plan_mu"])) == []


def test_an_unknown_column_is_refused_with_the_nearest_name() -> None:
    (problem,) = problems(projects([*GOOD, 1], head=[*HEAD, "水由"]))
    assert (problem.code, problem.place.cell) == ("COLUMN_UNKNOWN", "F1")
    assert problem.facts["nearest"] == "水田 paddy_mu"


def test_an_unknown_column_like_no_other_is_refused_without_a_suggestion() -> None:
    (problem,) = problems(projects([*GOOD, 1], head=[*HEAD, "甲乙"]))
    assert (problem.code, problem.facts["nearest"]) == ("COLUMN_UNKNOWN", "")
    assert "最接近" not in describe(problem, "zh")


def test_a_slip_in_a_required_header_is_one_problem() -> None:
    assert found(projects(GOOD, head=[*HEAD[:4], "计画指标"])) == [("COLUMN_UNKNOWN", "E1")]


@pytest.mark.parametrize("header", ["备注", "note", "序号", "Remarks", "No.", "#附件"])
def test_a_column_of_remarks_is_left_out_with_a_note(header: str) -> None:
    assert found(project(**{header: "x"})) == []
    assert noted(project(**{header: "x"})) == [("COLUMN_IGNORED", "F1")]


def test_two_columns_for_one_name_are_refused_naming_both() -> None:
    (problem,) = problems(projects([*GOOD, 1], head=[*HEAD, "用地规模（亩）"]))
    assert (problem.code, problem.place.cell, problem.facts["other"]) == ("COLUMN_TWICE", "F1", "E1")


def test_values_under_an_empty_header_are_refused() -> None:
    assert found(projects([*GOOD, "x"], head=HEAD)) == [("HEADER_EMPTY", "F1")]


def test_a_column_that_decides_by_being_empty_is_pointed_out() -> None:
    assert found(project(ledger_mu=None)) == [("COLUMN_EMPTY", "F1")]
    assert found(project(tags=None)) == []


def test_the_order_of_columns_makes_no_difference() -> None:
    turned = projects(GOOD[::-1], head=HEAD[::-1])
    assert read(turned).applications[0].plan == read(project()).applications[0].plan


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_header_of_a_template_is_read_back_and_explained(table: object) -> None:
    for spec in table.columns:  # type: ignore[attr-defined]
        for language in ("zh", "en"):
            match = recognise(spec.header(language), spellings(spec.table))
            assert match is not None
            assert match[0] is spec
            assert spec.explanation(language)
    assert table.explanation("zh")  # type: ignore[attr-defined]
    assert table.explanation("en")  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_two_columns_share_a_spelling(table: object) -> None:
    spelt = [
        {plain_header(text) for text in (spec.name, spec.zh, *spec.synonyms)}
        for spec in table.columns  # type: ignore[attr-defined]
    ]
    assert len(set().union(*spelt)) == sum(map(len, spelt))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("lists", "清单 lists"),
        ("projects.level", "项目·审批级别 projects.level"),
        ("accounts (pbf own)", "accounts (pbf own)"),
        ("projects.colour", "projects.colour"),
    ],
)
def test_a_table_or_column_is_called_by_both_names(path: str, said: str) -> None:
    assert titled(path) == said
