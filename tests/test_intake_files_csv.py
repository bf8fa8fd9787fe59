"""A folder of CSV files: encodings, separators, quotes, and what is refused with its row."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_parts import refused, told

from allocator.intake import csv_folder
from allocator.intake.grid import Book, CellKind
from allocator.intake.open import open_book
from allocator.problems import Place, Severity
from allocator.report.csv_files import guard

TABLE = "项目编号,名称,用地\nP1,甲,3\nP2,乙,4\n"


def folder_of(tmp_path: Path, data: bytes | str, name: str = "projects.csv") -> Path:
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


def texts(book: Book) -> list[list[str]]:
    return [[cell.text for cell in row] for row in book.sheets[0].rows]


def notes(book: Book) -> list[tuple[str, str]]:
    assert all(problem.severity is Severity.NOTE for problem in book.notes)
    return told(book.notes)


def test_a_table_is_read_as_text_with_the_addresses_of_a_spreadsheet(tmp_path: Path) -> None:
    book = open_book(folder_of(tmp_path, "a,b\n0012,\nNA,1e5\n"))
    (sheet,) = book.sheets
    assert (sheet.file, sheet.name, book.sources[0].name) == ("data/projects.csv", "projects", "data/projects.csv")
    assert book.sources[0].reader == "csv utf-8"
    assert [(c.address, c.kind, c.text) for c in sheet.rows[1]] == [
        ("A2", CellKind.TEXT, "0012"),
        ("B2", CellKind.EMPTY, ""),
    ]
    assert texts(book)[2] == ["NA", "1e5"]


@pytest.mark.parametrize(
    ("encoding", "reader", "said"),
    [
        ("utf-8", "csv utf-8", []),
        ("utf-8-sig", "csv utf-8", []),
        ("gb18030", "csv gb18030", [("CSV_READ_AS", "data/projects.csv")]),
        ("utf-16", "csv utf-16", [("CSV_READ_AS", "data/projects.csv")]),
    ],
)
def test_the_encoding_is_found_and_said(
    tmp_path: Path, encoding: str, reader: str, said: list[tuple[str, str]]
) -> None:
    book = open_book(folder_of(tmp_path, TABLE.encode(encoding)))
    assert texts(book) == [["项目编号", "名称", "用地"], ["P1", "甲", "3"], ["P2", "乙", "4"]]
    assert (book.sources[0].reader, notes(book)) == (reader, said)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, end: str) -> None:
    assert len(texts(open_book(folder_of(tmp_path, TABLE.replace("\n", end))))) == 3


@pytest.mark.parametrize(("separator", "named"), [(";", ";"), ("\t", "TAB"), ("，", "，")])
def test_another_separator_is_read_with_a_note(tmp_path: Path, separator: str, named: str) -> None:
    book = open_book(folder_of(tmp_path, TABLE.replace(",", separator)))
    assert texts(book)[1] == ["P1", "甲", "3"]
    assert [(problem.code, problem.value) for problem in book.notes] == [("CSV_SEPARATOR", named)]


def test_separators_inside_quotes_titles_and_tags_do_not_mislead(tmp_path: Path) -> None:
    text = '附件1，2026年项目表\nid,name,tags\nP1,"甲；乙，丙;丁",redline;upper_quota\nP2,乙，丙,redline;two_high\n'
    book = open_book(folder_of(tmp_path, text))
    assert (book.notes, texts(book)[2]) == ((), ["P1", "甲；乙，丙;丁", "redline;upper_quota"])


def test_two_separators_that_split_equally_well_are_refused(tmp_path: Path) -> None:
    problems = refused(folder_of(tmp_path, "a;b\tc\n1;2\t3\n"))
    assert [(problem.code, problem.value) for problem in problems] == [("CSV_SEPARATOR_UNCLEAR", "; TAB")]


def test_a_line_that_names_the_separator_is_obeyed_and_is_no_row(tmp_path: Path) -> None:
    book = open_book(folder_of(tmp_path, "sep=;\r\na;b\r\n1,5;2\r\n"))
    assert (texts(book), [problem.code for problem in book.notes]) == (
        [["a", "b"], ["1,5", "2"]],
        ["CSV_SEPARATOR_LINE"],
    )
    assert book.sheets[0].rows[0][0].address == "A1"


def test_a_line_that_names_a_strange_separator_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(folder_of(tmp_path, "sep=|\na|b\n"))
    assert (problem.code, problem.value) == ("CSV_SEPARATOR_UNKNOWN", "|")


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a,b\n1,2\n\xff\xff,3\n", "CSV_ENCODING", "3"),
        (TABLE.encode().replace("甲".encode(), b"\xe7\x94"), "CSV_ENCODING", "2"),
        (b"\xef\xbb\xbfa,b\n\xb1\xe0\xba\xc5,2\n", "CSV_ENCODING", "2"),
        (b"a,b\n1,\x002\n", "CSV_NUL", "2"),
        ("a,b\n1,2\n".encode("utf-16-le"), "CSV_NUL", "1"),
        (b"a,b\n" + b"x" * 1_000_001 + b"\n", "CSV_LINE_TOO_LONG", "2"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path, data: bytes, code: str, line: str) -> None:
    (problem,) = refused(folder_of(tmp_path, data))
    assert (problem.code, str(problem.place), problem.facts["line"]) == (code, "data/projects.csv", line)


@pytest.mark.parametrize("magic", [b"PK\x03\x04....", bytes.fromhex("D0CF11E0A1B11AE1"), b"PAR1", b"%PDF-1.7"])
def test_a_renamed_file_is_told_what_it_is(tmp_path: Path, magic: bytes) -> None:
    assert told(refused(folder_of(tmp_path, magic))) == [("CSV_NOT_TEXT", "data/projects.csv")]


@pytest.mark.parametrize("row", ['P2,"open', 'P2,"shut"too early'])
def test_quotes_that_do_not_pair_are_refused_at_the_row_where_they_open(tmp_path: Path, row: str) -> None:
    problems = refused(folder_of(tmp_path, f'id,name\nP1,"two\nlines"\n{row}\nP3,x\nP4,y\n'))
    assert told(problems) == [("CSV_QUOTES", "data/projects.csv: projects!A3")]


def test_a_row_longer_than_its_header_is_refused_at_the_first_cell_too_many(tmp_path: Path) -> None:
    problems = refused(folder_of(tmp_path, "表一\nid,plan\nP1,1,234\nP2,5\nP3,6,,\nP4,7,8,9\n"))
    assert [(p.code, str(p.place), p.value, p.facts) for p in problems] == [
        ("CSV_RAGGED", "data/projects.csv: projects!C3", "234", {"header": "2", "found": "3"}),
        ("CSV_RAGGED", "data/projects.csv: projects!C6", "8", {"header": "2", "found": "4"}),
    ]


def test_a_line_break_in_quotes_starts_no_row_and_an_empty_line_is_one(tmp_path: Path) -> None:
    book = open_book(folder_of(tmp_path, 'id,name\n\nP1,"two\nlines"\nP2,x\n'))
    assert book.sheets[0].rows[1] == ()
    assert book.sheets[0].rows[3][0].address == "A4"


@pytest.mark.parametrize("limit", ["CELLS", "ROWS", "COLUMNS"])
def test_a_table_beyond_the_limits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(csv_folder, limit, 2)
    assert told(refused(folder_of(tmp_path, TABLE))) == [("SHEET_TOO_LARGE", "data/projects.csv: projects")]


def test_an_enormous_cell_is_refused_with_its_address(tmp_path: Path) -> None:
    problems = refused(folder_of(tmp_path, f"id,name\nP1,{'x' * 32_768}\n"))
    assert told(problems) == [("TEXT_TOO_LONG", "data/projects.csv: projects!B2")]


def test_every_problem_of_every_file_is_said(tmp_path: Path) -> None:
    folder_of(tmp_path, "", "accounts.csv")
    folder_of(tmp_path, "a,b\n1,2,3\n", "counties.csv")
    problems = refused(folder_of(tmp_path, TABLE.encode("gb18030")))
    assert told(problems) == [
        ("FILE_EMPTY", "data/accounts.csv"),
        ("CSV_RAGGED", "data/counties.csv: counties!C2"),
        ("CSV_READ_AS", "data/projects.csv"),
    ]


@given(st.lists(st.text(alphabet="ab=+-@＝\t '\"，,;\n\r", max_size=8), min_size=4, max_size=4))
def test_what_our_own_output_guards_is_read_back_unguarded(cells: list[str]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow([guard(text) for text in cells])
    rows, problems = csv_folder._read_rows(stream.getvalue(), ",", Place())
    assert not problems
    assert [cell.text for cell in rows[0]] == cells
