"""From an engine's grants to reasons: the same walk in exact sums, writing down at each refusal what was short.

No engine is believed here. A grant that does not fit, or a refusal that nothing explains, is `Unexplained`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from allocator.compile import Case
from allocator.outcome import Decided, Decision, Failure, Placed, Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX, CountyCode, ProjectId
from allocator.stock import Stock
from models.instance import Grants


class Unexplained(Exception):
    """The engine's answer is not what the rules say: an error of ours, with the project at which it shows."""


@dataclass(slots=True)
class Tally:
    """Granted needs of one indicator that draw on the same accounts: how many, and their sum in grid units."""

    count: int = 0
    sum: int = 0

    def add(self, quantity: int) -> None:
        """One more granted need."""
        self.count += quantity > 0
        self.sum += quantity


def tallies() -> defaultdict[tuple[Indicator, CountyCode], Tally]:
    """An empty tally for each indicator and county."""
    return defaultdict(Tally)


@dataclass(slots=True)
class Books:
    """What is granted so far, in either round."""

    case: Case
    plan: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict[str, Tally](Tally))  # by pool
    bound: defaultdict[tuple[Indicator, CountyCode], Tally] = field(default_factory=tallies)  # without access
    whole: defaultdict[tuple[Indicator, CountyCode], Tally] = field(default_factory=tallies)  # all
    overflow: defaultdict[Indicator, int] = field(default_factory=lambda: defaultdict[Indicator, int](int))
    released: int = 0  # what the shares left, once round 1 is over

    def held(self, indicator: Indicator, county: CountyCode) -> int:
        """Grid units in the county's own store."""
        return self.case.stocks[indicator].store.get(county, 0)

    def grant(self, placed: Placed, pool: str) -> None:
        """Write one grant."""
        candidate, county = placed.candidate, placed.candidate.application.county
        self.plan[pool].add(candidate.plan)
        for indicator, quantity in candidate.needs.items():
            self.overflow[indicator] += self.added_overflow(indicator, county, quantity)
            self.whole[indicator, county].add(quantity)
            if not candidate.access:
                self.bound[indicator, county].add(quantity)

    def added_overflow(self, indicator: Indicator, county: CountyCode, quantity: int) -> int:
        """How much more the county would take from the pool."""
        before = self.whole[indicator, county].sum
        held = self.held(indicator, county)
        return max(0, before + quantity - held) - max(0, before - held)

    def shortages(self, placed: Placed, round_: Round) -> tuple[Shortage, ...]:
        """Everything that is short at this place, the plan first (design: the plan is tested first)."""
        return tuple(self._plan(placed, round_)) + tuple(
            shortage
            for indicator, quantity in placed.candidate.needs.items()
            for shortage in self._need(placed, round_, self.case.stocks[indicator], quantity)
        )

    def _plan(self, placed: Placed, round_: Round) -> Iterator[Shortage]:
        pool = placed.candidate.application.category if round_ is Round.OWN else FLEX
        share, tally = self.case.shares[pool], self.plan[pool]
        balance = share.budget + (self.released if pool == FLEX else 0)
        if placed.candidate.plan > balance - tally.sum:
            yield Shortage(
                project=placed.candidate.project_id,
                kind=ShortageKind.RESERVE if pool == FLEX else ShortageKind.SHARE,
                indicator=Indicator.PLAN,
                round=round_,
                position=placed.position,
                asked=placed.candidate.plan,
                balances={plan_account(pool): balance},
                counties=(),
                ahead_count=tally.count,
                ahead=tally.sum,
                rule=share.rule,
            )

    def _need(self, placed: Placed, round_: Round, stock: Stock, quantity: int) -> Iterator[Shortage]:
        candidate, indicator = placed.candidate, stock.indicator
        county = candidate.application.county
        bound = self.bound[indicator, county]
        if not candidate.access and bound.sum + quantity > self.held(indicator, county):
            yield Shortage(
                project=candidate.project_id,
                kind=ShortageKind.STORE,
                indicator=indicator,
                round=round_,
                position=placed.position,
                asked=quantity,
                balances={a.account_id: a.balance for a in stock.store_accounts if a.county == county},
                counties=(county,),
                ahead_count=bound.count,
                ahead=bound.sum,
                rule=stock.store_rule,
            )
        elif self.overflow[indicator] + self.added_overflow(indicator, county, quantity) > stock.pool:
            asking = {c: self.whole[indicator, c] for c in self.case.counties}
            over = tuple(
                c for c, t in asking.items() if t.sum + (quantity if c == county else 0) > self.held(indicator, c)
            )
            opened = (*(a for a in stock.store_accounts if a.county in over), *stock.pool_accounts)
            yield Shortage(
                project=candidate.project_id,
                kind=ShortageKind.POOL,
                indicator=indicator,
                round=round_,
                position=placed.position,
                asked=quantity,
                balances={a.account_id: a.balance for a in opened},
                counties=over,
                ahead_count=sum(asking[c].count for c in over),
                ahead=sum(asking[c].sum for c in over),
                rule=stock.pool_rule,
            )


def plan_account(pool: str) -> str:
    """The account id under which a share or the reserve of plan quota is drawn on."""
    return f"{Indicator.PLAN}:{pool}"


def certify(case: Case, grants: Grants) -> Mapping[ProjectId, Decided]:
    """The decision on every candidate, with its shortages.

    Raises `Unexplained` when the grants are not what the walk of the rules gives.
    """
    rounds: list[int] = grants.round.tolist()
    books = Books(case)
    met: defaultdict[ProjectId, list[Shortage]] = defaultdict(list)
    closed_by: defaultdict[ProjectId, dict[Round, ProjectId]] = defaultdict(dict)
    for number, round_ in enumerate(Round, start=1):
        closers: dict[str, ProjectId] = {}  # pool -> the project at which its line closed
        for placed, granted in zip(case.places, rounds, strict=True):
            project, category = placed.candidate.project_id, placed.candidate.application.category
            pool = category if round_ is Round.OWN else FLEX
            if (round_ is Round.OWN and category == FLEX) or 0 < granted < number:
                continue
            short = books.shortages(placed, round_)
            if granted == number:
                if short or pool in closers:
                    raise Unexplained(f"{project} was granted in round {number} but does not fit: {short}")
                books.grant(placed, pool)
            elif pool in closers:
                closed_by[project][round_] = closers[pool]
            elif short:
                met[project] += short
                if closes(case, short):
                    closers[pool] = project
            else:
                raise Unexplained(f"{project} was refused in round {number} although it fits")
        if round_ is Round.OWN:
            own = (pool for pool in case.shares if pool != FLEX)
            books.released = sum(case.shares[pool].budget - books.plan[pool].sum for pool in own)
    return {
        placed.candidate.project_id: conclude(
            case, placed, granted, tuple(met[placed.candidate.project_id]), closed_by[placed.candidate.project_id]
        )
        for placed, granted in zip(case.places, rounds, strict=True)
    }


def closes(case: Case, short: tuple[Shortage, ...]) -> bool:
    """Whether a refusal with these shortages closes its line."""
    ranking = case.policy.ranking
    if ranking.fill == "skip_and_fill":
        return False
    return ranking.stop_on == "any_need" or any(s.indicator is Indicator.PLAN for s in short)


def conclude(
    case: Case, placed: Placed, granted: int, short: tuple[Shortage, ...], closed_by: Mapping[Round, ProjectId]
) -> Decided:
    """The decision and its one reason: what decided in the last round in which the project stood."""
    candidate, policy = placed.candidate, case.policy
    if granted:
        round_ = Round.OWN if granted == 1 else Round.FLEX
        pool = candidate.application.category if round_ is Round.OWN else FLEX
        return Decided(
            project_id=candidate.project_id,
            decision=Decision.GRANTED,
            reason="TRIMMED" if candidate.trimmed else "GRANTED",
            rule=policy.ledger.rule if candidate.trimmed else case.shares[pool].rule,
            granted_plan=candidate.plan,
            round=round_,
            pool=pool,
            shortages=short,
            closed_by=closed_by,
        )
    last = [s for s in short if s.round is Round.FLEX]
    if Round.FLEX in closed_by:
        reason, rule = "LINE_CLOSED", policy.ranking.rule
    elif last[0].indicator is Indicator.PLAN:
        reason, rule = "PLAN_MISFIT", policy.ranking.rule
    elif own := [s for s in last if s.kind is ShortageKind.STORE]:
        reason, rule = "NO_POOL_ACCESS", own[0].rule
    else:
        reason, rule = "POOL_SHORT", last[0].rule
    return Decided(
        project_id=candidate.project_id,
        decision=Decision.WAITING,
        reason=reason,
        rule=rule,
        shortages=short,
        closed_by=closed_by,
    )


def dismiss(project: ProjectId, failures: tuple[Failure, ...]) -> Decided:
    """The decision on an application that failed a gate; the first failed gate decides."""
    first = failures[0]
    return Decided(project_id=project, decision=first.outcome, reason=first.reason, rule=first.rule)
