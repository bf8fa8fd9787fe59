"""The fast engine: one pass over the order a round, with a test of constant cost a place and indicator.

Under a strict order the sets that can be granted are closed downwards, so the lexicographically greatest one is found
by granting whatever still can be granted. Needs are sourced from the group's own store first, which is never worse:
what a store cannot cover is all that the common pool has to bear. The loop is one source: it runs on plain lists, or
on int64 arrays compiled by numba. It returns grants and no reasons.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from models.booking import booked
from models.compiling import compiled
from models.flow import loop_through
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Fill, Grants, Instance

WORTH_COMPILING = 1_000_000
"""Needs (places times indicators, plan included) from which the compiled loop pays for itself in a fresh process:
importing numba and loading the loop from its cache take as long as the plain loop takes for about so many."""

Row = Any
"""A list of int, or an int64 array: what is indexed and assigned alike."""

ToRow = Callable[[Any], Row]


def walk(instance: Instance) -> Grants:
    """What the rounds grant. Raises ValueError for an instance whose answer no walk finds (`is_walkable`)."""
    if instance.network is not None:
        return _rounds(instance, loop_through(instance.network), lambda array: array.ravel().tolist())
    rows = len(instance.plan) * (1 + len(instance.pool))
    if rows >= WORTH_COMPILING and compiled(serve) is not serve:
        return walk_arrays(instance)
    return walk_lists(instance)


def walk_lists(instance: Instance) -> Grants:
    """`walk` by the plain loop on lists."""
    return _rounds(instance, serve, lambda array: array.ravel().tolist())


def walk_arrays(instance: Instance) -> Grants:
    """`walk` by the loop on int64 arrays, compiled where numba is installed."""
    return _rounds(instance, compiled(serve), lambda array: array.ravel().copy())


def _rounds(instance: Instance, loop: Callable[..., None], row: ToRow) -> Grants:
    if not instance.is_walkable:
        raise ValueError("no walk finds the answer where weights, bounds on portions or exchanges count")
    grants, given = fill_rounds(instance, loop, row)
    return Grants(round=np.array(grants, dtype=np.int64), plan=np.array(given, dtype=np.int64))


def fill_rounds(instance: Any, loop: Callable[..., None], row: ToRow) -> tuple[Row, Row]:
    """(P,) rounds and (P,) granted plans, with one set of books: what one round grants weighs on the next.

    `instance` is an `Instance`, or has its fields with budgets of another kind of number (`models.traced`).
    """
    fixed = _fixed(instance, row)
    stops = instance.fill in (Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED), instance.fill is Fill.STOP_ON_ANY_NEED
    shares = len(instance.share)
    nothing, owner = row(np.zeros(shares + 1, dtype=np.int64)), row(instance.category)

    def serve_line(mark: int, line: Row, left: Row, owed: Row, books: Books) -> None:
        closed = row(np.zeros(len(left), dtype=bool))
        loop(mark, line, owner, left, owed, books.whole, closed, *stops, *fixed, *books.rows)

    books = Books.opened(instance, row)
    serve_line(FROM_SHARE, owner, books.left, nothing, books)
    if instance.fill is Fill.GUARANTEE:
        opened = Books.opened(instance, row)
        kept = np.array(opened.left) - np.array(books.left)  # what round 1 grants from each share, held ones aside
        kept[shares] = 0
        unkept = row(np.array([opened.whole[0] - kept.sum()]))
        serve_line(FROM_SHARE, row(np.zeros_like(instance.plan)), unkept, row(kept), opened)
        return booked(instance, opened.grants, opened.given), opened.given
    released = row(np.array([sum(books.left)]))  # the reserve, and what shares did not use
    serve_line(FROM_RESERVE, row(np.zeros_like(instance.plan)), released, nothing, books)
    return books.grants, books.given


def _fixed(instance: Instance, row: ToRow) -> tuple[Row, ...]:
    """What no pass changes: plan, least, before, county, access, need, under."""
    places = len(instance.plan)
    return (
        row(instance.plan),
        row(instance.plan if instance.least is None else instance.least),
        row(np.full(places, -1) if instance.before is None else instance.before),
        row(instance.county),
        row(instance.access),
        row(instance.need),
        row(np.zeros((places, 0), dtype=np.int64) if instance.under is None else instance.under),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What is left, and what was granted. Rows are written by the loop."""

    left: Row  # (K + 1,) of each share, the reserve last
    whole: Row  # (1,) of the total
    room: Row  # (C * I,) own stores less all granted needs; below zero: borne by the pool
    untied: Row  # (C * I,) own stores less the granted needs without access
    pool: Row  # (I,) of the common pool
    cap: Row  # (J,) under each cap
    grants: Row  # (P,) REFUSED, FROM_SHARE, FROM_RESERVE
    given: Row  # (P,) plan granted

    @property
    def rows(self) -> tuple[Row, ...]:
        """As the loop takes them."""
        return self.room, self.untied, self.pool, self.cap, self.grants, self.given

    @classmethod
    def opened(cls, instance: Instance, row: ToRow) -> Self:
        """The books with everything that is held beforehand written into them, and nothing else.

        A store, a pool or a cap that it exceeds is empty: whoever asks nothing of it is not refused for it.
        """
        plan, need, shares = instance.plan, instance.need, len(instance.share)
        caps = np.zeros(0, dtype=np.int64) if instance.cap is None else instance.cap
        left = np.append(instance.share, instance.reserve)
        left, cap = left.astype(np.result_type(left, plan)), caps.astype(np.result_type(caps, plan))  # whole, or traced
        room, untied = (instance.own.astype(np.result_type(instance.own, need)) for _ in range(2))
        grants = np.zeros_like(instance.plan) if instance.held is None else instance.held
        for p in np.flatnonzero(grants).tolist():
            left[shares if grants[p] == FROM_RESERVE else instance.category[p]] -= plan[p]
            room[instance.county[p]] -= need[p]
            if not instance.access[p]:
                untied[instance.county[p]] -= need[p]
            if instance.under is not None:
                cap[instance.under[p][instance.under[p] >= 0]] -= plan[p]
        return cls(
            left=row(left),
            whole=row(np.array([left.sum()])),
            room=row(room),
            untied=row(np.maximum(untied, 0)),
            pool=row(np.maximum(instance.pool + np.minimum(room, 0).sum(axis=0), 0)),
            cap=row(np.maximum(cap, 0)),
            grants=row(grants),
            given=row(np.where(grants != REFUSED, plan, 0)),
        )


def serve(
    mark: int,
    line: Row,
    owner: Row,
    left: Row,
    owed: Row,
    whole: Row,
    closed: Row,
    stops_on_plan: bool,
    stops_on_any: bool,
    plan: Row,
    least: Row,
    before: Row,
    county: Row,
    access: Row,
    need: Row,
    under: Row,
    room: Row,
    untied: Row,
    pool: Row,
    cap: Row,
    grants: Row,
    given: Row,
) -> None:
    """One round: set `grants[p] = mark` for every place that fits its line and can be sourced, in order.

    line[p]    the budget it is tested against, -1 for none
    owner[p]   the share it belongs to, -1 for none: `owed[owner[p]]` is kept for it besides what is left of its line
    left[k]    what is left of budget k; closed[k], whether its line refuses everything that comes after
    whole      (1,) what is left of all budgets together
    need       (P * I,) other needs;  under (P * D,) the caps over a place;  the rest as in `Books` and `Instance`
    Writes left, owed, whole, closed and the books.
    """
    kinds, places = len(pool), len(plan)
    depth = len(under) // places if places else 0
    for p in range(places):
        k = line[p]
        if k < 0 or grants[p] != 0 or closed[k] or (before[p] >= 0 and grants[before[p]] == 0):
            continue
        rest = max(min(left[k] + owed[owner[p]], whole[0]), 0)
        if least[p] > rest:
            closed[k] = stops_on_plan
            continue
        granted = min(plan[p], rest)
        store = county[p] * kinds
        sourced = True
        for d in range(depth):
            j = under[p * depth + d]
            if j >= 0 and granted > cap[j]:
                sourced = False
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
        given[p] = granted
        kept = min(owed[owner[p]], granted)
        owed[owner[p]] -= kept
        left[k] -= granted - kept
        whole[0] -= granted
        for d in range(depth):
            j = under[p * depth + d]
            if j >= 0:
                cap[j] -= granted
        for i in range(kinds):
            asked = need[p * kinds + i]
            here = max(room[store + i], 0)
            room[store + i] -= asked
            if not access[p]:
                untied[store + i] -= asked
            if asked > here:
                pool[i] -= asked - here
