"""A year of events on the books of a plan, night by night, each possible on its day; the same on every machine.

Most grants are filed within their three months, paid, transferred and approved; some are withdrawn, some forgotten.
Counties are penalised, and the province adds quota. What is then missing of the number asked for are pins of waiting
projects, each taken back again.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from allocator.ledger.book import Book
from allocator.ledger.deadlines import in_state
from allocator.ledger.entry import Track
from allocator.ledger.event import Event, EventKind
from allocator.quantities import Indicator

HEADER = ("occurred_on", "kind", "project_id", "quantity_mu", "document", "note")
IN_TIME = 85
"""Days within which materials are filed; the policy gives three months."""
MU = Indicator.PLAN.grid


@dataclass
class Calendar:
    """Night -> its events; every paper has a number of its own."""

    first: date
    found: defaultdict[date, list[Event]] = field(default_factory=lambda: defaultdict(list))
    count: int = 0

    def add(self, kind: EventKind, project: str, day: int, note: str = "", quantity: int | None = None) -> None:
        """One event, so many days after the first."""
        self.count += 1
        on, paper = self.first + timedelta(days=int(day)), f"文{self.count}号（虚构）"
        self.found[on].append(
            Event(occurred_on=on, kind=kind, project_id=project, quantity=quantity, document=paper, note=note)
        )


def draw_year(book: Book, count: int, first: date, last: date, seed: int = 1) -> Mapping[date, tuple[Event, ...]]:
    """Night -> the events of that day, from `first` to `last`; about `count` in all."""
    dice, year, span = np.random.default_rng(seed), Calendar(first), (last - first).days
    for project in in_state(book, "GRANTED"):
        draw_life(year, book, project, dice, span)
    counties = sorted(set(book.counties.values()))
    for day in range(10, span, 10):
        year.add(EventKind.PENALTY, str(dice.choice(counties)), day, "闲置（虚构）", MU)
    for day in range(15, span, 30):
        year.add(EventKind.EXTRA_QUOTA, "", day, "", 10 * MU)
    waiting = in_state(book, "WAITLISTED")
    free = dict.fromkeys(waiting, 0)  # the first day on which it may be pinned again
    while year.count < count and (waiting := [project for project in waiting if free[project] + 2 <= span]):
        for project in waiting[: (count - year.count + 1) // 2]:
            day, until = np.sort(dice.integers(free[project], min(span, free[project] + 60) + 1, 2)).tolist()
            year.add(EventKind.PIN, project, day, "grant")
            year.add(EventKind.UNPIN, project, until)
            free[project] = until + 1
    return {night: tuple(events) for night, events in sorted(year.found.items())}


def draw_life(year: Calendar, book: Book, project: str, dice: np.random.Generator, span: int) -> None:
    """What happens to one grant: in a hundred, one is forgotten, five are withdrawn, ten are not approved yet."""
    fate = int(dice.integers(0, 100))
    if fate < 1:
        return
    filed = int(dice.integers(0, IN_TIME))
    end = int(dice.integers(filed + 1, span)) if fate < 6 else span + 1
    year.add(EventKind.MATERIALS_FILED, project, filed)
    for track, state, kind in (
        (Track.FARMLAND, "PLAN_APPROVED", EventKind.PAID),
        (Track.BOUNDARY, "TRANSFER_PENDING", EventKind.TRANSFERRED),
    ):
        day = int(dice.integers(0, span + 1))
        if book.state(project, track) == state and day < end:
            year.add(kind, project, day)
    if fate < 6:
        year.add(EventKind.WITHDRAW, project, end)
    elif fate >= 16:
        year.add(EventKind.APPROVAL_ISSUED, project, int(dice.integers(filed + 1, span + 1)))


def draw_withdrawals(book: Book, count: int, day: date) -> tuple[Event, ...]:
    """The first projects that are filed, and give up on this day."""
    going = in_state(book, "MATERIALS_FILED")[:count]
    return tuple(
        Event(occurred_on=day, kind=EventKind.WITHDRAW, project_id=project, document=f"退{number}号（虚构）")
        for number, project in enumerate(going, start=1)
    )


def write_events(events: Iterable[Event], file: Path) -> Path:
    """The events as the file that a bureau hands in."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for event in events:
            day, kind = event.occurred_on.isoformat(), event.kind.value
            writer.writerow((day, kind, event.project_id, event.quantity_mu, event.document, event.note))
    return file
