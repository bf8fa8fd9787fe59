"""Sums of what is granted so far, by the accounts that it can draw on; and from them every shortage of a piece.

Said again in plain counters, from the accounts of the scenario, the books of the pools and the policy.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from allocator.outcome import Group, Round, Shortage, ShortageKind
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX, AccountId, CountyCode
from allocator.verify_flow import Carried
from allocator.verify_ground import Ground
from allocator.verify_pieces import Piece

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most that the projects of a county may be granted together."""

    county: CountyCode
    most: int
    rule: str


def rule_of_pool(policy: Policy, pool: str) -> str:
    """The rule that gives a share, the reserve, or the year's total its size."""
    if pool == TOTAL:
        return policy.ranking.rule
    return policy.flex.rule if pool == FLEX else policy.shares.groups[pool.split(".")[0]].rule


class Ahead:
    """What is granted so far. `owed` is what each share keeps from the others (`guarantee`); None in other modes."""

    def __init__(self, ground: Ground, ceilings: tuple[Ceiling, ...], owed: Mapping[str, int] | None = None) -> None:
        self.ground, self.ceilings, self.owed = ground, ceilings, owed
        self.count: Counter[object] = Counter()  # by pool, by county under a ceiling, by (class, county[, bound])
        self.sum: Counter[object] = Counter()
        self.taken: Counter[str] = Counter()  # by category, without what was granted beforehand
        self.budget = {book.pool: book.budget for book in ground.allocation.settlement.pools}
        self.received = 0
        self.own: defaultdict[tuple[Indicator, CountyCode], dict[AccountId, int]] = defaultdict(dict)
        self.opened: defaultdict[Indicator, dict[AccountId, int]] = defaultdict(dict)
        for account in ground.accounts.values():
            opens = {tier.kind: tier.access for tier in ground.tiers(account.indicator)}
            if account.kind in opens:
                open_to_all = not opens[account.kind]
                place = self.own[account.indicator, account.county] if open_to_all else self.opened[account.indicator]
                place[account.account_id] = account.balance
        self.stores = Counter({key: sum(accounts.values()) for key, accounts in self.own.items()})
        self.beyond: Counter[Indicator] = Counter()  # what counties are granted beyond their own stores
        self.carried = Carried(ground)
        self.flows = {indicator for indicators in self.carried.sets for indicator in indicators}
        law = ground.run.policy.exchange
        self.exchanged = set(law.guide_wan) if law else set[Indicator]()
        homes = {placed.candidate.application.county for placed in ground.allocation.order.places}
        self.counties = sorted(homes | {account.county for account in ground.accounts.values() if account.county})

    def store(self, indicator: Indicator, county: CountyCode) -> int:
        """What a county's own store holds."""
        return self.stores[indicator, county]

    def grant(self, piece: Piece, round_: Round, plan: int, *, beforehand: bool = False) -> None:
        """Count one grant."""
        keys: list[tuple[object, int]] = [(piece.category if round_ is Round.OWN else FLEX, plan), (TOTAL, plan)]
        keys += [(ceiling, plan) for ceiling in self.ceilings if ceiling.county == piece.county]
        for indicator, quantity in piece.needs.items():
            keys.append(((indicator, piece.county), quantity))
            if not piece.placed.candidate.access:
                keys.append(((indicator, piece.county, "bound"), quantity))
            self.beyond[indicator] += self.more_beyond(piece, indicator, quantity)
        for key, quantity in keys:
            self.count[key] += quantity > 0
            self.sum[key] += quantity
        self.carried.grant(piece)
        if not beforehand:
            self.taken[piece.category] += plan

    def more_beyond(self, piece: Piece, indicator: Indicator, asked: int) -> int:
        """How much more than its own store a county would have if this were granted."""
        beyond = self.sum[indicator, piece.county] - self.store(indicator, piece.county)
        return max(0, beyond + asked) - max(0, beyond)

    def release(self) -> None:
        """Round 1 is over: what is left of the shares is the reserve's."""
        self.received = sum(budget - self.sum[pool] for pool, budget in self.budget.items() if pool != FLEX)

    def balance(self, pool: str) -> int:
        """What a budget has to give in all."""
        if pool == TOTAL:
            return sum(self.budget.values())
        return self.budget[pool] + (self.received if pool == FLEX else 0)

    def kept(self, piece: Piece) -> int:
        """What other shares keep."""
        owed = (self.owed or {}).items()
        return sum(max(0, due - self.taken[pool]) for pool, due in owed if pool != piece.category)

    def pools(self, piece: Piece, round_: Round) -> tuple[str, ...]:
        """The budgets that a plan must fit."""
        if self.owed is not None:
            return (TOTAL,)
        return (piece.category if round_ is Round.OWN else FLEX, TOTAL)

    def plan(self, piece: Piece, round_: Round) -> int:
        """What it would be granted: its plan or what is left; never less than it can do with."""
        left = (self.balance(pool) - self.sum[pool] for pool in self.pools(piece, round_))
        return max(piece.least, min(piece.plan, min(left) - self.kept(piece)))

    def shortages(self, piece: Piece, round_: Round) -> tuple[Shortage, ...]:
        """Everything it is short of: a budget, ceilings, then its needs."""
        return (
            *self._misfits(piece, round_),
            *self._ceilings(piece, round_),
            *self._unsourced(piece, round_),
            *self._cut_off(piece, round_),
            *self._exhausted(piece, round_),
        )

    def lacks(self, piece: Piece) -> bool:
        """Whether the own store and what access opens are too small for a class that counties may exchange."""
        return any(True for _ in self._unsourced(piece, Round.FLEX, self.exchanged))

    def _shortage(
        self, piece: Piece, round_: Round, kind: ShortageKind, rule: str, asked: int, balances: dict[AccountId, int],
        keys: list[object], indicator: Indicator = Indicator.PLAN, counties: tuple[CountyCode, ...] = (), kept: int = 0,
        groups: tuple[Group, ...] = (),
    ) -> Shortage:  # fmt: skip
        return Shortage(
            project=piece.project,
            kind=kind,
            indicator=indicator,
            round=round_,
            position=piece.placed.position,
            asked=asked,
            balances=balances,
            counties=counties,
            ahead_count=sum(self.count[key] for key in keys) + sum(self.carried.count[group] for group in groups),
            ahead=sum(self.sum[key] for key in keys) + sum(self.carried.sum[group] for group in groups),
            rule=rule,
            phase=piece.phase,
            kept=kept,
            groups=groups,
        )

    def _misfits(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        kinds = {FLEX: ShortageKind.RESERVE, TOTAL: ShortageKind.TOTAL}
        kept = self.kept(piece)
        for pool in self.pools(piece, round_):
            if self.sum[pool] + kept + piece.least > self.balance(pool):
                kind, rule = kinds.get(pool, ShortageKind.SHARE), rule_of_pool(self.ground.run.policy, pool)
                balances = {f"plan:{pool}": self.balance(pool)}
                yield self._shortage(piece, round_, kind, rule, piece.least, balances, [pool], kept=kept)
                break

    def _ceilings(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        for ceiling in self.ceilings:
            asked = self.plan(piece, round_)
            if ceiling.county == piece.county and self.sum[ceiling] + asked > ceiling.most:
                account = {f"cap:penalty:{ceiling.county}": ceiling.most}
                yield self._shortage(piece, round_, ShortageKind.CAP, ceiling.rule, asked, account, [ceiling])

    def _exhausted(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        """Exchange or not: more of a class than all counties hold and what is pooled cannot be granted."""
        law = self.ground.run.policy.exchange
        for indicator, asked in ((i, quantity) for i, quantity in piece.needs.items() if i in self.exchanged):
            keys: list[object] = [(indicator, county) for county in self.counties]
            accounts = dict(self.opened[indicator])
            for county in self.counties:
                accounts |= self.own[indicator, county]
            if law and sum(self.sum[key] for key in keys) + asked > sum(accounts.values()):
                everybody = tuple(self.counties)
                yield self._shortage(
                    piece, round_, ShortageKind.POOL, law.rule, asked, accounts, keys, indicator, everybody
                )

    def _unsourced(self, piece: Piece, round_: Round, only: Collection[Indicator] | None = None) -> Iterator[Shortage]:
        summed = [i for i in piece.needs if i not in self.flows and i not in self.exchanged]
        for indicator, asked in ((i, q) for i, q in piece.needs.items() if i in (summed if only is None else only)):
            tiers, bound = self.ground.tiers(indicator), (indicator, piece.county, "bound")
            if not piece.placed.candidate.access and self.sum[bound] + asked > self.store(indicator, piece.county):
                rule = next((tier.rule for tier in tiers if not tier.access), tiers[0].rule)
                accounts = dict(self.own[indicator, piece.county])
                yield self._shortage(
                    piece, round_, ShortageKind.STORE, rule, asked, accounts, [bound], indicator, (piece.county,)
                )
                continue
            if self.beyond[indicator] + self.more_beyond(piece, indicator, asked) <= sum(
                self.opened[indicator].values()
            ):
                continue
            needed = {c: self.sum[indicator, c] + asked * (c == piece.county) for c in self.counties}
            over = tuple(c for c, quantity in needed.items() if quantity > self.store(indicator, c))
            accounts = dict(self.opened[indicator])
            for county in over:
                accounts |= self.own[indicator, county]
            keys: list[object] = [(indicator, c) for c in over]
            yield self._shortage(
                piece, round_, ShortageKind.POOL, tiers[-1].rule, asked, accounts, keys, indicator, over
            )

    def _cut_off(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        """Needs that no flow carries: of the own store where nobody counted has access and all accounts are at home."""
        for groups, account_ids, asked, indicator in self.carried.cuts(piece):
            accounts = {account_id: self.ground.accounts[account_id] for account_id in account_ids}
            at_home = {account.county for account in accounts.values()} <= {piece.county}
            own = at_home and {group.access for group in groups} == {False}
            tiers = self.ground.tiers(indicator)
            free = [tier for tier in tiers if not tier.access] or [tiers[0]]
            yield self._shortage(
                piece,
                round_,
                ShortageKind.STORE if own else ShortageKind.POOL,
                free[0].rule if own else tiers[-1].rule,
                asked,
                {account_id: account.balance for account_id, account in accounts.items()},
                [],
                indicator,
                tuple(sorted({group.county for group in groups})),
                groups=groups,
            )

    def overdrawn(self) -> Iterator[str]:
        """What is granted beyond what there is."""
        for pool in (*self.budget, TOTAL):
            if self.sum[pool] > self.balance(pool):
                yield f"{self.sum[pool]} is granted on {pool}, which has {self.balance(pool)}"
        for ceiling in self.ceilings:
            if self.sum[ceiling] > ceiling.most:
                yield f"{self.sum[ceiling]} is granted in {ceiling.county}, which may have {ceiling.most}"
        yield from (f"no accounts carry the grants of {project}" for project in self.carried.lost)
        for indicator in (i for i in self.ground.run.policy.indicators if i not in self.flows | self.exchanged):
            over = 0
            for county in self.counties:
                store = self.store(indicator, county)
                if self.sum[indicator, county, "bound"] > store:
                    yield f"{county} grants more {indicator} without access to the pool than it holds"
                over += max(0, self.sum[indicator, county] - store)
            if over > (pool := sum(self.opened[indicator].values())):
                yield f"{over} of {indicator} is granted from a pool that holds {pool}"
