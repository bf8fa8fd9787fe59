"""What every engine is given: whole numbers, projects in the order in which they are served.

A place of the order is a project, or one phase of it. What most instances do not have (phases, caps, pins, weights)
stands in fields that are None by default.
"""

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.exchange import Exchange
from models.network import Network

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
    "least": "P",
    "before": "P",
    "held": "P",
    "cap": "J",
    "under": "PD",
    "weight": "P",
    "band": "P",
}
"""The axes of each array: P places, K shares, C groups, I indicators, J caps, D caps that one place may be under."""

REFUSED, FROM_SHARE, FROM_RESERVE = 0, 1, 2
"""What a place got: nothing, its plan from its own share, its plan from the reserve."""


class Fill(IntEnum):
    """How a line is filled, and what a refusal does to the line behind it."""

    SKIP = 0  # nothing: the next place is tried
    STOP_ON_PLAN = 1  # the line closes when a plan does not fit
    STOP_ON_ANY_NEED = 2  # the line closes at any refusal
    GUARANTEE = 3  # one walk over the total, which keeps for every share what round 1 would have granted from it
    MAX_WEIGHT = 4  # no walk: the greatest weight, band by band


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Portion:
    """A bound on the plan granted to some places, as a part of all plan granted: no smaller, or no greater."""

    name: str
    members: Bools  # (P,)
    numerator: int
    denominator: int
    at_least: bool  # False: at most


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """Budgets, needs and stores of one division. Places stand in the overall order.

    Arrays are copied and made read-only. Raises ValueError, naming every fault, unless shapes agree, arrays are
    int64 (`access`: bool), quantities are not negative, indices exist, and all sums stay inside an int64.
    """

    share: Ints  # (K,) budgets of the own shares, grid units
    reserve: int  # budget of the flexible reserve before it receives what shares leave
    category: Ints  # (P,) own share of each place, -1 if it has none
    plan: Ints  # (P,) need of the shared quota, grid units
    county: Ints  # (P,) the group whose store a place may draw on
    access: Bools  # (P,) may it draw on the common pool
    need: Ints  # (P, I) needs of the other indicators, grid units
    own: Ints  # (C, I) stores of the groups
    pool: Ints  # (I,) common pool
    fill: Fill
    least: Ints | None = None  # (P,) the smallest plan that may be granted, when a rest is all there is; None: plan
    before: Ints | None = None  # (P,) the earlier place that must be granted first, -1 for none; None: none has one
    held: Ints | None = None  # (P,) granted beforehand: REFUSED (open), FROM_SHARE or FROM_RESERVE; None: all open
    cap: Ints | None = None  # (J,) most plan that the places under a cap may be granted together
    under: Ints | None = None  # (P, D) the caps a place is under, -1 for none
    weight: Ints | None = None  # (P,) what a grant is worth in MAX_WEIGHT; may be negative
    band: Ints | None = None  # (P,) 0 first: bands of MAX_WEIGHT, in order; None: one band
    portions: tuple[Portion, ...] = ()
    network: Network | None = None  # sources that are not nested; `own` and `pool` are then not read
    exchange: Exchange | None = None  # what groups may give each other for value out of `own`

    def __post_init__(self) -> None:
        if faults := _misshapen(self) or _out_of_range(self):
            raise ValueError("not an instance: " + "; ".join(faults))
        object.__setattr__(self, "fill", Fill(self.fill))  # an instance read back from a report holds the bare number
        for name in SHAPES:
            array = getattr(self, name)
            if array is not None:
                array = array.copy()
                array.flags.writeable = False
                object.__setattr__(self, name, array)

    @property
    def total(self) -> int:
        """All shares and the reserve together: T of F.3."""
        return int(self.share.sum()) + self.reserve

    @property
    def is_coupled(self) -> bool:
        """Whether anything but plan binds: other needs, phases, caps, earlier grants, bounds on portions."""
        extras = (self.before, self.held, self.cap, self.least)
        return bool(self.need.any()) or bool(self.portions) or any(extra is not None for extra in extras)

    @property
    def is_walkable(self) -> bool:
        """Whether what can be granted is closed downwards, so that one pass over the order finds the answer."""
        return self.stands_in_line and self.exchange is None

    @property
    def stands_in_line(self) -> bool:
        """Whether places are granted in the overall order, so that half of an answer is none."""
        return self.fill is not Fill.MAX_WEIGHT and not self.portions

    def reordered(self, places: Ints) -> Self:
        """The same places in another order: place n of the result is `places[n]` of this one, a permutation."""
        moved: dict[str, Any] = {}
        for name, axes in SHAPES.items():
            array = getattr(self, name)
            if axes.startswith("P") and array is not None:
                moved[name] = array[places]
        if self.before is not None:
            place = np.empty_like(places)
            place[places] = np.arange(len(places))
            moved["before"] = np.where(moved["before"] < 0, -1, place[moved["before"]])
        if self.network is not None:
            moved["network"] = replace(self.network, group=self.network.group[places])
        portions = tuple(replace(portion, members=portion.members[places]) for portion in self.portions)
        return replace(self, **moved, portions=portions)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grants:
    """What each place got."""

    round: Ints  # (P,) REFUSED, FROM_SHARE or FROM_RESERVE
    plan: Ints  # (P,) plan granted, grid units; 0 where refused

    @property
    def granted(self) -> Bools:
        """(P,) whether a place got its plan, from either budget."""
        return self.round != REFUSED


def _misshapen(instance: Instance) -> list[str]:
    faults: list[str] = []
    sizes: dict[str, int] = {}
    optional = {field.name for field in fields(Instance) if field.default is None}
    for name in (name for name in SHAPES if name not in optional or getattr(instance, name) is not None):
        array: Any = getattr(instance, name)
        axes, kind = SHAPES[name], np.bool_ if name == "access" else np.int64
        if getattr(array, "dtype", None) != kind:
            faults.append(f"{name} must be an array of {kind.__name__}")
        elif array.ndim != len(axes):
            faults.append(f"{name} has {array.ndim} axes, not {len(axes)}")
        else:
            for axis, size in zip(axes, array.shape, strict=True):
                if sizes.setdefault(axis, size) != size:
                    faults.append(f"{name} has {size} along {axis}, others {sizes[axis]}")
    if (instance.cap is None) != (instance.under is None):
        faults.append("cap and under stand together or not at all")
    if not faults:
        places = len(instance.plan)
        faults += [f"{p.name} has {p.members.shape} members" for p in instance.portions if p.members.shape != (places,)]
    return faults


def _out_of_range(instance: Instance) -> list[str]:
    names = ("share", "plan", "need", "own", "pool", "least", "held", "cap", "band")
    quantities = {name: getattr(instance, name) for name in names if getattr(instance, name) is not None}
    faults = [f"{name} has a negative entry" for name, array in quantities.items() if array.min(initial=0) < 0]
    if instance.reserve < 0:
        faults.append("reserve is negative")
    indices: list[tuple[str, Ints | None, int, int]] = [
        ("category", instance.category, -1, len(instance.share) - 1),
        ("county", instance.county, 0, len(instance.own) - 1),
        ("held", instance.held, REFUSED, FROM_RESERVE),
        ("under", instance.under, -1, 0 if instance.cap is None else len(instance.cap) - 1),
    ]
    for name, index, first, last in indices:
        if index is not None and index.size and not (first <= index.min() and index.max() <= last):
            faults.append(f"{name} must lie in {first}..{last}")
    if instance.before is not None and (instance.before >= np.arange(len(instance.plan))).any():
        faults.append("before must name an earlier place")
    if instance.held is not None and ((instance.held == FROM_SHARE) & (instance.category < 0)).any():
        faults.append("a place without a share is held from its share")
    if instance.least is not None and (instance.least > instance.plan).any():
        faults.append("least is greater than plan")
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
