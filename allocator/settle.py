"""From grants to draws, donors, payments and the books of the pools."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from allocator.books import plan_account
from allocator.compile import Case
from allocator.outcome import (
    PREFECTURE,
    Decided,
    Draw,
    Payment,
    PoolBook,
    Settlement,
    UnitPrice,
)
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX, Account, AccountId, CountyCode, ProjectId
from allocator.source import source
from models.answer import Limits
from models.instance import Ints


def settle(
    case: Case,
    decided: Mapping[ProjectId, Decided],
    prices: Mapping[Indicator, UnitPrice],
    *,
    before: Collection[CountyCode] | None = None,
    limits: Limits | None = None,
    moved: Ints | None = None,
) -> Settlement:
    """Draws, donors, payments and pool books of the grants in `decided`.

    `before` are the counties that give in a plan in force; `limits` end the choice of donors where it asks a
    solver. `moved` (C, C, I) is what counties exchange. Where a paid tier is drawn on and `prices` lacks the
    indicator, quantities stand without amounts.
    """
    sourced = source(case, decided, prices, before=before, limits=limits, moved=moved)
    draws = (*plan_draws(case, decided), *sourced.draws)
    accounts = (a for stock in case.stocks.values() for a in (*stock.store_accounts, *stock.pool_accounts))
    holders = {account.account_id: holder(account) for account in accounts}
    homes = {placed.candidate.project_id: placed.candidate.application.county for placed in case.places}
    position = {placed.candidate.project_id: placed.position for placed in case.places}
    return Settlement(
        draws=tuple(sorted(draws, key=lambda d: (position[d.project_id], list(Indicator).index(d.indicator)))),
        donors=sourced.donors,
        donor_counts=sourced.counts,
        payments=tuple(pay(draws, holders, homes, paid_tiers(case.policy))),
        pools=tuple(close_books(case, decided)),
        prices=tuple(prices.values()),
        exchanged=sourced.exchanged,
        donor_unions=sourced.unions,
        rungs=sourced.rungs,
    )


def plan_draws(case: Case, decided: Mapping[ProjectId, Decided]) -> Iterator[Draw]:
    """Plan quota, drawn on the share or the reserve that granted it; it has no price (E.5)."""
    for placed in case.places:
        grant = decided[placed.candidate.project_id]
        for pool in dict.fromkeys(part.pool for part in grant.parts if part.plan):
            yield Draw(
                project_id=grant.project_id,
                indicator=Indicator.PLAN,
                account_id=plan_account(pool),
                tier="reserve" if pool == FLEX else "share",
                quantity=sum(part.plan for part in grant.parts if part.pool == pool),
                unit_price_yuan=0,
                amount_fen=0,
                rule=case.shares[pool].rule,
            )


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
        for part in grant.parts:
            used[part.pool] += part.plan
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
