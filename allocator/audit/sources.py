"""From whom each granted need is filled: tier by tier, by laying what is lacking beside what is there.

In a tier the needs stand one behind the other in their order, and so do the balances: what lies side by side is drawn.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from allocator.audit.donors import Givers, choice_of, gifts, law_order, preferred, setting
from allocator.audit.stores import Stores
from allocator.outcome import Donor, DonorCount, Draw, Run, Rung, UnitPrice
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
    rungs: list[Rung] = field(default_factory=list[Rung])


@dataclass(slots=True)
class Filling:
    """One indicator while it is filled: its accounts by their ids, and what is left in them."""

    run: Run
    stores: Stores
    price: UnitPrice | None
    accounts: list[Account]
    left: dict[AccountId, int]
    filled: Filled = field(default_factory=Filled)

    def held(self, accounts: Sequence[Account]) -> Counter[CountyCode]:
        """County -> what is left in these accounts."""
        held = Counter[CountyCode]()
        for account in accounts:
            held[account.county] += self.left[account.account_id]
        return held

    def pour(self, tier: Tier, needs: Sequence[Granted], accounts: Sequence[Account]) -> None:
        """Draw what lies side by side."""
        for each, account, quantity in lay(needs, accounts, self.left):
            each.lacking -= quantity
            self.left[account.account_id] -= quantity
            self.filled.draws.append(draw(tier, self.stores.indicator, each, account, quantity, self.price))


def fill(run: Run, stores: Stores, granted: Sequence[Granted], price: UnitPrice | None, told: Givers) -> Filled:
    """Every tier in its turn; `granted` stand in the overall order and lack nothing in the end.

    `told` are the counties that the result says give where the policy wants a choice that only a search finds.
    """
    mine = [account for account in run.tables.accounts if account.indicator is stores.indicator]
    mine.sort(key=lambda account: account.account_id)
    left = {account.account_id: account.balance for account in mine}
    filling = Filling(run=run, stores=stores, price=price, accounts=mine, left=left)
    for tier in stores.tiers:
        accounts = [account for account in mine if account.kind is tier.kind]
        needs = [each for each in granted if each.lacking and (each.access or not tier.access)]
        before = filling.held(accounts)
        match tier.holder, tier.order:
            case "own_county", _:
                for local, own in sides(needs, accounts):
                    filling.pour(tier, local, own)
                continue
            case "other_counties", "min_donors":
                turn = choose(filling, tier, needs, accounts, told)
            case _:
                turn = law_order(run, tier, stores.indicator, before)
                filling.pour(tier, needs, by_turn(accounts, turn))
        if tier.holder == "other_counties":
            filling.filled.donors += gifts(run, tier, stores.indicator, before, filling.held(accounts), turn)
    return filling.filled


def choose(
    filling: Filling, tier: Tier, needs: Sequence[Granted], accounts: Sequence[Account], told: Givers
) -> Sequence[CountyCode]:
    """Fill a tier of fewest donors, at once or request by request; returns the order in which donors are listed."""
    run, indicator = filling.run, filling.stores.indicator
    law, start = setting(run.policy), filling.held(accounts)
    alone = law.count_scope == "per_request"
    for request in [[each] for each in needs] if alone else [needs] if needs else []:
        project = request[0].project if alone else ""
        held = filling.held(accounts)
        asked = min(sum(each.lacking for each in request), held.total())
        choice = choice_of(run, tier, indicator, held, asked, told, project)
        filling.pour(tier, request, by_turn([a for a in accounts if a.county in choice.turn], choice.turn))
        filling.filled.counts += choice.counts
        filling.filled.rungs += choice.rungs
    return preferred(run, indicator, start)


def by_turn(accounts: Sequence[Account], turn: Sequence[CountyCode]) -> list[Account]:
    """The accounts county by county; those of one county, or where counties have no turn all of them, by their ids."""
    place = {county: number for number, county in enumerate(turn)}
    return sorted(accounts, key=lambda account: place.get(account.county, 0))


def sides(
    needs: Sequence[Granted], accounts: Sequence[Account]
) -> Iterator[tuple[Sequence[Granted], Sequence[Account]]]:
    """Needs and accounts that stand before each other in a tier of the own county, those without access first."""
    for county in sorted({each.county for each in needs}):
        local = [each for each in needs if each.county == county]
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
    unit: UnitPrice | None,
) -> Draw:
    """One draw with what it costs: nothing where the tier is free, nobody knows what where there is no price."""
    price = 0 if tier.price == "free" else unit.yuan if unit else None
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
