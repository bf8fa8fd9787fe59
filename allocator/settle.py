"""From grants to draws, donors, payments and books: per indicator, over all grants at once, never project by project.

Tiers open in the policy's order. Inside a tier totals go to projects in the overall order, those without access first
on their own county's store, and accounts of one holder by account id; so draws, payers and payees are unique.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.certify import plan_account
from allocator.compile import Case
from allocator.outcome import (
    PREFECTURE,
    Decided,
    Donor,
    DonorCount,
    Draw,
    Payment,
    PoolBook,
    Round,
    Settlement,
    UnitPrice,
)
from allocator.policy import Policy, Tier
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator, amount
from allocator.records import FLEX, Account, AccountId, CountyCode, ProjectId
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


def settle(
    case: Case, decided: Mapping[ProjectId, Decided], prices: Mapping[Indicator, UnitPrice] | None
) -> Settlement:
    """Draws, donors, payments and pool books of the grants in `decided`.

    `prices` is None when the scenario has no trades table: quantities then stand without amounts. Raises
    `InputRejected` (NO_PRICE) when a paid tier is drawn on and the price window holds no deal of that indicator.
    """
    sourced = [source(case, stock, decided, prices) for stock in case.stocks.values()]
    draws = (*plan_draws(case, decided), *(draw for each in sourced for draw in each.draws))
    holders = {a.account_id: holder(a) for s in case.stocks.values() for tier in s.tiers for a in s.accounts[tier.name]}
    homes = {placed.candidate.project_id: placed.candidate.application.county for placed in case.places}
    position = {placed.candidate.project_id: placed.position for placed in case.places}
    return Settlement(
        draws=tuple(sorted(draws, key=lambda d: (position[d.project_id], list(Indicator).index(d.indicator)))),
        donors=tuple(donor for each in sourced for donor in each.donors),
        donor_counts=tuple(count for each in sourced for count in each.counts),
        payments=tuple(pay(draws, holders, homes, paid_tiers(case.policy))),
        pools=tuple(close_books(case, decided)),
        prices=tuple((prices or {}).values()),
    )


def plan_draws(case: Case, decided: Mapping[ProjectId, Decided]) -> Iterator[Draw]:
    """Plan quota, drawn on the share or the reserve that granted it; it has no price (E.5)."""
    for placed in case.places:
        grant = decided[placed.candidate.project_id]
        if grant.granted_plan:
            yield Draw(
                project_id=grant.project_id,
                indicator=Indicator.PLAN,
                account_id=plan_account(grant.pool),
                tier="share" if grant.round is Round.OWN else "reserve",
                quantity=grant.granted_plan,
                unit_price_yuan=0,
                amount_fen=0,
                rule=case.shares[grant.pool].rule,
            )


def source(
    case: Case,
    stock: Stock,
    decided: Mapping[ProjectId, Decided],
    prices: Mapping[Indicator, UnitPrice] | None,
) -> Sourced:
    """Fill every granted need of one indicator, tier by tier."""
    wants = [
        Want(c.project_id, c.application.county, bool(c.access), c.needs[stock.indicator])
        for c in (placed.candidate for placed in case.places)
        if decided[c.project_id].round and stock.indicator in c.needs
    ]
    left = {a.account_id: a.balance for tier in stock.tiers for a in stock.accounts[tier.name]}
    draws: list[Draw] = []
    donors: list[Donor] = []
    counts: list[DonorCount] = []
    for tier in stock.tiers:
        accounts = stock.accounts[tier.name]
        lacking = [want for want in wants if want.lacking and (want.access or not tier.access)]
        if tier.holder == "own_county":
            lacking.sort(key=lambda want: want.access)  # stable: those without access first, then the overall order
            poured = [
                poured
                for county in dict.fromkeys(want.county for want in lacking)
                for poured in pour(
                    [want for want in lacking if want.county == county],
                    [a for a in accounts if a.county == county],
                    left,
                )
            ]
        elif tier.holder == "prefecture":
            poured = list(pour(lacking, accounts, left))
        else:
            asked = sum(want.lacking for want in lacking)
            remaining = by_county(accounts, left)
            ranked = rank_donors(tier, case, accounts, remaining)
            poured = list(pour(lacking, [a for county in ranked for a in accounts if a.county == county], left))
            after = by_county(accounts, left)
            giving = [county for county in ranked if after[county] < remaining[county]]
            rates = use_rates(accounts) if tier.order == "min_donors" else {}
            donors += [
                Donor(
                    county=county,
                    indicator=stock.indicator,
                    given=remaining[county] - after[county],
                    remaining_before=remaining[county],
                    usage_rate=rates.get(county),
                )
                for county in giving
            ]
            if tier.order == "min_donors" and giving:
                counts.append(
                    DonorCount(
                        indicator=stock.indicator,
                        asked=asked,
                        count=len(giving),
                        largest=tuple(remaining[county] for county in giving),
                        rule=tier.rule,
                    )
                )
        price = price_of(tier, stock.indicator, prices, needed=bool(poured))
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
    return Sourced(draws=tuple(draws), donors=tuple(donors), counts=tuple(counts))


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


def rank_donors(
    tier: Tier, case: Case, accounts: Iterable[Account], remaining: Mapping[CountyCode, int]
) -> list[CountyCode]:
    """Counties in the order in which they give.

    `pooled_desc` (QN-14.5): most pooled at the start of the solve first, then county code. `min_donors` (QN-6.4, 6.5):
    most left after own use first, then lower use rate, then county code; emptying them in this order draws on the
    least possible number of counties, because the n largest remainders suffice whenever any n do.
    """
    if tier.order == "min_donors":
        rates = use_rates(accounts)
        return sorted(remaining, key=lambda county: (-remaining[county], rates[county], county))
    measure = pooled_measure(tier, case, accounts)
    return sorted(remaining, key=lambda county: (-measure.get(county, 0), county))


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


def use_rates(accounts: Iterable[Account]) -> dict[CountyCode, Fraction]:
    """County -> used / allotted; 1 where that is not known (QN-3.1, QN-6.4)."""
    used: defaultdict[CountyCode, int] = defaultdict(int)
    allotted: defaultdict[CountyCode, int] = defaultdict(int)
    for account in accounts:
        used[account.county] += account.used or 0
        allotted[account.county] += account.allotted or 0
    return {c: Fraction(used[c], allotted[c]) if allotted[c] else Fraction(1) for c in used}


def price_of(
    tier: Tier, indicator: Indicator, prices: Mapping[Indicator, UnitPrice] | None, *, needed: bool
) -> int | None:
    """Whole yuan for one unit in this tier: 0 where it is free, None where the files hold no trades."""
    if tier.price == "free":
        return 0
    if prices is None or not needed:
        return None
    if indicator not in prices:
        raise InputRejected([
            Problem(
                code="NO_PRICE",
                severity=Severity.ERROR,
                place=Place(sheet="trades"),
                value=indicator.value,
                facts={"indicator": indicator.value, "tier": tier.name},
                rule=tier.rule,
            )
        ])  # fmt: skip
    return prices[indicator].yuan


def paid_tiers(policy: Policy) -> frozenset[tuple[str, Indicator]]:
    """The tiers whose draws are paid for, each with its indicators: two may share a name."""
    return frozenset((tier.name, i) for tier in policy.tiers if tier.price != "free" for i in tier.indicators)


def holder(account: Account) -> str:
    """Whose treasury is paid for what this account gives (QN-14.2)."""
    return account.county or PREFECTURE


def pay(
    draws: Iterable[Draw],
    holders: Mapping[AccountId, str],
    homes: Mapping[ProjectId, CountyCode],
    paid: frozenset[tuple[str, Indicator]],
) -> Iterator[Payment]:
    """QN-14.2: one payment for each payer, payee and indicator, the sum of its draws."""
    due: defaultdict[tuple[CountyCode, str, Indicator], list[Draw]] = defaultdict(list)
    for draw in draws:
        if (draw.tier, draw.indicator) in paid:
            due[homes[draw.project_id], holders[draw.account_id], draw.indicator].append(draw)
    rank = {indicator: place for place, indicator in enumerate(Indicator)}
    for payer, payee, indicator in sorted(due, key=lambda k: (k[0], k[1], rank[k[2]])):
        owed = due[payer, payee, indicator]
        amounts = [draw.amount_fen for draw in owed if draw.amount_fen is not None]
        yield Payment(
            payer=payer,
            payee=payee,
            indicator=indicator,
            quantity=sum(draw.quantity for draw in owed),
            unit_price_yuan=owed[0].unit_price_yuan,
            amount_fen=sum(amounts) if len(amounts) == len(owed) else None,
        )


def close_books(case: Case, decided: Mapping[ProjectId, Decided]) -> Iterator[PoolBook]:
    """QY-5.4: what a share did not use is released to the reserve, which alone may close above zero."""
    used: defaultdict[str, int] = defaultdict(int)
    for grant in decided.values():
        used[grant.pool] += grant.granted_plan
    left = {pool: share.budget - used[pool] for pool, share in case.shares.items() if pool != FLEX}
    for pool, share in case.shares.items():
        yield PoolBook(
            pool=pool,
            share=share.part,
            budget=share.budget,
            used=used[pool],
            released=left.get(pool, 0),
            received=sum(left.values()) if pool == FLEX else 0,
        )
