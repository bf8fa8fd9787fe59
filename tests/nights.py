"""Nights on books in a test: a plan year that is opened and approved, events as rows, and one night run in-process."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from years import book_of, opened, planned

from allocator.ledger.book import Book
from allocator.ledger.database import Database, connect
from allocator.ledger.event import Event, EventKind
from allocator.ledger.events import Reported
from allocator.nightly.night import Told, run_night
from allocator.nightly.run_log import RunLog
from allocator.nightly.telling import Asked
from allocator.outcome import Run
from allocator.problems import Place
from allocator.quantities import Indicator
from scenarios.question import read_run

MU = Indicator.PLAN.grid
WORKED = "worked-example"
APPROVED = date(2026, 3, 20)
LAPSE = date(2026, 6, 21)
PAPER = "收件〔2026〕1号"
EVERYBODY = ("I1", "I2", "I3", "I4", "O1", "O2", "O3", "X1", "B1", "B2", "L1", "L2", "T1", "T2")


def worked(*sets: str) -> Run:
    """The worked example (F.4), whose policy may be set otherwise."""
    run, _ = read_run(WORKED, sets)
    return run


KEPT: dict[tuple[str, date], bytes] = {}
"""SQLite files of books that were opened and approved once, by what their run says and the day."""


def year(url: str, run: Run, on: date = APPROVED) -> Database:
    """Books of the run whose plan was approved on a day."""
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    key = (repr(run), on)
    if file and key in KEPT:
        file.write_bytes(KEPT[key])
        return connect(url)
    database = opened(url, run)
    planned(database, run, on=on)
    if file:
        database.close()
        KEPT[key] = file.read_bytes()
    return database


def event(day: str, kind: str, project: str = "", mu: int | None = None, note: str = "", paper: str = PAPER) -> Event:
    """One row of a file of events."""
    return Event(
        occurred_on=date.fromisoformat(day),
        kind=EventKind(kind),
        project_id=project,
        quantity=None if mu is None else mu * MU,
        document=paper,
        note=note,
        place=Place(file="events.csv", cell="A2"),
    )


def filed(*projects: str, day: str = "2026-06-10") -> tuple[Event, ...]:
    """The materials of these projects came in time."""
    return tuple(event(day, "materials_filed", project) for project in projects)


def all_but(*projects: str) -> tuple[str, ...]:
    """Every project of the worked example's plan but these."""
    return tuple(project for project in EVERYBODY if project not in projects)


class Dry(Exception):
    """Rolls a dry run back."""


def night(
    database: Database,
    run: Run,
    day: date,
    events: tuple[Event, ...] = (),
    mode: Any = "keep",
    *,
    folder: Path | None = None,
    dry_run: bool = False,
) -> Told:
    """One night in its transaction, as the command runs it."""
    reported = Reported(events=events, notes=()) if events else None
    asked = Asked(as_of=day, mode=mode, actor="clerk", reported=reported, dry_run=dry_run)
    log = RunLog(folder, day)
    told = None
    try:
        with database.writing() as connection:
            told = run_night(connection, asked, lambda _, __: replace(run, as_of=day), log)
            if dry_run:
                raise Dry
    except Dry:
        pass
    assert told
    return told


def ids(rows: Any) -> list[str]:
    """The projects of a section."""
    return [row["project_id"] for row in rows]


def course(told: Told, mode: str) -> Any:
    """What a mode would have done."""
    return next(each for each in told.night["courses"] if each["mode"] == mode)


def grants(book: Book) -> dict[str, list[tuple[str, int]]]:
    """Project -> account and mu of what it holds."""
    return {p: [(held.account_id, held.quantity // MU) for held in rows] for p, rows in book.holdings.items()}


def counted(database: Database) -> tuple[str, int]:
    """The head, and how many runs and proposals there are."""
    with database.reading() as connection:
        rows = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {t}").scalar()
            for t in ("runs", "proposals", "checkpoints")
        ]
    return str(book_of(database).head), rows  # type: ignore[return-value]
