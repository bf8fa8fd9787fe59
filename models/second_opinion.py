"""A second opinion: every mode once more as a mixed-integer program, written apart and solved by another solver.

It shares nothing with the engines but the instance: rows in `second_rows` and `second_fill`, the solver behind
`second_pulp`. A walk becomes its lexicographic statement: own[p] as great as can be in the overall order, then
reserve[p]. That is climbed in steps of up to PLACES places with the weights 2^(PLACES - 1)..1, each answer recounted in
integers and held before the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Bools, Fill, Grants, Instance
from models.second_draft import Contradiction, Terms, times, total
from models.second_fill import cuts, guarantee, lines
from models.second_pulp import Solver, Unbelievable, best
from models.second_rows import Statement, everyone, held, of_share, state

PLACES = 32
"""Places of the order solved at once; a solver in floating point distinguishes at most 40."""


@dataclass(frozen=True, slots=True)
class Step:
    """One objective: a weight to be maximised, or a few places of the order, as digits of one binary number."""

    name: str
    terms: Terms
    is_order: bool
    constant: int = 0  # what grants held beforehand add to the value

    def halves(self) -> list["Step"]:
        """The same places in two steps."""
        columns = list(self.terms)
        middle = len(columns) // 2
        return [Step(self.name, digits(part), is_order=True) for part in (columns[:middle], columns[middle:])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Grants, and the value reached at each step that is not one of the order."""

    grants: Grants
    values: dict[str, int]


def solve(instance: Instance, solver: Solver = "cbc", places: int = PLACES, incumbent: Bools | None = None) -> Opinion:
    """The answer of the engines, found again.

    `incumbent` (P,) are grants in force, from which answers of equal weight differ as little as they can.
    Raises `Contradiction` where no answer keeps the rows, `Unbelievable` where the solver's do not survive the recount
    even in steps of one place, `NoSolver` where it is not installed.
    """
    if instance.fill is not Fill.GUARANTEE:
        return climb(stated(instance), solver, places, incumbent)
    alone = climb(stated(first_round(instance)), solver, places)
    walk = climb(guaranteed(instance, alone.grants), solver, places)
    return Opinion(grants=booked(instance, walk.grants), values={})


def keeps(instance: Instance, grants: Grants, solver: Solver = "cbc") -> bool:
    """Whether these grants, best or not, break no row: some values of the other columns go with them."""
    s = stated(instance)
    for column, value in s.columns(grants).items():
        s.draft.fix(column, value)
    again = s.read([column.lower for column in s.draft.columns])
    if again.round.tolist() != grants.round.tolist() or again.plan.tolist() != grants.plan.tolist():
        return False  # something that is not there to be granted, or in part what is not divisible
    try:
        best(s.draft, {}, solver)
    except Contradiction:
        return False
    return True


def stated(instance: Instance) -> Statement:
    """The program of every mode but GUARANTEE."""
    s = state(instance)
    match instance.fill:
        case Fill.STOP_ON_PLAN | Fill.STOP_ON_ANY_NEED:
            lines(s)
            cuts(s)
        case Fill.SKIP | Fill.GUARANTEE:
            cuts(s)
        case Fill.MAX_WEIGHT:
            pass
    return s


def first_round(instance: Instance) -> Instance:
    """The instance in whose round 1 every share serves its line as if there were no guarantee."""
    return replace(instance, fill=Fill.SKIP)


def guaranteed(instance: Instance, alone: Grants) -> Statement:
    """The program of the one walk, given what round 1 alone grants."""
    s = state(instance, one_walk=True)
    is_open = (held(instance) == REFUSED) & (alone.round == FROM_SHARE)
    guarantee(s, [int(alone.plan[is_open & (instance.category == k)].sum()) for k in range(len(instance.share))])
    return s


def steps(s: Statement, places: int, incumbent: Bools | None = None) -> Iterator[Step]:
    """What is maximised, in turn: weights, least changes against an incumbent, the order, what cut places get."""
    instance = s.instance
    if instance.fill is Fill.MAX_WEIGHT and instance.weight is not None:
        band = np.zeros_like(instance.plan) if instance.band is None else instance.band
        for name, mark, columns in (("own", FROM_SHARE, s.own), ("reserve", FROM_RESERVE, s.reserve)):
            for b in sorted(set(band.tolist())):
                terms = {column: int(instance.weight[p]) for p, column in columns.items() if band[p] == b}
                beforehand = sum(instance.weight[(held(instance) == mark) & (band == b)].tolist())
                yield Step(f"{name}_weight:{b}", terms, is_order=False, constant=beforehand)
        if incumbent is not None:
            columns = [(p, column) for grants in (s.own, s.reserve) for p, column in grants.items()]
            terms = {column: 1 if incumbent[p] else -1 for p, column in columns}
            beforehand = sum(1 if stays else -1 for stays in incumbent[held(instance) != REFUSED].tolist())
            yield Step("least_changes", terms, is_order=False, constant=beforehand)
    for name, columns in (("own", s.own), ("reserve", s.reserve)):
        line = list(columns.items())
        for start in range(0, len(line), places):
            part = line[start : start + places]
            yield Step(f"{name}:{part[0][0] + 1}..{part[-1][0] + 1}", digits([c for _, c in part]), is_order=True)
    if instance.fill is Fill.MAX_WEIGHT:
        for p in sorted({p for _, p in s.cut}):
            yield Step(f"plan:{p + 1}", s.plan([p]), is_order=False)


def digits(columns: Sequence[int]) -> dict[int, int]:
    """The columns as digits of a binary number, the first above all that follow together."""
    return {column: 1 << (len(columns) - 1 - n) for n, column in enumerate(columns)}


def climb(s: Statement, solver: Solver, places: int, incumbent: Bools | None = None) -> Opinion:
    """Maximise each step, giving up nothing already won.

    Where nothing is lost by refusing whoever comes later, places of later steps rest at 0 in the earlier ones.
    """
    waiting = list(steps(s, places, incumbent))
    resting = {column for step in waiting for column in step.terms} if s.instance.is_walkable else set[int]()
    values = [] if waiting else best(s.draft, {}, solver)
    reached: dict[str, int] = {}
    while waiting:
        step = waiting.pop(0)
        try:
            values = best(s.draft, step.terms, solver, resting - step.terms.keys())
        except (Unbelievable, Contradiction) as failed:
            if isinstance(failed, Contradiction) and not values:
                raise  # with an answer known it is none, but a number that the solver took for another
            if not step.is_order or len(step.terms) == 1:
                raise Unbelievable(f"{step.name}: {failed}") from failed
            waiting = [*step.halves(), *waiting]
            continue
        if step.is_order:
            for column in step.terms:
                s.draft.fix(column, values[column])
            resting -= step.terms.keys()
        else:
            value = total(step.terms, values)
            reached[step.name] = value + step.constant
            s.draft.demand(("held", len(reached)), times(-1, step.terms), -value)
    return Opinion(grants=s.read(values), values=reached)


def booked(instance: Instance, walk: Grants) -> Grants:
    """Each grant of one common walk on its own share while that holds it whole, else on the reserve."""
    rounds = held(instance).copy()
    left = {k: int(instance.share[k]) - sum_of(instance, rounds, k) for k in range(len(instance.share))}
    for p in everyone(instance):
        if walk.round[p] == REFUSED or rounds[p] != REFUSED:
            continue
        share = int(instance.category[p])
        rounds[p] = FROM_SHARE if left.get(share, -1) >= walk.plan[p] else FROM_RESERVE
        if rounds[p] == FROM_SHARE:
            left[share] -= int(walk.plan[p])
    return Grants(round=rounds, plan=walk.plan)


def sum_of(instance: Instance, rounds: np.ndarray, share: int) -> int:
    """Plan granted from a share."""
    return sum(int(instance.plan[p]) for p in of_share(instance, share) if rounds[p] == FROM_SHARE)
