"""One answer to who gives how much: the fewest first, the preference first, or the two weighed against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from models.answer import Level, Limits
from models.cover import Amounts, Fewest, fewest
from models.donor_program import Request, coarse, columns_of, giving, steps
from models.ladder import climb, in_chunks

PLACES = 40
"""Givers whose order is settled at once by the last rungs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What each giver gives, and the rungs climbed below the count. What a level names is least: value >= bound."""

    given: Amounts  # (C, I) grid units
    levels: tuple[Level, ...]  # "preference:0", ..., "payment", "changes"
    proved_by: str  # "closed_form": no solver was asked | "cp_sat"
    fewest: Fewest | None = None  # the proof that fewer cannot do; None where the fewest were not asked for


def count_first(request: Request, limits: Limits | None = None) -> Choice:
    """The fewest givers, and among the covers of that size the preferred one (QN-6.5 before QN-6.4)."""
    proof = fewest_beside(request, limits)
    greedy = request.greedy()
    if request.counted(greedy) == proof.bound:
        return replace(preference_first(request), fewest=proof)
    start = request.greedy(frozenset(proof.chosen) | {c for c, free in enumerate(request.free) if free})
    if not proof.is_proved:
        return Choice(given=start, levels=(), proved_by="cp_sat", fewest=proof)
    return replace(among(request, proof.bound, start, limits, least=proof.bound), fewest=proof)


def preference_first(request: Request) -> Choice:
    """Down the list of each class, however many it takes (QN-6.4 before QN-6.5): no preference can be better served."""
    greedy = request.greedy()
    levels = (
        Level(name=f"preference:{i}", value=value, bound=value, proved=True)
        for i, value in enumerate(request.ranked(greedy))
    )
    return Choice(given=greedy, levels=tuple(levels), proved_by="closed_form")


def weighted(request: Request, count: Fraction, order: Fraction, limits: Limits | None = None) -> Choice:
    """The number of givers for which `count` times it plus `order` times the mean ranks is least.

    The mean rank of a class is the rank of its giver, averaged over what is asked; those of several classes are summed.
    For each number the answer is that of the preference with at most so many givers; of equal sums the fewer givers.
    """

    def worth(choice: Choice) -> Fraction:
        means = (Fraction(r, d) for r, d in zip(request.ranked(choice.given), request.asked, strict=True) if d)
        return count * request.counted(choice.given) + order * sum(means, Fraction(0))

    down = preference_first(request)
    ideal = worth(down) - count * request.counted(down.given)
    best = trial = count_first(request, limits)
    for most in range(request.counted(best.given) + 1, request.counted(down.given) + 1):
        if ideal + count * most >= worth(best) or not all(level.proved for level in trial.levels):
            break
        trial = among(request, most, trial.given, limits)
        best = min(best, trial, key=worth)
    return replace(best, fewest=None)


def fewest_beside(request: Request, limits: Limits | None = None) -> Fewest:
    """The fewest givers that are counted, beside those that give anyway."""
    rows = list(zip(request.held, request.free, strict=True))
    spare = [sum(row[i] for row, free in rows if free) for i in range(len(request.asked))]
    left = [max(quantity - own, 0) for quantity, own in zip(request.asked, spare, strict=True)]
    return fewest([[0] * len(row) if free else row for row, free in rows], left, limits)


def among(request: Request, most: int, start: Amounts, limits: Limits | None = None, *, least: int = 0) -> Choice:
    """The preferred answer with at most so many givers, by CP-SAT, from an answer that has no more.

    No cover has fewer than `least` givers: where that is `most`, nobody is chosen in vain.
    """
    from models.cp_sat import Climber

    step = steps(request)
    small = coarse(request, step)
    known = columns_of(small, [[quantity // s for quantity, s in zip(row, step, strict=True)] for row in start])
    program = replace(giving(small, most, least=least), known=tuple(known))
    climbed = climb(program, in_chunks(program, PLACES), Climber(limits or Limits()).best)
    chosen = frozenset(c for c, y in enumerate(climbed.columns[: len(request.held)]) if y)
    given = request.greedy(chosen)
    return Choice(given=given, levels=tuple(told(request, given, step, climbed.levels)), proved_by="cp_sat")


def told(request: Request, given: Amounts, step: Sequence[int], levels: Sequence[Level]) -> Iterator[Level]:
    """The levels of `giving` as what is made least, in grid units; of the last rungs only one that was not proved."""
    ranked, served = request.ranked(given), request.ranked(request.greedy())
    before = request.before or frozenset()
    free = {c for c, is_free in enumerate(request.free) if is_free}
    for level in levels:
        unit, value, ideal = 1, 0, 0  # no answer is below the ideal
        match level.name.partition(":"):
            case ("preference", _, i):
                unit, value, ideal = step[int(i)], ranked[int(i)], served[int(i)]
            case ("payment", _, _):
                rows = zip(given, request.price or given, strict=True)
                value = sum(g * w for row, prices in rows for g, w in zip(row, prices, strict=True))
            case ("changes", _, _):
                value = len((before ^ {c for c, row in enumerate(given) if any(row)}) - free)
            case _ if level.proved:
                continue
            case _:
                pass
        yield replace(level, value=value, bound=max(ideal, value - unit * (level.bound - level.value)))
