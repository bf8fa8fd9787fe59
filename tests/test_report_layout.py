"""How a table lies on a page: decimals as needed, widths that leave the reason room, every line of a text counted."""

from decimal import Decimal

import pytest

from allocator.report.layout import PAGE, lay_out, lines, number_format
from allocator.report.rows import Cell, Table


@pytest.mark.parametrize(
    ("key", "cells", "shown"),
    [
        ("quantity", [Decimal("3"), Decimal("4")], "#,##0_ "),
        ("quantity", [Decimal("3"), Decimal("0.0625")], "#,##0.0000_ ;-#,##0.0000_ ;0_ "),
        ("amount_yuan", [Decimal("858758.4")], "#,##0.00_ ;-#,##0.00_ ;0_ "),
        ("share", [Decimal("0.1"), Decimal("0.42")], "#,##0%_ "),
        ("usage_rate", [Decimal("0.33333333"), None], "#,##0.00%_ ;-#,##0.00%_ ;0%_ "),
        ("count", [220], "#,##0_ "),
        ("text", ["no number"], "#,##0_ "),
    ],
)
def test_a_column_shows_the_decimals_it_needs(key: str, cells: list[Cell], shown: str) -> None:
    assert number_format(key, cells) == shown


@pytest.mark.parametrize(
    ("text", "room", "count"),
    [
        ("", 10, 1),
        ("0123456789", 10, 1),
        ("0123456789a", 10, 2),
        ("seven words do not fit", 10, 3),
        ("指标指标指", 10, 1),
        ("指标指标指标", 10, 2),
        ("one\ntwo", 10, 2),
        ("W" * 95, 10, 10),
    ],
)
def test_every_line_of_a_wrapped_text_is_counted(text: str, room: int, count: int) -> None:
    assert lines(text, room) == count


def test_a_long_reason_takes_what_the_other_columns_leave_of_the_page() -> None:
    table = Table(name="problems", columns=("kind", "rule", "text"), rows=(("提醒", "QY-1", "长" * 500),))
    columns = lay_out(table, "zh")
    assert sum(column.width for column in columns) == PAGE


def test_a_short_text_is_given_no_more_than_it_needs() -> None:
    table = Table(name="problems", columns=("kind", "rule", "text"), rows=(("提醒", "QY-1", "短"),))
    assert lay_out(table, "zh")[2].width < 15


def test_the_total_is_as_wide_and_as_exact_as_its_column() -> None:
    table = Table(name="t", columns=("payer", "amount_yuan"), rows=(("A", Decimal("999999.99")), ("B", Decimal(2))))
    payer, amount = lay_out(table, "en")
    assert (payer.total, amount.total) == ("Total", Decimal("1000001.99"))
    assert amount.width >= len("1,000,001.99")


@pytest.mark.parametrize("rate", ["0.65516766", "0.9999", "12.3456"])
def test_a_rate_has_room_for_its_percent_sign(rate: str) -> None:
    table = Table(name="t", columns=("usage_rate",), rows=((Decimal(rate),),))
    (column,) = lay_out(table, "zh")
    assert column.width >= len(f"{Decimal(rate):.2%}") + 2
