"""What every engine is given: whole numbers, projects in the order in which they are served."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LARGEST_SUM = 2**63 - 1
"""The largest int64: no sum an engine forms may pass it."""

SHAPES = {
    "share": "K",
    "category": "P",
    "plan": "P",
    "county": "P",
    "access": "P",
    "need": "PI",
    "own": "CI",
    "pool": "I",
}
"""The axes of each array: K shares, P projects, C groups, I indicators."""


class Fill(IntEnum):
    """What a refusal does to the line behind it."""

    SKIP = 0  # nothing: the next project is tried
    STOP_ON_PLAN = 1  # the line closes when a plan does not fit
    STOP_ON_ANY_NEED = 2  # the line closes at any refusal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """Budgets, needs and stores of one division. Projects stand in the overall order.

    Arrays are copied and made read-only. Raises ValueError, naming every fault, unless shapes agree, arrays are
    int64 (`access`: bool), quantities are not negative, indices exist, and all sums stay inside an int64.
    """

    share: Ints  # (K,) budgets of the own shares, grid units
    reserve: int  # budget of the flexible reserve before it receives what shares leave
    category: Ints  # (P,) own share of each project, -1 if it has none
    plan: Ints  # (P,) need of the shared quota, grid units
    county: Ints  # (P,) the group whose store a project may draw on
    access: Bools  # (P,) may it draw on the common pool
    need: Ints  # (P, I) needs of the other indicators, grid units
    own: Ints  # (C, I) stores of the groups
    pool: Ints  # (I,) common pool
    fill: Fill

    def __post_init__(self) -> None:
        if faults := _misshapen(self) or _out_of_range(self):
            raise ValueError("not an instance: " + "; ".join(faults))
        object.__setattr__(self, "fill", Fill(self.fill))  # an instance read back from a report holds the bare number
        for name in SHAPES:
            array = getattr(self, name).copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def total(self) -> int:
        """All shares and the reserve together: T of F.3."""
        return int(self.share.sum()) + self.reserve

    @property
    def is_coupled(self) -> bool:
        """Whether any project needs more than plan."""
        return bool(self.need.any())


def _misshapen(instance: Instance) -> list[str]:
    faults: list[str] = []
    sizes: dict[str, int] = {}
    for name, axes in SHAPES.items():
        array: Any = getattr(instance, name)
        kind = np.bool_ if name == "access" else np.int64
        if getattr(array, "dtype", None) != kind:
            faults.append(f"{name} must be an array of {kind.__name__}")
        elif array.ndim != len(axes):
            faults.append(f"{name} has {array.ndim} axes, not {len(axes)}")
        else:
            for axis, size in zip(axes, array.shape, strict=True):
                if sizes.setdefault(axis, size) != size:
                    faults.append(f"{name} has {size} along {axis}, others {sizes[axis]}")
    return faults


def _out_of_range(instance: Instance) -> list[str]:
    quantities = {name: getattr(instance, name) for name in ("share", "plan", "need", "own", "pool")}
    faults = [f"{name} has a negative entry" for name, array in quantities.items() if array.min(initial=0) < 0]
    if instance.reserve < 0:
        faults.append("reserve is negative")
    for name, first, last in (("category", -1, len(instance.share) - 1), ("county", 0, len(instance.own) - 1)):
        index: Ints = getattr(instance, name)
        if index.size and not (first <= index.min() and index.max() <= last):
            faults.append(f"{name} must lie in {first}..{last}")
    if not faults:
        sums = {
            "share, reserve and plan": _sum(instance.share) + instance.reserve + _sum(instance.plan),
            "need, own and pool": _sum(instance.need) + _sum(instance.own) + _sum(instance.pool),
        }
        faults = [f"{name} sum to {value}, past an int64" for name, value in sums.items() if value > LARGEST_SUM]
    return faults


def _sum(array: Ints) -> int:
    """The exact sum of entries not below zero: halves of 32 bits are summed apart, so nothing wraps around."""
    return (int((array >> 32).sum()) << 32) + int((array & 0xFFFFFFFF).sum())
