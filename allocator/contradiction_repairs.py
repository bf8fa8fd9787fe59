"""The smallest single changes that end a contradiction, each verified by asking again, and whom each would serve."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from allocator.contradiction import Demand, Limit, Repair
from allocator.contradiction_settings import STEPS, Change, Settings
from allocator.policy_checks import number
from allocator.quantities import Indicator, plain
from allocator.records import ProjectId
from models.exact import walk
from models.feasible import feasible
from models.instance import Grants, Instance

DECIDERS = {"total": "province", "store": "county"}
"""Who may change a limit; every other one, and every demand, is the prefecture's."""

Turned = tuple[str, str, Change]
"""By how much, to what, and the change itself."""


def repairs(settings: Settings, demands: Sequence[Demand], limits: Sequence[Limit]) -> tuple[Repair, ...]:
    """One repair for each demand and each limit of a contradiction, demands first."""
    names = frozenset(demand.name for demand in demands)
    others = frozenset(settings.demands) - names
    free = settings.under(Change(dropped=names))
    without = answered(settings, free) if feasible(free) else None
    found: list[Repair] = []
    for stated in (*demands, *limits):
        indicator = stated.indicator if isinstance(stated, Limit) else Indicator.PLAN
        settling = smallest_change(stated, settings, frozenset())
        turned = settling or smallest_change(stated, settings, others)
        if turned is None:
            continue
        by, to, change = turned
        repair = Repair(
            name=stated.name,
            kind=stated.kind,
            about=stated.about,
            indicator=indicator,
            by=by,
            to=to,
            decider=DECIDERS.get(stated.kind, "prefecture"),
            settles=settling is not None,
        )
        if settling and without is not None:
            now = answered(settings, settings.under(change))
            turned_up = sorted(p for p in now | without if is_more(now, without, p))
            turned_down = sorted(p for p in now | without if is_more(without, now, p))
            repair = replace(repair, gains=tuple(turned_up), losses=tuple(turned_down))
        found.append(repair)
    return tuple(found)


def smallest_change(stated: Demand | Limit, settings: Settings, dropped: frozenset[str]) -> Turned | None:
    """The smallest change of one demand or limit that makes the rules hold, `dropped` aside; None if none does."""
    base, name = Change(dropped=dropped), stated.name
    if stated.kind == "pin":
        change = replace(base, dropped=dropped | {name})
        return (stated.amount, "", change) if holds(settings, change) else None
    if stated.kind in ("min_share", "max_share"):
        return next(shifted(stated, settings, base), None)
    grid = stated.indicator.grid if isinstance(stated, Limit) else Indicator.PLAN.grid

    def raised(steps: int) -> Change:
        return replace(base, raised={name: steps})

    most = settings.ample(name)
    if stated.kind == "sources" or not holds(settings, raised(most)):
        return None
    steps = least(most, lambda steps: holds(settings, raised(steps)))
    held = int(Fraction(stated.amount) * grid)
    return plain(steps, grid), plain(held + steps, grid), raised(steps)


def shifted(stated: Demand | Limit, settings: Settings, base: Change) -> Iterator[Turned]:
    """The bound of a part, moved by the fewest steps: down if it is a least part, up if it is a greatest one."""
    part = Fraction(stated.amount)
    lowers = stated.kind == "min_share"
    most = -(-part.numerator * STEPS // part.denominator) if lowers else STEPS - int(part * STEPS)

    def moved(steps: int) -> Change:
        first = -(-part.numerator * STEPS // part.denominator) if lowers else int(part * STEPS)
        bound = Fraction(first - steps if lowers else first + steps, STEPS)
        return replace(base, bounds={stated.name: bound})

    if holds(settings, moved(most)):
        change = moved(least(most, lambda steps: holds(settings, moved(steps))))
        bound = change.bounds[stated.name]
        yield number(abs(part - bound)), number(bound), change


def least(most: int, enough: Callable[[int], bool]) -> int:
    """The smallest number up to `most` that is enough, by halving; `most` is, zero is not."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def holds(settings: Settings, change: Change) -> bool:
    """Whether the rules can be kept after the change."""
    return feasible(settings.under(change))


def answered(settings: Settings, instance: Instance) -> Counter[ProjectId]:
    """What each granted project gets: its plan, and one for every piece of it that is granted."""
    granted: Counter[ProjectId] = Counter()
    grants = decided(instance)
    for atom, round_, plan in zip(settings.case.atoms, grants.round.tolist(), grants.plan.tolist(), strict=True):
        granted[atom.project_id] += plan + (round_ > 0)
    return granted


def is_more(one: Counter[ProjectId], other: Counter[ProjectId], project: ProjectId) -> bool:
    """Whether a project gets more in one answer than in the other."""
    return one[project] > other[project]


def decided(instance: Instance) -> Grants:
    """The answer of the mode; the solver is imported only where no walk finds it."""
    if instance.is_walkable:
        return walk(instance)
    from models.cp_sat import solve

    return solve(instance).grants
