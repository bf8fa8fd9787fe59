"""What each place gets, and the budgets it draws on: the columns and rows that every program has."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.divisible import plan_granted
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Bools, Instance
from models.program import Builder, Terms, plus


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The columns that decide, and the plan that they grant."""

    x: list[int]  # (P,) granted from the share
    z: list[int]  # (P,) granted from the reserve; empty where one walk serves both
    own: list[Terms]  # (P,) plan granted from the share
    flex: list[Terms]  # (P,) plan granted from the reserve; empty as z
    budgets: list[int]  # (K,) what each share can grant: it, or all that is held from it where that is more
    total: int  # the same for all of them and the reserve together

    def granted(self, p: int) -> Terms:
        """1 if place p is granted, from either."""
        return {column: 1 for columns in (self.x, self.z) if columns for column in (columns[p],)}

    def plan(self, p: int) -> Terms:
        """The plan granted to place p, from either."""
        return plus(*(forms[p] for forms in (self.own, self.flex) if forms))


def share_rows(b: Builder, instance: Instance) -> Choice:
    """Add the grants and their budgets.

    Given   budget S[k] of share k, total T = sum of S[k] + reserve; place p: share k(p) or none, plan a[p]
    Choose  x[p] in {0, 1}, 1 if p is granted from its share; 0 if it has none
            z[p] in {0, 1}, 1 if p is granted from the reserve
            gx[p], gz[p], the plan granted, as in `plan_granted`; a[p] x[p] and a[p] z[p] unless p is divisible
    So that sum of gx[p] over k(p) = k <= S[k]    for all k    rows share:k    F.3-1
            x[p] + z[p] <= 1                      for all p    rows once:p     F.3-2
            sum of gx[p] + gz[p] <= T                          row total       F.3-4

    What is held beforehand stands in x and z as a column that is always 1. A budget that it exceeds is that much and no
    more: S[k] and T are then read as what is held.
    """
    held = np.zeros_like(instance.plan) if instance.held is None else instance.held
    own_open = (held == REFUSED) & (instance.category >= 0)
    x = grant_columns(b, "x", held == FROM_SHARE, own_open)
    z = grant_columns(b, "z", held == FROM_RESERVE, held == REFUSED)
    own, flex = plan_granted(b, instance, "gx", x), plan_granted(b, instance, "gz", z)
    budgets = [
        b.budget(f"share:{k}", plus(*(own[p] for p in members(instance, k))), budget)
        for k, budget in enumerate(instance.share.tolist())
    ]
    for p in range(len(x)):
        b.row(f"once:{p}", {x[p]: 1, z[p]: 1}, "<=", 1)
    total = b.budget("total", plus(*own, *flex), instance.total)
    return Choice(x=x, z=z, own=own, flex=flex, budgets=budgets, total=total)


def grant_columns(b: Builder, family: str, held: Bools, open_: Bools) -> list[int]:
    """One 0/1 column a place: always 1 where it is held, always 0 where it is neither held nor open."""
    bounds = zip(held.tolist(), open_.tolist(), strict=True)
    return [b.column(f"{family}:{p}", int(h), int(h or o)) for p, (h, o) in enumerate(bounds)]


def members(instance: Instance, k: int) -> list[int]:
    """The places of share k, in order."""
    return np.flatnonzero(instance.category == k).tolist()


def still_open(instance: Instance, places: Iterable[int]) -> list[int]:
    """Those of some places that are not held beforehand: they stand in line."""
    return [p for p in places if instance.held is None or instance.held[p] == REFUSED]


def held_plan(instance: Instance, budget: int, k: int | None = None) -> int:
    """The plan held beforehand FROM_SHARE (all, or share `k`) or FROM_RESERVE."""
    if instance.held is None:
        return 0
    counted = instance.held == budget
    return int(instance.plan[counted if k is None else counted & (instance.category == k)].sum())


def is_overdrawn(instance: Instance) -> bool:
    """Whether more is held from some budget than it has, so that the others cannot be used in full."""
    shares = enumerate(instance.share.tolist())
    from_shares = any(held_plan(instance, FROM_SHARE, k) > budget for k, budget in shares)
    return from_shares or held_plan(instance, FROM_RESERVE) > instance.reserve
