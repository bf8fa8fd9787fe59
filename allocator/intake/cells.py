"""One parser for each kind of value a cell may hold."""

import unicodedata
from collections.abc import Mapping
from fractions import Fraction

from allocator.intake.columns import Value
from allocator.intake.dates import read_date
from allocator.intake.figures import read_amount, read_quantity, read_score, read_whole
from allocator.intake.grid import Cell, CellKind
from allocator.intake.headers import Column
from allocator.intake.nearest import folded, nearest
from allocator.intake.readings import Reading, Refusal, Remark, note, warning
from allocator.intake.sheets import is_blank
from allocator.intake.units import Dimension
from allocator.intake.vocabulary import INDICATORS, both, titled
from allocator.quantities import Indicator

LONGEST_ID = 200
LONGEST_TEXT = 2000
SAFE_DIGITS = 15
"""Spreadsheets keep no more digits of a number than these."""

Vocabulary = Mapping[Value, Mapping[str, str]]
"""Kind of value -> folded spelling -> file value (`vocabulary.readings`)."""


def read_cell(cell: Cell, column: Column, vocabulary: Vocabulary, indicator: Indicator | None = None) -> Reading:
    """The value of a cell of `column`; `indicator` is that of its row, where the table has one.

    Raises `Refusal` for what is no such value. An empty cell is None, whatever the kind.
    """
    if cell.kind is CellKind.ERROR:
        raise Refusal("CELL_ERROR")
    if cell.kind is CellKind.UNCACHED:
        raise Refusal("FORMULA_UNCACHED")
    if is_blank(cell):
        return Reading()
    match column.spec.value:
        case Value.ID | Value.COUNTY:
            return read_id(cell)
        case Value.TEXT:
            return read_text(cell)
        case Value.WHOLE:
            return read_whole(cell)
        case Value.SCORE:
            return read_score(cell)
        case Value.DATE:
            return read_date(cell)
        case Value.QUANTITY:
            factor, grid = _factor(column, indicator), _grid(column, indicator)
            return read_quantity(cell, factor, grid, above_zero=column.spec.above_zero)
        case Value.CHANGE:
            return read_quantity(cell, _factor(column, indicator), _grid(column, indicator), signed=True)
        case Value.MONEY:
            return read_amount(cell, _factor(column, indicator), above_zero=False)
        case Value.PRICE:
            return read_amount(cell, _factor(column, indicator), above_zero=True)
        case Value.TAGS:
            return read_tags(cell, vocabulary[Value.TAGS])
        case Value.SECTOR:
            return read_sector(cell, vocabulary[Value.SECTOR])
        case Value.YES_NO:
            return read_yes_no(cell, vocabulary[Value.YES_NO])
        case chosen:
            return read_choice(cell, chosen, vocabulary[chosen])


def _factor(column: Column, indicator: Indicator | None) -> Fraction:
    """Base units in one unit of the header, which must suit the indicator of the row."""
    if column.unit is None:
        return Fraction(1)
    wanted = column.unit.capacity
    if indicator and wanted is not None and wanted is not (indicator is Indicator.CAPACITY):
        raise Refusal("UNIT_OF_ROW", unit=column.unit.label, indicator=titled(indicator, INDICATORS))
    return column.unit.factor


def _grid(column: Column, indicator: Indicator | None) -> int:
    if column.spec.dimension is Dimension.CAPACITY:
        return Indicator.CAPACITY.grid
    return (indicator or Indicator.AREA).grid


def read_id(cell: Cell) -> Reading:
    """An id as text: `0012`, `1e5`, `NA` stay as they are; a number cell gives its digits; NFKC, with a note."""
    if cell.kind is CellKind.DATE:
        raise Refusal("ID_IS_DATE")
    if cell.kind is CellKind.BOOLEAN:
        raise Refusal("ID_IS_BOOLEAN")
    if cell.kind is CellKind.NUMBER:
        if "." in cell.text or len(cell.text.lstrip("-")) > SAFE_DIGITS:
            raise Refusal("DIGITS_LOST", digits=str(SAFE_DIGITS))
        return Reading(cell.text, (note("ID_FROM_NUMBER", read=cell.text),))
    _refuse_characters(cell.text, {"Cc", "Cf", "Cs", "Cn"})
    text = unicodedata.normalize("NFKC", cell.text).strip()
    if len(text) > LONGEST_ID:
        raise Refusal("TOO_LONG", longest=str(LONGEST_ID))
    return Reading(text, (note("ID_NORMALISED", read=text),) if text != cell.text else ())


def read_text(cell: Cell) -> Reading:
    """A text as written, on one line."""
    text = " ".join(cell.text.split()) if any(c in cell.text for c in "\r\n\t") else cell.text.strip()
    _refuse_characters(text.replace("\u200d", ""), {"Cc", "Cs"})
    for turning in (c for c in text if "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"):
        raise Refusal("BAD_CHARACTER", character=f"U+{ord(turning):04X}")
    if len(text) > LONGEST_TEXT:
        raise Refusal("TOO_LONG", longest=str(LONGEST_TEXT))
    return Reading(text)


def _refuse_characters(text: str, categories: set[str]) -> None:
    """Refuse characters that cannot be seen."""
    if text.isascii() and text.isprintable():
        return
    for character in text:
        if unicodedata.category(character) in categories:
            raise Refusal("BAD_CHARACTER", character=f"U+{ord(character):04X}")


def read_choice(cell: Cell, kind: Value, spellings: Mapping[str, str]) -> Reading:
    """One of the values of a fixed choice."""
    if value := spellings.get(folded(cell.text)):
        return Reading(value)
    labels: dict[str, str] = {}
    for spelling, name in spellings.items():
        labels.setdefault(name, spelling)  # the first of its spellings
    known = ", ".join(both(label, name) for name, label in labels.items())
    code = "CATEGORY_UNKNOWN" if kind is Value.CATEGORY else "CHOICE_UNKNOWN"
    raise Refusal(code, nearest=nearest_value(cell.text, spellings), known=known)


def read_sector(cell: Cell, spellings: Mapping[str, str]) -> Reading:
    """A sector code; an unknown text is kept as written, for the gate that decides on it (QY-7.1.1)."""
    text = read_text(cell).value
    if (value := spellings.get(folded(text))) or not spellings:
        return Reading(value or text)
    return Reading(text, (warning("SECTOR_UNKNOWN", nearest=nearest_value(text, spellings)),))


def read_tags(cell: Cell, spellings: Mapping[str, str]) -> Reading:
    """A set of tags, separated by `;`, `,` or `、`; one that no rule reads is kept, with a warning."""
    text = unicodedata.normalize("NFKC", read_text(cell).value)
    written = [part.strip() for part in text.replace(",", ";").replace("、", ";").split(";") if part.strip()]
    remarks: list[Remark] = []
    tags: set[str] = set()
    for tag in written:
        value = spellings.get(folded(tag))
        if value is None:
            remarks.append(warning("TAG_UNKNOWN", tag=tag, nearest=nearest_value(tag, spellings)))
        tags.add(value or tag)
    return Reading(frozenset(tags), tuple(remarks))


def read_yes_no(cell: Cell, spellings: Mapping[str, str]) -> Reading:
    """Yes or no, in any of the spellings of `vocabulary.YES_NO`."""
    if value := spellings.get(folded(cell.text)):
        return Reading(value == "true")
    raise Refusal("NOT_YES_NO")


def nearest_value(text: str, spellings: Mapping[str, str]) -> str:
    """The file value whose spelling is most like `text`, after its label; `""` when none is near."""
    value = spellings.get(nearest(text, spellings), "")
    label = next((spelling for spelling, name in spellings.items() if name == value), "")
    return both(label, value) if value else ""
