"""The recount of refusals: walking the order once a round, each refusal must be short of what it says it is short of.

Together with the recount of draws this proves the answer unique: every granted project fits, and every refused one
had, at its place, a shortage on accounts that nothing counted against it could have avoided (F.3-3, F.3-5).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from allocator.outcome import Decided, Decision, Placed, Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX, AccountId, CountyCode, ProjectId
from allocator.verify_ground import Ground

Sums = Counter[tuple[str, str]]


@dataclass(slots=True)
class Ahead:
    """Counts and sums of what is granted so far, keyed by the accounts that it can draw on."""

    plan: Sums = field(default_factory=Sums)  # ("count" | "sum", pool)
    bound: Sums = field(default_factory=Sums)  # ("count" | "sum", "indicator county"), without access
    whole: Sums = field(default_factory=Sums)  # the same, all

    def grant(self, placed: Placed, decided: Decided) -> None:
        """Count one grant."""
        candidate = placed.candidate
        count(self.plan, decided.pool, decided.granted_plan)
        for indicator, quantity in candidate.needs.items():
            key = at(indicator, candidate.application.county)
            count(self.whole, key, quantity)
            if not candidate.access:
                count(self.bound, key, quantity)


def at(indicator: Indicator, county: CountyCode) -> str:
    """The key of one indicator in one county."""
    return f"{indicator.value} {county}"


def count(sums: Sums, key: str, quantity: int) -> None:
    """One more need of this quantity; an empty one is none."""
    sums["count", key] += quantity > 0
    sums["sum", key] += quantity


def refusals(ground: Ground) -> Iterator[str]:
    """Every refusal in every round rests on a shortage that adds up, or on a line that a misfit had closed."""
    ahead = Ahead()
    for round_ in Round:
        closed: dict[str, ProjectId] = {}
        for placed in ground.allocation.order.places:
            project = placed.candidate.project_id
            home, decided = placed.candidate.application.category, ground.decided[project]
            pool = home if round_ is Round.OWN else FLEX
            if (round_ is Round.OWN and home == FLEX) or (round_ is Round.FLEX and decided.round is Round.OWN):
                continue
            met = [shortage for shortage in decided.shortages if shortage.round is round_]
            if decided.round is round_:
                if met or pool in closed or round_ in decided.closed_by:
                    yield f"{project} is granted on {pool} although it is short or its line is closed"
                ahead.grant(placed, decided)
            elif pool in closed:
                if met or decided.closed_by.get(round_) != closed[pool]:
                    yield f"{project} stands behind the closed line of {pool} but says otherwise"
            else:
                if not met or round_ in decided.closed_by:
                    yield f"{project} is refused on {pool} for no shortage"
                for shortage in met:
                    yield from recount(ground, ahead, placed, pool, shortage)
                if closes(ground, met):
                    closed[pool] = project
            if round_ is Round.FLEX and decided.decision is Decision.WAITING:
                yield from reason(decided, met)


def closes(ground: Ground, met: Sequence[Shortage]) -> bool:
    """Whether this refusal closes the line, by the policy's fill mode (QY-10.2)."""
    ranking = ground.run.policy.ranking
    stops = ranking.fill == "stop_at_first_misfit"
    return stops and (ranking.stop_on == "any_need" or Indicator.PLAN in {s.indicator for s in met})


def reason(decided: Decided, met: Sequence[Shortage]) -> Iterator[str]:
    """The one reason printed is the one that decided: plan first, then the own store, then the pool."""
    kinds = {shortage.kind for shortage in met}
    if Round.FLEX in decided.closed_by:
        right = "LINE_CLOSED"
    elif kinds & {ShortageKind.RESERVE, ShortageKind.SHARE}:
        right = "PLAN_MISFIT"
    else:
        right = "NO_POOL_ACCESS" if ShortageKind.STORE in kinds else "POOL_SHORT"
    if decided.reason != right:
        yield f"{decided.project_id} is told {decided.reason}, its shortages say {right}"


def recount(ground: Ground, ahead: Ahead, placed: Placed, pool: str, shortage: Shortage) -> Iterator[str]:
    """One shortage again from the accounts and the grants ahead of it."""
    candidate = placed.candidate
    home = candidate.application.county
    where = f"the shortage of {shortage.indicator} of {candidate.project_id}"
    asked = candidate.plan if shortage.indicator is Indicator.PLAN else candidate.needs.get(shortage.indicator, 0)
    if (shortage.project, shortage.position, shortage.asked) != (candidate.project_id, placed.position, asked):
        yield f"{where} is not about its project, place and need"
    if shortage.indicator is Indicator.PLAN:
        book = next(book for book in ground.allocation.settlement.pools if book.pool == pool)
        balances = {f"plan:{pool}": book.budget + book.received}
        granted = (ahead.plan["count", pool], ahead.plan["sum", pool])
        fits = shortage.kind is (ShortageKind.RESERVE if pool == FLEX else ShortageKind.SHARE)
    elif shortage.kind is ShortageKind.STORE:
        balances = held(ground, shortage.indicator, shortage.counties, pooled=False)
        key = at(shortage.indicator, home)
        granted = (ahead.bound["count", key], ahead.bound["sum", key])
        fits = shortage.counties == (home,) and not candidate.access
    else:
        balances = held(ground, shortage.indicator, shortage.counties, pooled=True)
        keys = [at(shortage.indicator, county) for county in shortage.counties]
        granted = (sum(ahead.whole["count", k] for k in keys), sum(ahead.whole["sum", k] for k in keys))
        fits = home in shortage.counties and len(set(keys)) == len(keys)
    if not fits:
        yield f"{where} is not of its kind"
    if balances != shortage.balances:
        yield f"{where} names other accounts or balances than the scenario"
    if granted != (shortage.ahead_count, shortage.ahead):
        yield f"{where} counts {shortage.ahead} ahead, the grants say {granted[1]}"
    if asked + granted[1] <= sum(balances.values()):
        yield f"{where} is none: everything fits"


def held(ground: Ground, indicator: Indicator, counties: Sequence[CountyCode], *, pooled: bool) -> dict[AccountId, int]:
    """The own stores of these counties and, if `pooled`, every account that access opens."""
    tiers = ground.tiers(indicator)
    stores = {tier.kind for tier in tiers if not tier.access}
    opened = {tier.kind for tier in tiers if tier.access} if pooled else set[object]()
    return {
        account.account_id: account.balance
        for account in ground.accounts.values()
        if account.indicator is indicator
        and ((account.kind in stores and account.county in counties) or account.kind in opened)
    }
