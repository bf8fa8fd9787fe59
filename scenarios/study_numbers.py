"""Numbers of a study as exact decimals, and the values from one to another by steps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from allocator.quantities import plain

NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
TWELVE_DECIMALS = 10**12


class NotANumber(ValueError):
    """Something that is no plain decimal."""


def exact(value: Any) -> Fraction:
    """A plain decimal not below zero, given as text or as a TOML number; raises `NotANumber`."""
    text = f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 16 else str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not NUMBER.fullmatch(text):
        raise NotANumber(text[:80])
    return Fraction(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progression:
    """The values `first`, `first + step`, ... up to `last`; one value alone where there is no step."""

    first: Fraction
    last: Fraction
    step: Fraction | None

    def __len__(self) -> int:
        return 1 if self.step is None else (self.last - self.first) // self.step + 1

    def texts(self) -> Iterator[str]:
        """Each value as it would be written."""
        for number in range(len(self)):
            yield spell(self.first + number * (self.step or 0))


def spell(value: Fraction) -> str:
    """A number as a study or a policy writes it: a plain decimal, or a fraction where it is none."""
    if TWELVE_DECIMALS % value.denominator:
        return f"{value.numerator}/{value.denominator}"
    return plain(value.numerator * (TWELVE_DECIMALS // value.denominator), TWELVE_DECIMALS)
