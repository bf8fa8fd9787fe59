"""What the predicates of a policy's gates take as parameters: their shapes alone, which the loader checks.

Nothing here tests an application; a predicate knows no jurisdiction, so tags, days and lists come from the policy.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from allocator.intake.dates import EARLIEST, LATEST
from allocator.month_days import MonthDay, in_year

MOST_YEARS = LATEST.year - EARLIEST.year
"""No day of filing is read that lies so many years before a plan year."""


class Parameters(BaseModel):
    """The parameters of a predicate; this one takes none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tags(Parameters):
    """Tags that must not stand on an application."""

    tags: tuple[str, ...]


class Window(Parameters):
    """The days on which applications are taken, both included: `10-01` to `10-30` of an earlier year."""

    opens: MonthDay
    closes: MonthDay
    years_before: Annotated[int, Field(strict=True, ge=0, lt=MOST_YEARS)]

    def first(self, year: int) -> date:
        """The first day for plan year `year`."""
        return in_year(self.opens, year - self.years_before)

    def last(self, year: int) -> date:
        """The last day for plan year `year`."""
        return in_year(self.closes, year - self.years_before)


class Lists(Parameters):
    """Lists of which one must name the project."""

    lists: tuple[str, ...]


class Conversion(Parameters):
    """A list that a project leaves when it is ready, and the one it then stands on."""

    before: str
    after: str


PARAMETERS: Mapping[str, type[Parameters]] = {
    "carries_none_of": Tags,
    "stands_in_the_ledger": Parameters,
    "has_a_known_sector": Parameters,
    "filed_in_time": Window,
    "is_listed": Lists,
    "is_no_longer_preparatory": Conversion,
}
"""The name that a gate gives its predicate -> what it takes."""
