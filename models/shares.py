"""Grants and the budgets they draw on: the columns and rows that every program has."""

from collections.abc import Iterable

from models.instance import Instance
from models.program import Builder, plus


def share_rows(b: Builder, instance: Instance) -> tuple[list[int], list[int]]:
    """Add the grants and their budgets; returns the columns x and z.

    Given   budget S[k] of share k, total T = sum of S[k] + reserve; project p: share k(p) or none, plan a[p]
    Choose  x[p] in {0, 1}, 1 if p is granted from its share; 0 if it has none
            z[p] in {0, 1}, 1 if p is granted from the reserve
    So that sum of a[p] x[p] over k(p) = k <= S[k]    for all k    rows share:k    F.3-1
            x[p] + z[p] <= 1                          for all p    rows once:p     F.3-2
            sum of a[p] (x[p] + z[p]) <= T                         row total       F.3-4
    """
    x = b.columns("x", (int(k >= 0) for k in instance.category.tolist()))
    z = b.columns("z", (1 for _ in instance.plan))
    for k, budget in enumerate(instance.share.tolist()):
        b.row(f"share:{k}", used(instance, x, members(instance, k)), "<=", budget)
    for p in range(len(x)):
        b.row(f"once:{p}", {x[p]: 1, z[p]: 1}, "<=", 1)
    everyone = range(len(x))
    b.row("total", plus(used(instance, x, everyone), used(instance, z, everyone)), "<=", instance.total)
    return x, z


def members(instance: Instance, k: int) -> list[int]:
    """The projects of share k, in order."""
    return [p for p, category in enumerate(instance.category.tolist()) if category == k]


def used(instance: Instance, columns: list[int], projects: Iterable[int]) -> dict[int, int]:
    """Plan granted to `projects` by `columns`."""
    return {columns[p]: int(instance.plan[p]) for p in projects}
