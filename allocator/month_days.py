"""A day that comes back every year, `10-01`: what a policy names where a document prints a month and a day."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

COMMON_YEAR = 2001
"""A year without 29 February: the day must stand in every year's calendar."""

MONTH_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"


def _month_and_day(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(MONTH_DAY, value, re.ASCII):
        try:
            in_year(value, COMMON_YEAR)
        except ValueError:
            pass
        else:
            return value
    raise PydanticCustomError("month_day", "not a month and a day that every year has")


MonthDay = Annotated[
    str, BeforeValidator(_month_and_day), WithJsonSchema({"type": "string", "pattern": f"^{MONTH_DAY}$"})
]


def in_year(day: MonthDay, year: int) -> date:
    """The day of that year which `day` names."""
    month, number = day.split("-")
    return date(year, int(month), int(number))
