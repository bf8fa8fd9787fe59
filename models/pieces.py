"""The answer of a walk along one number: every value at which it changes, found without trying all of them.

The number studied moves some budgets: all shares (the year's total), two of them (a share and its complement), one
store or the pool. Between two values at which no comparison of the walk turns, the walk does the same; so one walk
over numbers that remember (`models.traced`) says how far its answer holds, and the next one begins behind that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from models.exact import fill_rounds, serve, walk
from models.instance import Grants, Instance
from models.traced import Line, Traced, Trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The budgets of an instance that run along the number studied; every other one stands still."""

    total: Line | None = None  # all shares and the reserve together
    share: Mapping[int, Line] = field(default_factory=dict[int, Line])  # share -> its budget
    own: Mapping[tuple[int, int], Line] = field(default_factory=dict[tuple[int, int], Line])  # (group, indicator)
    pool: Mapping[int, Line] = field(default_factory=dict[int, Line])  # indicator -> common pool

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, in the order of the fields."""
        total = () if self.total is None else (self.total,)
        return (*total, *self.share.values(), *self.own.values(), *self.pool.values())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Consecutive values of the number studied at which the same places are granted, from the same budgets.

    What a divisible place gets may grow or shrink inside a piece; that it gets all of its plan may not.
    """

    first: int
    last: int
    opening: Grants  # at the first value
    closing: Grants  # at the last value


class Miscounted(Exception):
    """The plain walk does not answer as the traced one did: an error of ours."""


def cut(instance: Instance, course: Course, first: int, last: int) -> Iterator[Piece]:
    """The pieces of the answer from `first` to `last`, in order, each as long as it can be.

    Both ends of every piece are answered once more by the plain walk. Raises ValueError for an instance whose answer
    no walk of nested budgets finds, `Miscounted` when the two disagree.
    """
    if not instance.is_walkable or instance.network is not None:
        raise ValueError("only a walk over nested budgets can be followed along a number")
    begun, here, granted = first, first, b""
    while here <= last:
        mark, until = follow(instance, course, here, last)
        if here == first:
            granted = mark
        elif mark != granted:
            yield piece(instance, course, begun, here - 1, granted)
            begun, granted = here, mark
        here = until + 1
    if first <= last:
        yield piece(instance, course, begun, last, granted)


def follow(instance: Instance, course: Course, here: int, last: int) -> tuple[bytes, int]:
    """Who is granted at one value, as `signature` has it, and the value up to `last` until which that surely holds."""
    trail = Trail(course.lines, here)
    moved = {name: np.array(budgets, dtype=object) for name, budgets in budgets_at(instance, course, trail).items()}
    still = {name: getattr(instance, name) for name in STILL}
    given_to = SimpleNamespace(**still, **moved)
    given_to.reserve = given_to.reserve.item()
    grants, given = fill_rounds(given_to, serve, lambda array: array.ravel().tolist())
    whole = [plan.value if isinstance(plan, Traced) else int(plan) for plan in given]
    mark = signature(instance, Grants(round=np.array(grants, dtype=np.int64), plan=np.array(whole, dtype=np.int64)))
    return mark, trail.holds_until(last)


STILL = ("category", "plan", "county", "access", "need", "fill", "least", "before", "held", "cap", "under", "network")
"""What no number studied moves."""


def budgets_at(instance: Instance, course: Course, trail: Trail) -> dict[str, Any]:
    """Every budget as a number of one walk, nested as in the instance."""
    numbers = iter(range(len(course.lines)))
    total = instance.total if course.total is None else trail.line(next(numbers))
    share, own, pool = instance.share.tolist(), instance.own.tolist(), instance.pool.tolist()
    for number in course.share:
        share[number] = trail.line(next(numbers))
    for group, indicator in course.own:
        own[group][indicator] = trail.line(next(numbers))
    for indicator in course.pool:
        pool[indicator] = trail.line(next(numbers))
    shape = np.empty(instance.own.shape, dtype=object)
    shape[...] = own
    return {"share": share, "reserve": total - sum(share), "own": shape, "pool": pool}


def at(instance: Instance, course: Course, value: int) -> Instance:
    """The instance at one value of the number studied."""
    share, own, pool = instance.share.copy(), instance.own.copy(), instance.pool.copy()
    for number, line in course.share.items():
        share[number] = line(value)
    for cell, line in course.own.items():
        own[cell] = line(value)
    for indicator, line in course.pool.items():
        pool[indicator] = line(value)
    total = instance.total if course.total is None else course.total(value)
    return replace(instance, share=share, reserve=total - int(share.sum()), own=own, pool=pool)


def piece(instance: Instance, course: Course, first: int, last: int, granted: bytes) -> Piece:
    """One piece with the plain walk's answer at both ends; raises `Miscounted` where that is another."""
    ends = [walk(at(instance, course, value)) for value in (first, last)]
    for value, grants in zip((first, last), ends, strict=True):
        if signature(instance, grants) != granted:
            raise Miscounted(f"at {value} the plain walk grants otherwise than the traced one")
    return Piece(first=first, last=last, opening=ends[0], closing=ends[1])


def signature(instance: Instance, grants: Grants) -> bytes:
    """Which budget each place draws on, and whether it gets all of its plan: what is the same throughout a piece."""
    full = grants.plan == instance.plan
    return (2 * grants.round + full).astype(np.int8).tobytes()
