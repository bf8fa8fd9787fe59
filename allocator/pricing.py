"""QN-14.1: the price of pooled indicators, the mean of the platform deals publicised in the six months before."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from allocator.outcome import UnitPrice
from allocator.policy import Price
from allocator.quantities import Indicator, half_up
from allocator.records import Trade

MONTHS = 6
"""The months the article names."""

PRICED = (Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY)
"""The three farmland classes, each priced apart; plan quota and boundary scale have no price."""

Window = Literal["six_full_months", "rolling_six_months"]
Mean = Literal["simple", "area_weighted", "mean_of_monthly_means"]


def price_window(submitted: date, window: Window) -> tuple[date, date]:
    """The first and last day of the window before the use plan is submitted, both included.

    Full months: the six calendar months before that of `submitted`. Rolling: from the same day six months back,
    clamped to the end of its month, to the day before `submitted`.
    """
    if window == "six_full_months":
        this_month = submitted.replace(day=1)
        return months_back(this_month, MONTHS), this_month - timedelta(days=1)
    return months_back(submitted, MONTHS), submitted - timedelta(days=1)


def months_back(day: date, months: int) -> date:
    """The same day so many months earlier, clamped to the end of its month (0.3)."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def mean_price(trades: Sequence[Trade], mean: Mean) -> Fraction:
    """The exact mean unit price in yuan of one or more deals of one class.

    Simple: each deal counts once. Weighted: by quantity. Of monthly means: months without a deal are left out.
    """
    if mean == "area_weighted":
        return sum((t.quantity * t.unit_price_yuan for t in trades), Fraction(0)) / sum(t.quantity for t in trades)
    if mean == "mean_of_monthly_means":
        months: defaultdict[tuple[int, int], list[Fraction]] = defaultdict(list)
        for trade in trades:
            months[trade.traded_on.year, trade.traded_on.month].append(trade.unit_price_yuan)
        return _average([_average(month) for month in months.values()])
    return _average([trade.unit_price_yuan for trade in trades])


def prices(trades: Iterable[Trade], price: Price, submitted: date) -> Mapping[Indicator, UnitPrice]:
    """The price of each class that has a deal in the window; the mean is rounded once, half up, to whole yuan."""
    first, last = price_window(submitted, price.window)
    dealt: defaultdict[Indicator, list[Trade]] = defaultdict(list)
    for trade in trades:
        if first <= trade.traded_on <= last:
            dealt[trade.indicator].append(trade)
    means = {indicator: mean_price(dealt[indicator], price.mean) for indicator in PRICED if dealt[indicator]}
    return {
        indicator: UnitPrice(
            indicator=indicator,
            mean=mean,
            yuan=half_up(mean),
            deals=len(dealt[indicator]),
            first_day=first.isoformat(),
            last_day=last.isoformat(),
        )
        for indicator, mean in means.items()
    }


def _average(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)
