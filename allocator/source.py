"""One indicator's grants filled from its accounts, over all of them at once and tier by tier.

Tiers open in the policy's order. Inside a tier totals go to projects in the overall order, those without access first
on their own county's store, and accounts of one holder by account id; so draws and donors are unique.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.compile import Case
from allocator.outcome import Decided, Donor, DonorCount, Draw, UnitPrice
from allocator.policy import Tier
from allocator.quantities import Indicator, amount
from allocator.records import Account, AccountId, CountyCode, ProjectId
from allocator.stock import Stock

UNKNOWN_RATE = Fraction(1)
"""A county whose use rate is not known gives behind all others with as much left (QN-3.1, QN-6.4)."""


@dataclass(slots=True)
class Want:
    """What one granted project still lacks of one indicator."""

    project_id: ProjectId
    county: CountyCode
    access: bool
    lacking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """The draws of one indicator, and what its donors gave."""

    draws: tuple[Draw, ...]
    donors: tuple[Donor, ...]
    counts: tuple[DonorCount, ...]


def source(
    case: Case,
    stock: Stock,
    decided: Mapping[ProjectId, Decided],
    prices: Mapping[Indicator, UnitPrice],
) -> Sourced:
    """Fill every granted need of one indicator, tier by tier."""
    wants = [
        Want(c.project_id, c.application.county, bool(c.access), c.needs[stock.indicator])
        for c in (placed.candidate for placed in case.places)
        if decided[c.project_id].round and stock.indicator in c.needs
    ]
    left = {a.account_id: a.balance for a in (*stock.store_accounts, *stock.pool_accounts)}
    draws: list[Draw] = []
    donors: list[Donor] = []
    counts: list[DonorCount] = []
    for tier in stock.tiers:
        lacking = [want for want in wants if want.lacking and (want.access or not tier.access)]
        asked, held = sum(want.lacking for want in lacking), by_county(stock.accounts[tier.name], left)
        accounts = in_turn(tier, case, stock, held)
        poured = list(serve(tier, lacking, accounts, left))
        price = price_of(tier, stock.indicator, prices)
        draws += [
            Draw(
                project_id=project,
                indicator=stock.indicator,
                account_id=account,
                tier=tier.name,
                quantity=quantity,
                unit_price_yuan=price,
                amount_fen=None if price is None else amount(quantity, stock.indicator, price),
                rule=tier.rule,
            )
            for project, account, quantity in poured
        ]
        if tier.holder == "other_counties":
            gave = list(given(tier, stock, accounts, held, left))
            donors += gave
            if tier.order == "min_donors" and gave:
                counts.append(
                    DonorCount(
                        indicator=stock.indicator,
                        asked=asked,
                        count=len(gave),
                        largest=tuple(donor.remaining_before for donor in gave),
                        rule=tier.rule,
                    )
                )
    return Sourced(draws=tuple(draws), donors=tuple(donors), counts=tuple(counts))


def serve(
    tier: Tier, lacking: Sequence[Want], accounts: Sequence[Account], left: dict[AccountId, int]
) -> Iterator[tuple[ProjectId, AccountId, int]]:
    """The draws of one tier: county by county where each serves its own projects, else over all of them."""
    if tier.holder != "own_county":
        yield from pour(lacking, accounts, left)
        return
    for county in dict.fromkeys(want.county for want in lacking):
        local = [want for want in lacking if want.county == county]
        local.sort(key=lambda want: want.access)  # stable: those without access first, then the overall order
        yield from pour(local, [account for account in accounts if account.county == county], left)


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


def pour(
    wants: Iterable[Want], accounts: Sequence[Account], left: dict[AccountId, int]
) -> Iterator[tuple[ProjectId, AccountId, int]]:
    """Empty `accounts` in order into `wants` in order; lowers `left` and what is lacking."""
    supply = iter(accounts)
    account = next(supply, None)
    for want in wants:
        while want.lacking and account:
            if taken := min(want.lacking, left[account.account_id]):
                want.lacking -= taken
                left[account.account_id] -= taken
                yield want.project_id, account.account_id, taken
            if want.lacking:
                account = next(supply, None)


def by_county(accounts: Iterable[Account], left: Mapping[AccountId, int]) -> dict[CountyCode, int]:
    """County -> what is left in its accounts."""
    held: defaultdict[CountyCode, int] = defaultdict(int)
    for account in accounts:
        held[account.county] += left[account.account_id]
    return dict(held)


def in_turn(tier: Tier, case: Case, stock: Stock, remaining: Mapping[CountyCode, int]) -> Sequence[Account]:
    """The accounts of a tier in the order in which they are emptied: by account id, other counties' by county.

    `pooled_desc` (QN-14.5): most pooled at the start of the solve first, then county code. `min_donors` (QN-6.4, 6.5):
    most left after own use first, then lower use rate, then county code; emptying them in this order draws on the
    least possible number of counties, because the n largest remainders suffice whenever any n do.
    """
    accounts = stock.accounts[tier.name]
    if tier.order == "min_donors":
        rates = stock.use_rates
        return sorted(accounts, key=lambda a: (-remaining[a.county], rates.get(a.county, UNKNOWN_RATE), a.county))
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


def price_of(tier: Tier, indicator: Indicator, prices: Mapping[Indicator, UnitPrice]) -> int | None:
    """Whole yuan for one unit in this tier: 0 where it is free, None where no price is known."""
    if tier.price == "free":
        return 0
    return prices[indicator].yuan if indicator in prices else None
