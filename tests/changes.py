"""Changes of an answer at one place, any one of those where it can be made."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from allocator.outcome import Allocation


def pick(rng: Random, values: Any) -> Any:
    """Any one of them; no change can be made where there is none."""
    return rng.choice(list(values)) if values else None


def with_one(values: tuple[Any, ...], old: Any, new: Any) -> tuple[Any, ...]:
    """The values with one of them exchanged, or taken out when `new` is None."""
    place = values.index(old)
    return (*values[:place], *(() if new is None else (new,)), *values[place + 1 :])


def change_settlement(part: str, change: Callable[[Random, Any], Any]) -> Callable[[Random, Allocation], Any]:
    """A change of one row of `settlement.<part>`."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        rows = getattr(allocation.settlement, part)
        if (old := pick(rng, rows)) is None:
            return None
        settlement = replace(allocation.settlement, **{part: with_one(rows, old, change(rng, old))})
        return replace(allocation, settlement=settlement)

    return changed
