"""The workbook, read back by another library: texts are texts, numbers exact, sheets ready to print."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from factories import DANGEROUS, answered, hostile
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from allocator.report.folder import write_files
from allocator.report.layout import lay_out
from allocator.report.rows import Table
from allocator.report.sheets import Pen, write_table
from allocator.report.workbook import shorten
from allocator.words import Language

SHEETS = {
    "zh": ["概况", "安排结果", "份额收支", "指标来源", "调出县市", "价款", "问题与说明", "依据"],
    "en": ["summary", "allocation", "pools", "draws", "donors", "payments", "problems", "rules"],
}


def workbook(pair: Any, language: Language = "zh") -> Any:
    return openpyxl.load_workbook(io.BytesIO(write_files(*pair, language=language)["allocation.xlsx"]))


@pytest.fixture(scope="module")
def book() -> Any:
    return workbook(answered())


def column_width(sheet: Any, column: int) -> int:
    """Digits; neighbours of one width are stored as one range, and a file adds the padding to each."""
    ranges = sheet.column_dimensions.values()
    return int(next(found.width for found in ranges if found.min <= column <= found.max))


def values(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_sheets_are_named_in_the_language_of_the_reader(language: Language) -> None:
    assert workbook(answered(), language).sheetnames == SHEETS[language]


def test_no_cell_holds_a_formula_or_a_link() -> None:
    for pair in (answered(), hostile()):
        for sheet in workbook(pair):
            for row in sheet.iter_rows():
                assert not [cell.coordinate for cell in row if cell.data_type == "f" or cell.hyperlink]


def test_a_hostile_name_is_written_unchanged_as_a_text() -> None:
    sheet = workbook(hostile())["安排结果"]
    cells = [sheet.cell(row=row, column=2) for row in range(2, 2 + len(DANGEROUS))]
    assert {cell.data_type for cell in cells} == {"s"}
    # XML has one line end only: a reader turns a carriage return into it unless the writer escapes it.
    assert [cell.value.replace("_x000D_", "\r") for cell in cells] == list(DANGEROUS)


def test_the_allocation_stands_in_the_order_of_the_line_with_its_total(book: Any) -> None:
    header, *rows, total = values(book["安排结果"])
    assert header[:2] == ["项目编号", "项目名称"]
    positions = [row[header.index("总位次")] for row in rows]
    assert positions == [1, 2, 3, 4, 5, 6, 7, 8, 9, None]
    assert total[0] == "合计"
    assert total[header.index("安排计划指标（亩）")] == 80.5


def test_pools_add_up_to_the_quota(book: Any) -> None:
    header, *_, total = values(book["份额收支"])
    totals = dict(zip(header, total, strict=True))
    assert totals["额度（亩）"] == 100
    assert totals["使用（亩）"] + totals["期末（亩）"] == 100
    assert totals["划出（亩）"] == totals["划入（亩）"] == 26


def test_the_summary_says_what_was_asked_of_whom_and_in_which_unit(book: Any) -> None:
    cells = [cell for row in values(book["概况"]) for cell in row]
    assert cells[0] == "小例子（虚构） · 用地指标安排结果"
    assert "单位：亩（粮食产能为公斤，金额为元）" in cells
    for told in ("small", "2026", "2026-03-31", 100, 80.5, 19.5, "按类别", "按结果"):
        assert told in cells


def test_counties_tiers_and_treasuries_are_named(book: Any) -> None:
    assert {row[2] for row in values(book["安排结果"])[1:-1]} == {"甲县", "乙县", "丙县"}
    assert "其他县市被统筹部分" in {row[4] for row in values(book["指标来源"])}
    assert {row[1] for row in values(book["价款"])[1:-1]} == {"丙县", "州（市）级财政"}


def test_problems_tell_warnings_rules_not_checked_and_the_other_mode(book: Any) -> None:
    kinds = {row[0] for row in values(book["问题与说明"])[1:]}
    assert {"提醒", "未核对的规则", "换一种做法结果不同"} <= kinds


def test_every_sheet_is_ready_to_print(book: Any) -> None:
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        high = 1 if sheet.title == "概况" else 0  # 0: as many pages as it takes
        assert (sheet.page_setup.fitToWidth or 1, 1 if sheet.page_setup.fitToHeight is None else 0) == (1, high)
        assert "&P" in sheet.oddFooter.right.text
        assert "输入指纹" in sheet.oddFooter.left.text
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "B2"
        assert sheet.print_title_rows == "$1:$1"


def test_a_filter_covers_the_rows_but_not_the_total(book: Any) -> None:
    assert book["安排结果"].auto_filter.ref == "A1:L11"


def test_the_reason_ends_with_article_and_rule_and_repeats_no_document(book: Any) -> None:
    documents = {row[1] for row in values(book["依据"])[1:]}
    reasons = [row[-1] for row in values(book["安排结果"])[1:-1]]
    assert "安排" in {row[6] for row in values(book["安排结果"])}
    assert all(re.search(r"（第.+\[[A-Z]+-[0-9.]+\]）$", reason) for reason in reasons)
    assert not [reason for reason in reasons if any(document in reason for document in documents)]


def test_the_legend_says_each_cited_rule_once(book: Any) -> None:
    header, *rows = values(book["依据"])
    assert header == ["规则编号", "文件", "条款", "规定"]
    cells = [str(cell) for sheet in book.worksheets[:-1] for row in values(sheet) for cell in row]
    cited = {rule for cell in cells for rule in re.findall(r"\[([A-Z]{2}-[0-9.]+)\]", cell)}
    cited |= {row[1] for row in values(book["问题与说明"])[1:] if row[1]}
    assert sorted(row[0] for row in rows) == sorted(cited)
    assert all(all(row) for row in rows)


def test_counts_and_quantities_of_the_summary_have_no_idle_decimals(book: Any) -> None:
    shown = {row[0].value: row[1] for row in book["概况"].iter_rows() if row[1].value is not None}
    assert (shown["申报项目（个）"].value, shown["申报项目（个）"].number_format) == (10, "#,##0_ ")
    assert shown["计划指标总量（亩）"].number_format == "#,##0_ "
    assert shown["已安排（亩）"].number_format == "#,##0.0_ ;-#,##0.0_ ;0_ "
    assert shown["年度"].data_type == "s"


def test_no_number_shows_a_dangling_point() -> None:
    for pair in (answered(), hostile()):
        for sheet in workbook(pair):
            formats = {cell.number_format for row in sheet.iter_rows() for cell in row}
            assert not [shown for shown in formats if re.search(r"\.(?!0)|#[.;_]", shown)]


def test_a_share_is_shown_in_percent_and_money_in_fen(book: Any) -> None:
    assert book["份额收支"]["B2"].number_format == "#,##0%_ "
    assert book["安排结果"]["J2"].number_format == "#,##0.0_ ;-#,##0.0_ ;0_ "
    assert book["价款"]["G2"].number_format == "#,##0_ "


def test_long_texts_wrap_in_rows_high_enough_for_them(book: Any) -> None:
    for sheet in book.worksheets[1:]:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.alignment.wrap_text or cell.data_type != "s"
                width = column_width(sheet, cell.column)
                if cell.data_type == "s":
                    assert sheet.row_dimensions[cell.row].height >= cell_len(cell.value) // (width + 1) * 14


def test_a_sheet_fits_the_page_at_a_readable_size() -> None:
    # 180 digits of ten points, shrunk to the 140 that A4 landscape holds, are still above seven points.
    for language in ("zh", "en"):
        for sheet in workbook(answered(), language):
            assert sum(column_width(sheet, column) for column in range(1, sheet.max_column + 1)) <= 195


def test_an_empty_sheet_keeps_its_header_and_says_that_there_is_nothing() -> None:
    book = workbook(hostile())
    for title, said in (("调出县市", "没有县（市、区）向其他县市调出指标。"), ("价款", "没有需要缴纳的价款。")):
        header, line = values(book[title])
        assert all(header)
        assert line[0] == said
        assert book[title].auto_filter.ref is None


def test_a_title_with_an_ampersand_commands_nothing_in_the_page_heading() -> None:
    allocation, run = answered()
    book = workbook((allocation, replace(run, title="A&G &[Picture] " + "长" * 300)))
    assert book["概况"].oddHeader.left.text.startswith("A＆G ＆[Picture] 长")


def test_equal_runs_give_equal_bytes() -> None:
    first, second = (write_files(*answered(), language="zh")["allocation.xlsx"] for _ in range(2))
    assert first == second


@settings(max_examples=30, deadline=None)
@given(st.lists(st.decimals(min_value=0, max_value=10**11, places=4), min_size=1, max_size=20))
def test_a_number_comes_back_to_its_last_digit(numbers: list[Decimal]) -> None:
    assert [Decimal(str(cell)) for cell in round_trip(numbers)] == numbers


def test_a_number_beyond_fifteen_digits_is_written_as_a_text() -> None:
    assert round_trip([Decimal("1234567890123.4567"), Decimal("9.95")]) == ["1234567890123.4567", 9.95]


def test_a_text_longer_than_a_cell_is_cut_with_a_mark_and_not_lost() -> None:
    (cell,) = round_trip(["长" * 40_000])
    assert len(cell) == 32_767
    assert cell.endswith("…")


def test_a_table_longer_than_a_sheet_says_where_the_rest_is() -> None:
    table = Table(name="draws", columns=("project_id", "amount_yuan"), rows=tuple((f"P{n}", n) for n in range(10)))
    short = shorten(table, "en", rows=4)
    assert [row[0] for row in short.rows] == [
        "P0",
        "P1",
        "P2",
        "... 7 more rows do not fit a sheet; they stand in draws.csv",
    ]
    assert short.totals() == {}
    assert shorten(table, "en", rows=10) is table


def round_trip(cells: Sequence[Decimal | str]) -> list[Any]:
    memory = io.BytesIO()
    with xlsxwriter.Workbook(memory, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        table = Table(name="t", columns=("quantity",), rows=tuple((cell,) for cell in cells))
        write_table(Pen(book=book, language="en"), sheet, lay_out(table, "en"), 0)
    return [row[0] for row in values(openpyxl.load_workbook(memory).active)[1:]]
