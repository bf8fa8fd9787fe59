"""Tables as people read them: codes as names, projects in the order of the line, a unit behind every indicator."""

from collections.abc import Iterable
from dataclasses import replace

from allocator.explanation import Explanation
from allocator.outcome import PREFECTURE
from allocator.quantities import Indicator
from allocator.records import County
from allocator.report.names import name
from allocator.report.rows import Cell, Table
from allocator.words import Language, say

CODES = {
    "category": "categories",
    "pool": "categories",
    "decision": "decisions",
    "round": "rounds",
    "indicator": "indicators",
    "unit": "units",
    "tier": "tiers",
    "reason_name": "reasons",
}
"""Columns whose codes are printed as names; the CSV files keep the codes."""


def in_words(table: Table, counties: Iterable[County], language: Language) -> Table:
    """The same table with names for codes and counties, its columns still under their keys."""
    treasuries = {county.code: county.name for county in counties if county.name}
    treasuries[PREFECTURE] = say("explain.page.to_prefecture", language)

    def spell(column: str, cell: Cell) -> Cell:
        if not isinstance(cell, str):
            return cell
        if column in ("county", "payer", "payee"):
            return treasuries.get(cell, cell)
        return name(CODES[column], cell, language) if column in CODES else cell

    rows = (tuple(map(spell, table.columns, row)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def in_line(table: Table) -> Table:
    """Projects in the order of the line; those outside it after them."""
    place = table.columns.index("overall_position")

    def position(row: tuple[Cell, ...]) -> tuple[bool, Cell]:
        return row[place] is None, row[place] or 0

    return replace(table, rows=tuple(sorted(table.rows, key=position)))


def with_units(table: Table) -> Table:
    """The unit behind the indicator, for a reader who does not know in which unit each one is held."""
    place = table.columns.index("indicator") + 1
    units = [Indicator(str(indicator)).unit for indicator in table.column("indicator")]
    rows = ((*row[:place], unit, *row[place:]) for row, unit in zip(table.rows, units, strict=True))
    return replace(table, columns=(*table.columns[:place], "unit", *table.columns[place:]), rows=tuple(rows))


def with_names(table: Table, records: Iterable[Explanation]) -> Table:
    """The name of a project behind its id, for a reader who does not know the ids."""
    known = {record["project_id"]: record["name"] for record in records}
    place = table.columns.index("project_id") + 1
    rows = ((*row[:place], known[str(row[place - 1])], *row[place:]) for row in table.rows)
    return replace(table, columns=(*table.columns[:place], "name", *table.columns[place:]), rows=tuple(rows))
