"""The quarter's report of the use of plan quota (QY-14.1), county by county."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from allocator.ledger.period import Field, Happening, History, Period, Use, use_by_county
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import CountyCode
from allocator.report.rows import Row, Table, decimal, quantity
from allocator.words import Language, say

PLACES = 10**4
"""The grid of printed rates."""

MOVED = (Field.GRANTED, Field.REGRANTED, Field.FILED, Field.USED, Field.RETURNED, Field.RECALLED)

QUARTER = (
    *("county", *(f"{each}_mu" for each in MOVED), "started", "overdue_count"),
    *("in_force_mu", "used_in_force_mu", "efficiency"),
)


def mu(steps: int) -> Decimal:
    """Grid units of plan in mu."""
    return quantity(steps, Indicator.PLAN)


def rate(part: int, whole: int) -> Decimal | None:
    """A part of a whole; None of nothing."""
    return decimal(Fraction(part, whole), PLACES) if whole else None


def quarter_table(history: History, period: Period, policy: Policy | None, language: Language) -> Table:
    """What happened in the period, what is in force at its end, and how much of what was granted is used; and all
    counties together.

    Used are grants by the policy's test; granted is what is in force and what was recalled. Whether building has
    started no event tells.
    """
    within, until = sums(history.within(period)), sums(history.happened.values())
    uses = use_by_county(history.lives.applied(), policy)
    rows = [row(county, within[county], until[county], uses[county], language) for county in sorted(uses)]
    whole = Use(in_force=sum(u.in_force for u in uses.values()), used=sum(u.used for u in uses.values()))
    every = say("ledger_reports.every_county", language)
    rows.append(row(every, total(within.values()), total(until.values()), whole, language))
    return Table(name="counties", columns=QUARTER, rows=tuple(rows))


Sums = Mapping[str, int]
"""What happened -> grid units of plan; `overdue_count` -> projects."""


def sums(happened: Iterable[Happening]) -> Mapping[CountyCode, Counter[str]]:
    """What happened in each county."""
    found: dict[CountyCode, Counter[str]] = Tallies()
    for each in happened:
        found[each.county][each.field] += each.plan
        if each.field is Field.OVERDUE:
            found[each.county]["overdue_count"] += each.count
    return found


class Tallies(dict[CountyCode, Counter[str]]):
    """Counters that are there when they are asked for."""

    def __missing__(self, county: CountyCode) -> Counter[str]:
        return self.setdefault(county, Counter())


def total(counted: Iterable[Counter[str]]) -> Counter[str]:
    """All counties together."""
    whole: Counter[str] = Counter()
    for each in counted:
        whole.update(each)
    return whole


def row(county: str, within: Sums, until: Sums, use: Use, language: Language) -> Row:
    """One county, or all."""
    return (
        county,
        *(mu(within[each]) for each in MOVED),
        say("ledger_reports.not_known", language),
        within["overdue_count"],
        mu(use.in_force),
        mu(use.used),
        rate(use.used, use.in_force + until[Field.RECALLED]),
    )
