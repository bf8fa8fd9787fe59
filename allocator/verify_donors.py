"""The recount of donors: who gives to other counties, in which order, and why fewer cannot do.

Worked out from accounts, draws and policy alone. What only a solver can prove (that a bound holds, that no cover of the
size is preferred) is recounted as far as it is claimed: the value, and every bound that has a closed form or weights.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.outcome import DonorUnion, Draw, Rung
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId
from allocator.verify_flow import flowing
from allocator.verify_ground import Ground

Amounts = Mapping[CountyCode, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gift:
    """What one request took of one indicator from other counties, and what these held before it."""

    indicator: Indicator
    project: ProjectId  # "" where all projects are settled at once
    tier: Tier
    held: Amounts
    given: Amounts

    @property
    def asked(self) -> int:
        """Grid units from other counties."""
        return sum(self.given.values())


def donors(ground: Ground) -> Iterator[str]:
    """Donors give after their own use, each emptied before the next, in the order and number that the policy wants."""
    settlement = ground.allocation.settlement
    chosen: list[Gift] = []
    flows = {
        indicator for indicators in flowing(ground) for indicator in indicators
    }  # `verify_flow_order` looks at them
    for tier in (tier for tier in ground.run.policy.tiers if tier.holder == "other_counties"):
        for indicator in (i for i in tier.indicators if i not in flows):
            held, given = after_own_use(ground, tier, indicator), taken(ground, tier, indicator)
            listed = [donor for donor in settlement.donors if donor.indicator is indicator]
            if {donor.county: donor.given for donor in listed} != given:
                yield f"the donors of {indicator} and the draws differ"
                continue
            if any(donor.remaining_before != held[donor.county] for donor in listed):
                yield f"a donor of {indicator} does not hold what its line says"
            turn = donor_order(ground, tier, indicator)
            if [donor.county for donor in listed] != sorted(given, key=lambda county: turn[county]):
                yield f"the donors of {indicator} do not give in their order"
            if tier.order == "min_donors":
                chosen += requests(ground, tier, indicator, held)
            else:
                yield from emptied(Gift(indicator=indicator, project="", tier=tier, held=held, given=given), turn)
    for gift in chosen:
        yield from emptied(gift, places(ground, gift))
        yield from closed_form(ground, gift)
    yield from unions(ground, chosen)
    yield from claimed(ground, chosen)


def after_own_use(ground: Ground, tier: Tier, indicator: Indicator) -> Counter[CountyCode]:
    """What each county has left in a tier when its own projects are served."""
    homes = ground.placed()
    held: Counter[CountyCode] = Counter()
    for account in ground.accounts.values():
        if account.indicator is indicator and account.kind is tier.kind:
            held[account.county] += account.balance
    for draw in ground.allocation.settlement.draws:
        account = ground.accounts.get(draw.account_id)
        home = homes[draw.project_id].candidate.application.county
        if account and draw.indicator is indicator and account.kind is tier.kind and account.county == home:
            held[home] -= draw.quantity
    return held


def given_away(ground: Ground, tier: Tier, indicator: Indicator) -> Iterator[tuple[CountyCode, Draw]]:
    """The draws on other counties in a tier, each with the county that gives."""
    homes = ground.placed()
    for draw in ground.allocation.settlement.draws:
        account = ground.accounts.get(draw.account_id)
        home = homes[draw.project_id].candidate.application.county
        if account and draw.indicator is indicator and account.kind is tier.kind and account.county != home:
            yield account.county, draw


def taken(ground: Ground, tier: Tier, indicator: Indicator, project: ProjectId = "") -> dict[CountyCode, int]:
    """What each county gives in a tier: to one project, or to all."""
    given: Counter[CountyCode] = Counter()
    for county, draw in given_away(ground, tier, indicator):
        if project in ("", draw.project_id):
            given[county] += draw.quantity
    return dict(given)


def requests(ground: Ground, tier: Tier, indicator: Indicator, held: Amounts) -> Iterator[Gift]:
    """What is settled at once: everything, or one project after the other in the overall order."""
    donor = ground.run.policy.donor
    if donor is None or donor.count_scope == "per_solve":
        if given := taken(ground, tier, indicator):
            yield Gift(indicator=indicator, project="", tier=tier, held=held, given=given)
        return
    left = Counter(held)
    by_project: dict[ProjectId, Counter[CountyCode]] = {}
    for county, draw in given_away(ground, tier, indicator):
        by_project.setdefault(draw.project_id, Counter())[county] += draw.quantity
    for placed, _ in ground.granted:
        if given := by_project.get(placed.candidate.project_id):
            project = placed.candidate.project_id
            yield Gift(indicator=indicator, project=project, tier=tier, held=Counter(left), given=given)
            left -= given


def donor_order(ground: Ground, tier: Tier, indicator: Indicator) -> Mapping[CountyCode, int]:
    """County -> its turn to give in this tier, worked out from the accounts and the policy alone."""
    if tier.order == "min_donors":
        return preferred(ground, indicator, after_own_use(ground, tier, indicator))
    farmland = ground.run.policy.farmland
    by_area = farmland is not None and farmland.tier3_scope == "area_for_all"
    cumulative = farmland is not None and farmland.tier3_measure == "cumulative_pooled"
    measured: Counter[CountyCode] = Counter()
    for account in (account for account in ground.accounts.values() if account.kind is tier.kind):
        measured[account.county] += 0
        if account.indicator is (Indicator.AREA if by_area else indicator):
            measured[account.county] += (account.cumulative_pooled or 0) if cumulative else account.balance
    return ranked(sorted(measured, key=lambda county: (-measured[county], county)))


def preferred(ground: Ground, indicator: Indicator, held: Amounts) -> Mapping[CountyCode, int]:
    """County -> its place in the policy's preference (QN-6.4), by what it holds and by its use rate."""
    donor = ground.run.policy.donor
    used: Counter[CountyCode] = Counter()
    allotted: Counter[CountyCode] = Counter()
    for account in ground.accounts.values():
        if account.indicator is indicator:
            used[account.county] += account.used or 0
            allotted[account.county] += account.allotted or 0
    rate = {county: Fraction(used[county], allotted[county]) if allotted[county] else Fraction(1) for county in held}
    most = max([*held.values(), 1])
    match donor.preference if donor else "remaining_then_rate":
        case "rate_then_remaining":
            return ranked(sorted(held, key=lambda county: (rate[county], -held[county], county)))
        case "weighted" if donor:
            left, unused = donor.weights["remaining"], donor.weights["rate"]
            worth = {county: left * held[county] / most + unused * (1 - rate[county]) for county in held}
            return ranked(sorted(held, key=lambda county: (-worth[county], county)))
        case _:
            return ranked(sorted(held, key=lambda county: (-held[county], rate[county], county)))


def ranked(turns: Sequence[CountyCode]) -> Mapping[CountyCode, int]:
    """County -> its place, from 1."""
    return {county: turn for turn, county in enumerate(turns, start=1)}


def places(ground: Ground, gift: Gift) -> Mapping[CountyCode, int]:
    """County -> its place in the preference at this request, among those that hold anything."""
    order = preferred(ground, gift.indicator, gift.held)
    return ranked(sorted((county for county, left in gift.held.items() if left), key=lambda county: order[county]))


def emptied(gift: Gift, turn: Mapping[CountyCode, int]) -> Iterator[str]:
    """Each donor is emptied before the next; in an order of the law none that holds anything is passed over."""
    givers = sorted(gift.given, key=lambda county: turn.get(county, 0))
    if any(gift.given[county] != gift.held[county] for county in givers[:-1]):
        yield f"a donor of {gift.indicator} is not emptied before the next"
    if any(not 0 < quantity <= gift.held[county] for county, quantity in gift.given.items()):
        yield f"a donor of {gift.indicator} gives what it does not hold"
    able = sorted((county for county in turn if gift.held[county]), key=lambda county: turn[county])
    if gift.tier.order == "pooled_desc" and givers != able[: len(givers)]:
        yield f"the donors of {gift.indicator} do not give in their order"


def closed_form(ground: Ground, gift: Gift) -> Iterator[str]:
    """Where the fewest of one indicator are wanted, the largest remainders but one do not suffice."""
    donor = ground.run.policy.donor
    proofs = [
        count
        for count in ground.allocation.settlement.donor_counts
        if (count.indicator, count.project) == (gift.indicator, gift.project)
    ]
    if donor and (donor.count_over == "union" or donor.objective_order != "count_then_preference"):
        if proofs:
            yield f"the donors of {gift.indicator} are said to be the fewest, which nobody asked for"
        return
    largest = tuple(sorted(gift.held.values(), reverse=True)[: len(gift.given)])
    if sum(largest[:-1]) >= gift.asked:
        yield f"{len(largest) - 1} donors of {gift.indicator} would do, {len(largest)} give"
    if [(p.asked, p.count, p.largest, p.rule) for p in proofs] != [
        (gift.asked, len(gift.given), largest, gift.tier.rule)
    ]:
        yield f"the donor count of {gift.indicator} is not what its donors are"


def together(chosen: Sequence[Gift]) -> Mapping[ProjectId, Sequence[Gift]]:
    """Request -> what it took of each indicator."""
    return {project: [g for g in chosen if g.project == project] for project in {gift.project for gift in chosen}}


def gives_anyway(ground: Ground, chosen: Sequence[Gift]) -> Mapping[ProjectId, set[CountyCode]]:
    """Request -> the counties that give to it in an order of the law; nothing where nobody is chosen."""
    donor = ground.run.policy.donor
    alone = donor is not None and donor.count_scope == "per_request"
    found: dict[ProjectId, set[CountyCode]] = defaultdict(set)
    if not chosen:
        return found
    for tier in ground.run.policy.tiers:
        if (tier.holder, tier.order) == ("other_counties", "pooled_desc"):
            for indicator in tier.indicators:
                for county, draw in given_away(ground, tier, indicator):
                    found[draw.project_id if alone else ""].add(county)
    return found


def unions(ground: Ground, chosen: Sequence[Gift]) -> Iterator[str]:
    """Where all indicators are counted together, each record is about its request, and its weights prove its bound."""
    donor, told = ground.run.policy.donor, ground.allocation.settlement.donor_unions
    wanted = donor is not None and (donor.count_over, donor.objective_order) == ("union", "count_then_preference")
    asked = together(chosen if wanted else ())
    anyway = gives_anyway(ground, chosen if wanted else ())
    if Counter(union.project for union in told) != Counter(list(asked)):
        yield "counties are counted together for other requests than there are"
        return
    for union in told:
        gifts, beside = asked[union.project], anyway.get(union.project, set())
        counted = {county for gift in gifts for county in gift.given} - beside
        lacking = {
            gift.indicator: gift.asked - sum(left for county, left in gift.held.items() if county in beside)
            for gift in gifts
        }
        asks = {indicator: quantity for indicator, quantity in lacking.items() if quantity > 0}
        if (union.asked, set(union.beside), union.count) != (asks, beside, len(counted)):
            yield f"the {len(counted)} donors of all indicators and their record differ"
            continue
        if union.rule not in {gift.tier.rule for gift in gifts}:
            yield f"the donors of all indicators are counted by {union.rule}"
        if union.bound > union.count:
            yield f"{union.count} donors give, fewer than {union.bound} are said not to do"
        held = {
            county: {gift.indicator: gift.held.get(county, 0) for gift in gifts if gift.indicator in asks}
            for county in {county for gift in gifts for county in gift.held} - beside
        }
        yield from weights_prove(union, held)


def weights_prove(union: DonorUnion, held: Mapping[CountyCode, Mapping[Indicator, int]]) -> Iterator[str]:
    """The scores of the `bound - 1` best counties sum to less than the weights do, unless the solver proved the bound.

    Then nothing is said of weights; and where nothing is asked beside what is given anyway, no county is needed.
    """
    if union.proved_by == "cp_sat" and not union.weights and not union.best:
        return

    def score(county: CountyCode) -> Fraction:
        parts = (w * Fraction(min(held[county][i], union.asked[i]), union.asked[i]) for i, w in union.weights.items())
        return sum(parts, Fraction(0))

    if not set(union.weights) <= set(union.asked) or min(union.weights.values(), default=0) < 0:
        yield "weights are given to what nobody asks, or below zero"
        return
    best = sorted(held, key=lambda county: (-score(county), county))[: max(union.bound - 1, 0)]
    if union.best != {county: held[county] for county in best}:
        yield "the counties of the best scores are others, or hold something else"
    if union.bound and sum((score(county) for county in best), Fraction(0)) >= sum(union.weights.values()):
        yield f"the weights do not prove that {union.bound} donors are needed"


def claimed(ground: Ground, chosen: Sequence[Gift]) -> Iterator[str]:
    """Each rung of the choice has the value that the draws have; no preference is better served than in full."""
    told = {rung.name: rung for rung in ground.allocation.settlement.rungs}
    for gift in chosen:
        of = f":{gift.project}" if gift.project else ""
        rung = told.get(f"preference:{gift.indicator}{of}")
        turn = places(ground, gift)
        value = sum(turn[county] * quantity for county, quantity in gift.given.items())
        least, left = 0, gift.asked
        for county in sorted(turn, key=lambda county: turn[county]):
            least += turn[county] * min(gift.held[county], left)
            left -= min(gift.held[county], left)
        if rung is None:
            if all(rung.proved for rung in told.values()):
                yield f"nothing is said of the preference of {gift.indicator}"
        elif rung.value != value or not least <= rung.bound <= value or (rung.proved_by != "cp_sat" and value != least):
            yield f"the preference of {gift.indicator} is said to be served better or worse than it is"
    yield from counted(ground, chosen, told)


def counted(ground: Ground, chosen: Sequence[Gift], told: Mapping[str, Rung]) -> Iterator[str]:
    """Each rung that counts counties counts those that give, and is proved only where its bound is its value."""
    donor = ground.run.policy.donor
    union = donor is not None and donor.count_over == "union"
    anyway = gives_anyway(ground, chosen if union else ())
    for project, gifts in together(chosen).items():
        of = f":{project}" if project else ""
        for name, members in [("union", gifts)] if union else [(gift.indicator.value, [gift]) for gift in gifts]:
            beside = anyway.get(project, set())
            rung = told.get(f"donors:{name}{of}")
            if rung and rung.value != len({county for gift in members for county in gift.given} - beside):
                yield f"the donors of {name} are {rung.value} by their rung and others by their draws"
    if any(rung.proved != (rung.bound == rung.value) or rung.bound > rung.value for rung in told.values()):
        yield "a rung of the donors is proved and its bound is not reached, or the other way round"
