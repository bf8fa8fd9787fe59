"""Numbers in cells, read by a strict pattern: nothing is guessed, nothing is rounded."""

import re
import unicodedata
from fractions import Fraction

from allocator.intake.grid import Cell, CellKind
from allocator.intake.readings import Reading, Refusal, Remark, note
from allocator.quantities import LARGEST, OffGrid, on_grid, plain

PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
LONGEST = 60
"""A number of more digits than this is refused before it is converted."""

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " ", 0xA0: " ", 0x2212: "-"}
"""Full-width forms to ASCII, and nothing else: NFKC would also turn `²` into 2."""

_CHINESE = "零〇一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟"
REASONS = (
    (re.compile(rf"[{_CHINESE}点]+"), "NUMBER_CHINESE"),
    (re.compile(r"[-+]?(?:nan|inf|infinity|#?n/?a)", re.IGNORECASE), "NUMBER_NOT_FINITE"),
    (re.compile(r"[-+]?[0-9.]+e[-+]?[0-9]+", re.IGNORECASE), "NUMBER_SCIENTIFIC"),
    (re.compile(r"[-+]?[0-9.,]+\s*[%‰]"), "NUMBER_PERCENT"),
    (re.compile(r"[0-9.,]+\s*(?:[-~—–至到]|\.\.)+\s*[0-9.,]+\D*"), "NUMBER_RANGE"),
    (
        re.compile(r"(?:约|大约|近|超|不足|≥|≤|>|<|~|≈|about|ca\.?).*|.*(?:左右|以上|以下|余)", re.IGNORECASE),
        "NUMBER_APPROXIMATE",
    ),
    (re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{3})*,[0-9]+|[-+]?[0-9]+,[0-9]+"), "NUMBER_DECIMAL_COMMA"),
    (re.compile(r"[-+]?[0-9][0-9.,]*\s*[^\W\d_]+[^\W_]*"), "NUMBER_WITH_UNIT"),
)


NO_WHOLE = frozenset({"NOT_A_NUMBER", "NUMBER_WITH_UNIT", "NUMBER_DECIMAL_COMMA", "NUMBER_NOT_FINITE"})
"""Reasons whose words speak of decimals and units, which a whole number has not."""


def narrowed(text: str) -> str:
    """`text` with full-width forms made ASCII and outer space dropped."""
    return text.translate(FULL_WIDTH).strip()


def read_number(cell: Cell) -> tuple[Fraction, tuple[Remark, ...]]:
    """The exact number in a cell; raises `Refusal` with the reason when it is not plainly one."""
    if cell.kind is CellKind.BOOLEAN:
        raise Refusal("BOOLEAN_IN_NUMBER")
    if cell.kind is CellKind.DATE:
        raise Refusal("DATE_IN_NUMBER")
    text = narrowed(cell.text)
    if len(text) > LONGEST and PLAIN.fullmatch(text):
        raise Refusal("TOO_LARGE", largest=str(LARGEST))
    if PLAIN.fullmatch(text):
        number, changed = text, text != cell.text.strip()
    elif GROUPED.fullmatch(text) and len(text) <= LONGEST:
        number, changed = text.replace(",", ""), True
    else:
        raise Refusal(_reason(text))
    whole, _, decimals = number.partition(".")
    value = Fraction(int(whole + decimals), 10 ** len(decimals))  # twice as fast as Fraction(number)
    return value, (note("NUMBER_NORMALISED", read=number),) if changed else ()


def _reason(text: str) -> str:
    """The code that says why a text is not a number."""
    for pattern, code in REASONS:
        if pattern.fullmatch(text):
            return code
    if "_" not in text and any(unicodedata.category(c) == "Nd" and not c.isascii() for c in text):
        return "NUMBER_FOREIGN_DIGITS"
    return "NOT_A_NUMBER"


def read_quantity(
    cell: Cell, factor: Fraction, grid: int, *, above_zero: bool = False, signed: bool = False
) -> Reading:
    """Grid steps of a quantity, not negative unless `signed`; `factor` base units are one of the header's."""
    value, remarks = read_number(cell)
    if above_zero and value.numerator <= 0:
        raise Refusal("NOT_POSITIVE")
    if value.numerator < 0 and not signed:
        raise Refusal("NEGATIVE")
    try:
        steps = on_grid(value * factor, grid)
    except OffGrid:
        raise Refusal("OFF_GRID", step=plain(1, grid)) from None
    if abs(steps) > LARGEST:
        raise Refusal("TOO_LARGE", largest=plain(LARGEST, grid))
    return Reading(steps, remarks)


def read_amount(cell: Cell, factor: Fraction, *, above_zero: bool) -> Reading:
    """An exact amount or price in base units."""
    value, remarks = read_number(cell)
    if value.numerator < 0 and not above_zero:
        raise Refusal("NEGATIVE")
    return _bounded(value * factor, remarks, above_zero=above_zero)


def read_score(cell: Cell) -> Reading:
    """Any exact decimal."""
    value, remarks = read_number(cell)
    return _bounded(value, remarks, above_zero=False)


def read_whole(cell: Cell) -> Reading:
    """A whole number from 1 on; `第1` and `1名` are told to be none, whatever else they might be."""
    try:
        value, remarks = read_number(cell)
    except Refusal as refusal:
        raise (Refusal("NOT_WHOLE") if refusal.code in NO_WHOLE else refusal) from None
    if value.denominator != 1:
        raise Refusal("NOT_WHOLE")
    reading = _bounded(value, remarks, above_zero=True)
    return Reading(int(reading.value), remarks)


def _bounded(value: Fraction, remarks: tuple[Remark, ...], *, above_zero: bool) -> Reading:
    if above_zero and value.numerator <= 0:
        raise Refusal("NOT_POSITIVE")
    if abs(value.numerator) > LARGEST * value.denominator:
        raise Refusal("TOO_LARGE", largest=str(LARGEST))
    return Reading(value, remarks)
