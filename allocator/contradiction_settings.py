"""The instance that a case would be if some demands were dropped, and some limits, caps or bounds were others."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from allocator.compile import Case, whole
from allocator.outcome import Order, Run
from allocator.pins import GRANT, hold
from allocator.quantities import Indicator
from allocator.records import FLEX
from allocator.shares import divide
from models.instance import REFUSED, Instance, Portion

STEPS = 10_000
"""Steps in which the bound of a part is changed: a hundredth of a per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is otherwise than in the case."""

    dropped: frozenset[str] = frozenset()  # names of demands
    raised: Mapping[str, int] = field(default_factory=dict[str, int])  # limit or cap -> grid units more
    bounds: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])  # portion -> part


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A case and the run it comes from, to be asked what would be if."""

    case: Case
    run: Run

    @property
    def pins(self) -> dict[str, int]:
        """Name of each pinned grant, `pin:P-3` -> its plan; the smallest first, then by overall order."""
        placed = [p for p in self.case.places if p.candidate.project_id in self.case.held]
        placed.sort(key=lambda p: (p.candidate.plan, p.position))
        return {f"pin:{p.candidate.project_id}": p.candidate.plan for p in placed}

    @property
    def demands(self) -> tuple[str, ...]:
        """All rules that may contradict each other: caps, bounds, pins."""
        caps = [cap.name for cap in self.case.caps]
        return (*caps, *(portion.name for portion in self.case.instance.portions), *self.pins)

    @property
    def limits(self) -> tuple[str, ...]:
        """All limits that somebody draws on: stores and pools that are needed, and the total."""
        case, asked = self.case, self.case.instance.need
        if case.instance.network is not None:
            return ("sources", "total")
        needed = [(i, n) for n, i in enumerate(case.stocks) if asked[:, n].any()]
        homes = [(county, c) for c, county in enumerate(case.counties)]
        stores = [
            f"store:{i}:{county}" for i, n in needed for county, c in homes if asked[case.instance.county == c, n].any()
        ]
        return (*stores, *(f"pool:{i}" for i, _ in needed), "total")

    def ample(self, name: str) -> int:
        """So much more of a limit or cap that it is none any more."""
        if name.startswith(("store:", "pool:")):
            stocks = list(self.case.stocks)
            return int(self.case.instance.need[:, stocks.index(Indicator(name.split(":")[1]))].sum())
        return int(self.case.instance.plan.sum())

    def under(self, change: Change) -> Instance:
        """The instance after the change; pins that stay are booked anew."""
        case, instance = self.case, self.case.instance
        total = self.run.total + change.raised.get("total", 0)
        shares = divide(total, case.policy, self.run.posted)
        own, pool = instance.own.copy(), instance.pool.copy()
        for n, indicator in enumerate(case.stocks):
            pool[n] += change.raised.get(f"pool:{indicator}", 0)
            own[:, n] += [change.raised.get(f"store:{indicator}:{county}", 0) for county in case.counties]
        if "sources" in change.raised:  # all needs have a source
            pool, own = instance.need.sum(axis=0), own + instance.need.sum(axis=0)
        return replace(
            instance,
            share=whole([share.budget for leaf, share in shares.items() if leaf != FLEX]),
            reserve=shares[FLEX].budget,
            own=own,
            pool=pool,
            held=self._held(change, total),
            cap=None if instance.cap is None else whole([self._most(change, j) for j in range(len(case.caps))]),
            portions=tuple(bounded(p, change.bounds) for p in instance.portions if p.name not in change.dropped),
            network=None if "sources" in change.raised else instance.network,
        )

    def _held(self, change: Change, total: int) -> np.ndarray | None:
        dropped = {name.partition(":")[2] for name in change.dropped if name.startswith("pin:")}
        kept = {project for project in self.case.held if project not in dropped}
        if not kept:
            return None
        tables = self.run.tables
        pins = tuple(pin for pin in tables.pins if pin.pin == GRANT and pin.project_id in kept)
        pinned = Order(places=tuple(p for p in self.case.places if p.candidate.project_id in kept), ties=())
        booked = hold(pinned, replace(tables, pins=pins), self.case.policy, total, self.run.posted)
        return whole([booked.get(atom.project_id, REFUSED) for atom in self.case.atoms])

    def _most(self, change: Change, j: int) -> int:
        cap = self.case.caps[j]
        return cap.most + (self.ample(cap.name) if cap.name in change.dropped else change.raised.get(cap.name, 0))


def bounded(portion: Portion, bounds: Mapping[str, Fraction]) -> Portion:
    """The same members under another bound, if there is one for them."""
    part = bounds.get(portion.name)
    return portion if part is None else replace(portion, numerator=part.numerator, denominator=part.denominator)
