"""Changes of an instance: a sweep misses no step at which the answer turns; places that go and come back."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from cases_of_models import ints
from paces import mostly_long

from models.changes import Entry, Lever, changed, granted_before, granted_without, sweep, without
from models.exact import walk
from models.instance import Fill, Grants, Instance

WALKED = (Fill.SKIP, Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED, Fill.GUARANTEE)


def small(seed: int) -> Instance:
    """Up to seven places over two shares, two groups and two indicators, some of them phases, divisible or capped."""
    dice = np.random.default_rng(seed)
    size = int(dice.integers(2, 8))
    plan = dice.integers(0, 9, size)
    before = ints([place - 1 if place and dice.random() < 0.3 else -1 for place in range(size)])
    category = dice.integers(-1, 2, size)
    return Instance(
        share=dice.integers(0, 12, 2),
        reserve=int(dice.integers(0, 9)),
        category=category,
        plan=plan,
        county=dice.integers(0, 2, size),
        access=dice.random(size) < 0.6,
        need=dice.integers(0, 5, (size, 2)),
        own=dice.integers(0, 7, (2, 2)),
        pool=dice.integers(0, 7, 2),
        fill=WALKED[seed % 4],
        least=np.minimum(plan, dice.integers(0, 9, size)) if seed % 3 == 0 else None,
        before=before if seed % 5 == 0 else None,
        cap=dice.integers(3, 12, 1) if seed % 7 == 0 else None,
        under=dice.integers(-1, 1, (size, 1)) if seed % 7 == 0 else None,
        held=np.where(np.arange(size) == seed % size, np.where(category < 0, 2, 1), 0)
        if seed % 4 == seed % 3
        else None,
    )


def levers(instance: Instance, seed: int) -> list[tuple[Lever, int]]:
    """Every kind of lever with how many steps it can take."""
    place = Random(seed).randrange(len(instance.plan))
    plan = (Entry("plan", (place,), -1),)
    both = plan if instance.least is None else (*plan, Entry("least", (place,), -1))
    least = instance.plan if instance.least is None else instance.least
    found: list[tuple[Lever, int]] = [
        ((Entry("share", (0,), 1),), 40),
        ((Entry("reserve", (), 1),), 40),
        ((Entry("share", (0,), 2), Entry("share", (1,), 1), Entry("reserve", (), 3)), 20),
        ((Entry("pool", (1,), 1),), 25),
        ((Entry("own", (1, 0), 1),), 25),
        ((Entry("need", (place, 0), -1),), int(instance.need[place, 0])),
        (both, int(least[place])),
    ]
    return [*found, ((Entry("cap", (0,), 1),), 30)] if instance.cap is not None else found


def same(one: Grants, other: Grants) -> bool:
    return one.round.tolist() == other.round.tolist() and one.plan.tolist() == other.plan.tolist()


@pytest.mark.parametrize("seed", mostly_long(range(60), every=5))
def test_a_sweep_names_every_step_at_which_anybody_gains_or_loses_a_grant(seed: int) -> None:
    instance = small(seed)
    for lever, most in levers(instance, seed):
        named = dict(sweep(instance, lever, most))
        assert min(named) == 0
        before = walk(instance).granted.tolist()
        for step in range(most + 1):
            answer = walk(changed(instance, lever, step))
            if step in named:
                assert same(named[step], answer), (seed, lever, step)
            else:
                assert answer.granted.tolist() == before, (seed, lever, step)
            before = answer.granted.tolist()


def test_a_lever_that_no_comparison_meets_is_swept_in_one_walk() -> None:
    assert [
        step for step, _ in sweep(replace(small(4), need=small(4).need * 0), (Entry("pool", (0,), 1),), 10**12)
    ] == [0]


def test_only_a_walk_is_swept() -> None:
    weighed = replace(small(4), fill=Fill.MAX_WEIGHT, weight=small(4).plan)
    with pytest.raises(ValueError, match="only a walk"):
        list(sweep(weighed, (Entry("reserve", (), 1),), 1))


@pytest.mark.parametrize("seed", range(40))
def test_a_place_that_asks_for_nothing_is_as_good_as_gone_where_nobody_waits_for_it(seed: int) -> None:
    instance = replace(small(seed), before=None, fill=Fill.SKIP)
    gone = ints([Random(seed).randrange(len(instance.plan))])
    asking = {"plan": instance.plan.copy(), "need": instance.need.copy()}
    asking["plan"][gone], asking["need"][gone] = 0, 0
    nothing = walk(
        replace(
            instance, **asking, least=None if instance.least is None else np.minimum(instance.least, asking["plan"])
        )
    )
    found = granted_without(walk(without(instance, gone)), gone)
    stays = np.arange(len(instance.plan)) != gone[0]
    assert (found.plan == nothing.plan).all()
    assert (found.granted[stays] == nothing.granted[stays]).all()
    assert not found.granted[gone].any()


def test_whoever_waits_for_a_place_that_goes_waits_for_nothing_and_the_others_for_whom_they_waited() -> None:
    instance = replace(small(4), before=ints([-1, 0, 1, 0, -1, 3, 5][: len(small(4).plan)]))
    left = without(instance, ints([1]))
    assert left.before is not None
    assert left.before.tolist() == [-1, -1, 0, -1, 2, 4][: len(instance.plan) - 1]


@pytest.mark.parametrize("seed", range(20))
def test_grants_of_another_order_are_read_at_the_places_of_this_one(seed: int) -> None:
    instance = replace(small(seed), before=None)
    order = np.random.default_rng(seed).permutation(len(instance.plan))
    moved = walk(instance.reordered(order))
    found = granted_before(moved, order)
    for turn, place in enumerate(order.tolist()):
        assert (found.round[place], found.plan[place]) == (moved.round[turn], moved.plan[turn])
