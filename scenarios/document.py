"""The shape of `scenario.toml`: its keys, and what each value may be. Refuses everything it does not know."""

import re
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from allocator.intake.dates import EARLIEST, LATEST
from allocator.quantities import LARGEST, Indicator, OffGrid, on_grid, plain

YEARS = range(EARLIEST.year, LATEST.year + 1)
"""Plan years that are not a slip of the pen."""

NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?", re.ASCII)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise PydanticCustomError("SCENARIO_NOT_TEXT", "not a text")
    return value.strip()


def _year(value: Any) -> int:
    digits = str(value)
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{4}", digits, re.ASCII) or int(digits) not in YEARS:
        limits = {"first": str(YEARS[0]), "last": str(YEARS[-1])}
        raise PydanticCustomError("SCENARIO_NOT_A_YEAR", "not a year", limits)
    return int(digits)


def _day(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        with suppress(ValueError):
            value = date.fromisoformat(value)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise PydanticCustomError("SCENARIO_NOT_A_DAY", "not a day")
    if not EARLIEST <= value <= LATEST:
        limits = {"first": EARLIEST.isoformat(), "last": LATEST.isoformat()}
        raise PydanticCustomError("SCENARIO_DAY_OUT_OF_RANGE", "out of range", limits)
    return value


def _mu(value: Any) -> int:
    """Grid units of an area in mu, given as text or as a TOML number."""
    text = f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 20 else str(value).strip()
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal) or not NUMBER.fullmatch(text):
        raise PydanticCustomError("SCENARIO_NOT_A_QUANTITY", "not a quantity")
    grid = Indicator.PLAN.grid
    try:
        steps = on_grid(Fraction(text), grid)
    except OffGrid:
        raise PydanticCustomError("SCENARIO_QUANTITY_TOO_FINE", "too fine") from None
    if not 0 <= steps <= LARGEST:
        limits = {"largest": plain(LARGEST, grid)}
        raise PydanticCustomError("SCENARIO_QUANTITY_OUT_OF_RANGE", "out of range", limits)
    return steps


def _inside(value: Any) -> str:
    """A relative path that stays inside the scenario's folder on every system."""
    path = _text(value)
    windows = PureWindowsPath(path)
    if PurePosixPath(path).is_absolute() or windows.drive or windows.root or ".." in windows.parts or "\0" in path:
        raise PydanticCustomError("SCENARIO_DATA_OUTSIDE", "outside")
    return path


Text = Annotated[str, BeforeValidator(_text)]
Year = Annotated[int, BeforeValidator(_year)]
Day = Annotated[date, BeforeValidator(_day)]
Mu = Annotated[int, BeforeValidator(_mu)]
Inside = Annotated[str, BeforeValidator(_inside)]


class Strict(BaseModel):
    """A table that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quota(Strict):
    """`[quota]`: the year's total of plan quota, in grid units."""

    plan_mu: Mu


class Pricing(Strict):
    """`[pricing]`: the day on which the use plan is submitted (QN-14.1); `as_of` if it is not given."""

    plan_submitted: Day | None = None


class Document(Strict):
    """`scenario.toml` without its `[set]` table."""

    title: Text = ""
    policy: Text = "prefecture"
    year: Year
    as_of: Day
    data: Inside = "data.xlsx"
    quota: Quota
    pricing: Pricing = Field(default_factory=Pricing)
