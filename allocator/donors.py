"""Which counties give to others, in which order, how much, and the proof that fewer cannot do (QN-14.5, 6.4, 6.5).

`pooled_desc` is an order of the law: each county is emptied before the next. `min_donors` asks `[donor]`: the fewest
counties first and then the preferred ones, the other way round, or both weighed; for one indicator by itself or for all
together; over the whole solve or request by request. A solver is asked only where no closed form answers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.compile import Case
from allocator.outcome import Donor, DonorCount, DonorUnion, Rung
from allocator.policy import Donor as Setting
from allocator.policy import Policy, Tier
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, CountyCode, ProjectId
from allocator.stock import Stock
from models.answer import Limits
from models.donor_choice import Choice, count_first, preference_first, weighted
from models.donor_program import Request

UNKNOWN_RATE = Fraction(1)
"""A county whose use rate is not known gives behind all others with as much left (QN-3.1, QN-6.4)."""

UNSET = Setting(cite=("QN-6.4", "QN-6.5"))
"""What holds in a policy that says nothing of donors."""


def in_turn(tier: Tier, case: Case, stock: Stock) -> Sequence[Account]:
    """The accounts of a tier in the order in which they are emptied: by account id, other counties' by county.

    `pooled_desc` (QN-14.5): most pooled at the start of the solve first, then county code.
    """
    accounts = stock.accounts[tier.name]
    if tier.order == "pooled_desc":
        measure = pooled_measure(tier, case, accounts)
        return sorted(accounts, key=lambda a: (-measure.get(a.county, 0), a.county))
    return accounts


def pooled_measure(tier: Tier, case: Case, accounts: Iterable[Account]) -> Mapping[CountyCode, int]:
    """What "most pooled" counts, by county (farmland.tier3_measure, farmland.tier3_scope)."""
    farmland = case.policy.farmland
    measured = accounts
    if farmland and farmland.tier3_scope == "area_for_all":
        measured = case.stocks[Indicator.AREA].accounts[tier.name]
    totals: defaultdict[CountyCode, int] = defaultdict(int)
    for account in measured:
        cumulative = farmland is not None and farmland.tier3_measure == "cumulative_pooled"
        totals[account.county] += (account.cumulative_pooled or 0) if cumulative else account.balance
    return totals


def given(
    tier: Tier,
    stock: Stock,
    accounts: Sequence[Account],
    held: Mapping[CountyCode, int],
    left: Mapping[AccountId, int],
) -> Iterator[Donor]:
    """The counties that gave in this tier, in the order in which they did."""
    after = by_county(accounts, left)
    for county in dict.fromkeys(account.county for account in accounts):
        if after[county] < held[county]:
            yield Donor(
                county=county,
                indicator=stock.indicator,
                given=held[county] - after[county],
                remaining_before=held[county],
                usage_rate=stock.use_rates.get(county) if tier.order == "min_donors" else None,
            )


def by_county(accounts: Iterable[Account], left: Mapping[AccountId, int]) -> dict[CountyCode, int]:
    """County -> what is left in its accounts."""
    held: defaultdict[CountyCode, int] = defaultdict(int)
    for account in accounts:
        held[account.county] += left[account.account_id]
    return dict(held)


def setting(policy: Policy) -> Setting:
    """The policy's table `[donor]`."""
    return policy.donor or UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What one indicator asks of other counties in a tier of fewest donors, after all own use."""

    stock: Stock
    tier: Tier
    asked: int  # grid units, no more than they hold
    held: Mapping[CountyCode, int]  # county -> what is left in the tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Who gives: for each asking its counties, each emptied before the next; and how good that is."""

    turns: tuple[tuple[CountyCode, ...], ...]
    counts: tuple[DonorCount, ...] = ()
    unions: tuple[DonorUnion, ...] = ()
    rungs: tuple[Rung, ...] = ()


def choose(
    policy: Policy,
    askings: Sequence[Asking],
    *,
    project: ProjectId = "",
    beside: Collection[CountyCode] = (),
    before: Collection[CountyCode] | None = None,
    limits: Limits | None = None,
) -> Chosen:
    """Who gives what these indicators ask, by the settings of `[donor]`.

    `project` is the one whose request it is, where each is settled by itself; `beside` are the counties that give of
    another indicator anyway, `before` those of a plan in force.
    """
    donor = setting(policy)
    counties = tuple(sorted({county for asking in askings for county, left in asking.held.items() if left}))
    number = {county: place for place, county in enumerate(counties)}
    orders = [[c for c in preference(donor, asking.held, asking.stock.use_rates) if c in number] for asking in askings]
    request = Request(
        held=tuple(tuple(asking.held.get(county, 0) for asking in askings) for county in counties),
        asked=tuple(asking.asked for asking in askings),
        order=tuple(tuple(number[county] for county in order) for order in orders),
        free=tuple(county in beside for county in counties),
        before=None if before is None else frozenset(number[county] for county in before if county in number),
    )
    choice = answer(donor, request, limits)
    turns = (tuple(county for county in order if choice.given[number[county]][i]) for i, order in enumerate(orders))
    return Chosen(
        turns=tuple(turns),
        counts=tuple(prove(donor, askings, project)),
        unions=tuple(prove_union(donor, askings, request, choice, project, beside)),
        rungs=tuple(rungs(donor, askings, request, choice, project)),
    )


def answer(donor: Setting, request: Request, limits: Limits | None) -> Choice:
    """The choice by `donor.objective_order`."""
    match donor.objective_order:
        case "count_then_preference":
            return count_first(request, limits)
        case "preference_then_count":
            return preference_first(request)
        case "weighted":
            return weighted(request, donor.weights["count"], donor.weights["order"], limits)


def preference(
    donor: Setting, held: Mapping[CountyCode, int], rates: Mapping[CountyCode, Fraction]
) -> list[CountyCode]:
    """The counties as `donor.preference` has them, the best first; then by code (QN-6.4).

    `weighted`: by `remaining` times what is left, as a part of the largest remainder, plus `rate` times the unused part
    of what was allotted.
    """
    largest = max(held.values(), default=0) or 1

    def worth(county: CountyCode) -> Fraction:
        unused = 1 - rates.get(county, UNKNOWN_RATE)
        return donor.weights["remaining"] * Fraction(held[county], largest) + donor.weights["rate"] * unused

    match donor.preference:
        case "remaining_then_rate":
            return sorted(held, key=lambda c: (-held[c], rates.get(c, UNKNOWN_RATE), c))
        case "rate_then_remaining":
            return sorted(held, key=lambda c: (rates.get(c, UNKNOWN_RATE), -held[c], c))
        case "weighted":
            return sorted(held, key=lambda c: (-worth(c), c))


def prove(donor: Setting, askings: Sequence[Asking], project: ProjectId) -> Iterator[DonorCount]:
    """Of one indicator: the largest remainders, one fewer than give, sum to less than is asked."""
    if donor.objective_order != "count_then_preference" or donor.count_over != "indicator":
        return
    for asking in askings:
        largest = sorted(asking.held.values(), reverse=True)
        count = next(n for n in range(len(largest) + 1) if sum(largest[:n]) >= asking.asked)
        if count:
            yield DonorCount(
                indicator=asking.stock.indicator,
                asked=asking.asked,
                count=count,
                largest=tuple(largest[:count]),
                rule=asking.tier.rule,
                project=project,
            )


def prove_union(
    donor: Setting,
    askings: Sequence[Asking],
    request: Request,
    choice: Choice,
    project: ProjectId,
    beside: Collection[CountyCode],
) -> Iterator[DonorUnion]:
    """Of several indicators together: no fewer counties can do, by weights or by the solver's word."""
    proof = choice.fewest
    if donor.count_over != "union" or proof is None or not any(request.asked):
        return
    spare = [sum(asking.held.get(county, 0) for county in beside) for asking in askings]
    asked = {a.stock.indicator: a.asked - own for a, own in zip(askings, spare, strict=True) if a.asked > own}
    weights = {
        a.stock.indicator: weight
        for a, weight in zip(askings, proof.weights, strict=False)
        if a.stock.indicator in asked
    }
    held = {
        county: {a.stock.indicator: a.held.get(county, 0) for a in askings if a.stock.indicator in asked}
        for county in sorted({county for asking in askings for county in asking.held} - {*beside})
    }

    def score(county: CountyCode) -> Fraction:
        parts = (w * Fraction(min(held[county][i], asked[i]), asked[i]) for i, w in weights.items())
        return sum(parts, Fraction(0))

    best = sorted(held, key=lambda county: (-score(county), county))[: max(proof.bound - 1, 0)] if weights else []
    yield DonorUnion(
        asked=asked,
        beside=tuple(sorted(beside)),
        count=request.counted(choice.given),
        bound=proof.bound,
        weights=weights,
        best={county: held[county] for county in best},
        proved_by=proof.proved_by,
        rule=askings[-1].tier.rule,
        project=project,
    )


def rungs(
    donor: Setting, askings: Sequence[Asking], request: Request, choice: Choice, project: ProjectId
) -> Iterator[Rung]:
    """What was made least, in order: the number of counties, then rank times quantity of each indicator, and so on."""
    if not any(request.asked):
        return
    names = [asking.stock.indicator.value for asking in askings]
    over = "union" if donor.count_over == "union" else names[0]
    of = f":{project}" if project else ""
    if choice.fewest is not None:
        count = request.counted(choice.given)
        yield Rung(
            name=f"donors:{over}{of}",
            value=count,
            bound=choice.fewest.bound,
            proved=count == choice.fewest.bound,
            proved_by=choice.fewest.proved_by,
        )
    for level in choice.levels:
        kind, _, i = level.name.partition(":")
        if kind == "preference" and not request.asked[int(i)]:
            continue
        yield Rung(
            name=f"{kind}:{names[int(i)] if kind == 'preference' else over}{of}",
            value=level.value,
            bound=level.bound,
            proved=level.proved,
            proved_by=choice.proved_by,
        )
