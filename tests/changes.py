"""Changes of an answer at one place, any one of those where it can be made."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from allocator.outcome import Allocation, Run
from allocator.verify import verify


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


def assert_found(
    name: str, change: Callable[[Random, Allocation], Any], answer: Callable[[int], tuple[Run, Allocation]]
) -> None:
    """The recount finds the change in every answer in which it can be made, and that is in enough of them."""
    made = 0
    for seed in range(24):
        run, allocation = answer(seed)
        changed = change(Random(seed), allocation)
        if changed is not None:
            made += 1
            assert verify(changed, run), f"seed {seed}: {name}, and the recount found nothing"
    assert made >= 5, f"only {made} answers could be changed"
