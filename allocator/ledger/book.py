"""What the books say now: balances, states, what each project holds and of whom it has it.

Every question to the books and every change of them starts from one `Book`, read in one snapshot.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection

from allocator.books import plan_account
from allocator.ledger.accounts import SHARE, LedgerAccount
from allocator.ledger.entry import Head, Track
from allocator.ledger.life import befores
from allocator.quantities import Indicator
from allocator.records import FLEX, AccountId, CountyCode, Penalty, Pin, ProjectId

SUBMITTED = "SUBMITTED"
RETURNED = "RETURNED"
ACCEPTED = "ACCEPTED"
WAITLISTED = "WAITLISTED"
FILED = "MATERIALS_FILED"
USED = "USED"
RECALLED = "RECALLED"
CLOSED = "CLOSED"

YEAR_RECALLED = "YEAR_RECALLED"
"""The reason of the fact (kind EVENT, without a key) that the year's unused quota was recalled (QY-12.1)."""

PENALTY_CEILING = "PENALTY_CEILING"
"""The reason of the fact (kind EVENT, without a key) of the most plan that a penalised county may have this year: its
note, in mu, and behind a bar the sum of the cuts that are in it."""

IN_FORCE = frozenset({"GRANTED", "MATERIALS_FILED", "USED", "REGRANTED"})
"""The states of an application that has a grant (D.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a project stands on one track."""

    state: str
    since: date  # the day of what happened, from which deadlines count
    seq: int = 0  # of the entry that brought it there; 0: it is not in the books yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a project has of one account."""

    account_id: AccountId
    indicator: Indicator
    quantity: int  # grid units, above zero
    tier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The land-approval file of a project."""

    on: date  # when its materials were filed last
    approval: str = ""  # the document that approved it since; "": none was reported


Holdings = Mapping[ProjectId, tuple[Holding, ...]]
"""Project -> what it has, by indicator and account id. A project that has nothing is not named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The books of one plan year at one head; or what they would be after a change that is only thought of."""

    year: int
    head: Head
    last_booked_on: date
    accounts: Mapping[AccountId, LedgerAccount]
    balances: Mapping[AccountId, int]
    standings: Mapping[tuple[ProjectId, Track], Standing]
    holdings: Holdings  # what would be given back
    linked: Holdings  # what stays whatever happens (QN-12.3)
    phases: Mapping[ProjectId, frozenset[int]]  # those granted of projects in phases
    counties: Mapping[ProjectId, CountyCode]  # of every project in the books
    pins: Mapping[ProjectId, Pin]  # those of events, the last of each project; "" as `pin`: taken back by an unpin
    penalties: tuple[Penalty, ...]  # those of events
    negative: Mapping[CountyCode, date]  # counties on the negative list by an event, and since when (QN-20.2)
    demoted: frozenset[ProjectId]  # were overdue or recalled this year
    recalled: Mapping[CountyCode, int]  # plan that was recalled, by county
    is_recalled: bool  # unused quota was recalled: from now on a re-ranking is an adjustment (QY-12.2)
    is_planned: bool  # a plan was approved
    needs_rerank: bool  # something was released, or somebody competes anew, since the waiting line was asked last
    inputs: str  # digest of the scenario's files that are in force
    facts: Mapping[str, str]
    planned_on: date | None = None  # the day on which the year's plan was approved
    places: Mapping[ProjectId, int] = field(default_factory=dict[ProjectId, int])  # in the approved order, 1 first
    ceilings: Mapping[CountyCode, tuple[int, int]] = field(default_factory=dict[CountyCode, tuple[int, int]])
    """The most plan that a penalised county may have this year, and the sum of the cuts that are in it."""
    at_recall: Mapping[tuple[CountyCode, str], int] = field(default_factory=dict[tuple[CountyCode, str], int])
    """Plan that was granted when the year's unused quota was recalled, by county and state of the application."""
    phased_on: Mapping[ProjectId, date] = field(default_factory=dict[ProjectId, date])  # the last phase's grant
    filings: Mapping[ProjectId, Filing] = field(default_factory=dict[ProjectId, Filing])  # of all that ever filed

    def state(self, project: ProjectId, track: Track = Track.APPLICATION) -> str:
        """The state on a track; "" for none."""
        standing = self.standings.get((project, track))
        return standing.state if standing else ""

    def is_granted(self, project: ProjectId) -> bool:
        """Whether a grant of this project is in force."""
        return self.state(project) in IN_FORCE

    def granted_plan(self, project: ProjectId) -> int:
        """Grid units of plan that it holds."""
        return sum(h.quantity for h in self.holdings.get(project, ()) if h.indicator is Indicator.PLAN)

    def granted_by_county(self) -> Mapping[CountyCode, int]:
        """Plan of the grants in force, by county."""
        granted: Counter[CountyCode] = Counter()
        for project in self.holdings:
            granted[self.counties[project]] += self.granted_plan(project)
        return granted

    def plan_balances(self) -> Mapping[str, int]:
        """Pool -> what is left in it; the shares in the order of the policy, the reserve last."""
        shares = [row.account_id for row in self.accounts.values() if row.kind == SHARE]
        pools = [account.removeprefix(plan_account("")) for account in shares]
        return {pool: self.balances.get(plan_account(pool), 0) for pool in sorted(pools, key=lambda p: p == FLEX)}

    def without(self, projects: Collection[ProjectId]) -> "Book":
        """The books as they would be if these projects gave back what is not linked and stood in the waiting line."""
        balances: defaultdict[AccountId, int] = defaultdict(int, self.balances)
        standings = dict(self.standings)
        gone = frozenset(projects)
        for project in gone:
            for holding in self.holdings.get(project, ()):
                balances[holding.account_id] += holding.quantity
            standings[project, Track.APPLICATION] = Standing(state=WAITLISTED, since=self.last_booked_on)
            for track in Track:
                before = standings.get((project, track))
                if before and before.state in befores(track, "grant_lost"):
                    standings[project, track] = Standing(state=ACCEPTED, since=self.last_booked_on)
        return replace(
            self,
            balances=balances,
            standings=standings,
            holdings={project: held for project, held in self.holdings.items() if project not in gone},
            phases={project: held for project, held in self.phases.items() if project not in gone},
            phased_on={project: day for project, day in self.phased_on.items() if project not in gone},
        )


def read_book(connection: Connection) -> Book:
    """The books as they stand; a few statements, whatever their size."""
    from allocator.ledger.reading import read

    return read(connection)
