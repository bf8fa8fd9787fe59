"""The recount of prices: the deals that count, their mean, and the one rounding of it (QN-14.1).

Said again by counting months and weighing deals; the step that it checks compares days and averages.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from fractions import Fraction

from allocator.policy import Price
from allocator.quantities import Indicator
from allocator.records import Trade
from allocator.verify_ground import Ground

FARMLAND = (Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY)
"""What has a price."""

MONTHS = 6
"""The months before the use plan is submitted whose deals count."""


def prices(ground: Ground) -> Iterator[str]:
    """QN-14.1: a price for exactly the classes that have a deal in the window, the mean of its deals, rounded once."""
    run, listed = ground.run, ground.allocation.settlement.prices
    law = run.policy.price
    if law is None or not run.tables.has("trades"):
        if listed:
            yield "prices are listed, and there is no rule or no deal to take them from"
        return
    dealt: defaultdict[Indicator, list[Trade]] = defaultdict(list)
    for trade in run.tables.trades:
        if trade.indicator in FARMLAND and counts(trade.traded_on, run.plan_submitted, law):
            dealt[trade.indicator].append(trade)
    if Counter(price.indicator for price in listed) != Counter(dealt.keys()):
        yield f"prices are listed for {[price.indicator.value for price in listed]}, deals are of {sorted(dealt)}"
        return
    for price in listed:
        deals = dealt[price.indicator]
        if price.deals != len(deals) or price.mean != mean(deals, law):
            yield f"the mean of {price.indicator} is {price.mean} of {price.deals} deals, not that of its {len(deals)}"
        if not -1 <= 2 * (price.mean - price.yuan) < 1:
            yield f"the price of {price.indicator} is {price.yuan}, its mean {price.mean}"
        first, last, one = date.fromisoformat(price.first_day), date.fromisoformat(price.last_day), timedelta(days=1)
        inside = [counts(day, run.plan_submitted, law) for day in (first - one, first, last, last + one)]
        if inside != [False, True, True, False]:
            yield f"the window of {price.indicator} is not from {first} to {last}"


def counts(day: date, submitted: date, law: Price) -> bool:
    """Whether a deal of this day counts, by how many months before the submission it lies.

    Rolling, the sixth month counts from the same day on, or with its last day where it has no such day (0.3).
    """
    ago = 12 * (submitted.year - day.year) + submitted.month - day.month
    if law.window == "six_full_months":
        return 1 <= ago <= MONTHS
    if ago == MONTHS:
        return day.day >= submitted.day or (day + timedelta(days=1)).day == 1
    return 0 < ago < MONTHS or (ago == 0 and day.day < submitted.day)


def mean(deals: Collection[Trade], law: Price) -> Fraction:
    """Each deal's price times its weight: one, its quantity, or its part of the deals of its month."""
    monthly = Counter((trade.traded_on.year, trade.traded_on.month) for trade in deals)
    total, weights = Fraction(0), Fraction(0)
    for trade in deals:
        match law.mean:
            case "simple":
                weight = Fraction(1)
            case "area_weighted":
                weight = Fraction(trade.quantity)
            case "mean_of_monthly_means":
                weight = Fraction(1, monthly[trade.traded_on.year, trade.traded_on.month])
        total += weight * trade.unit_price_yuan
        weights += weight
    return total / weights
