"""Indicators and the integer grids on which every quantity lives.

Areas are whole numbers of 1/10,000 mu (1 ha = 15 mu, so hectares with four decimals are exact), grain capacity of
1/100 kg, money of fen. Nothing here rounds: a value finer than its grid is refused at the door.
"""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Indicator(StrEnum):
    """A kind of quota that a project may need; the value is the name used in files."""

    PLAN = "plan"
    AREA = "area"
    PADDY = "paddy"
    CAPACITY = "capacity"
    BOUNDARY = "boundary"
    PBF = "pbf"

    @property
    def unit(self) -> str:
        """The unit in which files state it: `mu` or `kg`."""
        return "kg" if self is Indicator.CAPACITY else "mu"

    @property
    def grid(self) -> int:
        """Grid steps in one unit: 10,000 a mu, 100 a kg."""
        return 100 if self is Indicator.CAPACITY else 10_000

    @property
    def priced_units(self) -> int:
        """Grid steps to which a unit price applies: one mu, or 100 kg of capacity (QN-14.1)."""
        return 100 * self.grid if self is Indicator.CAPACITY else self.grid


FEN_A_YUAN = 100

LARGEST = 10**13
"""Largest single quantity on its grid (10^9 mu, 10^11 kg): 900,000 of them still sum inside an int64."""


class OffGrid(ValueError):
    """A number has more decimals than its grid can hold."""


def on_grid(value: Fraction, grid: int) -> int:
    """`value` in grid steps; raises `OffGrid` when it is not a whole number of them."""
    steps = value * grid
    if steps.denominator != 1:
        raise OffGrid(f"{value} is finer than 1/{grid}")
    return steps.numerator


def floor_to(steps: Fraction, resolution: int) -> int:
    """The largest multiple of `resolution` not above `steps` (0.3 of the rule catalogue: shares are floored)."""
    return (steps.numerator // (steps.denominator * resolution)) * resolution


def half_up(value: Fraction) -> int:
    """Round to the nearest whole number, halves upwards."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def plain(steps: int, grid: int) -> str:
    """`steps / grid` as an exact plain decimal without trailing zeros: `plain(12500, 10_000) == "1.25"`."""
    text = f"{Decimal(steps) / Decimal(grid):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def amount(quantity: int, indicator: Indicator, unit_price_yuan: int) -> int:
    """Fen for `quantity` grid steps at whole yuan a mu (a 100 kg for capacity), rounded half up once."""
    return half_up(Fraction(quantity * unit_price_yuan * FEN_A_YUAN, indicator.priced_units))
