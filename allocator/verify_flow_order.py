"""The recount of draws and donors where sources are not nested.

Recounted is that no draw by itself could stand earlier: in an earlier tier, on an account whose turn comes before, or
in the place of a later project of its county with the same access. Whether several draws, moved at once, could is not
recounted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from allocator.outcome import Group
from allocator.quantities import Indicator
from allocator.records import AccountId, CountyCode
from allocator.verify_donors import donor_order
from allocator.verify_flow import flowing, is_in
from allocator.verify_ground import Ground

Turn = tuple[str, AccountId]
"""A tier and one of its accounts."""


def turns(ground: Ground, group: Group) -> list[Turn]:
    """What a group may draw on: tier by tier, by the order of donors where the tier has one, then by account id."""
    found: list[Turn] = []
    for tier in ground.tiers(group.indicator):
        if tier.access and not group.access:
            continue
        accounts = [a for a in ground.accounts.values() if is_in(tier, a, group.indicator, group.county)]
        order: Mapping[CountyCode, int] = {}
        if tier.order == "pooled_desc":
            order = donor_order(ground, tier, tier.stands_in or group.indicator)
        accounts.sort(key=lambda account: (order.get(account.county, 0), account.account_id))
        found += [(tier.name, account.account_id) for account in accounts]
    return found


def flow_order(ground: Ground) -> Iterator[str]:
    """Each draw stands where nothing before it has anything left; earlier projects of a group draw on earlier turns."""
    placed, draws = ground.placed(), ground.allocation.settlement.draws
    left = Counter({account_id: account.balance for account_id, account in ground.accounts.items()})
    for draw in draws:
        left[draw.account_id] -= draw.quantity
    flows = {indicator for indicators in flowing(ground) for indicator in indicators}
    served: defaultdict[Group, list[tuple[int, Turn]]] = defaultdict(list)
    for draw in draws:
        if draw.indicator in flows:
            at = placed[draw.project_id]
            county, access = at.candidate.application.county, bool(at.candidate.access)
            group = Group(indicator=draw.indicator, county=county, access=access)
            served[group].append((at.position, (draw.tier, draw.account_id)))
    for group, drawn in served.items():
        turn = turns(ground, group)
        number = {each: place for place, each in enumerate(turn)}
        last = max(number[each] for _, each in drawn)
        for tier, account in turn[:last]:
            if left[account] > 0:
                yield f"{account} in tier {tier} is not empty, and {group} draws behind it"
        places = [(position, number[each]) for position, each in drawn]
        if sorted(places) != sorted(places, key=lambda place: (place[1], place[0])):
            yield f"later projects of {group} draw before earlier ones"


def flow_donors(ground: Ground) -> Iterator[str]:
    """What counties give to others of indicators that are not nested, and what they held before it."""
    flows = [indicator for indicators in flowing(ground) for indicator in indicators]
    if not flows:
        return
    given: Counter[tuple[Indicator, CountyCode]] = Counter()
    held: Counter[tuple[Indicator, CountyCode]] = Counter()
    offers = {
        account_id: account
        for account_id, account in ground.accounts.items()
        for indicator in flows
        for tier in ground.tiers(indicator)
        if tier.holder == "other_counties" and is_in(tier, account, indicator, "nowhere")
    }
    for account in offers.values():
        held[account.indicator, account.county] += account.balance
    for draw in ground.allocation.settlement.draws:
        tier = ground.tier(draw)
        if draw.indicator in flows and draw.account_id in offers and tier:
            key = offers[draw.account_id].indicator, offers[draw.account_id].county
            if tier.holder == "other_counties":
                given[key] += draw.quantity
            else:
                held[key] -= draw.quantity
    right = {key: (quantity, held[key], None) for key, quantity in given.items()}
    lent = {account.indicator for account in offers.values()}
    listed = [donor for donor in ground.allocation.settlement.donors if donor.indicator in lent]
    told = {(d.indicator, d.county): (d.given, d.remaining_before, d.usage_rate) for d in listed}
    if told != right or len(told) != len(listed):
        yield f"the donors of {', '.join(flows)} and the draws differ"
