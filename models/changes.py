"""Changes of an instance: budgets, stores and needs that grow or shrink step by step, places that go.

`sweep` finds every step at which a change may alter the answer. It rests on no monotonicity, which most levers do not
have (a larger budget may let a larger place in ahead of a smaller one): between two steps that it names, every
comparison of the walk comes out the same, so the answer is the same.
"""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from operator import mul
from typing import Any

import numpy as np

from models.exact import fill_rounds, serve
from models.instance import SHAPES, Grants, Instance, Ints
from models.traced import Traced, Trail


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of an instance, and by how much a step changes it."""

    field: str  # "reserve", or the name of an array
    index: tuple[int, ...]  # () for the reserve
    slope: int


Lever = tuple[Entry, ...]
"""What a step changes together."""


def changed(instance: Instance, lever: Lever, steps: int) -> Instance:
    """The instance after `steps` steps; raises ValueError where that is none (a quantity below zero)."""
    fields: dict[str, Any] = {}
    for entry in lever:
        value = fields.get(entry.field, getattr(instance, entry.field))
        fields[entry.field] = _moved(value, entry, entry.slope * steps)
    return replace(instance, **fields)


def sweep(instance: Instance, lever: Lever, most: int) -> Iterator[tuple[int, Grants]]:
    """Each step from 0 to `most` at which the answer may change, with the answer there.

    Which places are granted is the same from one yielded step to the next. Raises ValueError for an instance whose
    answer no walk of nested sources finds.
    """
    if not instance.is_walkable or instance.network is not None:
        raise ValueError("only a walk over nested sources can be followed along a change")
    step = 0
    while step <= most:
        trail = Trail([partial(mul, entry.slope) for entry in lever], step)
        rounds, given = fill_rounds(_traced(instance, lever, trail), serve, lambda array: array.ravel().tolist())
        plan = [number.value if isinstance(number, Traced) else int(number) for number in given]
        yield step, Grants(round=np.array(rounds, dtype=np.int64), plan=np.array(plan, dtype=np.int64))
        step = trail.holds_until(most) + 1


def without(instance: Instance, places: Ints) -> Instance:
    """The instance without some places; one that waits for a place taken out waits for nothing."""
    stays = np.ones(len(instance.plan), dtype=np.bool_)
    stays[places] = False
    kept: dict[str, Any] = {}
    for name, axes in SHAPES.items():
        array = getattr(instance, name)
        if axes.startswith("P") and array is not None:
            kept[name] = array[stays]
    if instance.before is not None:
        place = np.where(stays, np.cumsum(stays) - 1, -1)
        kept["before"] = np.where(kept["before"] < 0, -1, place[kept["before"]])
    portions = tuple(replace(portion, members=portion.members[stays]) for portion in instance.portions)
    return replace(instance, **kept, portions=portions)


def granted_without(grants: Grants, places: Ints) -> Grants:
    """Grants of an instance `without` some places, at the places of the whole one; those taken out got nothing."""
    size = len(grants.round) + len(places)
    stays = np.ones(size, dtype=np.bool_)
    stays[places] = False
    found = np.zeros((2, size), dtype=np.int64)
    found[:, stays] = grants.round, grants.plan
    return Grants(round=found[0], plan=found[1])


def granted_before(grants: Grants, places: Ints) -> Grants:
    """Grants of an instance `reordered` by `places`, at the places that they had before."""
    found = np.empty((2, len(places)), dtype=np.int64)
    found[:, places] = grants.round, grants.plan
    return Grants(round=found[0], plan=found[1])


def _moved(value: Any, entry: Entry, by: Any) -> Any:
    """The number `entry` names, changed inside a copy of what holds it."""
    if not entry.index:
        return value + by
    array = value.astype(object) if isinstance(by, Traced) else value.copy()
    array[entry.index] = array[entry.index] + by
    return array


def _traced(instance: Instance, lever: Lever, trail: Trail) -> Instance:
    """The instance with traced numbers in it: none that could be kept, for its arrays hold objects."""
    traced = copy(instance)
    for number, entry in enumerate(lever):
        object.__setattr__(traced, entry.field, _moved(getattr(traced, entry.field), entry, trail.line(number)))
    return traced
