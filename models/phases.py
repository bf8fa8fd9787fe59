"""Phases: a place that is granted only after an earlier one."""

from models.instance import REFUSED, Instance
from models.program import Builder
from models.shares import Choice, still_open


def predecessor(instance: Instance, p: int) -> int | None:
    """The place that must be granted before p; None where there is none, or it is held and so granted already."""
    before = -1 if instance.before is None else int(instance.before[p])
    is_held = before >= 0 and instance.held is not None and instance.held[before] != REFUSED
    return None if before < 0 or is_held else before


def phase_rows(b: Builder, instance: Instance, choice: Choice) -> None:
    """A phase follows its predecessor in the same round, or in a later one.

    Given   place p, its predecessor q, unless that is held beforehand
    So that x[p] <= x[q]           rows after:p
            z[p] <= x[q] + z[q]    rows after_reserve:p

    One row x[p] <= x[q] + z[q] for round 1 would not do: q could be moved into the reserve to let p have its share.
    """
    for p in still_open(instance, range(len(choice.x))):
        q = predecessor(instance, p)
        if q is not None:
            b.row(f"after:{p}", {choice.x[p]: 1, choice.x[q]: -1}, "<=", 0)
            if choice.z:
                b.row(f"after_reserve:{p}", {choice.z[p]: 1, choice.x[q]: -1, choice.z[q]: -1}, "<=", 0)
