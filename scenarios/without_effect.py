"""What a scenario says otherwise than the files in force, of projects that the question does not ask."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Connection

from allocator.gates import looks_at, windows
from allocator.intake.columns import titled
from allocator.ledger import life
from allocator.ledger.book import RETURNED, Book
from allocator.ledger.proposal import APPROVED
from allocator.ledger.question import competes, phases_of
from allocator.outcome import Run
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import Application
from scenarios.kept import unpacked
from scenarios.question import read_run

SHOWN = 20
"""So many changes are told one by one."""

PLAIN = ("name", "category", "sector", "level", "rank", "overall_rank", "band", "materials_complete")
OTHERS = ("tags", "enterprise_class", "score", "investment_wan", "filed_on")
AREAS = {"plan": "plan_mu", "min_area": "min_area_mu", "ledger": "ledger_mu"}


def applications_in_force(connection: Connection, digest: str, as_of: date) -> tuple[Application, ...]:
    """The applications of the files kept under `digest`; none if these can no longer be read."""
    try:
        with unpacked(connection, digest, as_of) as (folder, settings, _, _):
            return read_run(str(folder), settings)[0].tables.applications
    except InputRejected:
        return ()


def without_effect(run: Run, kept: tuple[Application, ...], book: Book) -> Iterator[Problem]:
    """A warning for each change to the row of a project that does not compete; many of them are counted."""
    before, phases = {row.project_id: row for row in kept}, phases_of(run.tables)
    silent = (row for row in run.tables.applications if not competes(row, book, run, phases))
    found = [
        told(run, book, row, *change)
        for row in silent
        if row.project_id in before
        for change in changes(before[row.project_id], row)
    ]
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield warning("MORE_WITHOUT_EFFECT", str(len(found) - SHOWN), Place())


def changes(before: Application, now: Application) -> Iterator[tuple[str, str, str]]:
    """Column, old and new value of every cell that differs."""
    old, new = said(before), said(now)
    for column in sorted({*old, *new}):
        if old.get(column, "-") != new.get(column, "-"):
            yield column, old.get(column, "-"), new.get(column, "-")


def said(row: Application) -> Mapping[str, str]:
    """Column -> what the row says there, without its empty cells."""
    cells = {name: shown(getattr(row, name)) for name in (*PLAIN, *OTHERS)}
    areas = {column: getattr(row, name) for name, column in AREAS.items()}
    cells |= {column: "-" if area is None else plain(area, Indicator.PLAN.grid) for column, area in areas.items()}
    cells |= {f"{name}_score": shown(score) for name, score in row.criteria.items()}
    cells |= {f"{each}_{each.unit}": plain(quantity, each.grid) for each, quantity in row.needs.items()}
    return cells


def shown(value: object) -> str:
    """A value as a cell would show it; `-` for an empty one."""
    if value is None or value == "" or value == frozenset():
        return "-"
    if isinstance(value, frozenset):
        return ";".join(sorted(map(str, value)))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, Fraction):
        return f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():f}"
    return str(value)


def told(run: Run, book: Book, row: Application, column: str, old: str, new: str) -> Problem:
    """One change that nobody asks for; of a returned project it is the window that is closed (QY-6.4)."""
    state = book.state(row.project_id)
    facts = {"column": titled(f"projects.{column}"), "old": old, "new": new, "state": life.titled(state)}
    place = row.cells.get(column, row.place)
    for gate, window in windows(run.policy):
        if state == RETURNED and looks_at(gate, row.category) and run.as_of > (last := window.last(run.year)):
            return warning("CORRECTED_TOO_LATE", row.project_id, place, gate.rule, **facts, last=last.isoformat())
    return warning("CHANGE_WITHOUT_EFFECT", row.project_id, place, **facts)


def warning(code: str, value: str, place: Place, rule: str = APPROVED, **facts: str) -> Problem:
    """A warning about a scenario and the books it is asked on."""
    return Problem(code=code, severity=Severity.WARNING, place=place, value=value, facts=facts, rule=rule)
