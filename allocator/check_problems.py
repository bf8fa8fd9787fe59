"""How the checks of whole tables name what they find: a problem with the cell of a record, the facts as texts."""

from collections.abc import Mapping
from typing import Protocol

from allocator.problems import Place, Problem, Severity

SUGGESTED = 20
"""For so many unknown ids the nearest one is looked up: each is compared with every id there is."""


class Row(Protocol):
    """A record of any table, with the places it was read from."""

    @property
    def place(self) -> Place:
        """The cell of its id."""
        ...

    @property
    def cells(self) -> Mapping[str, Place]:
        """Column -> its cell in this row."""
        ...


def cell(record: Row, *columns: str) -> Place:
    """The cell of the first of these columns that stands in the table, else that of the record's id."""
    return next((record.cells[column] for column in columns if column in record.cells), record.place)


def error(code: str, place: Place, value: object = "", rule: str = "", **facts: object) -> Problem:
    """What stops the run."""
    return _problem(Severity.ERROR, code, place, value, rule, facts)


def warning(code: str, place: Place, value: object = "", rule: str = "", **facts: object) -> Problem:
    """What somebody should look at before trusting the result."""
    return _problem(Severity.WARNING, code, place, value, rule, facts)


def _problem(
    severity: Severity, code: str, place: Place, value: object, rule: str, facts: Mapping[str, object]
) -> Problem:
    texts = {name: str(fact) for name, fact in facts.items()}
    return Problem(code=code, severity=severity, place=place, value=str(value), facts=texts, rule=rule)
