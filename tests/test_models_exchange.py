"""Exchanges of equal value between groups: the program against every exchange there is, tried one by one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, permutations, product
from random import Random

import numpy as np
import pytest
from cases_of_models import LINES, ints, plan_only
from golden_text import assert_golden
from paces import mostly_long

from models import cp_sat
from models.answer import Answer
from models.coupled import formulate
from models.exchange import Exchange
from models.exchange_rows import exchange_rows, least_exchange
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Fill, Grants, Instance
from models.program import Builder
from models.shares import share_rows

Route = tuple[int, int, int]


def tiny(seed: int) -> Instance:
    """Two or three groups, two indicators, a few units in few stores."""
    dice = Random(seed)
    groups, places = dice.choice((2, 2, 3)), dice.randint(2, 5)
    own = [[dice.choice((0, 0, 1, 2, 3)) for _ in range(2)] for _ in range(groups)]
    if groups == 3:
        own = [[min(store, 2) if n == dice.randint(0, 1) else 0 for n, store in enumerate(row)] for row in own]
    bare = plan_only(
        [4, 3], 2, [(dice.randint(-1, 1), dice.randint(0, 3)) for _ in range(places)], LINES[seed % len(LINES)]
    )
    return replace(
        bare,
        county=ints([dice.randrange(groups) for _ in range(places)]),
        access=np.array([dice.random() < 0.4 for _ in range(places)]),
        need=ints([[dice.choice((0, 1, 1, 2)) for _ in range(2)] for _ in range(places)]),
        own=ints(own),
        pool=ints([dice.choice((0, 0, 1)), 0]),
        exchange=Exchange(price=ints([dice.randint(1, 3), dice.randint(1, 3)]), tolerance=dice.choice((0, 0, 1))),
    )


def exchanges(instance: Instance, granted: set[int]) -> Iterator[dict[Route, int]]:
    """Every exchange that sources these grants, by trial."""
    assert instance.exchange
    groups, kinds = instance.own.shape
    price, tolerance = instance.exchange.price.tolist(), instance.exchange.tolerance
    need = {
        (c, i, tied): sum(
            int(instance.need[p, i])
            for p in granted
            if instance.county[p] == c and (not tied or not instance.access[p])
        )
        for c in range(groups)
        for i in range(kinds)
        for tied in (False, True)
    }
    spare = {(c, i): max(0, int(instance.own[c, i]) - need[c, i, False]) for c in range(groups) for i in range(kinds)}
    routes = [(a, c, i) for a, c in permutations(range(groups), 2) for i in range(kinds) if spare[a, i]]
    for amounts in product(*(range(spare[a, i] + 1) for a, _, i in routes)):
        t = dict(zip(routes, amounts, strict=True))
        given = {key: sum(q for (a, _, i), q in t.items() if (a, i) == key) for key in spare}
        got = {key: sum(q for (_, c, i), q in t.items() if (c, i) == key) for key in spare}
        if any(given[key] > spare[key] for key in spare):
            continue
        if any(t[a, c, i] and t.get((c, a, i)) for a, c, i in routes):
            continue  # one way is enough
        value = {(a, c): worth(t, price, a, c) for a, c in permutations(range(groups), 2)}
        if any(abs(value[a, c] - value[c, a]) > tolerance for a, c in value):
            continue
        has = {(c, i): int(instance.own[c, i]) + got[c, i] for c, i in spare}
        if any(need[c, i, True] > has[c, i] for c, i in spare):
            continue
        lacking = [sum(max(0, need[c, i, False] - has[c, i]) for c in range(groups)) for i in range(kinds)]
        if all(missing <= int(pool) for missing, pool in zip(lacking, instance.pool, strict=True)):
            yield t


def worth(t: dict[Route, int], price: list[int], a: int, c: int) -> int:
    return sum(price[i] * q for (giver, taker, i), q in t.items() if (giver, taker) == (a, c))


def walked(instance: Instance) -> dict[int, int]:
    """Round by round in the order; whether needs can be sourced is found by trying every exchange."""
    shares, reserve = instance.share.tolist(), instance.reserve
    rounds: dict[int, int] = {}
    for round_ in (FROM_SHARE, FROM_RESERVE):
        closed: set[int] = set()
        if round_ == FROM_RESERVE:
            reserve, shares = reserve + sum(shares), []
        for p in range(len(instance.plan)):
            line = int(instance.category[p]) if round_ == FROM_SHARE else -1
            if p in rounds or line in closed or (round_ == FROM_SHARE and line < 0):
                continue
            fits = int(instance.plan[p]) <= (shares[line] if line >= 0 else reserve)
            if fits and next(exchanges(instance, {*rounds, p}), None) is not None:
                rounds[p] = round_
                if line >= 0:
                    shares[line] -= int(instance.plan[p])
                else:
                    reserve -= int(instance.plan[p])
            elif instance.fill is Fill.STOP_ON_ANY_NEED or (instance.fill is Fill.STOP_ON_PLAN and not fits):
                closed.add(line)
    return rounds


def best_exchange(instance: Instance, granted: set[int]) -> dict[Route, int]:
    assert instance.exchange
    price = instance.exchange.price.tolist()
    groups, kinds = instance.own.shape
    routes = [(a, c, i) for a, c in permutations(range(groups), 2) for i in range(kinds)]

    def key(t: dict[Route, int]) -> tuple[object, ...]:
        ways = {(a, c): worth(t, price, a, c) for a, c in permutations(range(groups), 2)}
        step = max(instance.exchange.tolerance, 1) if instance.exchange else 1
        deals = [-(-max(ways[a, c], ways[c, a]) // step) for a, c in ways if a < c]
        uneven = [abs(ways[a, c] - ways[c, a]) for a, c in ways if a < c]
        used = [t.get(route, 0) > 0 for route in sorted(routes)]
        return sum(deals), sum(used), sum(uneven), used, [t.get(route, 0) for route in sorted(routes)]

    found = min(exchanges(instance, granted), key=key)
    return {route: quantity for route, quantity in found.items() if quantity}


SEEDS = range(60)


@cache
def solved(seed: int) -> Answer:
    return cp_sat.solve(tiny(seed))


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=4))
def test_the_program_grants_what_trying_every_exchange_grants(seed: int) -> None:
    instance = tiny(seed)
    answer, right = solved(seed), walked(instance)
    assert answer.is_proved
    assert {p: r for p, r in enumerate(answer.grants.round.tolist()) if r != REFUSED} == right
    assert answer.moved is not None
    moved = {tuple(route): int(answer.moved[tuple(route)]) for route in np.argwhere(answer.moved).tolist()}
    assert moved == best_exchange(instance, set(right))


def test_the_instances_are_hard_enough() -> None:
    """Some grants need an exchange, and some exchanges need the tolerance."""
    answers = [solved(seed) for seed in SEEDS]
    assert sum(bool(answer.moved is not None and answer.moved.any()) for answer in answers) >= 8
    helped = [seed for seed in SEEDS if rounds(solved(seed)) != rounds(cp_sat.solve(without_tolerance(tiny(seed))))]
    assert len(helped) >= 3


def rounds(answer: Answer) -> list[int]:
    return answer.grants.round.tolist()


def without_tolerance(instance: Instance) -> Instance:
    assert instance.exchange
    return replace(instance, exchange=replace(instance.exchange, tolerance=0))


@pytest.mark.parametrize("seed", range(20))
def test_no_grants_that_an_exchange_sources_weigh_more(seed: int) -> None:
    bare, dice = tiny(seed), Random(seed)
    instance = replace(bare, fill=Fill.MAX_WEIGHT, weight=ints([dice.randint(0, 4) for _ in bare.plan]))
    sourced = {
        granted: next(exchanges(instance, set(granted)), None) is not None
        for size in range(len(bare.plan) + 1)
        for granted in combinations(range(len(bare.plan)), size)
    }
    best = max(
        (weight_of(instance, rounds, FROM_SHARE), weight_of(instance, rounds, FROM_RESERVE))
        for rounds in product((REFUSED, FROM_SHARE, FROM_RESERVE), repeat=len(bare.plan))
        if sourced[tuple(p for p, r in enumerate(rounds) if r)] and fits(instance, rounds)
    )
    answer = cp_sat.solve(instance)
    assert answer.is_proved
    assert tuple(level.value for level in answer.levels[:2]) == best


def weight_of(instance: Instance, rounds: tuple[int, ...], round_: int) -> int:
    assert instance.weight is not None
    return sum(w for w, r in zip(instance.weight.tolist(), rounds, strict=True) if r == round_)


def fits(instance: Instance, rounds: tuple[int, ...]) -> bool:
    drawn = [0] * len(instance.share)
    for p, r in enumerate(rounds):
        if r == FROM_SHARE:
            if instance.category[p] < 0:
                return False
            drawn[int(instance.category[p])] += int(instance.plan[p])
    whole = sum(int(instance.plan[p]) for p, r in enumerate(rounds) if r)
    return whole <= instance.total and all(used <= budget for used, budget in zip(drawn, instance.share, strict=True))


def pair(fill: Fill = Fill.SKIP) -> Instance:
    """E.4 in grid units of 1 mu and 100 kg: X (0) needs 20 mu of paddy, Y (1) has them."""
    bare = plan_only([9], 0, [(0, 1)], fill)
    return replace(
        bare,
        county=ints([0]),
        need=ints([[0, 20, 0]]),
        own=ints([[130, 0, 150], [0, 20, 0]]),
        pool=ints([0, 0, 0]),
        exchange=Exchange(price=ints([15, 150, 7]), tolerance=0),
    )


def test_twenty_mu_of_paddy_for_area_and_capacity_of_equal_value() -> None:
    answer = cp_sat.solve(pair())
    assert answer.moved is not None
    assert answer.moved[0, 1].tolist() == [130, 0, 150]
    assert answer.moved[1, 0].tolist() == [0, 20, 0]


def test_one_transfer_back_is_preferred_to_two() -> None:
    answer = cp_sat.solve(replace(pair(), own=ints([[900, 0, 900], [0, 20, 0]])))
    assert answer.moved is not None
    assert answer.moved[0, 1].tolist() == [200, 0, 0]


def test_who_has_nothing_of_equal_value_receives_nothing() -> None:
    assert not cp_sat.solve(replace(pair(), own=ints([[129, 0, 150], [0, 20, 0]]))).grants.granted.any()


def test_own_needs_precede_what_is_given() -> None:
    two = plan_only([9], 0, [(0, 1), (0, 1)], Fill.SKIP)
    instance = replace(
        two,
        county=ints([1, 0]),
        access=np.array([True, False]),
        need=ints([[0, 1, 0], [0, 20, 0]]),
        own=pair().own,
        pool=ints([0, 9, 0]),
        exchange=pair().exchange,
    )
    assert cp_sat.solve(instance).grants.granted.tolist() == [True, False]


WITH_POOL = replace(pair(), access=np.array([True]), pool=ints([0, 3, 0]))


def test_the_rows_of_exchanges_read_as_their_golden_text() -> None:
    b = Builder()
    assert WITH_POOL.exchange
    exchange_rows(b, WITH_POOL, share_rows(b, WITH_POOL), WITH_POOL.exchange)
    assert_golden("exchange.txt", str(b.program()))


def test_the_least_exchange_reads_as_its_golden_text() -> None:
    assert_golden("least_exchange.txt", str(least_exchange(WITH_POOL, Grants(round=ints([1]), plan=ints([1])))))


def test_a_mode_that_keeps_shares_takes_no_exchange() -> None:
    with pytest.raises(ValueError, match="an exchange stands beside no"):
        formulate(pair(Fill.GUARANTEE))
