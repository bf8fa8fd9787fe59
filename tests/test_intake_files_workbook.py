"""What a workbook's cells are read as, and which of them are refused."""

import io
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from workbook_parts import MAIN, cell, packed, parts, read, refused_bytes, sheet, told

from allocator.intake import workbook as workbook_reader
from allocator.intake.grid import CellKind
from allocator.intake.open import open_book
from allocator.problems import InputRejected, Severity


def saved(workbook: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def with_values(*values: object) -> bytes:
    """A workbook with these values in A1, B1 and so on."""
    workbook = openpyxl.Workbook()
    assert workbook.active is not None
    workbook.active.append(values)
    return saved(workbook)


def one_cell(xml: str) -> bytes:
    """A workbook whose only row holds this."""
    return packed(parts(sheet(f'<row r="1">{xml}</row>')))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("0012", CellKind.TEXT, "0012"),
        ("1e5", CellKind.TEXT, "1e5"),
        ("NA", CellKind.TEXT, "NA"),
        (" １２３．５ ", CellKind.TEXT, " １２３．５ "),
        ("第一行\n第二行", CellKind.TEXT, "第一行\n第二行"),
        (12, CellKind.NUMBER, "12"),
        (-0.0, CellKind.NUMBER, "0"),
        (100.0, CellKind.NUMBER, "100"),
        (0.1 + 0.2, CellKind.NUMBER, "0.3"),
        (1e-7, CellKind.NUMBER, "0.0000001"),
        (12.34567, CellKind.NUMBER, "12.34567"),
        (True, CellKind.BOOLEAN, "true"),
        (False, CellKind.BOOLEAN, "false"),
        (date(2026, 3, 31), CellKind.DATE, "2026-03-31"),
        (datetime(2026, 3, 31, 23, 59, 59), CellKind.DATE, "2026-03-31T23:59:59"),
        (time(12, 30), CellKind.TEXT, "12:30:00"),
        (timedelta(hours=30), CellKind.TEXT, "1 day, 6:00:00"),
        (46000, CellKind.NUMBER, "46000"),
        ("#DIV/0!", CellKind.ERROR, "#DIV/0!"),
        (CellRichText("用", TextBlock(InlineFont(b=True), "地")), CellKind.TEXT, "用地"),
    ],
)
def test_a_value_is_read_as_the_spreadsheet_shows_it(tmp_path: Path, value: object, kind: CellKind, text: str) -> None:
    found = cell(read(tmp_path, with_values(value)), "A1")
    assert (found.kind, found.text) == (kind, text)


@pytest.mark.parametrize(
    ("xml", "kind", "text"),
    [
        ("<v>0.30000000000000004</v>", CellKind.NUMBER, "0.3"),
        ("<v>1.5E2</v>", CellKind.NUMBER, "150"),
        ("<v>NaN</v>", CellKind.TEXT, "NaN"),
        ("<v>1e99999</v>", CellKind.TEXT, "1e99999"),
        ("<v>1_000</v>", CellKind.TEXT, "1_000"),
        ("<v>0x10</v>", CellKind.TEXT, "0x10"),
        ("<f>1+1</f><v>2</v>", CellKind.NUMBER, "2"),
        ("<f>1+1</f>", CellKind.UNCACHED, ""),
        ("<f>1+1</f><v></v>", CellKind.UNCACHED, ""),
    ],
)
def test_a_stored_number_is_read_from_its_own_digits(tmp_path: Path, xml: str, kind: CellKind, text: str) -> None:
    found = cell(read(tmp_path, one_cell(f'<c r="A1">{xml}</c>')), "A1")
    assert (found.kind, found.text) == (kind, text)


def test_a_formula_giving_an_empty_text_is_an_empty_cell_and_one_giving_a_text_is_text(tmp_path: Path) -> None:
    xml = '<c r="A1" t="str"><f>""</f><v></v></c><c r="B1" t="str"><f>"x"</f><v>x</v></c>'
    cells = read(tmp_path, one_cell(xml)).sheets[0].rows[0]
    assert [(c.kind, c.text) for c in cells] == [(CellKind.EMPTY, ""), (CellKind.TEXT, "x")]


def test_formulas_that_were_never_computed_are_warned_of_with_the_first_cell(tmp_path: Path) -> None:
    row = '<row r="3"><c r="B3"><f>1+1</f><v>0</v></c><c r="C3"><f>2+2</f><v>0</v></c></row>'
    content = parts(sheet(row))
    content["xl/workbook.xml"] = content["xl/workbook.xml"].replace(
        "</sheets>", '</sheets><calcPr calcId="1" fullCalcOnLoad="1"/>'
    )
    (problem,) = read(tmp_path, packed(content)).notes
    assert (problem.code, problem.severity, str(problem.place), problem.facts) == (
        "FORMULAS_NOT_COMPUTED",
        Severity.WARNING,
        "data.xlsx: S1!B3",
        {"count": "2"},
    )


def test_dates_of_the_1904_system_are_not_four_years_early(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    assert workbook.active is not None
    workbook.active["A1"] = date(2026, 3, 31)
    assert cell(read(tmp_path, saved(workbook)), "A1").text == "2026-03-31"


@pytest.mark.parametrize(
    ("serial", "kind", "text"),
    [
        ("60", CellKind.TEXT, "1900-02-29"),
        ("61", CellKind.DATE, "1900-03-01"),
        ("-3", CellKind.NUMBER, "-3"),
        ("99999999", CellKind.NUMBER, "99999999"),
    ],
)
def test_a_date_format_makes_no_date_of_what_is_none(tmp_path: Path, serial: str, kind: CellKind, text: str) -> None:
    found = cell(read(tmp_path, one_cell(f'<c r="A1" s="1"><v>{serial}</v></c>')), "A1")
    assert (found.kind, found.text) == (kind, text)


def test_an_offset_table_keeps_its_addresses_and_blank_formatted_cells_are_dropped(tmp_path: Path) -> None:
    rows = '<row r="5"><c r="C5"><v>1</v></c><c r="D5" s="1"/></row><row r="900"><c r="A900" s="1"/></row>'
    (found,) = read(tmp_path, packed(parts(sheet(rows)))).sheets
    assert [len(row) for row in found.rows] == [0, 0, 0, 0, 3]
    assert [(c.address, c.kind.value) for c in found.rows[4]] == [("", "empty"), ("", "empty"), ("C5", "number")]


def test_merged_ranges_and_hidden_rows_columns_and_sheets_are_told(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    first = workbook.active
    assert first is not None
    for row in range(1, 7):
        first.append([row, row, row, row])
    first.merge_cells("B4:B6")
    first.row_dimensions[2].hidden = True
    first.row_dimensions[50].hidden = True
    first.column_dimensions["C"].hidden = True
    first.column_dimensions.group("E", "XFD", hidden=True)
    second = workbook.create_sheet("隐藏")
    second.sheet_state = "veryHidden"
    found, other = read(tmp_path, saved(workbook)).sheets
    assert (found.merged, found.hidden_rows, found.hidden_columns) == (("B4:B6",), frozenset({2}), frozenset({"C"}))
    assert (found.hidden, other.hidden, other.name, other.rows) == (False, True, "隐藏", ())


def test_a_merged_range_over_the_whole_sheet_costs_nothing(tmp_path: Path) -> None:
    merge = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    found = read(tmp_path, packed(parts(sheet('<row r="1"><c r="A1"><v>1</v></c></row>', after=merge))))
    assert found.sheets[0].merged == ("A1:XFD1048576",)


def test_a_false_dimension_costs_nothing(tmp_path: Path) -> None:
    xml = sheet('<row r="1"><c r="A1"><v>1</v></c></row>', before='<dimension ref="A1:XFD1048576"/>')
    assert len(read(tmp_path, packed(parts(xml))).sheets[0].rows) == 1


@pytest.mark.parametrize("where", ["XFD1048576", "A1048576", "XFD1", "A400001", "ALM1"])
def test_a_value_far_from_any_table_is_refused_with_its_cell(tmp_path: Path, where: str) -> None:
    row = where.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    problems = refused_bytes(tmp_path, packed(parts(sheet(f'<row r="{row}"><c r="{where}"><v>1</v></c></row>'))))
    assert told(problems) == [("CELL_TOO_FAR", f"data.xlsx: S1!{where}")]


def test_a_row_number_beyond_all_sheets_is_refused_and_not_filled_up(tmp_path: Path) -> None:
    problems = refused_bytes(tmp_path, packed(parts(sheet('<row r="4000000000"><c><v>1</v></c></row>'))))
    assert told(problems) == [("CELL_TOO_FAR", "data.xlsx: S1!A4000000000")]


def test_few_cells_that_span_a_huge_area_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_reader, "CELLS", 2_999)
    rows = "".join(f'<row r="{n}"><c r="ALL{n}"><v>1</v></c></row>' for n in range(1, 4))
    assert told(refused_bytes(tmp_path, packed(parts(sheet(rows))))) == [("SHEET_TOO_LARGE", "data.xlsx: S1")]


@pytest.mark.parametrize(
    ("xml", "where"),
    [
        ('<c r="B1" t="s"><v>7</v></c>', "B1"),
        ('<c r="B1" t="s"><v>-1</v></c>', "B1"),
        ('<c r="B1" t="b"><v>perhaps</v></c>', "B1"),
        ('<c r="B9"><v>1</v></c>', "B9"),
        ('<c r="nowhere"><v>1</v></c>', "nowhere"),
        ('<c r="B1" s="x"><v>1</v></c>', "B1"),
        ('<c r="B1" t="d"><v>yesterday</v></c>', "B1"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_and_the_others_are_still_looked_at(
    tmp_path: Path, xml: str, where: str
) -> None:
    content = parts(sheet(f'<row r="1">{xml}</row>'), sheet('<row r="1"><c r="A1" t="s"><v>9</v></c></row>'))
    problems = refused_bytes(tmp_path, packed(content))
    assert told(problems) == [
        ("CELL_UNREADABLE", f"data.xlsx: S1!{where}"),
        ("CELL_UNREADABLE", "data.xlsx: S2!A1"),
    ]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
    ],
)
def test_rows_or_cells_stored_twice_or_out_of_order_are_refused(tmp_path: Path, rows: str) -> None:
    assert told(refused_bytes(tmp_path, packed(parts(sheet(rows))))) == [("SHEET_ROWS_DISORDERED", "data.xlsx: S1")]


@pytest.mark.parametrize("broken", ["<worksheet>", "no markup at all", f'<worksheet xmlns="{MAIN}"><row r="x"/>'])
def test_a_sheet_of_broken_markup_is_named_and_the_others_are_still_looked_at(tmp_path: Path, broken: str) -> None:
    far = '<row r="9"><c r="XFD9"><v>1</v></c></row>'
    problems = refused_bytes(tmp_path, packed(parts(sheet(""), broken, sheet(far))))
    assert told(problems) == [("SHEET_DAMAGED", "data.xlsx: S2"), ("CELL_TOO_FAR", "data.xlsx: S3!XFD9")]


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_part_of_broken_markup_is_named(tmp_path: Path, part: str) -> None:
    problems = refused_bytes(tmp_path, packed({**parts(sheet("")), part: "<broken"}))
    assert [(problem.code, problem.value) for problem in problems] == [("WORKBOOK_DAMAGED", part)]


def test_a_listed_sheet_whose_part_is_missing_is_refused_and_not_skipped(tmp_path: Path) -> None:
    content = parts(sheet(""), sheet(""))
    del content["xl/worksheets/sheet2.xml"]
    assert told(refused_bytes(tmp_path, packed(content))) == [("SHEET_DAMAGED", "data.xlsx: S2")]


def test_a_chart_alone_on_its_sheet_is_passed_over(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.create_chartsheet("图").add_chart(BarChart())
    assert [found.name for found in read(tmp_path, saved(workbook)).sheets] == ["Sheet"]


def test_a_workbook_without_worksheets_is_refused(tmp_path: Path) -> None:
    assert told(refused_bytes(tmp_path, packed(parts()))) == [("WORKBOOK_WITHOUT_SHEETS", "data.xlsx")]


def test_a_number_too_long_for_a_spreadsheet_is_warned_of_with_its_cell(tmp_path: Path) -> None:
    book = read(tmp_path, with_values("编号", 110101199001011234))
    (problem,) = book.notes
    assert (problem.code, str(problem.place)) == ("NUMBER_LOSES_DIGITS", "data.xlsx: Sheet!B1")
    assert problem.value == cell(book, "B1").text == "110101199001011000"


def test_a_text_longer_than_a_spreadsheet_allows_is_refused_with_its_cell(tmp_path: Path) -> None:
    problems = refused_bytes(tmp_path, one_cell(f'<c r="A1" t="inlineStr"><is><t>{"字" * 32_768}</t></is></c>'))
    assert told(problems) == [("TEXT_TOO_LONG", "data.xlsx: S1!A1")]


def test_an_escaped_carriage_return_is_a_carriage_return(tmp_path: Path) -> None:
    book = read(tmp_path, one_cell('<c r="A1" t="inlineStr"><is><t>用地_x000D_面积</t></is></c>'))
    assert cell(book, "A1").text == "用地\r面积"


def test_what_openpyxl_leaves_out_is_no_warning_of_ours(tmp_path: Path) -> None:
    unknown = '<extLst><ext uri="{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"/></extLst>'
    assert read(tmp_path, packed(parts(sheet("", after=unknown)))).notes == ()


def test_deeply_nested_markup_neither_crashes_nor_hangs(tmp_path: Path) -> None:
    deep = "<a>" * 200_000 + "</a>" * 200_000
    assert read(tmp_path, packed(parts(sheet("", after=deep)))).sheets[0].rows == ()


@given(st.sampled_from(sorted(parts(""))), st.integers(0, 10**6), st.integers(0, 40), st.text(max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_workbook_damaged_anywhere_is_read_or_refused_but_never_a_crash(
    tmp_path: Path, name: str, start: int, length: int, put: str
) -> None:
    content = parts(sheet('<row r="1"><c r="A1" s="1"><f>1</f><v>5</v></c><c r="B1" t="s"><v>0</v></c></row>'))
    cut = start % max(len(content[name]), 1)
    content[name] = content[name][:cut] + put + content[name][cut + length :]
    (tmp_path / "data.xlsx").write_bytes(packed({part: text.encode() for part, text in content.items()}))
    try:
        outcome: object = open_book(tmp_path / "data.xlsx").sheets
    except InputRejected as rejected:
        outcome = rejected.problems
    assert outcome
