"""The header row of a table: where it stands, which column each header names, and in which unit."""

import re
import unicodedata
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from allocator.intake.addresses import column_letters, corners
from allocator.intake.columns import RANKING_COLUMNS, TABLE, ColumnSpec, TableSpec
from allocator.intake.findings import Findings
from allocator.intake.grid import Cell, Sheet
from allocator.intake.nearest import nearest
from allocator.intake.sheets import is_blank, shown
from allocator.intake.units import BASE, UNITS, Unit, is_unit, plain_unit, unit_in
from allocator.problems import Place

SEARCHED_ROWS = 50
"""A header further down than this is not looked for."""

SHOWN = 8
"""So many of the headers that are there are named where one is missing."""

IGNORED = frozenset({"备注", "note", "notes", "序号", "remark", "remarks", "no", "no.", "说明"})
NOT_A_UNIT = frozenset({"必填", "选填", "可选", "required", "optional"})
INVISIBLE = re.compile("[\\s_\\-\u200b-\u200f\u2060\ufeff]")
BRACKETS = re.compile(r"[(\[【〔](.*?)[)\]】〕]")
UNIT_LINE = re.compile(r"(?:单位|unit)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
UNIT_LABELS = sorted({label for units in UNITS.values() for label in units}, key=len, reverse=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet whose header is known; `unit` is None when the header names none."""

    spec: ColumnSpec
    index: int  # 0-based position in a row
    header: str  # as written, on one line
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The header of one sheet: its row (0-based) and the columns that are read."""

    table: TableSpec
    row: int
    columns: tuple[Column, ...]


def plain_header(text: str) -> str:
    """A header without differences of width, case, space, line break, `_`, `-` and invisible characters."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()


@cache
def spellings(table: str) -> Mapping[str, ColumnSpec]:
    """Plain header -> column, for every name and synonym of a table."""
    return {plain_header(t): spec for spec in TABLE[table].columns for t in (spec.name, spec.zh, *spec.synonyms)}


def recognise(text: str, names: Mapping[str, ColumnSpec]) -> tuple[ColumnSpec, str] | None:
    """The column a header names, and its unit (`""`: none): `用地面积（公顷）`, `用地面积/公顷`, `plan_ha`."""
    whole = plain_header(text)
    if spec := names.get(whole):
        return spec, ""
    spread = unicodedata.normalize("NFKC", text)
    if (inside := BRACKETS.findall(spread)) and (spec := names.get(plain_header(BRACKETS.sub("", spread)))):
        said = [part for part in inside if plain_header(part) not in NOT_A_UNIT]
        return spec, "".join(said)
    for label in UNIT_LABELS:
        if whole.endswith(label) and (spec := names.get(whole[: -len(label)].rstrip("/:,、;"))):
            return spec, label
    return None


def read_header(sheet: Sheet, table: TableSpec, findings: Findings) -> Head | None:
    """The header of the sheet that holds `table`; None, with an error, if there is none."""
    names = spellings(table.name)
    row = _header_row(sheet, names)
    if row is None:
        findings.error("HEADER_MISSING", _place(sheet), table=table.title, wanted=_wanted(table))
        return None
    _look_above(sheet, row, findings)
    _refuse_second_header(sheet, row, table, findings)
    columns, misspelt = _match(sheet, table, row, findings)
    _require(sheet, table, columns, misspelt, findings)
    return Head(table, row, columns)


def _place(sheet: Sheet, index: int | None = None, row: int = 0) -> Place:
    cell = "" if index is None else f"{column_letters(index + 1)}{row + 1}"
    return Place(file=sheet.file, sheet=sheet.name, cell=cell)


def _known(row: Sequence[Cell], names: Mapping[str, ColumnSpec]) -> int:
    """How many headers of the table stand in a row."""
    return sum(1 for cell in row if not is_blank(cell) and recognise(cell.text, names))


def is_header(row: Sequence[Cell], table: TableSpec) -> bool:
    """Whether a row holds two known headers of the table, as no row of data does."""
    return _known(row, spellings(table.name)) >= 2


def headed(sheet: Sheet, table: TableSpec) -> frozenset[str]:
    """The columns of the table that the header row names, if the sheet were that table."""
    names = spellings(table.name)
    row = _header_row(sheet, names)
    cells = () if row is None else sheet.rows[row]
    matches = (recognise(cell.text, names) for cell in cells if not is_blank(cell))
    return frozenset(match[0].name for match in matches if match)


def _header_row(sheet: Sheet, names: Mapping[str, ColumnSpec]) -> int | None:
    """The first row with two known headers, else the first with one."""
    counts = [_known(row, names) for row in sheet.rows[:SEARCHED_ROWS]]
    for enough in (2, 1):
        for number, count in enumerate(counts):
            if count >= enough:
                return number
    return None


def _look_above(sheet: Sheet, header: int, findings: Findings) -> None:
    """Say that title rows are not read; a line `单位：...` may only name the units that hold anyway."""
    above = [(number, index, cell) for number in range(header) for index, cell in enumerate(sheet.rows[number])]
    written = [(number, index, cell) for number, index, cell in above if not is_blank(cell)]
    for number, index, cell in written:
        line = UNIT_LINE.search(unicodedata.normalize("NFKC", cell.text))
        units = re.split(r"[,、;\s]+", line[1].strip().strip("()")) if line else ()
        bases = {plain_unit(text) for pair in BASE.values() for text in pair} | {"元"}
        for unit in units:
            if is_unit(unit) and plain_unit(unit) not in bases:
                findings.error("UNIT_LINE", _place(sheet, index, number), shown(cell.text), unit=unit)
    if written:
        number, index, cell = written[0]
        findings.note("ROWS_ABOVE_HEADER", _place(sheet, index, number), shown(cell.text), header=header + 1)


def _refuse_second_header(sheet: Sheet, header: int, table: TableSpec, findings: Findings) -> None:
    """Refuse a header of two rows, and headers merged over several cells."""
    for merged in sheet.merged:
        top, left, bottom, right = corners(merged)
        if top <= header + 1 <= bottom:
            findings.error("HEADER_MERGED", _place(sheet, left - 1, top - 1), merged, columns=right - left + 1)
    below = header + 1
    if below < len(sheet.rows) and is_header(sheet.rows[below], table):
        index, cell = next((i, c) for i, c in enumerate(sheet.rows[below]) if not is_blank(c))
        findings.error("HEADER_TWICE", _place(sheet, index, below), shown(cell.text), header=header + 1)


def _match(sheet: Sheet, table: TableSpec, row: int, findings: Findings) -> tuple[tuple[Column, ...], frozenset[str]]:
    """The columns that are read, and the names of those that unknown headers are nearest to."""
    names = spellings(table.name)
    columns: dict[str, Column] = {}
    misspelt: set[str] = set()
    header = sheet.rows[row]
    for index, cell in enumerate(header):
        text = shown(cell.text)
        place = _place(sheet, index, row)
        if is_blank(cell):
            continue
        bare = plain_header(BRACKETS.sub("", text))
        if text.startswith("#") or (bare in IGNORED and bare not in names):
            findings.note("COLUMN_IGNORED", place, text)
            continue
        match = recognise(cell.text, names)
        if match is None:
            known = names.get(nearest(plain_header(text), names))
            findings.error("COLUMN_UNKNOWN", place, text, nearest=known.title if known else "", table=table.title)
            misspelt |= {known.name} if known else set()
            continue
        spec, unit = match
        if other := columns.get(spec.name):
            findings.error(
                "COLUMN_TWICE",
                place,
                text,
                column=spec.title,
                other=_place(sheet, other.index, row).cell,
                header=other.header,
            )
            continue
        columns[spec.name] = Column(spec, index, text, _unit(spec, text, unit, place, findings))
    _refuse_nameless(sheet, row, findings)
    return tuple(columns.values()), frozenset(misspelt)


def _unit(spec: ColumnSpec, header: str, written: str, place: Place, findings: Findings) -> Unit | None:
    """The unit a header names; one that the column cannot have is an error."""
    if not written or (spec.dimension is None and not is_unit(written)):
        return None
    facts = {"column": spec.title, "unit": written, "expected": spec.unit("zh") or "-"}
    unit = unit_in(spec.dimension, written) if spec.dimension else None
    if unit is None:
        findings.error("UNIT_CONTRADICTS" if is_unit(written) else "UNIT_UNKNOWN", place, header, rule="0.3", **facts)
        return None
    named = plain_header(BRACKETS.sub("", unicodedata.normalize("NFKC", header))) == plain_header(spec.name)
    if named and unit.factor != 1 and spec.name.endswith(("_mu", "_kg", "_wan")):
        findings.error("UNIT_CONTRADICTS", place, header, rule="0.3", **facts)
    elif unit.factor != 1:
        findings.note("UNIT_CONVERTED", place, header, rule="0.3", factor=unit.factor, **facts)
    return unit


def _refuse_nameless(sheet: Sheet, row: int, findings: Findings) -> None:
    """Refuse values under an empty header."""
    header = sheet.rows[row]
    named = {index for index, cell in enumerate(header) if not is_blank(cell)}
    seen: set[int] = set()
    for number, cells in enumerate(sheet.rows[row + 1 :], start=row + 1):
        for index, cell in enumerate(cells):
            if index not in named and index not in seen and not is_blank(cell):
                seen.add(index)
                below = _place(sheet, index, number).cell
                findings.error("HEADER_EMPTY", _place(sheet, index, row), shown(cell.text), below=below)


def _require(sheet: Sheet, table: TableSpec, columns: Sequence[Column], misspelt: Set[str], findings: Findings) -> None:
    """Name every column that must stand and does not, unless a misspelt header was told to be it."""
    present = {column.spec.name for column in columns} | misspelt
    for spec in table.columns:
        if spec.required and spec.name not in present:
            headers = ", ".join(column.header for column in columns[:SHOWN]) + (", ..." if columns[SHOWN:] else "")
            facts = {"column": spec.name, "header": spec.zh, "headers": headers or "-", "table": table.title}
            findings.error("COLUMN_MISSING", _place(sheet), spec.name, rule=spec.rule, **facts)
    if table.name == "projects" and not present.intersection(RANKING_COLUMNS):
        wanted = ", ".join(table[name].zh for name in RANKING_COLUMNS)
        findings.error("RANK_COLUMNS_MISSING", _place(sheet), rule="QY-10.2", wanted=wanted)


def _wanted(table: TableSpec) -> str:
    return ", ".join(spec.header("zh") for spec in table.columns if spec.required)
