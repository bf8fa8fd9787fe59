"""Draws, donors, payments and books of what was granted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from allocator.audit.budgets import plan_account
from allocator.audit.donors import Givers
from allocator.audit.prices import prices
from allocator.audit.question import Question
from allocator.audit.refused import Refused
from allocator.audit.sources import Granted, fill
from allocator.audit.walk import Walked
from allocator.outcome import PREFECTURE, Draw, Payment, PoolBook, Run, Settlement
from allocator.quantities import Indicator
from allocator.records import FLEX, AccountId, CountyCode, ProjectId

INDICATORS = tuple(Indicator)


def settle(question: Question, walked: Walked, told: Givers) -> Settlement:
    """Everything that follows from the grants; raises `Refused` where a class that is paid for has no price."""
    run = question.run
    priced = {price.indicator: price for price in prices(run)}
    filled = [
        fill(run, stores, granted(question, walked, indicator), priced.get(indicator), told)
        for indicator, stores in question.stores.items()
    ]
    position = {placed.candidate.project_id: placed.position for placed in question.order.places}
    order = {(t.name, i): n for n, t in enumerate(run.policy.tiers) for i in t.indicators}
    draws = [*plan_draws(question, walked), *(draw for each in filled for draw in each.draws)]
    turn = {id(draw): number for number, draw in enumerate(draws)}
    draws.sort(
        key=lambda draw: (
            position[draw.project_id],
            INDICATORS.index(draw.indicator),
            order.get((draw.tier, draw.indicator), -1),
            turn[id(draw)],
        )
    )
    payments = tuple(pay(run, draws))
    if run.policy.price and run.tables.has("trades") and any(payment.amount_fen is None for payment in payments):
        raise Refused("NO_PRICE")
    return Settlement(
        draws=tuple(draws),
        donors=tuple(donor for each in filled for donor in each.donors),
        donor_counts=tuple(count for each in filled for count in each.counts),
        payments=payments,
        pools=tuple(books(question, walked)),
        prices=tuple(priced.values()),
        rungs=tuple(rung for each in filled for rung in each.rungs),
    )


def granted(question: Question, walked: Walked, indicator: Indicator) -> list[Granted]:
    """Who was granted a need of this indicator, in the overall order, with the sum over the granted phases."""
    needs = Counter[ProjectId]()
    for piece in question.pieces:
        if walked.fates[piece.key].part is not None:
            needs[piece.project] += piece.needs.get(indicator, 0)
    return [
        Granted(c.project_id, c.application.county, bool(c.access), needs[c.project_id])
        for c in (placed.candidate for placed in question.order.places)
        if needs[c.project_id]
    ]


def plan_draws(question: Question, walked: Walked) -> Iterator[Draw]:
    """Plan quota: from the share or the reserve, without a price, one draw a project and pool."""
    for project, made in walked.made.items():
        drawn = Counter[str]()
        for part in made:
            drawn[part.pool] += part.plan
        for pool, plan in drawn.items():
            if plan:
                yield Draw(
                    project_id=project,
                    indicator=Indicator.PLAN,
                    account_id=plan_account(pool),
                    tier="reserve" if pool == FLEX else "share",
                    quantity=plan,
                    unit_price_yuan=0,
                    amount_fen=0,
                    rule=question.parts[pool].rule,
                )


def pay(run: Run, draws: Sequence[Draw]) -> Iterator[Payment]:
    """QN-14.2: of every county to every treasury for every indicator, the sum of its draws from paid tiers."""
    paid = {(tier.name, i) for tier in run.policy.tiers if tier.price != "free" for i in tier.indicators}
    home: Mapping[ProjectId, CountyCode] = {a.project_id: a.county for a in run.tables.applications}
    treasury: Mapping[AccountId, str] = {a.account_id: a.county or PREFECTURE for a in run.tables.accounts}
    owed: defaultdict[tuple[CountyCode, str, int], list[Draw]] = defaultdict(list)
    for draw in draws:
        if (draw.tier, draw.indicator) in paid:
            key = (home[draw.project_id], treasury[draw.account_id], INDICATORS.index(draw.indicator))
            owed[key].append(draw)
    for (payer, payee, number), group in sorted(owed.items(), key=lambda item: item[0]):
        yield Payment(
            payer=payer,
            payee=payee,
            indicator=INDICATORS[number],
            quantity=sum(draw.quantity for draw in group),
            unit_price_yuan=group[0].unit_price_yuan,
            amount_fen=total(draw.amount_fen for draw in group),
        )


def total(amounts: Iterable[int | None]) -> int | None:
    """The sum, unknown where one of them is."""
    summed = 0
    for amount in amounts:
        if amount is None:
            return None
        summed += amount
    return summed


def books(question: Question, walked: Walked) -> Iterator[PoolBook]:
    """QY-5.4: shares release what they did not use; the reserve receives all of it."""
    used = {pool: walked.budgets.used[pool].total for pool in question.parts}
    released = {pool: part.budget - used[pool] for pool, part in question.parts.items() if pool != FLEX}
    for pool, part in question.parts.items():
        yield PoolBook(
            pool=pool,
            share=part.of_total,
            budget=part.budget,
            used=used[pool],
            released=released.get(pool, 0),
            received=0 if pool in released else sum(released.values()),
        )
