"""How a table lies on a sheet of A4: how its numbers look, how wide its columns and how high its rows are.

A width is counted in digits of the sheet's font, and a Chinese character takes two of them. Heights are worked out
here too, because programs disagree on when they fit a row to a wrapped text: Excel when a cell is typed into,
LibreOffice when a file is opened.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rich.cells import cell_len

from allocator.report.names import name
from allocator.report.rows import Cell, Table
from allocator.words import Language

PAGE = 140  # what A4 landscape holds at full size
WIDEST = 32
CAPS = {"name": 23, "county": 12, "category": 12, "pool": 12, "decision": 17, "round": 10, "document": 40}
"""Where a text wraps beside a flowing column, to leave it room; elsewhere at the widest."""
FLOWING = {"reason": 42, "text": 80, "sentence": 60}
"""Columns that take what the others leave of the page, at least this."""
CODES = frozenset({"reason_code", "rule", "account_id", "counterpart", "engine"})
RATES = frozenset({"share", "usage_rate", "efficiency", "actual_share"})
MONEY = frozenset({"unit_price_yuan", "amount_yuan"})
GAP = "_ "  # keeps a number off the border and off the text of the next column
LINE = 14  # points of one line of text, wide enough for the fonts that stand in for a missing one
HIGHEST = 409  # points, of a row
PIECE = re.compile(r"[!-~]+ *|.", re.DOTALL)  # a word, or one character of a script that breaks anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as it is printed."""

    key: str
    title: str
    cells: Sequence[Cell]
    total: Cell  # None where the column does not add up
    number: str  # format of its numbers
    width: int  # digits


def lay_out(table: Table, language: Language, widths: Sequence[int] = ()) -> list[Column]:
    """The columns of a table, as wide as what they hold; a long text takes the rest of the page."""
    totals: Mapping[str, Decimal] = table.totals() if table.rows else {}
    caps = CAPS if FLOWING.keys() & set(table.columns) else {}
    columns = [
        Column(
            key=key,
            title=(title := name("columns", key, language)),
            cells=(cells := table.column(key)),
            total=(total := totals.get(key, name("columns", "total", language) if totals and not place else None)),
            number=number_format(key, [*cells, total]),
            width=widths[place] if widths else width(key, title, [*cells, total], caps.get(key, WIDEST)),
        )
        for place, key in enumerate(table.columns)
    ]
    return columns if widths else list(flow(columns))


def flow(columns: Sequence[Column]) -> Iterator[Column]:
    """The same columns, the flowing one cut to what the others leave of the page."""
    rest = PAGE - sum(column.width for column in columns if column.key not in FLOWING)
    for column in columns:
        if column.key in FLOWING:
            yield replace(column, width=min(column.width, max(rest, FLOWING[column.key])))
        else:
            yield column


def number_format(key: str, cells: Sequence[Cell]) -> str:
    """As many decimals as the column needs and no more, a zero bare; money in whole fen, a rate in percent."""
    decimals = max((places(cell) for cell in cells if isinstance(cell, Decimal)), default=0)
    sign = "%" if key in RATES else ""
    if key in RATES:
        decimals = min(max(decimals - 2, 0), 2)
    elif key in MONEY and decimals:
        decimals = max(decimals, 2)
    shown = f"#,##0{'.' * bool(decimals)}{'0' * decimals}{sign}{GAP}"
    return f"{shown};-{shown};0{sign}{GAP}" if decimals else shown


def places(number: Decimal) -> int:
    """Decimals of a number."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def width(key: str, title: str, cells: Sequence[Cell], most: int) -> int:
    """Digits that a column needs: its title in two lines beside the button of a filter, its longest cell in one.

    Texts wider than `most` wrap, but those that flow.
    """
    stem, _, unit = title.partition("（")
    halves = (-(-cell_len(title) // 2), *((cell_len(stem) - 1, cell_len(unit) + 1) if unit else ()))
    head = max(*map(cell_len, PIECE.findall(title)), *halves) + 3
    small, size = (8, 10) if key in CODES else (1, 1)
    texts = [cell_len(cell) * small // size + 2 for cell in cells if isinstance(cell, str)]
    shape = number_format(key, cells).partition(";")[0].removesuffix(GAP)
    decimals, sign = shape.partition(".")[2].count("0"), "%" if "%" in shape else ""
    numbers = (len(f"{cell:,.{decimals}{sign or 'f'}}") + 2 for cell in cells if isinstance(cell, int | Decimal))
    longest = max(texts, default=0)
    return max([head, longest if key in FLOWING else min(longest, most), *numbers])


def height(columns: Sequence[Column], cells: Sequence[Cell]) -> int:
    """Points of a row that shows every line of its texts."""
    pairs = zip(columns, cells, strict=True)
    most = max((lines(cell, column.width) for column, cell in pairs if isinstance(cell, str)), default=1)
    return min(most * LINE + 2, HIGHEST)


def lines(text: str, room: int) -> int:
    """Lines of a text in a column that has room for so many digits."""
    if text.isprintable() and cell_len(text) <= room:
        return 1
    return max(1, sum(wrapped(paragraph, room) for paragraph in text.splitlines()))


def wrapped(paragraph: str, room: int) -> int:
    """Lines of a paragraph, broken between words and between characters that are no letters of a word."""
    count, used = 1, 0
    for piece in PIECE.findall(paragraph):
        length = cell_len(piece.rstrip())
        if used and used + length > room:
            count, used = count + 1, 0
        more = max(length - 1, 0) // room
        count, used = count + more, used + cell_len(piece) - more * room
    return count
