"""From whom each granted need is filled: tier by tier, by laying what is lacking beside what is there.

In a tier the needs stand one behind the other in their order, and so do the balances: what lies side by side is drawn.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from allocator.audit.donors import Gift, gifts, proof, turns
from allocator.audit.stores import Stores
from allocator.outcome import Donor, DonorCount, Draw, Run, UnitPrice
from allocator.policy import Tier
from allocator.quantities import FEN_A_YUAN, Indicator
from allocator.records import Account, AccountId, CountyCode, ProjectId


@dataclass(slots=True)
class Granted:
    """One granted project, and how much it still lacks."""

    project: ProjectId
    county: CountyCode
    access: bool
    lacking: int


@dataclass(slots=True)
class Filled:
    """What one indicator's tiers gave."""

    draws: list[Draw] = field(default_factory=list[Draw])
    donors: list[Donor] = field(default_factory=list[Donor])
    counts: list[DonorCount] = field(default_factory=list[DonorCount])


def fill(run: Run, stores: Stores, granted: Sequence[Granted], prices: Mapping[Indicator, UnitPrice]) -> Filled:
    """Every tier in its turn; `granted` stand in the overall order and lack nothing in the end."""
    accounts = sorted(
        (account for account in run.tables.accounts if account.indicator is stores.indicator),
        key=lambda account: account.account_id,
    )
    left = {account.account_id: account.balance for account in accounts}
    filled = Filled()
    for tier in stores.tiers:
        mine = [account for account in accounts if account.kind is tier.kind]
        open_to = [each for each in granted if each.lacking and (each.access or not tier.access)]
        asked = sum(each.lacking for each in open_to)
        before = in_counties(mine, left)
        turn = turns(run, tier, stores.indicator, before)
        mine.sort(key=lambda account: turn.get(account.county, 0))
        for needs, balances in sides(tier, open_to, mine):
            for each, account, quantity in lay(needs, balances, left):
                each.lacking -= quantity
                left[account.account_id] -= quantity
                filled.draws.append(draw(tier, stores.indicator, each, account, quantity, prices))
        if tier.holder == "other_counties":
            after = in_counties(mine, left)
            gave = Gift(tier=tier, indicator=stores.indicator, asked=asked, before=before, after=after)
            filled.donors += gifts(run, gave, turn)
            filled.counts += proof(gave)
    return filled


def in_counties(accounts: Sequence[Account], left: Mapping[AccountId, int]) -> Counter[CountyCode]:
    """County -> what its accounts hold."""
    held = Counter[CountyCode]()
    for account in accounts:
        held[account.county] += left[account.account_id]
    return held


def sides(
    tier: Tier, open_to: Sequence[Granted], accounts: Sequence[Account]
) -> Iterator[tuple[Sequence[Granted], Sequence[Account]]]:
    """Needs and accounts that stand before each other: county by county in a tier of the own county."""
    if tier.holder != "own_county":
        yield open_to, accounts
        return
    for county in sorted({each.county for each in open_to}):
        local = [each for each in open_to if each.county == county]
        closed = [each for each in local if not each.access]
        opened = [each for each in local if each.access]
        yield closed + opened, [account for account in accounts if account.county == county]


def lay(
    needs: Sequence[Granted], accounts: Sequence[Account], left: Mapping[AccountId, int]
) -> Iterator[tuple[Granted, Account, int]]:
    """Where the stretch of a need and that of a balance lie side by side, and how long that is.

    Both rows are cut wherever a need or a balance ends; a stretch between two cuts belongs to one of each.
    """
    ends = list(accumulate(each.lacking for each in needs))
    stops = list(accumulate(left[account.account_id] for account in accounts))
    last = min(ends[-1] if ends else 0, stops[-1] if stops else 0)
    start, need, account = 0, 0, 0
    for stop in sorted({cut for cut in (*ends, *stops) if 0 < cut <= last}):
        while ends[need] <= start:
            need += 1
        while stops[account] <= start:
            account += 1
        yield needs[need], accounts[account], stop - start
        start = stop


def draw(
    tier: Tier,
    indicator: Indicator,
    granted: Granted,
    account: Account,
    quantity: int,
    prices: Mapping[Indicator, UnitPrice],
) -> Draw:
    """One draw with what it costs: nothing where the tier is free, nobody knows what where there is no price."""
    price = 0 if tier.price == "free" else prices[indicator].yuan if indicator in prices else None
    doubled = None if price is None else 2 * quantity * price * FEN_A_YUAN
    units = indicator.priced_units
    return Draw(
        project_id=granted.project,
        indicator=indicator,
        account_id=account.account_id,
        tier=tier.name,
        quantity=quantity,
        unit_price_yuan=price,
        amount_fen=None if doubled is None else (doubled + units) // (2 * units),
        rule=tier.rule,
    )
