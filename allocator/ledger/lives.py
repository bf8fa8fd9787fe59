"""What has become of each project: its states, what it holds and of whom, since when it has its grant.

One pass over entries in their order, of one project or of all; nothing else is asked. A reversal leads back.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from allocator.books import plan_account
from allocator.ledger.accounts import linked, of_project
from allocator.ledger.book import CLOSED, IN_FORCE, Standing
from allocator.ledger.entry import Booked, Entry, Track
from allocator.ledger.phases import Phases
from allocator.ledger.reading import GRANTS
from allocator.quantities import Indicator
from allocator.records import AccountId, CountyCode, ProjectId

Held = Counter[tuple[AccountId, Indicator]]
"""Grid units of each account and indicator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granting:
    """The step by which a project was granted: its number, its day, from which deadlines count, its document."""

    seq: int
    on: date
    document: str


@dataclass(slots=True, kw_only=True)
class Life:
    """One project, as far as the entries read so far tell."""

    project: ProjectId
    county: CountyCode = ""
    standings: dict[Track, Standing] = field(default_factory=dict[Track, Standing])
    closed_from: str = ""  # the state in which the end of the year found the application
    held: Held = field(default_factory=Held)
    linked: Held = field(default_factory=Held)
    links: dict[int, Held] = field(default_factory=dict[int, Held])  # number of a link -> what it took along
    grants: list[Granting] = field(default_factory=list[Granting])
    phases: Phases = field(default_factory=Phases)

    @property
    def state(self) -> str:
        """The state of the application; "" for none."""
        standing = self.standings.get(Track.APPLICATION)
        return standing.state if standing else ""

    @property
    def state_of_year(self) -> str:
        """The state of the application, or that which the end of the year closed: quantities stay (QY-15.1)."""
        return self.closed_from if self.state == CLOSED else self.state

    @property
    def granting(self) -> Granting | None:
        """The grant that is in force, or was when the year ended."""
        return self.grants[-1] if self.grants and self.state_of_year in IN_FORCE else None

    @property
    def granted_phases(self) -> tuple[int, ...]:
        """The phases that are granted."""
        return tuple(sorted(self.phases.granted.get(self.project, ())))

    def quantity(self, indicator: Indicator, *, is_linked: bool = False) -> int:
        """Grid units of an indicator that it would give back, or that are linked for good."""
        held = self.linked if is_linked else self.held
        return sum(quantity for (_, of), quantity in held.items() if of is indicator)

    @property
    def granted_plan(self) -> int:
        """Grid units of plan that it has."""
        return self.quantity(Indicator.PLAN) + self.quantity(Indicator.PLAN, is_linked=True)

    @property
    def pools(self) -> tuple[str, ...]:
        """The pools of plan quota that it has something of."""
        drawn = sorted(account for (account, of), quantity in self.held.items() if of is Indicator.PLAN and quantity)
        return tuple(account.removeprefix(plan_account("")) for account in drawn)

    def take(self, booked: Booked) -> None:
        """One more entry of this project."""
        entry = booked.entry
        self.county = entry.county or self.county
        if entry.is_move:
            self.move(booked.seq, entry)
        elif entry.is_transition:
            self.turn(booked.seq, entry)
        self.phases.take(entry, booked.seq, booked.run)

    def move(self, seq: int, entry: Entry) -> None:
        """A draw, a return, or a link to the land-approval file, which takes all it has of the indicator (QN-12.3)."""
        indicator = Indicator(entry.indicator)
        own, link = (kind(self.project, indicator).account_id for kind in (of_project, linked))
        match entry.source == own, entry.target == own, link in (entry.source, entry.target):
            case True, _, True:
                self.links[seq] = Held({key: held for key, held in self.held.items() if key[1] is indicator and held})
                self.shift(self.links[seq], 1)
            case _, True, True:
                self.shift(self.links.pop(entry.reverses, Held()), -1)
            case True, _, _:
                self.held[entry.target, indicator] -= entry.quantity
            case _:
                self.held[entry.source, indicator] += entry.quantity

    def shift(self, taken: Held, sign: int) -> None:
        """From what it would give back to what is linked, or the way back."""
        for key, quantity in taken.items():
            self.held[key] -= sign * quantity
            self.linked[key] += sign * quantity

    def turn(self, seq: int, entry: Entry) -> None:
        """A step of its life; a reversed one was none."""
        track = Track(entry.track)
        self.standings[track] = Standing(state=entry.to_state, since=entry.occurred_on, seq=seq)
        if track is not Track.APPLICATION:
            return
        self.closed_from = entry.from_state if entry.to_state == CLOSED else ""
        if entry.reverses:
            self.grants = [granting for granting in self.grants if granting.seq != entry.reverses]
        elif entry.to_state in GRANTS:
            self.grants.append(Granting(seq=seq, on=entry.occurred_on, document=entry.document))


class Lives(dict[ProjectId, Life]):
    """The projects that the entries read so far name."""

    def __missing__(self, project: ProjectId) -> Life:
        return self.setdefault(project, Life(project=project))

    def take(self, booked: Booked) -> None:
        """One more entry."""
        if booked.entry.project:
            self[booked.entry.project].take(booked)

    def watching(self, booked: Iterable[Booked]) -> Iterator[Booked]:
        """The same entries, each taken on its way."""
        for each in booked:
            self.take(each)
            yield each

    def applied(self) -> Mapping[ProjectId, Life]:
        """Those that have applied, by id."""
        return {project: self[project] for project in sorted(self) if self[project].standings}


def lives(booked: Iterable[Booked]) -> Mapping[ProjectId, Life]:
    """What has become of each project that the entries name and that has applied, by id."""
    found = Lives()
    for each in booked:
        found.take(each)
    return found.applied()
