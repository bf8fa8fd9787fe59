"""What happened to plan quota in a quarter or a year (QY-14.1, 15.1), entry by entry as it was booked.

A period takes what was booked on its days, so that quarters add up to the year and a report, once its period is over,
never changes. A reversal takes back what it reverses, on its own day.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum

from allocator.ledger.book import RECALLED
from allocator.ledger.deadlines import is_used
from allocator.ledger.entry import Booked, Entry, EntryKind, Track
from allocator.ledger.lives import Life, Lives
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId

WRITTEN = re.compile(r"([12][0-9]{3})(?:-?[Qq]([1-4]))?", re.ASCII)
MONTHS = 3
"""Of a quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A year, or one of its quarters (1 to 4; 0: the whole year)."""

    year: int
    quarter: int = 0

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}" if self.quarter else str(self.year)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, MONTHS * (self.quarter - 1) + 1 if self.quarter else 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        if self.quarter in (0, 4):
            return date(self.year, 12, 31)
        return date(self.year, MONTHS * self.quarter + 1, 1) - timedelta(days=1)

    def due_on(self, policy: Policy) -> date | None:
        """By when its report is due: so many days after a quarter; a year's at the end of the year (QY-14.1, 15.1)."""
        if not self.quarter:
            return self.last
        return self.last + timedelta(days=policy.report.quarter_due_days) if policy.report else None


def read_period(text: str) -> Period | None:
    """`2026-Q2` or `2026`; None for anything else."""
    found = WRITTEN.fullmatch(text.strip())
    return Period(year=int(found[1]), quarter=int(found[2] or 0)) if found else None


class Field(StrEnum):
    """What can happen to the plan quota of a project."""

    GRANTED = "granted"
    REGRANTED = "regranted"  # from what was recalled or added (QY-12.2)
    FILED = "filed"
    USED = "used"
    RETURNED = "returned"
    RECALLED = "recalled"
    OVERDUE = "overdue"


TURNED = {"MATERIALS_FILED": Field.FILED, "USED": Field.USED, "MATERIALS_OVERDUE": Field.OVERDUE}
"""The states that are counted when they are reached, with the plan that the project has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened; `count` is -1 for what a reversal takes back, and `plan` then below zero."""

    booked_on: date
    occurred_on: date
    project: ProjectId
    county: CountyCode
    field: Field
    plan: int  # grid units
    count: int = 1


@dataclass(slots=True)
class History:
    """Entries read one after another: what became of each project, and what happened, by number of the entry.

    `returned`: run and project -> the returns since its last step, which is the step that they belong to.
    """

    lives: Lives = field(default_factory=Lives)
    happened: dict[int, Happening] = field(default_factory=dict[int, Happening])
    returned: dict[tuple[str, ProjectId], list[int]] = field(default_factory=dict[tuple[str, ProjectId], list[int]])

    def take(self, booked: Booked) -> None:
        """One more entry."""
        entry, seq = booked.entry, booked.seq
        if not entry.project:
            return
        life = self.lives[entry.project]
        if entry.reverses:
            if before := self.happened.get(entry.reverses):
                self.happened[seq] = replace(before, booked_on=entry.booked_on, plan=-before.plan, count=-before.count)
        elif entry.is_move and entry.indicator == Indicator.PLAN:
            self.move(booked, life)
        elif entry.is_transition and entry.track == Track.APPLICATION:
            self.turn(booked, life)
        life.take(booked)

    def move(self, booked: Booked, life: Life) -> None:
        """Plan comes to a project or goes back from it."""
        seq, entry = booked.seq, booked.entry
        if entry.kind is EntryKind.GRANT:
            self.note(seq, entry, Field.REGRANTED if life.state == "REGRANTED" else Field.GRANTED, entry.quantity)
        elif entry.kind is EntryKind.RETURN:
            self.note(seq, entry, Field.RETURNED, entry.quantity)
            self.returned.setdefault((booked.run, entry.project), []).append(seq)

    def turn(self, booked: Booked, life: Life) -> None:
        """A step; what was returned just before it was returned for it."""
        seq, entry = booked.seq, booked.entry
        back = self.returned.pop((booked.run, entry.project), [])
        if entry.to_state == RECALLED:
            for number in back:
                self.happened[number] = replace(self.happened[number], field=Field.RECALLED)
        if turned := TURNED.get(entry.to_state):
            plan = sum(self.happened[number].plan for number in back) or life.granted_plan
            self.note(seq, entry, turned, plan)

    def note(self, seq: int, entry: Entry, field: Field, plan: int) -> None:
        """One thing happened."""
        self.happened[seq] = Happening(
            booked_on=entry.booked_on,
            occurred_on=entry.occurred_on,
            project=entry.project,
            county=entry.county or self.lives[entry.project].county,
            field=field,
            plan=plan,
        )

    def within(self, period: Period) -> Iterator[Happening]:
        """What was booked in a period."""
        yield from (each for each in self.happened.values() if period.first <= each.booked_on <= period.last)


def read_history(booked: Iterable[Booked]) -> History:
    """What happened, out of the entries in their order."""
    history = History()
    for each in booked:
        history.take(each)
    return history


@dataclass(slots=True)
class Use:
    """Plan that the projects of one county hold, and that is used by the policy's test; grid units."""

    in_force: int = 0
    used: int = 0


def use_by_county(lives: Mapping[ProjectId, Life], policy: Policy | None) -> Mapping[CountyCode, Use]:
    """What each county has and used; without a policy, only what has its approval counts as used.

    The end of the year closes applications and leaves what they hold (QY-15.1): it changes neither.
    """
    found: dict[CountyCode, Use] = {}
    for life in lives.values():
        use = found.setdefault(life.county, Use())
        state = life.state_of_year
        use.in_force += life.granted_plan
        use.used += life.granted_plan if (is_used(state, policy) if policy else state == "USED") else 0
    return found
