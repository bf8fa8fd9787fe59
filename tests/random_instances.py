"""Random instances in which everything may stand: phases, caps, held grants, divisible places, weights, bounds."""

from itertools import product
from typing import Any

import numpy as np
from cases_of_models import ints

from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Fill, Instance, Portion

WALKS = (Fill.SKIP, Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED, Fill.GUARANTEE)


def random_walkable(seed: int) -> Instance:
    """Up to 12 places of a mode that walks; the mode follows the seed."""
    dice = np.random.default_rng(seed)
    return _random(dice, int(dice.integers(1, 13)), WALKS[seed % 4])


def random_weighted(seed: int) -> Instance:
    """Up to 5 places of the greatest weight, or of a walk whose portions are bounded."""
    dice = np.random.default_rng(seed)
    places = int(dice.integers(1, 6))
    weighs = dice.random() < 0.8
    more: dict[str, Any] = {}
    if weighs:
        more["weight"] = dice.integers(-1, 6, places)
        if dice.random() < 0.5:
            more["band"] = dice.integers(0, 3, places)
    if not weighs or dice.random() < 0.5:
        more["portions"] = tuple(
            Portion(
                name=f"portion {n}",
                members=dice.random(places) < 0.5,
                numerator=int(dice.integers(0, 4)),
                denominator=4,
                at_least=bool(dice.random() < 0.5),
            )
            for n in range(int(dice.integers(1, 3)))
        )
    return _random(dice, places, Fill.MAX_WEIGHT if weighs else Fill.SKIP, cuts=weighs, **more)


def _random(dice: np.random.Generator, places: int, fill: Fill, *, cuts: bool = True, **more: Any) -> Instance:
    shares, groups, indicators = (int(dice.integers(first, last)) for first, last in ((1, 4), (1, 4), (0, 3)))
    plan = dice.integers(0, 9, places)
    category = dice.integers(-1, shares, places)
    if cuts and dice.random() < 0.4:
        more["least"] = np.where(dice.random(places) < 0.5, dice.integers(0, 9, places).clip(0, plan), plan)
    if dice.random() < 0.4:
        before = ints([int(dice.integers(0, p)) if p and dice.random() < 0.4 else -1 for p in range(places)])
        for p, earlier in enumerate(before.tolist()):
            category[p] = category[earlier] if earlier >= 0 else category[p]
        more["before"] = before
    if dice.random() < 0.4:
        caps = int(dice.integers(1, 3))
        more |= {"cap": dice.integers(3, 15, caps), "under": dice.integers(-1, caps, (places, 1))}
    budgets = dice.integers(0, max(2, int(plan.sum()) // shares + 1), shares)
    reserve = int(dice.integers(0, int(plan.sum()) // 3 + 2))
    if dice.random() < 0.3:
        held = np.where(dice.random(places) < 0.25, dice.integers(1, 3, places), REFUSED)
        held = np.where(category < 0, np.minimum(held * FROM_RESERVE, FROM_RESERVE), held)
        fits = all(plan[(held == FROM_SHARE) & (category == k)].sum() <= budgets[k] for k in range(shares))
        if fits and plan[held != REFUSED].sum() <= budgets.sum() + reserve:
            more["held"] = held
    return Instance(
        share=budgets,
        reserve=reserve,
        category=category,
        plan=plan,
        county=dice.integers(0, groups, places),
        access=dice.random(places) < 0.5,
        need=dice.integers(0, 6, (places, indicators)) * dice.integers(0, 2, (places, indicators)),
        own=dice.integers(0, 8, (groups, indicators)),
        pool=dice.integers(0, 10, indicators),
        fill=fill,
        **more,
    )


def best_of_all(instance: Instance) -> tuple[list[int], list[int]] | None:
    """Rounds and plan of the best answer, found by looking at every one; None if none keeps the rules."""
    best: tuple[list[int], list[int], list[int]] | None = None
    for answer in product(*(_choices(instance, p) for p in range(len(instance.plan)))):
        rounds, plan = [r for r, _ in answer], [g for _, g in answer]
        worth = _worth(instance, rounds, plan)
        if (best is None or worth > best[0]) and _is_lawful(instance, rounds, plan):
            best = worth, rounds, plan
    return best and best[1:]


def _choices(instance: Instance, p: int) -> list[tuple[int, int]]:
    plan = int(instance.plan[p])
    if instance.held is not None and instance.held[p]:
        return [(int(instance.held[p]), plan)]
    least = plan if instance.least is None else int(instance.least[p])
    rounds = (FROM_SHARE, FROM_RESERVE) if instance.category[p] >= 0 else (FROM_RESERVE,)
    return [(REFUSED, 0), *((r, given) for r in rounds for given in range(least, plan + 1))]


def _worth(instance: Instance, rounds: list[int], plan: list[int]) -> list[int]:
    order = [int(r == mark) for mark in (FROM_SHARE, FROM_RESERVE) for r in rounds]
    if instance.weight is None:
        return order
    band = [0] * len(rounds) if instance.band is None else instance.band.tolist()
    weight = instance.weight.tolist()
    weights = [
        sum(weight[p] for p, r in enumerate(rounds) if r == mark and band[p] == b)
        for mark in (FROM_SHARE, FROM_RESERVE)
        for b in sorted(set(band))
    ]
    return [*weights, *order, *plan]


def _is_lawful(i: Instance, rounds: list[int], plan: list[int]) -> bool:
    r, given = np.array(rounds), np.array(plan)
    granted = r != REFUSED
    is_open = np.ones_like(granted) if i.held is None else i.held == REFUSED
    for p in np.flatnonzero(granted & is_open).tolist():
        earlier = -1 if i.before is None else int(i.before[p])
        if earlier >= 0 and not granted[earlier]:
            return False
        if earlier >= 0 and is_open[earlier] and r[p] == FROM_SHARE and r[earlier] == FROM_RESERVE:
            return False
    if given.sum() > i.total or (i.portions and i.plan.any() and not given.any()):
        return False
    if any(given[(r == FROM_SHARE) & (i.category == k)].sum() > budget for k, budget in enumerate(i.share)):
        return False
    if i.cap is not None and i.under is not None:
        under = i.under
        if any(given[(under == j).any(axis=1)].sum() > most for j, most in enumerate(i.cap)):
            return False
    for portion in i.portions:
        balance = portion.denominator * given[portion.members].sum() - portion.numerator * given.sum()
        if balance < 0 if portion.at_least else balance > 0:
            return False
    asked = [
        [i.need[granted & tied & (i.county == c)].sum(axis=0) for c in range(len(i.own))] for tied in (~i.access, True)
    ]
    tied, everybody = np.array(asked[0]), np.array(asked[1])
    return bool((tied <= i.own).all() and (np.maximum(everybody - i.own, 0).sum(axis=0) <= i.pool).all())
