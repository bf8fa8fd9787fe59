"""Grants filled from their accounts, over all of an indicator at once and tier by tier.

Tiers open in the policy's order. Inside a tier totals go to projects in the overall order, those without access first
on their own county's store, and accounts of one holder by account id; so draws and donors are unique.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.compile import Case
from allocator.donors import Asking, Chosen, by_county, choose, given, in_turn, preference, setting
from allocator.exchange_settle import TIER, give, hand_out
from allocator.flow_source import Request, donors, draw_all
from allocator.outcome import Candidate, Decided, Donor, DonorCount, DonorUnion, Draw, Exchanged, Group, Rung, UnitPrice
from allocator.policy import Tier
from allocator.quantities import Indicator, amount
from allocator.records import Account, AccountId, CountyCode, ProjectId
from allocator.stock import Stock
from models.answer import Limits
from models.instance import Ints


@dataclass(slots=True)
class Want:
    """What one granted project still lacks of one indicator."""

    project_id: ProjectId
    county: CountyCode
    access: bool
    lacking: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """The draws of all indicators, what donors gave, and why these."""

    draws: tuple[Draw, ...]
    donors: tuple[Donor, ...]
    counts: tuple[DonorCount, ...]
    unions: tuple[DonorUnion, ...]
    rungs: tuple[Rung, ...]
    exchanged: tuple[Exchanged, ...]


@dataclass(slots=True, kw_only=True)
class Filling:
    """One indicator while its granted needs are filled."""

    case: Case
    stock: Stock
    price: UnitPrice | None
    wants: list[Want]
    left: dict[AccountId, int]  # what is left in each account
    draws: list[Draw] = field(default_factory=list[Draw])
    donors: list[Donor] = field(default_factory=list[Donor])
    exchanged: list[Exchanged] = field(default_factory=list[Exchanged])

    def lacking(self, tier: Tier) -> list[Want]:
        """What may be filled in this tier, in the overall order."""
        return [want for want in self.wants if want.lacking and (want.access or not tier.access)]

    def held(self, tier: Tier) -> Mapping[CountyCode, int]:
        """What is left in this tier, by county."""
        return by_county(self.stock.accounts[tier.name], self.left)

    def fill(self, tier: Tier) -> None:
        """Open one tier whose accounts have an order of their own."""
        accounts, held = in_turn(tier, self.case, self.stock), self.held(tier)
        self.pour(tier, self.lacking(tier), accounts)
        if tier.holder == "other_counties":
            self.donors += given(tier, self.stock, accounts, held, self.left)

    def pour(self, tier: Tier, wants: Sequence[Want], accounts: Sequence[Account]) -> None:
        """Draw on these accounts in order."""
        for project, account, quantity in serve(tier, wants, accounts, self.left):
            self.book(tier, project, account, quantity)

    def book(self, tier: Tier, project: ProjectId, account: AccountId, quantity: int) -> None:
        """Write one draw with its price."""
        self.write(project, account, quantity, tier.name, price_of(tier, self.price), tier.rule)

    def exchange(self, moved: Ints) -> None:
        """Own stores have served their own: give what is exchanged, and hand it out where it is lacking."""
        self.exchanged += give(self.case, self.stock.indicator, moved, self.stock.store_accounts, self.left)
        lacking = {want.project_id: want for want in self.wants if want.lacking}
        asking = [(want.project_id, want.county, want.lacking) for want in sorted(lacking.values(), key=has_access)]
        for each in hand_out(asking, self.exchanged):
            lacking[each.project_id].lacking -= each.quantity
            rule = self.exchanged[0].rule
            self.write(each.project_id, each.account_id, each.quantity, TIER, 0, rule)

    def write(
        self, project: ProjectId, account: AccountId, quantity: int, tier: str, price: int | None, rule: str
    ) -> None:
        """Write one draw."""
        self.draws.append(
            Draw(
                project_id=project,
                indicator=self.stock.indicator,
                account_id=account,
                tier=tier,
                quantity=quantity,
                unit_price_yuan=price,
                amount_fen=None if price is None else amount(quantity, self.stock.indicator, price),
                rule=rule,
            )
        )


def has_access(want: Want) -> bool:
    """Those without it come first: nothing else is open to them."""
    return want.access


def source(
    case: Case,
    decided: Mapping[ProjectId, Decided],
    prices: Mapping[Indicator, UnitPrice],
    *,
    before: Collection[CountyCode] | None = None,
    limits: Limits | None = None,
    moved: Ints | None = None,
) -> Sourced:
    """Fill every granted need, indicator by indicator and tier by tier; fewest donors over all indicators come last.

    What counties exchange (`moved`) comes behind their own stores and before all that access opens. `before` are
    the donors of a plan in force, from which the choice departs as little as the rules leave open.
    """
    fillings = [opened(case, stock, decided, prices.get(indicator)) for indicator, stock in case.stocks.items()]
    chosen: list[Chosen] = []
    together: list[tuple[Filling, Tier]] = []
    if case.sources:
        for indicators in case.sources.joined:
            flow(case, [filling for filling in fillings if filling.stock.indicator in indicators])
    for filling in fillings:
        tiers = filling.stock.tiers if filling.stock.nested else ()
        for tier in (tier for tier in tiers if not tier.access):
            filling.fill(tier)
        if moved is not None:
            filling.exchange(moved)
        for tier in (tier for tier in tiers if tier.access):
            if tier.order != "min_donors":
                filling.fill(tier)
            elif setting(case.policy).count_over == "union":
                together.append((filling, tier))
            else:
                chosen += ask(case, [(filling, tier)], (), before, limits)
    chosen += ask(case, together, fillings, before, limits)
    return Sourced(
        draws=tuple(draw for filling in fillings for draw in filling.draws),
        donors=tuple(donor for filling in fillings for donor in filling.donors),
        counts=tuple(count for each in chosen for count in each.counts),
        unions=tuple(union for each in chosen for union in each.unions),
        rungs=tuple(rung for each in chosen for rung in each.rungs),
        exchanged=tuple(each for filling in fillings for each in filling.exchanged),
    )


def flow(case: Case, fillings: Sequence[Filling]) -> None:
    """Fill, all at once, what shares accounts that are not nested."""
    filling = {each.stock.indicator: each for each in fillings}
    position = {placed.candidate.project_id: placed.position for placed in case.places}
    requests = [
        Request(want.project_id, Group(indicator=indicator, county=want.county, access=want.access), want.lacking)
        for indicator, each in filling.items()
        for want in each.wants
    ]
    requests.sort(key=lambda request: position[request.project])
    drawn = draw_all(case, list(filling), requests)
    for each in drawn:
        indicator = each.request.group.indicator
        filling[indicator].book(each.tier, each.request.project, each.account.account_id, each.quantity)
    fillings[0].donors += donors(case, drawn)


def ask(
    case: Case,
    tiers: Sequence[tuple[Filling, Tier]],
    others: Sequence[Filling],
    before: Collection[CountyCode] | None,
    limits: Limits | None,
) -> Iterator[Chosen]:
    """Fill what is lacking from the counties that the policy chooses: at once, or project by project (QN-6.5).

    Counties that give to the same projects in an order of the law, in a tier of `others`, give anyway.
    """
    start = [filling.held(tier) for filling, tier in tiers]
    lacking = [filling.lacking(tier) for filling, tier in tiers]
    requests: dict[ProjectId, list[list[Want]]] = {"": lacking}
    if setting(case.policy).count_scope == "per_request":
        requests = {placed.candidate.project_id: [[] for _ in tiers] for placed in case.places}
        for number, wants in enumerate(lacking):
            for want in wants:
                requests[want.project_id][number].append(want)
    for project, asked in requests.items():
        if not any(asked):
            continue
        askings = [asking_of(filling, tier, wants) for (filling, tier), wants in zip(tiers, asked, strict=True)]
        chosen = choose(
            case.policy,
            askings,
            project=project,
            beside=sorted({county for other in others for county in givers(other, project)}),
            before=before,
            limits=limits,
        )
        for (filling, tier), wants, turn in zip(tiers, asked, chosen.turns, strict=True):
            filling.pour(tier, wants, by_turn(filling.stock.accounts[tier.name], turn))
        yield chosen
    for (filling, tier), held in zip(tiers, start, strict=True):
        order = preference(setting(case.policy), held, filling.stock.use_rates)
        accounts = by_turn(filling.stock.accounts[tier.name], order)
        filling.donors += given(tier, filling.stock, accounts, held, filling.left)


def by_turn(accounts: Sequence[Account], turn: Sequence[CountyCode]) -> list[Account]:
    """The accounts of these counties in their turn, those of one county by account id."""
    place = {county: number for number, county in enumerate(turn)}
    return sorted((a for a in accounts if a.county in place), key=lambda a: place[a.county])


def asking_of(filling: Filling, tier: Tier, wants: Sequence[Want]) -> Asking:
    """What these wants ask of a tier, as far as it holds it."""
    held = filling.held(tier)
    asked = min(sum(want.lacking for want in wants), sum(held.values()))
    return Asking(stock=filling.stock, tier=tier, asked=asked, held=held)


def givers(filling: Filling, project: ProjectId) -> Iterator[CountyCode]:
    """The counties that give to a project (to any, where none is named) in an order of the law."""
    ordered = {tier.name for tier in filling.stock.tiers if tier.order == "pooled_desc"}
    accounts = (*filling.stock.store_accounts, *filling.stock.pool_accounts)
    county = {account.account_id: account.county for account in accounts}
    for draw in filling.draws:
        if draw.tier in ordered and project in ("", draw.project_id):
            yield county[draw.account_id]


def opened(case: Case, stock: Stock, decided: Mapping[ProjectId, Decided], price: UnitPrice | None) -> Filling:
    """An indicator of which nothing is filled."""
    candidates = [placed.candidate for placed in case.places]
    needs = ((c, granted_need(c, decided[c.project_id], stock.indicator)) for c in candidates)
    return Filling(
        case=case,
        stock=stock,
        price=price,
        wants=[Want(c.project_id, c.application.county, bool(c.access), need) for c, need in needs if need],
        left={a.account_id: a.balance for a in (*stock.store_accounts, *stock.pool_accounts)},
    )


def granted_need(candidate: Candidate, decided: Decided, indicator: Indicator) -> int:
    """What the granted phases of a project need of one indicator, or the project if it is one piece."""
    granted = {part.phase for part in decided.parts}
    if not candidate.phases:
        return candidate.needs.get(indicator, 0) if granted else 0
    return sum(phase.needs.get(indicator, 0) for phase in candidate.phases if phase.phase in granted)


def serve(
    tier: Tier, lacking: Sequence[Want], accounts: Sequence[Account], left: dict[AccountId, int]
) -> Iterator[tuple[ProjectId, AccountId, int]]:
    """The draws of one tier: county by county where each serves its own projects, else over all of them."""
    if tier.holder != "own_county":
        yield from pour(lacking, accounts, left)
        return
    for county in dict.fromkeys(want.county for want in lacking):
        local = [want for want in lacking if want.county == county]
        local.sort(key=lambda want: want.access)  # stable: those without access first, then the overall order
        yield from pour(local, [account for account in accounts if account.county == county], left)


def pour(
    wants: Iterable[Want], accounts: Sequence[Account], left: dict[AccountId, int]
) -> Iterator[tuple[ProjectId, AccountId, int]]:
    """Empty `accounts` in order into `wants` in order; lowers `left` and what is lacking."""
    supply = iter(accounts)
    account = next(supply, None)
    for want in wants:
        while want.lacking and account:
            if taken := min(want.lacking, left[account.account_id]):
                want.lacking -= taken
                left[account.account_id] -= taken
                yield want.project_id, account.account_id, taken
            if want.lacking:
                account = next(supply, None)


def price_of(tier: Tier, price: UnitPrice | None) -> int | None:
    """Whole yuan for one unit in this tier: 0 where it is free, None where no price is known."""
    if tier.price == "free":
        return 0
    return price.yuan if price else None
