"""Draws where sources are not nested: all indicators that share accounts at once, tier by tier in the law's order.

As much as may be is drawn in the first tier, then in the second, and so on; then, in tiers with an order of donors, on
the first county, then on the second; what is still open is settled project by project, those without access first and
then in the overall order, each by tiers and accounts in their order. So draws are unique. Of nested sources in which
counties serve themselves before anybody else, they are those of `allocator.source`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allocator.compile import Case
from allocator.donors import in_turn
from allocator.nesting import is_open
from allocator.outcome import Donor, Group
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode, ProjectId
from models.tiered_flow import Sources, fill


@dataclass(frozen=True, slots=True)
class Request:
    """What one granted project needs of one indicator."""

    project: ProjectId
    group: Group
    quantity: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a request draws on one account in one tier."""

    request: Request
    tier: Tier
    account: Account
    quantity: int


@dataclass(frozen=True, slots=True)
class Edge:
    """An account that a tier opens to a group."""

    group: Group
    tier: Tier
    account: Account


def draw_all(case: Case, indicators: Sequence[Indicator], requests: Sequence[Request]) -> list[Drawn]:
    """The draws of all requests for these indicators; `requests` in the overall order."""
    in_order = sorted(requests, key=lambda request: request.group.access)
    edges = list(opened(case, dict.fromkeys(request.group for request in in_order)))
    group = {g: n for n, g in enumerate(dict.fromkeys(request.group for request in in_order))}
    accounts = list({edge.account.account_id: edge.account for edge in edges}.values())
    number = {account.account_id: n for n, account in enumerate(accounts)}
    sources = Sources(
        balance=[account.balance for account in accounts],
        edges=[(group[edge.group], number[edge.account.account_id]) for edge in edges],
        preferences=list(preferences(case, indicators, edges)),
    )
    drawn = fill(sources, [(group[request.group], request.quantity) for request in in_order])
    return [
        Drawn(request, edges[e].tier, edges[e].account, quantity)
        for request, draws in zip(in_order, drawn, strict=True)
        for e, quantity in draws
    ]


def opened(case: Case, groups: Iterable[Group]) -> Iterator[Edge]:
    """What each group may draw on, by tiers in their order and accounts in theirs."""
    for group in groups:
        stock = case.stocks[group.indicator]
        for tier in stock.tiers:
            for account in in_turn(tier, case, stock):
                if is_open(tier, account, group.county, access=group.access):
                    yield Edge(group, tier, account)


def preferences(case: Case, indicators: Sequence[Indicator], edges: Sequence[Edge]) -> Iterator[list[int]]:
    """The edges of each tier, then those of each county in the tiers that have an order of donors (QN-14.5)."""
    by_tier: defaultdict[int, list[int]] = defaultdict(list)
    by_county: defaultdict[tuple[int, Indicator, CountyCode], list[int]] = defaultdict(list)
    tiers = case.policy.tiers
    for e, edge in enumerate(edges):
        place = tiers.index(edge.tier)
        by_tier[place].append(e)
        by_county[place, edge.group.indicator, edge.account.county].append(e)
    yield from (by_tier[place] for place in range(len(tiers)) if place in by_tier)
    for place, tier in enumerate(tiers):
        for indicator in indicators if tier.order == "pooled_desc" else ():
            if indicator in tier.indicators:
                turn = dict.fromkeys(a.county for a in in_turn(tier, case, case.stocks[indicator]))
                keys = ((place, indicator, county) for county in turn)
                yield from (by_county[key] for key in keys if key in by_county)


def donors(case: Case, drawn: Sequence[Drawn]) -> Iterator[Donor]:
    """What counties gave to others, by indicator of the account; before it they hold what all other draws leave."""
    given: defaultdict[tuple[Indicator, CountyCode], int] = defaultdict(int)
    left: defaultdict[tuple[Indicator, CountyCode], int] = defaultdict(int)
    ordered: dict[tuple[Indicator, CountyCode], None] = {}
    offered: dict[str, Account] = {}
    for tier in (tier for tier in case.policy.tiers if tier.holder == "other_counties"):
        for indicator in tier.indicators:
            if indicator in case.stocks and not case.stocks[indicator].nested:
                for account in in_turn(tier, case, case.stocks[indicator]):
                    ordered[account.indicator, account.county] = None
                    offered[account.account_id] = account
    for account in offered.values():
        left[account.indicator, account.county] += account.balance
    for each in drawn:
        key = each.account.indicator, each.account.county
        if each.account.account_id in offered:
            left[key] -= each.quantity
        if each.tier.holder == "other_counties":
            given[key] += each.quantity
    for indicator, county in ordered:
        if quantity := given[indicator, county]:
            yield Donor(
                county=county,
                indicator=indicator,
                given=quantity,
                remaining_before=left[indicator, county] + quantity,
                usage_rate=None,
            )
