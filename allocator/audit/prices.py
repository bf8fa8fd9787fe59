"""QN-14.1 again: which days count is asked of every day, and the mean is rounded once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from allocator.outcome import Run, UnitPrice
from allocator.quantities import Indicator
from allocator.records import Trade
from allocator.verify_prices import FARMLAND, counts, mean

FAR_ENOUGH = 400
"""Days before the use plan among which every day lies that may count: more than the months of the article."""


def prices(run: Run) -> Iterator[UnitPrice]:
    """The price of each class of farmland that has a deal; none without the article or without a table of deals."""
    law = run.policy.price
    if law is None or not run.tables.has("trades"):
        return
    recent = (run.plan_submitted - timedelta(ago) for ago in range(FAR_ENOUGH))
    days = [day for day in recent if counts(day, run.plan_submitted, law)]
    dealt: defaultdict[Indicator, list[Trade]] = defaultdict(list)
    for trade in run.tables.trades:
        if counts(trade.traded_on, run.plan_submitted, law):
            dealt[trade.indicator].append(trade)
    for indicator in FARMLAND:
        if deals := dealt[indicator]:
            exact = mean(deals, law)
            yield UnitPrice(
                indicator=indicator,
                mean=exact,
                yuan=(exact.numerator * 2 // exact.denominator + 1) // 2,
                deals=len(deals),
                first_day=min(days).isoformat(),
                last_day=max(days).isoformat(),
            )
