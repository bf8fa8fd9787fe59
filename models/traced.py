"""Numbers that remember how they depend on one number studied, and by how much each comparison was decided.

A walk adds, subtracts and compares. Done with these numbers it does what it does with whole numbers, and the trail
says afterwards how far the number studied may grow before any comparison can come out otherwise. That bound is safe
and not always tight: at the value it names the walk is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

Line = Callable[[int], int]
"""A budget as a function of the number studied. It never turns back: it only rises, or only falls."""

Form = tuple[int, ...]
"""How often each line is contained in a number."""


@dataclass(slots=True)
class Trail:
    """The comparisons of one walk at the value `here` of the number studied, lines by number."""

    lines: Sequence[Line]
    here: int
    gaps: dict[Form, list[int | None]] = field(default_factory=dict[Form, "list[int | None]"])
    """Form -> the least rise, and the least fall, by which some comparison comes out otherwise."""

    def line(self, number: int) -> Traced:
        """One line as a number of this walk."""
        form = tuple(int(other == number) for other in range(len(self.lines)))
        return Traced(self, self.lines[number](self.here), form)

    def decide(self, form: Form, value: int) -> bool:
        """Whether a difference is above zero; how far it is from being decided otherwise is written down."""
        rise, fall = self.gaps.setdefault(form, [None, None])
        if value > 0:
            self.gaps[form][1] = value if fall is None else min(fall, value)
        else:
            self.gaps[form][0] = 1 - value if rise is None else min(rise, 1 - value)
        return value > 0

    def holds_until(self, last: int) -> int:
        """The greatest value up to `last` until which every comparison surely comes out as it did at `here`."""

        @cache
        def moved(value: int) -> tuple[int, ...]:
            return tuple(line(value) - line(self.here) for line in self.lines)

        def turns(form: Form, value: int) -> bool:
            steps = [count * step for count, step in zip(form, moved(value), strict=True)]
            rise, fall = self.gaps[form]
            most_up, most_down = sum(s for s in steps if s > 0), -sum(s for s in steps if s < 0)
            return (rise is not None and most_up >= rise) or (fall is not None and most_down >= fall)

        for form in self.gaps:
            if last > self.here and turns(form, last):
                same, other = self.here, last  # `turns` is False at one and True at the other, and turns once
                while other - same > 1:
                    middle = (same + other) // 2
                    same, other = (same, middle) if turns(form, middle) else (middle, other)
                last = same
        return last


class Traced:
    """A whole number of a walk: its value here, and the lines it is made of. Compared, it tells the trail."""

    __slots__ = ("form", "trail", "value")

    def __init__(self, trail: Trail, value: int, form: Form) -> None:
        self.trail, self.value, self.form = trail, value, form

    def __add__(self, other: Any) -> Traced | int:
        if isinstance(other, Traced):
            return self._made(self.value + other.value, joined(self.form, other.form))
        return Traced(self.trail, self.value + int(other), self.form)

    __radd__ = __add__

    def __neg__(self) -> Traced:
        return Traced(self.trail, -self.value, negated(self.form))

    def __sub__(self, other: Any) -> Traced | int:
        if isinstance(other, Traced):
            return self._made(self.value - other.value, joined(self.form, negated(other.form)))
        return Traced(self.trail, self.value - int(other), self.form)

    def __rsub__(self, other: Any) -> Traced:
        return Traced(self.trail, int(other) - self.value, negated(self.form))

    def __gt__(self, other: Any) -> bool:
        return self._above(other, 0)

    def __ge__(self, other: Any) -> bool:
        return self._above(other, 1)

    def __lt__(self, other: Any) -> bool:
        return not self._above(other, 1)

    def __le__(self, other: Any) -> bool:
        return not self._above(other, 0)

    def _above(self, other: Any, more: int) -> bool:
        """Whether this number and `more` exceed the other."""
        if not isinstance(other, Traced):
            return self.trail.decide(self.form, self.value + more - int(other))
        form, value = joined(self.form, negated(other.form)), self.value + more - other.value
        return self.trail.decide(form, value) if any(form) else value > 0

    def _made(self, value: int, form: Form) -> Traced | int:
        return Traced(self.trail, value, form) if any(form) else value


@cache
def joined(one: Form, other: Form) -> Form:
    """The sum of two forms."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


@cache
def negated(form: Form) -> Form:
    """A form with every sign turned."""
    return tuple(-count for count in form)
