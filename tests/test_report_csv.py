"""CSV: nothing runs, nothing is lost, numbers are exact plain decimals."""

import csv
import io
from decimal import Decimal

import pytest
from factories import DANGEROUS, hostile
from hypothesis import given
from hypothesis import strategies as st

from allocator.report.csv_files import guard, unguard, write_csv
from allocator.report.folder import write_files
from allocator.report.rows import Table

HARMLESS = {"http://example.invalid", "{=1}", DANGEROUS[-1]}


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.mark.parametrize("text", [text for text in DANGEROUS if text not in HARMLESS])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["一号产业园", "a-b", "A=B", "1+1", "", "'quoted'", "x@y"])
def test_a_harmless_text_stays_as_it_is(text: str) -> None:
    assert guard(text) == text


@given(st.text(alphabet="'=+-@\t\r\n aＡ＝　", max_size=8))
def test_a_guarded_text_comes_back_whatever_it_was(text: str) -> None:
    assert unguard(guard(text)) == text


@given(st.text(alphabet="'=+-@\t\r\n a", max_size=8))
def test_no_line_of_a_guarded_cell_begins_a_formula_unless_the_cell_is_text_already(text: str) -> None:
    guarded = guard(text)
    assert guarded.startswith("'") or not any(
        line.strip().startswith(("=", "+", "-", "@")) for line in text.split("\n")
    )


def test_every_hostile_name_survives_the_allocation_file() -> None:
    content = rows(write_files(*hostile(), language="zh")["allocation.csv"])
    names = [row[content[0].index("name")] for row in content[1:]]
    assert [unguard(name) for name in names] == list(DANGEROUS)
    assert not [name for name in names if name.lstrip()[:1] in tuple("=+-@")]


def test_a_negative_number_is_a_number_and_not_guarded() -> None:
    table = Table(name="t", columns=("a", "b", "c"), rows=((Decimal("-1.25"), -3, "-3"),))
    assert rows(write_csv(table))[1] == ["-1.25", "-3", "'-3"]


def test_numbers_have_neither_exponent_nor_trailing_zeros() -> None:
    table = Table(name="t", columns=("a", "b"), rows=((Decimal("100000000000"), Decimal("0.0001")),))
    assert rows(write_csv(table))[1] == ["100000000000", "0.0001"]


def test_a_cell_that_does_not_apply_is_empty() -> None:
    assert write_csv(Table(name="t", columns=("a", "b"), rows=((None, "x"),))) == b"a,b\n,x\n"
