"""Which counties give to others, in which order, and why fewer could not have done (QN-14.5, 6.4, 6.5).

Where a closed form answers it is worked out. Where the policy wants a choice that only a search finds, the counties are
taken as the result has them: they must suffice, and what is said of their number is somebody else's word.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.audit.refused import Infeasible
from allocator.outcome import Donor, DonorCount, Run, Rung
from allocator.policy import Donor as Setting
from allocator.policy import Policy, Tier
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId

Givers = Mapping[tuple[ProjectId, Indicator], Collection[CountyCode]]
"""(project, or "" for all together, and indicator) -> the counties that give, by the draws of a result."""

Amounts = Mapping[CountyCode, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who gives, in turn, each emptied before the next; the proofs, and the rungs that were climbed."""

    turn: tuple[CountyCode, ...]
    counts: tuple[DonorCount, ...] = ()
    rungs: tuple[Rung, ...] = ()


def law_order(run: Run, tier: Tier, indicator: Indicator, held: Amounts) -> Sequence[CountyCode]:
    """The counties in the order of the law: most pooled first, then by code; none where accounts go by their ids."""
    if tier.order != "pooled_desc":
        return ()
    law = run.policy.farmland
    measured = Indicator.AREA if law and law.tier3_scope == "area_for_all" else indicator
    size = Counter[CountyCode]()
    for account in run.tables.accounts:
        if account.indicator is measured and account.kind is tier.kind:
            ever = law is not None and law.tier3_measure == "cumulative_pooled"
            size[account.county] += (account.cumulative_pooled or 0) if ever else account.balance
    return sorted(held, key=lambda county: (-size[county], county))


def setting(policy: Policy) -> Setting:
    """What the policy says of donors, or what holds where it is silent."""
    return policy.donor or Setting(cite=("QN-6.4", "QN-6.5"))


def use_rates(run: Run, indicator: Indicator) -> Mapping[CountyCode, Fraction]:
    """County -> what it used of what it was allotted (QN-3.1), where anything was."""
    used, allotted = Counter[CountyCode](), Counter[CountyCode]()
    for account in run.tables.accounts:
        if account.indicator is indicator:
            used[account.county] += account.used or 0
            allotted[account.county] += account.allotted or 0
    return {county: Fraction(used[county], whole) for county, whole in allotted.items() if whole}


def preferred(run: Run, indicator: Indicator, held: Amounts) -> Sequence[CountyCode]:
    """The counties from the most preferred on (QN-6.4): by what they hold and by their use rate, then by code."""
    law, rates = setting(run.policy), use_rates(run, indicator)
    rate = {county: rates.get(county, Fraction(1)) for county in held}
    counties = sorted(held)
    if law.preference == "weighted":
        most = max([*held.values(), 0]) or 1
        left, unused = law.weights["remaining"], law.weights["rate"]
        return sorted(counties, key=lambda c: -(left * Fraction(held[c], most) + unused * (1 - rate[c])))
    if law.preference == "rate_then_remaining":
        return sorted(counties, key=lambda county: (rate[county], -held[county]))
    return sorted(counties, key=lambda county: (-held[county], rate[county]))


def choice_of(
    run: Run, tier: Tier, indicator: Indicator, held: Amounts, asked: int, told: Givers, project: ProjectId
) -> Choice:
    """Who gives what is asked at once of one indicator."""
    law = setting(run.policy)
    order = [county for county in preferred(run, indicator, held) if held[county]]
    largest = fewest(held, asked)
    turn = down(order, held, asked)
    by_count = law.objective_order == "count_then_preference"
    alone = law.count_over == "indicator"
    if (by_count and (not alone or len(turn) > len(largest))) or law.objective_order == "weighted":
        turn = [county for county in order if county in told.get((project, indicator), ())]
        if sum(held[county] for county in turn) < asked or (by_count and alone and len(turn) != len(largest)):
            raise Infeasible(f"donors of {indicator.value} {project}".strip(), f"{len(turn)}", f"{len(largest)}")
        if not (by_count and alone):
            return Choice(turn=tuple(turn))
    of = f":{project}" if project else ""
    rungs = [closed(f"preference:{indicator.value}{of}", rank_sum(order, turn, held, asked))] if asked else []
    if not by_count:
        return Choice(turn=tuple(turn), rungs=tuple(rungs))
    proof = DonorCount(
        indicator=indicator,
        asked=asked,
        count=len(largest),
        largest=tuple(largest),
        rule=tier.rule,
        project=project,
    )
    counted = [closed(f"donors:{indicator.value}{of}", len(largest))] if asked else []
    return Choice(turn=tuple(turn), counts=(proof,) if largest else (), rungs=(*counted, *rungs))


def is_searched(policy: Policy) -> bool:
    """Whether who gives may be the finding of a search: what is said of the levels of that is then its word."""
    law = setting(policy)
    if law.objective_order == "preference_then_count":
        return False
    return law.objective_order == "weighted" or law.count_over == "union" or law.preference != "remaining_then_rate"


def fewest(held: Amounts, asked: int) -> list[int]:
    """The fewest remainders that suffice, largest first: without the last one they are less than what is asked."""
    largest: list[int] = []
    for remainder in sorted(held.values(), reverse=True):
        if sum(largest) < asked:
            largest.append(remainder)
    return largest


def down(order: Sequence[CountyCode], held: Amounts, asked: int) -> list[CountyCode]:
    """Those that give when each is emptied before the next."""
    turn: list[CountyCode] = []
    for county in order:
        if sum(held[giver] for giver in turn) < asked:
            turn.append(county)
    return turn


def rank_sum(order: Sequence[CountyCode], turn: Sequence[CountyCode], held: Amounts, asked: int) -> int:
    """Each giver's place in the preference times what it gives, summed."""
    place = {county: number for number, county in enumerate(order, start=1)}
    total, left = 0, asked
    for county in turn:
        given = min(left, held[county])
        total, left = total + place[county] * given, left - given
    return total


def closed(name: str, value: int) -> Rung:
    """A rung whose least value is worked out without a search."""
    return Rung(name=name, value=value, bound=value, proved=True, proved_by="closed_form")


def gifts(
    run: Run, tier: Tier, indicator: Indicator, before: Amounts, after: Amounts, turn: Sequence[CountyCode]
) -> Iterator[Donor]:
    """Who gave, in the order in which they stand."""
    rates = use_rates(run, indicator)
    for county in turn:
        if given := before[county] - after[county]:
            yield Donor(
                county=county,
                indicator=indicator,
                given=given,
                remaining_before=before[county],
                usage_rate=rates.get(county) if tier.order == "min_donors" else None,
            )
