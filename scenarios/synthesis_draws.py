"""Seeded draws for synthetic data, in integers, so that every machine and every Python makes the same files."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A seeded source of draws. Only `Random.random` is used: it alone is promised to stay as it is."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random  # noqa: S311 - made-up data, no secret

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[self.whole(0, len(choices) - 1)]

    def happens(self, percent: int) -> bool:
        """Whether something happens that does in `percent` of a hundred cases."""
        return self.whole(1, 100) <= percent

    def mostly_small(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`; half of them lie in the lowest eighth, as areas of projects do."""
        step = self.whole(0, 1000)
        return low + (high - low) * step**3 // 1000**3

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """`things` in a drawn order."""
        rest = list(things)
        return [rest.pop(self.whole(0, len(rest) - 1)) for _ in things]


def tenths(count: int) -> Decimal:
    """`count` tenths as an exact decimal."""
    return Decimal(count) / 10


def part(quantity: Decimal, percent: int) -> Decimal:
    """`percent` of `quantity`, cut to tenths."""
    return Decimal(int(quantity * percent / 10)) / 10
