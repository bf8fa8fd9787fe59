"""An answer held against a second opinion: grants, levels, books. What agrees was found twice, by separate code.

The second opinion decides again from the instance alone (`models.second_opinion`) and keeps its own books here, from
its own grants. It reads of the allocation only what it compares.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from allocator.compile import Case
from allocator.disagreement import Difference, EnginesDisagree, Matter, NoSecondOpinion
from allocator.outcome import Allocation, PoolBook, Round, Run
from allocator.quantities import Indicator
from allocator.records import FLEX
from allocator.solve import PlanInForce, marked, prepare, reproducer
from allocator.stock import Stock
from models.answer import Limits
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Bools, Fill, Grants
from models.second_draft import Contradiction
from models.second_opinion import Opinion, keeps, solve
from models.second_pulp import NoSolver, Solver, Unbelievable, available

ROUNDS = {None: REFUSED, Round.OWN: FROM_SHARE, Round.FLEX: FROM_RESERVE}


def confirm(
    run: Run, allocation: Allocation, *, limits: Limits | None = None, plan: PlanInForce | None = None
) -> Solver:
    """Hold an answer against a second opinion; returns the solver that gave it: CBC where it can run, else HiGHS.

    `limits` and `plan` are those that the answer was found with; the second opinion has no limits. Raises
    `EnginesDisagree`, `NoSecondOpinion`.
    """
    if run.policy.exchange:
        raise NoSecondOpinion("exchange", run.policy.name)
    case = prepare(run, allocation.screening, limits=limits).case
    try:
        solver = available()
        differences, opinion = compare(case, allocation, solver, None if plan is None else marked(case, plan))
    except NoSolver as missing:
        raise NoSecondOpinion("no_solver", str(missing)) from missing
    except Unbelievable as failed:
        raise NoSecondOpinion("unbelievable", str(failed)) from failed
    if differences:
        raise EnginesDisagree(differences, both_answers(case, allocation, opinion, differences))
    return solver


def compare(
    case: Case, allocation: Allocation, solver: Solver = "cbc", incumbent: Bools | None = None
) -> tuple[tuple[Difference, ...], Opinion | None]:
    """All that differs, and the second opinion. Of an answer that is not proved best there is none: it is asked only
    whether it can stand, and is worth what it says."""
    given = grants_of(case, allocation)
    try:
        if not allocation.is_proved:
            broken = [] if keeps(case.instance, given, solver) else [difference(Matter.ROWS, "", "kept", "broken")]
            return (*broken, *levels(case, allocation, given, weights(case, given))), None
        opinion = solve(case.instance, solver, incumbent=incumbent)
    except Contradiction as none:
        return (difference(Matter.ROWS, "", "kept", none),), None
    found = opinion.grants
    differences = (
        *grants(case, given, found),
        *levels(case, allocation, given, opinion.values),
        *pools(case, allocation, found),
        *drawn(case, allocation, found),
        *donors(case, allocation, found),
        *ceilings(case, allocation, solver),
    )
    return differences, opinion


def difference(matter: Matter, where: str, first: object, second: object) -> Difference:
    """A difference in words that need no translation: names and numbers in grid units."""
    return Difference(matter=matter, where=where, first=str(first), second=str(second))


def grants_of(case: Case, allocation: Allocation) -> Grants:
    """What the allocation grants, atom by atom."""
    parts = {(d.project_id, part.phase): part for d in allocation.decided for part in d.parts}
    found = [parts.get((atom.project_id, atom.phase)) for atom in case.atoms]
    return Grants(
        round=np.array([ROUNDS[part.round if part else None] for part in found], dtype=np.int64),
        plan=np.array([part.plan if part else 0 for part in found], dtype=np.int64),
    )


def grants(case: Case, given: Grants, found: Grants) -> Iterator[Difference]:
    """Round and plan of every atom."""
    for n, atom in enumerate(case.atoms):
        first, second = ((int(g.round[n]), int(g.plan[n])) for g in (given, found))
        if first != second:
            where = f"{atom.project_id}/{atom.phase}" if atom.phase else atom.project_id
            yield difference(Matter.GRANT, where, *(f"{round_} {plan}" for round_, plan in (first, second)))


def weights(case: Case, given: Grants) -> dict[str, int]:
    """What grants are worth, round by round and band by band."""
    instance = case.instance
    if instance.fill is not Fill.MAX_WEIGHT or instance.weight is None:
        return {}
    band = np.zeros_like(instance.plan) if instance.band is None else instance.band
    return {
        f"{name}:{b}": sum(instance.weight[(band == b) & (given.round == mark)].tolist())
        for name, mark in (("own_weight", FROM_SHARE), ("reserve_weight", FROM_RESERVE))
        for b in sorted(set(band.tolist()))
    }


def levels(case: Case, allocation: Allocation, given: Grants, found: Mapping[str, int]) -> Iterator[Difference]:
    """The values that the answer reaches, and those that it states."""
    reached = weights(case, given)
    stated = {rung.name: rung.value for rung in allocation.rungs}
    for name, value in found.items():
        for first in dict.fromkeys((reached.get(name, value), stated.get(name, value))):
            if first != value:
                yield difference(Matter.LEVEL, name, first, value)


def pools(case: Case, allocation: Allocation, found: Grants) -> Iterator[Difference]:
    """The books of the shares and of the reserve, which receives what they leave (QY-5.4)."""
    stated = {book.pool: book for book in allocation.settlement.pools}
    instance = case.instance
    released = 0
    for k, pool in enumerate([name for name in case.shares if name != FLEX]):
        used = sum(found.plan[(found.round == FROM_SHARE) & (instance.category == k)].tolist())
        left = int(instance.share[k]) - used
        released += left
        yield from _pool(pool, stated.get(pool), (int(instance.share[k]), used, left, 0))
    used = sum(found.plan[found.round == FROM_RESERVE].tolist())
    yield from _pool(FLEX, stated.get(FLEX), (instance.reserve, used, 0, released))


def _pool(pool: str, book: PoolBook | None, kept: tuple[int, ...]) -> Iterator[Difference]:
    first = (book.budget, book.used, book.released, book.received) if book else ()
    if first != kept:
        yield difference(Matter.POOL, pool, *(" ".join(map(str, row)) for row in (first, kept)))


def drawn(case: Case, allocation: Allocation, found: Grants) -> Iterator[Difference]:
    """That every grant is filled, and that a county's own store comes first, to the last."""
    filled: Counter[tuple[str, Indicator]] = Counter()
    drawn_on: Counter[str] = Counter()
    for draw in allocation.settlement.draws:
        filled[draw.project_id, draw.indicator] += draw.quantity
        drawn_on[draw.account_id] += draw.quantity
    asked: Counter[tuple[str, Indicator]] = Counter()
    for n, atom in enumerate(case.atoms):
        asked[atom.project_id, Indicator.PLAN] += int(found.plan[n])
        for i, indicator in enumerate(case.stocks):
            asked[atom.project_id, indicator] += int(case.instance.need[n, i]) if found.granted[n] else 0
    for key in sorted(asked.keys() | filled.keys()):
        if asked[key] != filled[key]:
            yield difference(Matter.DRAWN, " ".join(key), filled[key], asked[key])
    if case.instance.network is not None:
        return
    for stock, wanted in zip(case.stocks.values(), demands(case, found), strict=True):
        for county, need in wanted.items():
            accounts = [account for account in stock.store_accounts if account.county == county]
            own, first = min(need, stock.store.get(county, 0)), sum(drawn_on[a.account_id] for a in accounts)
            if first != own:
                yield difference(Matter.DRAWN, f"{county} {stock.indicator}", first, own)


def demands(case: Case, found: Grants) -> list[dict[str, int]]:
    """Indicator by indicator: county -> what its granted projects need."""
    instance = case.instance
    return [
        {
            county: sum(instance.need[found.granted & (instance.county == c), i].tolist())
            for c, county in enumerate(case.counties)
        }
        for i in range(len(case.stocks))
    ]


def donors(case: Case, allocation: Allocation, found: Grants) -> Iterator[Difference]:
    """QN-6.5: the least number of counties whose remainders together cover what counties lack.

    Not where a policy counts or keeps otherwise: over all classes together, weighed, or with something kept back.
    """
    rule = case.policy.donor
    counted = rule is None or (
        rule.objective_order == "count_then_preference"
        and rule.count_over == "indicator"
        and rule.count_scope == "per_solve"
        and rule.stock == "pool_origin_only"
        and not rule.min_retain
    )
    if not counted or case.instance.network is not None:
        return
    stated = {c.indicator: (c.asked, c.count) for c in allocation.settlement.donor_counts}
    for stock, wanted in zip(case.stocks.values(), demands(case, found), strict=True):
        least = fewest(stock, wanted)
        if least is not None and stated.get(stock.indicator, (0, 0)) != least:
            first = stated.get(stock.indicator, (0, 0))
            yield difference(Matter.DONORS, stock.indicator, *(f"{n} / {asked}" for asked, n in (first, least)))


def fewest(stock: Stock, wanted: Mapping[str, int]) -> tuple[int, int] | None:
    """What other counties must give of an indicator, and how many are needed; None where they are not counted."""
    lacking = {county: max(0, need - stock.store.get(county, 0)) for county, need in wanted.items()}
    left = {account.account_id: account.balance for account in stock.pool_accounts}
    common = 0  # from accounts of no county in particular
    for tier in stock.tiers:
        if not tier.access:
            continue
        accounts = stock.accounts[tier.name]
        if tier.holder == "own_county":
            for account in accounts:
                taken = min(lacking.get(account.county, 0), left[account.account_id])
                lacking[account.county] = lacking.get(account.county, 0) - taken
                left[account.account_id] -= taken
        elif tier.holder == "prefecture":
            common += sum(left[account.account_id] for account in accounts)
        elif tier.order == "min_donors":
            asked = max(0, sum(lacking.values()) - common)
            remaining: Counter[str] = Counter()
            for account in accounts:
                remaining[account.county] += left[account.account_id]
            number, covered = 0, 0
            for most in sorted(remaining.values(), reverse=True):
                if covered >= asked:
                    break
                number, covered = number + 1, covered + most
            return (asked, number) if asked else (0, 0)
    return None


def ceilings(case: Case, allocation: Allocation, solver: Solver) -> Iterator[Difference]:
    """QY-14.3: what the penalties are taken from, each county's grants in a solve without them."""
    if not allocation.ceilings:
        return
    found = solve(replace(case.instance, cap=None, under=None), solver).grants
    for ceiling in allocation.ceilings:
        c = case.counties.index(ceiling.county)
        base = sum(found.plan[case.instance.county == c].tolist())
        if base != ceiling.base:
            yield difference(Matter.CEILING, ceiling.county, ceiling.base, base)


def both_answers(
    case: Case, allocation: Allocation, opinion: Opinion | None, differences: Sequence[Difference]
) -> Mapping[str, Any]:
    """The instance in integers, both answers, and what differs: enough to see it again without the files."""
    given, instance = grants_of(case, allocation), case.instance
    return {
        "differences": [
            {name: str(getattr(d, name)) for name in ("matter", "where", "first", "second")} for d in differences
        ],
        **reproducer(case, given),
        "portions": [asdict(portion) | {"members": portion.members.tolist()} for portion in instance.portions],
        "network": {name: array.tolist() for name, array in asdict(instance.network).items()}
        if instance.network
        else None,
        "plan_granted": given.plan.tolist(),
        "rungs": {rung.name: rung.value for rung in allocation.rungs},
        "second_opinion": {
            "rounds": opinion.grants.round.tolist(),
            "plan_granted": opinion.grants.plan.tolist(),
            "rungs": opinion.values,
        }
        if opinion
        else None,
    }
