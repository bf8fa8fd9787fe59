"""Draws by an order of preferences, against every way to draw."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from models.tiered_flow import Sources, Unfilled, fill

Needs = list[tuple[int, int]]


def small(seed: int) -> tuple[Sources, Needs]:
    """Up to 3 accounts, 3 groups, 4 needs; some edges twice; up to 4 preferences."""
    dice = Random(seed)
    accounts, groups = dice.randint(1, 3), dice.randint(1, 3)
    edges = [(g, a) for g in range(groups) for a in range(accounts) if dice.random() < 0.7]
    edges += dice.sample(edges, min(len(edges), 1))
    sets = [[e for e in range(len(edges)) if dice.random() < 0.5] for _ in range(dice.randint(0, 4))]
    needs = [(dice.randrange(groups), dice.randint(1, 4)) for _ in range(dice.randint(1, 3))]
    return Sources(balance=[dice.randint(0, 6) for _ in range(accounts)], edges=edges, preferences=sets), needs


def ways(sources: Sources, needs: Needs) -> Iterator[list[list[int]]]:
    """Every way to fill all needs: a quantity for each need and edge."""

    def parts(edges: Sequence[int], quantity: int) -> Iterator[dict[int, int]]:
        if not edges:
            if not quantity:
                yield {}
            return
        for first in range(quantity + 1):
            for rest in parts(edges[1:], quantity - first):
                yield {edges[0]: first, **rest}

    def settle(n: int, left: list[int]) -> Iterator[list[list[int]]]:
        if n == len(needs):
            yield []
            return
        group, quantity = needs[n]
        for part in parts([e for e, (g, _) in enumerate(sources.edges) if g == group], quantity):
            rest = list(left)
            for e, drawn in part.items():
                rest[sources.edges[e][1]] -= drawn
            if min(rest) >= 0:
                row = [part.get(e, 0) for e in range(len(sources.edges))]
                yield from ([row, *others] for others in settle(n + 1, rest))

    yield from settle(0, list(sources.balance))


def worth(sources: Sources, way: list[list[int]]) -> list[int]:
    sums = [sum(row[e] for row in way for e in edges) for edges in sources.preferences]
    return [*sums, *(drawn for row in way for drawn in row)]


@pytest.mark.parametrize("seed", range(100))
def test_no_way_to_draw_is_better(seed: int) -> None:
    sources, needs = small(seed)
    best = max(ways(sources, needs), key=lambda way: worth(sources, way), default=None)
    if best is None:
        with pytest.raises(Unfilled):
            fill(sources, needs)
        return
    found = [[dict(row).get(e, 0) for e in range(len(sources.edges))] for row in fill(sources, needs)]
    assert found == best, (sources, needs)


def test_the_small_sources_are_hard_enough() -> None:
    """Often more than one way is there, and the first one that fits is not the best."""
    choices = [len({tuple(worth(s, way)) for way in ways(s, n)}) for s, n in map(small, range(100))]
    assert sum(count > 1 for count in choices) >= 35
    assert sum(count == 0 for count in choices) >= 10


def test_quantities_may_be_of_any_size() -> None:
    """Three preferences over sums near 10^13: no machine number holds the digits of their costs."""
    step = 10**13
    sources = Sources(
        balance=[step, 2 * step, 3 * step],
        edges=[(0, 0), (0, 1), (0, 2), (1, 1)],
        preferences=[[1], [2], [0]],
    )
    drawn = fill(sources, [(0, 4 * step), (1, step + 1)])
    assert drawn == [[(0, 1), (1, step - 1), (2, 3 * step)], [(3, step + 1)]]
