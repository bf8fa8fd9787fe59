"""Fifteen significant digits, and addresses."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from allocator.intake.addresses import address, column_letters, column_number, corners
from allocator.intake.digits import exact, loses_digits, shown, stored_number


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("0.30000000000000004", "0.3"),
        ("100.01000000000001", "100.01"),
        ("1.0000000000000050", "1.00000000000001"),
        ("2.5E-5", "0.000025"),
        ("1E+3", "1000"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("123456789012345678", "123456789012346000"),
    ],
)
def test_a_number_is_shown_at_fifteen_digits_in_plain_decimals(stored: str, text: str) -> None:
    number = stored_number(stored)
    assert number is not None
    assert shown(number) == text


@pytest.mark.parametrize("text", ["NaN", "inf", "1e9999", "1_000", "٣٤", "²", "0x10", "", ".", "1 2", "--1", "9" * 500])
def test_what_is_no_decimal_number_is_none(text: str) -> None:
    assert stored_number(text) is None


@given(st.integers(-(10**13), 10**13))
def test_every_quantity_on_the_grid_survives_being_stored_as_a_binary_number(steps: int) -> None:
    number = Decimal(steps) / 10_000
    assert Decimal(shown(Decimal(repr(steps / 10_000)))) == number == Decimal(exact(number))


def test_digits_are_lost_from_sixteen_on() -> None:
    assert not loses_digits(Decimal(10**15 - 1))
    assert loses_digits(Decimal(10**15))


@given(st.integers(1, 18_278))
def test_letters_of_a_column_are_those_of_the_spreadsheet_library(column: int) -> None:
    assert column_letters(column) == get_column_letter(column)
    assert column_number(column_letters(column)) == column


def test_corners_of_a_range_are_rows_and_columns_from_one() -> None:
    assert address(7, 4) == "D7"
    assert corners("B4:C6") == (4, 2, 6, 3)
    assert corners("AB3") == (3, 28, 3, 28)
