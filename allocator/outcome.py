"""What the steps hand on: screened candidates, the order, decisions, shortages, draws, books. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from allocator.changes import Changes
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.problems import Problem
from allocator.quantities import Indicator
from allocator.records import AccountId, Application, CountyCode, Phase, ProjectId, Source, Tables

PREFECTURE = "prefecture"
"""The prefecture as an owner of indicators and as a payee (QN-14.2)."""


POLICY = "policy"
"""What a rule lacks that no row or table in force carries out."""


class Decision(StrEnum):
    """What became of an application."""

    GRANTED = "granted"
    PARTIAL = "partial"
    WAITING = "waiting"
    REJECTED = "rejected"
    RETURNED = "returned"
    ROUTED = "routed"
    WITHDRAWN = "withdrawn"


class Round(StrEnum):
    """The walk in which a grant was made: the project's own share, or the flexible reserve."""

    OWN = "own"
    FLEX = "flex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One gate an application did not pass."""

    reason: str
    rule: str
    outcome: Decision
    facts: Mapping[str, str] = field(default_factory=dict[str, str])  # e.g. {"tag": "two_high"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An application that passed every gate."""

    application: Application
    plan: int  # grid units admitted: the request, cut to the ledger
    needs: Mapping[Indicator, int]  # other indicators this policy fills and the files can answer; only above zero
    access: tuple[str, ...]  # rules by which it may draw on the pool; empty: own store only
    sector_priority: int  # 0 is served first (QY-4.2)
    least: int | None = None  # the smallest plan that may be granted (declared divisible); None: all of it
    phases: tuple[Phase, ...] = ()  # in order, cut to the ledger; empty: the project is one piece
    filed_on: date | None = None  # the day it counts as filed: the first day of the window if earlier (QY-6.2)

    @property
    def project_id(self) -> ProjectId:
        """The application's id."""
        return self.application.project_id

    @property
    def trimmed(self) -> bool:
        """Whether the request was cut to the ledger (QY-4.3.1)."""
        return self.plan < self.application.plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A rule that was not applied, and the absent table or column it needs, or POLICY."""

    rule: str
    missing: str  # "projects.ledger_mu", "accounts"; for `not_applied` the column that has no effect

    @property
    def is_idle(self) -> bool:
        """Whether no data would help: nothing in the policy carries the rule out."""
        return self.missing == POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """The gates' answer for every application."""

    candidates: tuple[Candidate, ...]
    failures: Mapping[ProjectId, tuple[Failure, ...]]  # in the policy's order of gates; the first one decides
    not_checked: tuple[Unchecked, ...]
    not_applied: tuple[str, ...]  # columns and tables present in the files that no switched-on rule reads
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A candidate at its place in the overall order."""

    candidate: Candidate
    position: int  # 1 is served first
    rank: int  # given, or computed behind the given ones by score
    computed: bool
    score: Fraction | None  # None when neither a score nor a criterion stood in the files


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The overall order of candidates; `ties` are groups equal in every key but the project id."""

    places: tuple[Placed, ...]
    ties: tuple[tuple[ProjectId, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrice:
    """The price of one indicator: the exact mean, and what it was rounded to once (QN-14.1)."""

    indicator: Indicator
    mean: Fraction  # yuan a mu, or a 100 kg
    yuan: int
    deals: int
    first_day: str
    last_day: str


class ShortageKind(StrEnum):
    """The kinds of accounts that can run short; a share and the reserve are one kind with two names."""

    SHARE = "share"
    RESERVE = "reserve"
    STORE = "store"
    POOL = "pool"
    CAP = "cap"  # a cap over a set of applications (QY-14.3)
    TOTAL = "total"  # all shares and the reserve together


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Group:
    """The needs that may draw on the same accounts: of one indicator and county, with access to the pool or without."""

    indicator: Indicator
    county: CountyCode
    access: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Why a project was refused, for anybody with a pocket calculator.

    Every need counted in `ahead`, and the refused one, may draw on these accounts and no others.
    """

    project: ProjectId
    kind: ShortageKind
    indicator: Indicator
    round: Round
    position: int  # overall position of the refused project
    asked: int
    balances: Mapping[AccountId, int]
    counties: tuple[CountyCode, ...]  # store: the county; pool: those whose needs exceed their store
    ahead_count: int
    ahead: int  # grid units granted before this place to needs that can draw only here
    rule: str
    phase: int = 0  # the refused phase; 0: the project is one piece
    kept: int = 0  # grid units that are kept for the other shares (`guarantee`)
    groups: tuple[Group, ...] = ()  # where sources are not nested: whose needs are counted, those asked for included

    def __post_init__(self) -> None:
        if self.short <= 0:
            raise ValueError(f"{self.project} is not short of {self.indicator}: {self}")

    @property
    def short(self) -> int:
        """Grid units missing."""
        return self.asked + self.ahead + self.kept - sum(self.balances.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was granted of one application in one round: all of it, one phase, or a rest of a divisible one."""

    phase: int  # 0: the project is one piece
    round: Round
    pool: str
    plan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision on one application; `shortages` are those met in the round that refused it last."""

    project_id: ProjectId
    decision: Decision
    reason: str
    rule: str
    granted_plan: int = 0  # the sum of its parts
    round: Round | None = None  # of its first part
    pool: str = ""  # of its first part
    parts: tuple[Part, ...] = ()  # in the order in which they were granted
    shortages: tuple[Shortage, ...] = ()  # every one met, in the order of the rounds; empty for a grant in round own
    closed_by: Mapping[Round, ProjectId] = field(default_factory=dict[Round, ProjectId])  # who closed its line


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Account -> project."""

    project_id: ProjectId
    indicator: Indicator
    account_id: AccountId
    tier: str
    quantity: int
    unit_price_yuan: int | None  # 0: free; None: the files hold no trades
    amount_fen: int | None
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """What one county gave to others of one indicator; quantities after its own use."""

    county: CountyCode
    indicator: Indicator
    given: int
    remaining_before: int
    usage_rate: Fraction | None  # boundary only

    @property
    def remaining_after(self) -> int:
        """What the county still has in the pool."""
        return self.remaining_before - self.given


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """What one account of a county gave to another county, for others of equal value and without money (GX-2.3.6)."""

    giver: CountyCode
    receiver: CountyCode
    indicator: Indicator
    account_id: AccountId
    quantity: int
    value_yuan: Fraction  # at the guide price
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One county's debt to one treasury for one indicator: the sum of its draws' amounts (QN-14.2)."""

    payer: CountyCode
    payee: str  # a county code, or `prefecture`
    indicator: Indicator
    quantity: int
    unit_price_yuan: int | None
    amount_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolBook:
    """The year's book of one share, or of the reserve."""

    pool: str
    share: Fraction
    budget: int
    used: int
    released: int
    received: int

    @property
    def closing(self) -> int:
        """What is left in it."""
        return self.budget + self.received - self.released - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorCount:
    """The proof that fewer counties cannot do: the `count - 1` largest remainders sum to less than `asked`."""

    indicator: Indicator
    asked: int  # grid units to come from other counties
    count: int
    largest: tuple[int, ...]  # the `count` largest remainders of all counties, largest first
    rule: str
    project: ProjectId = ""  # whose request it is, where each is settled by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class DonorUnion:
    """How few counties can give all indicators together, each counted once.

    A county's score is the sum over indicators of weight times the part of what is asked that it could give. With these
    weights the `bound - 1` largest scores sum to less than the weights do; without weights the solver proved the bound.
    """

    asked: Mapping[Indicator, int]  # grid units that even all that the counties beside hold does not cover
    beside: tuple[CountyCode, ...]  # counties that give of another indicator anyway; not counted
    count: int
    bound: int  # no fewer can do; less than `count`: best found
    weights: Mapping[Indicator, int]
    best: Mapping[CountyCode, Mapping[Indicator, int]]  # the `bound - 1` best scores: what these counties hold
    proved_by: str  # "closed_form" | "bound" | "cp_sat"
    rule: str
    project: ProjectId = ""  # whose request it is, where each is settled by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Draws, donors, payments and pool books of one solve."""

    draws: tuple[Draw, ...]
    donors: tuple[Donor, ...]
    donor_counts: tuple[DonorCount, ...]
    payments: tuple[Payment, ...]
    pools: tuple[PoolBook, ...]
    prices: tuple[UnitPrice, ...]
    exchanged: tuple[Exchanged, ...] = ()  # by indicator, giver, receiver and account
    donor_unions: tuple[DonorUnion, ...] = ()  # where counties are counted over all indicators
    rungs: tuple["Rung", ...] = ()  # what the choice of donors made least, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One level of the objective: what was reached, the most that can be, and who proved it."""

    name: str  # "own_weight:0" | "order_own" | "exchange_value" | "donors:boundary" | ...
    value: int
    bound: int
    proved: bool
    proved_by: str  # "exact" | "cp_sat" | "closed_form"


def is_of_exchange(level: str) -> bool:
    """Whether a level only chooses among the exchanges that source the grants."""
    return level.startswith(("exchange_", "idle:", "e:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The most plan that a penalised county may be granted (QY-14.3), in a re-run beside its grants in force."""

    county: CountyCode
    base: int  # grid units that it would be granted without the penalties
    most: int
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A whole answer, before it is printed: every application decided, every need drawn, every book closed."""

    screening: Screening
    order: Order
    decided: tuple[Decided, ...]  # every application, in canonical order
    settlement: Settlement
    engine: str  # "exact" | "mip"
    fill: str
    differs_under: Mapping[str, tuple[ProjectId, ...]]  # other fill mode -> projects it would decide otherwise
    deciding_ties: tuple[tuple[ProjectId, ...], ...]  # ties whose order decides a grant
    test: str = "nested"  # how sources were tested: "nested" | "max_flow" | "program"
    ceilings: tuple[Ceiling, ...] = ()  # of penalised counties, by code
    limits: Mapping[str, int] = field(default_factory=dict[str, int])  # "seconds", "work": where the solver had to stop
    rungs: tuple[Rung, ...] = ()  # of the modes that climb a ladder; the strict modes have two levels, both proved
    changes: Changes = field(default_factory=Changes)  # what other questions would have been answered

    @property
    def is_proved(self) -> bool:
        """Whether every rung was climbed to its proof."""
        return all(rung.proved for rung in (*self.rungs, *self.settlement.rungs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a solve was asked, for the head of every report and for the manifest."""

    scenario: str  # folder name
    title: str
    policy: Policy
    policy_files: tuple[Source, ...]  # the policy and those it extends, with hashes
    year: int
    as_of: date
    total: int  # grid units of plan
    plan_submitted: date  # anchor of the price window (QN-14.1)
    overrides: Mapping[str, str]  # dotted path -> value as written
    tables: Tables
    plan_in_force: Source | None = None  # an earlier result, from which an answer of equal weight departs least
    asked: str = ""  # the scenario as it was named: a folder, a scenario.toml or a shipped name
    milliseconds: Mapping[str, int] = field(default_factory=dict[str, int])  # step -> time taken
    posted: Posted | None = None  # a re-run with frozen grants; its tables hold the waiting applications alone
