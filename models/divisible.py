"""Places that may be granted less than their plan, down to a least plan."""

from collections.abc import Mapping, Sequence

from models.instance import REFUSED, Instance
from models.program import Builder, Terms, plus, times


def divisible(instance: Instance) -> list[int]:
    """The places, not held beforehand, whose least plan is smaller than their plan."""
    if instance.least is None:
        return []
    open_ = [True] * len(instance.plan) if instance.held is None else (instance.held == REFUSED).tolist()
    return [p for p, less in enumerate((instance.least < instance.plan).tolist()) if less and open_[p]]


def least_plan(instance: Instance) -> list[int]:
    """(P,) what has to fit."""
    return (instance.plan if instance.least is None else instance.least).tolist()


def plan_granted(b: Builder, instance: Instance, family: str, grant: Sequence[int]) -> list[Terms]:
    """The plan granted to each place, as linear forms; adds a column for each divisible one.

    Given   place p: plan a[p], least plan m[p]; x[p] in {0, 1}, 1 if p is granted
    Choose  g[p] in 0..a[p] where p is divisible, that is where m[p] < a[p]
    So that m[p] x[p] <= g[p] <= a[p] x[p]    rows least:p, most:p (called after the family of g)

    Where p is not divisible the plan granted is a[p] x[p].
    """
    plan, least = instance.plan.tolist(), least_plan(instance)
    granted: list[Terms] = [{grant[p]: a} for p, a in enumerate(plan)]
    for p in divisible(instance):
        g = b.column(f"{family}:{p}", 0, plan[p])
        b.row(f"{family}_least:{p}", {g: 1, grant[p]: -least[p]}, ">=", 0)
        b.row(f"{family}_most:{p}", {g: 1, grant[p]: -plan[p]}, "<=", 0)
        granted[p] = {g: 1}
    return granted


def cut_rows(
    b: Builder,
    family: str,
    instance: Instance,
    grant: Sequence[int],
    granted: Sequence[Terms],
    budgets: Mapping[int, Sequence[tuple[Terms, int]]],
) -> None:
    """In the strict modes a grant is cut only to what is left.

    Given   divisible place p: plan a[p]; x[p] and g[p] as in `plan_granted`; the budgets e that it draws on, each with
            U[e, p], what was granted from it up to p, and its size B[e]
    Choose  c[p, e] in {0, 1}, 1 if p is cut to what is left of e
    So that g[p] >= a[p] (x[p] - sum of c[p, e] over e)    rows whole:p     F.3, divisible
            U[e, p] >= B[e] c[p, e]                        rows full:p:e    (both called after the family of g)

    So g[p] follows from x: all of a[p] if it fits, else exactly what is left.
    """
    plan = instance.plan.tolist()
    for p, drawn_on in budgets.items():
        cuts = [b.column(f"{family}_cut:{p}:{e}", 0, 1) for e in range(len(drawn_on))]
        b.row(
            f"{family}_whole:{p}",
            plus(granted[p], {grant[p]: -plan[p]}, times(plan[p], dict.fromkeys(cuts, 1))),
            ">=",
            0,
        )
        for e, (taken, size) in enumerate(drawn_on):
            b.row(f"{family}_full:{p}:{e}", plus(taken, {cuts[e]: -size}), ">=", 0)
