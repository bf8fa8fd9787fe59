"""One indicator's grants filled from its accounts, over all of them at once and tier by tier.

Tiers open in the policy's order. Inside a tier totals go to projects in the overall order, those without access first
on their own county's store, and accounts of one holder by account id; so draws and donors are unique.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from allocator.compile import Case
from allocator.donors import by_county, count, given, in_turn
from allocator.outcome import Candidate, Decided, Donor, DonorCount, Draw, UnitPrice
from allocator.policy import Tier
from allocator.quantities import Indicator, amount
from allocator.records import Account, AccountId, CountyCode, ProjectId
from allocator.stock import Stock


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
    needs = ((c, granted_need(c, decided[c.project_id], stock.indicator)) for c in (p.candidate for p in case.places))
    wants = [Want(c.project_id, c.application.county, bool(c.access), need) for c, need in needs if need]
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
            counts += count(tier, stock, asked, gave)
    return Sourced(draws=tuple(draws), donors=tuple(donors), counts=tuple(counts))


def granted_need(candidate: Candidate, decided: Decided, indicator: Indicator) -> int:
    """What the granted phases of a project need of one indicator, or the project if it is one piece."""
    granted = {part.phase for part in decided.parts}
    if not candidate.phases:
        return candidate.needs.get(indicator, 0) if granted else 0
    return sum(phase.needs.get(indicator, 0) for phase in candidate.phases if phase.phase in granted)


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


def price_of(tier: Tier, indicator: Indicator, prices: Mapping[Indicator, UnitPrice]) -> int | None:
    """Whole yuan for one unit in this tier: 0 where it is free, None where no price is known."""
    if tier.price == "free":
        return 0
    return prices[indicator].yuan if indicator in prices else None
