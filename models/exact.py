"""The fast engine: one pass over the order a round, with a test of constant cost a project and indicator.

Under a strict order the sets that can be granted are closed downwards, so the lexicographically greatest one is found
by granting whatever still can be granted. Needs are sourced from the group's own store first, which is never worse:
what a store cannot cover is all that the common pool has to bear. The loop is one source: it runs on plain lists, or
on int64 arrays compiled by numba. It returns grants and no reasons.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.instance import Fill, Instance, Ints

REFUSED, FROM_SHARE, FROM_RESERVE = 0, 1, 2

WORTH_COMPILING = 1_000_000
"""Needs (projects times indicators, plan included) from which the compiled loop pays for itself in a fresh process:
importing numba and loading the loop from its cache take as long as the plain loop takes for about so many."""

Row = Any
"""A list of int, or an int64 array: what is indexed and assigned alike."""


def walk(instance: Instance) -> Ints:
    """(P,) 0 refused, 1 granted from its own share in round 1, 2 granted from the reserve in round 2."""
    rows = len(instance.plan) * (1 + len(instance.pool))
    if rows >= WORTH_COMPILING and compiled() is not serve:
        return walk_arrays(instance)
    return walk_lists(instance)


def walk_lists(instance: Instance) -> Ints:
    """`walk` by the plain loop on lists."""
    return _rounds(instance, serve, lambda array: array.ravel().tolist())


def walk_arrays(instance: Instance) -> Ints:
    """`walk` by the loop on int64 arrays, compiled where numba is installed."""
    return _rounds(instance, compiled(), lambda array: array.ravel().copy())


def _rounds(instance: Instance, loop: Callable[..., None], row: Callable[[Any], Row]) -> Ints:
    """Both rounds with one set of books: what is granted in the first weighs on the sources of the second."""
    projects = row(instance.plan), row(instance.county), row(instance.access), row(instance.need)
    sources = row(instance.own), row(instance.own), row(instance.pool)
    grants = row(np.zeros_like(instance.plan))
    stops = instance.fill is not Fill.SKIP, instance.fill is Fill.STOP_ON_ANY_NEED
    left, closed = row(instance.share), row(np.zeros_like(instance.share, dtype=bool))
    loop(FROM_SHARE, row(instance.category), left, closed, *stops, *projects, *sources, grants)
    reserve = np.array([instance.reserve + sum(left)])  # what shares did not use is released
    line, closed = np.zeros_like(instance.plan), np.array([False])
    loop(FROM_RESERVE, row(line), row(reserve), row(closed), *stops, *projects, *sources, grants)
    return np.array(grants, dtype=np.int64)


def serve(
    mark: int,
    line: Row,
    left: Row,
    closed: Row,
    stops_on_plan: bool,
    stops_on_any: bool,
    plan: Row,
    county: Row,
    access: Row,
    need: Row,
    room: Row,
    untied: Row,
    pool: Row,
    grants: Row,
) -> None:
    """One round: set `grants[p] = mark` for every project that fits its line and can be sourced, in order.

    line[p]    the budget it is tested against, -1 for none
    left[k]    what is left of budget k; closed[k], whether its line refuses everything that comes after
    need       (P * I,) other needs;  room, untied (C * I,) own stores less all granted needs (below zero: borne by
               the pool), and less those without access;  pool (I,) what is left of it
    Writes left, closed, room, untied, pool and grants.
    """
    kinds = len(pool)
    for p in range(len(plan)):
        k = line[p]
        if k < 0 or grants[p] != 0 or closed[k]:
            continue
        if plan[p] > left[k]:
            closed[k] = stops_on_plan
            continue
        store = county[p] * kinds
        sourced = True
        for i in range(kinds):
            asked = need[p * kinds + i]
            here = max(room[store + i], 0)
            if asked - here > pool[i] or (asked > untied[store + i] and not access[p]):
                sourced = False
                break
        if not sourced:
            closed[k] = stops_on_any
            continue
        grants[p] = mark
        left[k] -= plan[p]
        for i in range(kinds):
            asked = need[p * kinds + i]
            here = max(room[store + i], 0)
            room[store + i] -= asked
            if not access[p]:
                untied[store + i] -= asked
            if asked > here:
                pool[i] -= asked - here


@cache
def compiled() -> Callable[..., None]:
    """`serve` compiled by numba and kept in its cache; as it stands where numba is not installed."""
    if find_spec("numba") is None:
        return serve
    njit = import_module("numba").njit
    try:
        return njit(cache=True)(serve)
    except RuntimeError:  # numba found no folder it may write its cache to
        return njit(serve)
