"""The fewest givers that together cover what several classes ask: a covering problem in whole numbers.

A giver is counted once, whatever it gives. For one class the answer is a closed form: the n largest suffice whenever
any n do. For several, weights on the classes make one class of them all, whose closed form no cover can beat; a cover
of that size proves itself. What is left between the two goes to CP-SAT.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import gcd, lcm

from models.answer import Limits
from models.ladder import climb
from models.program import Builder, Program, Rung

Amounts = Sequence[Sequence[int]]
"""(C, I) what each giver holds of each class, grid units."""

ROUNDS = 60
"""How often the weights are set anew; each round moves them towards the classes that the last one left short."""

FINE = 1000
"""Into how many steps what is missing of a class is divided when its weight rises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fewest:
    """A cover, and the proof of how few can do.

    With the scores of `scores` for these weights, the `bound - 1` largest sum to less than what is asked; without
    weights a solver proved the bound.
    """

    chosen: tuple[int, ...]  # givers, ascending
    bound: int
    weights: tuple[int, ...]  # (I,) or empty
    proved_by: str  # "closed_form" | "bound" | "cp_sat"

    @property
    def is_proved(self) -> bool:
        """Whether no cover is smaller."""
        return len(self.chosen) == self.bound


def fewest(held: Amounts, asked: Sequence[int], limits: Limits | None = None) -> Fewest:
    """The smallest cover that the limits allow to find. Raises ValueError when all givers together do not cover."""
    if any(sum(row[i] for row in held) < quantity for i, quantity in enumerate(asked)):
        raise ValueError("all givers together hold less than is asked")
    found = weighed(held, asked)
    return found if found.is_proved else searched(held, asked, found, limits or Limits())


def weighed(held: Amounts, asked: Sequence[int]) -> Fewest:
    """A cover and a bound by weights alone: every class by itself, then all classes with weights that move."""
    classes = [i for i, quantity in enumerate(asked) if quantity]
    if not classes:
        return Fewest(chosen=(), bound=0, weights=tuple(0 for _ in asked), proved_by="closed_form")
    cover, bound, proof = tuple(range(len(held))), -1, tuple[int, ...]()
    alone = [tuple(int(i == one) for i in range(len(asked))) for one in classes]
    weights = [FINE if quantity else 0 for quantity in asked]
    for number in range(-len(alone), ROUNDS):
        trial = alone[number] if number < 0 else tuple(weights)
        order, size = surrogate(held, asked, trial)
        if size > bound:
            bound, proof = size, trial
        missing = [max(quantity - sum(held[c][i] for c in order[:size]), 0) for i, quantity in enumerate(asked)]
        cover = min(cover, completed(held, asked, order, size), key=len)
        if len(cover) == bound:
            break
        if number >= 0:
            for i in classes:
                weights[i] += FINE * missing[i] // (asked[i] * (1 + number // 10))
    shared = gcd(*proof)
    return Fewest(
        chosen=tuple(sorted(cover)),
        bound=bound,
        weights=tuple(weight // shared for weight in proof),
        proved_by="closed_form" if len(classes) == 1 else "bound",
    )


def scores(held: Amounts, asked: Sequence[int], weights: Sequence[int]) -> tuple[list[int], int]:
    """(C,) the weighted parts of all that is asked which each giver could give, and their whole, on one grid.

    The score of giver c is the sum over classes i of weights[i] min(held[c][i], asked[i]) / asked[i], times a common
    multiple of all that is asked; every cover scores at least the sum of the weights.
    """
    scale = lcm(*(quantity for quantity in asked if quantity))
    parts = [(i, weight * scale // asked[i]) for i, weight in enumerate(weights) if asked[i]]
    score = [sum(part * min(row[i], asked[i]) for i, part in parts) for row in held]
    return score, sum(part * asked[i] for i, part in parts)


def surrogate(held: Amounts, asked: Sequence[int], weights: Sequence[int]) -> tuple[list[int], int]:
    """The givers by falling score, and how many of them reach the whole: no cover has fewer."""
    score, whole = scores(held, asked, weights)
    order = sorted(range(len(held)), key=lambda c: (-score[c], c))
    return order, next(
        n for n, reached in enumerate(accumulate((score[c] for c in order), initial=0)) if reached >= whole
    )


def completed(held: Amounts, asked: Sequence[int], order: Sequence[int], size: int) -> tuple[int, ...]:
    """The first `size` of the order, whoever then gives most of what is missing, and nobody who is not needed."""
    cover, rest = list(order[:size]), list(order[size:])
    missing = [quantity - sum(held[c][i] for c in cover) for i, quantity in enumerate(asked)]
    while any(left > 0 for left in missing):
        wanted = [max(left, 0) for left in missing]
        score, _ = scores([held[c] for c in rest], wanted, [1] * len(wanted))
        best = rest.pop(max(range(len(rest)), key=lambda place: (score[place], -place)))
        cover.append(best)
        missing = [left - held[best][i] for i, left in enumerate(missing)]
    for c in reversed(cover.copy()):
        if all(left + held[c][i] <= 0 for i, left in enumerate(missing)):
            cover.remove(c)
            missing = [left + held[c][i] for i, left in enumerate(missing)]
    return tuple(cover)


def covering(held: Amounts, asked: Sequence[int], bound: int) -> Program:
    """The cover with the fewest givers.

    Given   giver c holds h[c, i] of class i, of which d[i] is asked; no cover has fewer than n givers
    Choose  y[c] in {0, 1}, 1 if c gives
    So that sum of min(h[c, i], d[i]) y[c] over c >= d[i]    for all i    rows cover:i
            sum of y[c] over c >= n                                       row bound
            and the number of givers is least                             rung count
    """
    b = Builder()
    y = b.columns("y", (1 for _ in held))
    for i, quantity in enumerate(asked):
        terms = {y[c]: min(row[i], quantity) for c, row in enumerate(held)}
        shared = gcd(*terms.values(), quantity)
        if shared:
            b.row(f"cover:{i}", {column: part // shared for column, part in terms.items()}, ">=", quantity // shared)
    b.row("bound", dict.fromkeys(y, 1), ">=", bound)
    b.climb(Rung("count", dict.fromkeys(y, -1)))
    return b.program()


def searched(held: Amounts, asked: Sequence[int], found: Fewest, limits: Limits) -> Fewest:
    """Between a bound and a cover that is larger: CP-SAT, which starts from that cover."""
    from models.cp_sat import Climber

    start = tuple(int(c in found.chosen) for c in range(len(held)))
    program = replace(covering(held, asked, found.bound), known=start)
    climbed = climb(program, program.ladder, Climber(limits).best)
    (level,) = climbed.levels
    chosen = tuple(c for c, y in enumerate(climbed.columns) if y)
    if -level.bound <= found.bound:
        return replace(found, chosen=chosen)
    return Fewest(chosen=chosen, bound=-level.bound, weights=(), proved_by="cp_sat")
