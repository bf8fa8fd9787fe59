"""What is granted so far, in exact sums by the accounts that it can draw on, and what is short beside it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.compile import Atom, Cap, Case
from allocator.flow_books import FlowBooks
from allocator.outcome import Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX, CountyCode, ProjectId
from allocator.stock import Stock

WHOLE = "total"
"""The year's quota as one pool: all shares and the reserve."""

MISFITS = frozenset({ShortageKind.SHARE, ShortageKind.RESERVE, ShortageKind.TOTAL})
"""The kinds of shortage by which a plan does not fit; by all others it cannot be sourced."""


@dataclass(slots=True)
class Tally:
    """Granted needs that draw on the same accounts: how many, and their sum in grid units."""

    count: int = 0
    sum: int = 0

    def add(self, quantity: int) -> None:
        """One more granted need."""
        self.count += quantity > 0
        self.sum += quantity


def tallies() -> defaultdict[tuple[Indicator, CountyCode], Tally]:
    """An empty tally for each indicator and county."""
    return defaultdict(Tally)


def pool_of(atom: Atom, round_: Round) -> str:
    """The budget that an atom is tested against in a round."""
    return atom.candidate.application.category if round_ is Round.OWN else FLEX


@dataclass(slots=True)
class Books:
    """What is granted so far, in either round. `owed` is what each share keeps back from the others (`guarantee`)."""

    case: Case
    plan: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict[str, Tally](Tally))  # by pool, and WHOLE
    under: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict[str, Tally](Tally))  # by cap
    bound: defaultdict[tuple[Indicator, CountyCode], Tally] = field(default_factory=tallies)  # without access
    whole: defaultdict[tuple[Indicator, CountyCode], Tally] = field(default_factory=tallies)  # all
    overflow: defaultdict[Indicator, int] = field(default_factory=lambda: defaultdict[Indicator, int](int))
    taken: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))  # by category, not held
    released: int = 0  # what the shares left, once round 1 is over
    owed: Mapping[str, int] | None = None  # share -> what round 1 alone would grant from it
    total: int = field(init=False)  # all shares and the reserve together
    caps: Mapping[ProjectId, Sequence[Cap]] = field(init=False)
    exchanged: frozenset[Indicator] = field(init=False)  # those that counties may exchange
    flows: FlowBooks | None = field(init=False)  # of indicators that are not nested

    def __post_init__(self) -> None:
        self.flows = FlowBooks(self.case, self.case.sources) if self.case.sources else None
        law = self.case.policy.exchange
        self.exchanged = frozenset(law.guide_wan if law else ()) & frozenset(self.case.stocks)
        self.total = sum(share.budget for share in self.case.shares.values())
        caps: defaultdict[ProjectId, list[Cap]] = defaultdict(list)
        for cap in self.case.caps:
            for project in cap.members:
                caps[project].append(cap)
        self.caps = caps

    def held(self, indicator: Indicator, county: CountyCode) -> int:
        """Grid units in the county's own store."""
        return self.case.stocks[indicator].store.get(county, 0)

    def grant(self, atom: Atom, pool: str, plan: int, *, beforehand: bool = False) -> None:
        """Write one grant; one made beforehand uses up nothing of what is kept for its share."""
        candidate, county = atom.candidate, atom.candidate.application.county
        self.taken[candidate.application.category] += 0 if beforehand else plan
        self.plan[pool].add(plan)
        self.plan[WHOLE].add(plan)
        for cap in self.caps.get(atom.project_id, ()):
            self.under[cap.name].add(plan)
        for indicator, quantity in atom.needs.items():
            self.overflow[indicator] += self.added_overflow(indicator, county, quantity)
            self.whole[indicator, county].add(quantity)
            if not candidate.access:
                self.bound[indicator, county].add(quantity)
        if self.flows:
            self.flows.grant(atom)

    def release(self) -> None:
        """End round 1: what the shares did not use is the reserve's (QY-5.4)."""
        own = (pool for pool in self.case.shares if pool != FLEX)
        self.released = sum(self.case.shares[pool].budget - self.plan[pool].sum for pool in own)

    def added_overflow(self, indicator: Indicator, county: CountyCode, quantity: int) -> int:
        """How much more the county would take from the pool."""
        before = self.whole[indicator, county].sum
        held = self.held(indicator, county)
        return max(0, before + quantity - held) - max(0, before - held)

    def balance(self, pool: str) -> int:
        """What a pool had to give: its budget, and what it received."""
        if pool == WHOLE:
            return self.total
        return self.case.shares[pool].budget + (self.released if pool == FLEX else 0)

    def kept(self, atom: Atom) -> int:
        """Grid units that the other shares still keep back from this atom."""
        own = atom.candidate.application.category
        owed = (self.owed or {}).items()
        return sum(max(0, due - self.taken[pool]) for pool, due in owed if pool != own)

    def lines(self, atom: Atom, round_: Round) -> tuple[str, ...]:
        """The budgets that its plan must fit, the one that is asked first in front."""
        return (WHOLE,) if self.owed is not None else (pool_of(atom, round_), WHOLE)

    def rest(self, atom: Atom, round_: Round) -> int:
        """What is left for its plan."""
        free = min(self.balance(pool) - self.plan[pool].sum for pool in self.lines(atom, round_))
        return max(0, free - self.kept(atom))

    def grantable(self, atom: Atom, round_: Round) -> int:
        """The plan that it would get: all of it, or a rest; where that is too little, the least it can do with."""
        return max(atom.least, min(atom.plan, self.rest(atom, round_)))

    def overdrawn(self) -> Iterator[str]:
        """The accounts from which more is granted than they hold."""
        for pool in (*self.case.shares, WHOLE):
            if self.plan[pool].sum > self.balance(pool):
                yield plan_account(pool)
        yield from (cap_account(cap.name) for cap in self.case.caps if self.under[cap.name].sum > cap.most)
        for (indicator, county), tally in self.bound.items():
            if self.is_summed(indicator) and tally.sum > self.held(indicator, county):
                yield f"{indicator.value}:{county}"
        for indicator, needed in self.overflow.items():
            if self.is_summed(indicator) and needed > self.case.stocks[indicator].pool:
                yield f"{indicator.value}:pool"
        if self.flows:
            yield from (f"the sources of {project}" for project in self.flows.stranded)

    def is_summed(self, indicator: Indicator) -> bool:
        """Whether each county's own store and the pool are all that may fill its needs, and one inside the other."""
        return self.case.stocks[indicator].nested and indicator not in self.exchanged

    def lacks(self, atom: Atom) -> bool:
        """Whether the atom, besides all granted, could be filled by nothing but an exchange, if at all."""
        exchanged = ((i, quantity) for i, quantity in atom.needs.items() if i in self.exchanged)
        return any(True for i, q in exchanged for _ in self._need(atom, Round.FLEX, self.case.stocks[i], q))

    def shortages(self, atom: Atom, round_: Round) -> tuple[Shortage, ...]:
        """Everything that is short at this place, the plan first."""
        return (
            *self._plan(atom, round_),
            *self._caps(atom, round_),
            *(
                shortage
                for indicator, quantity in atom.needs.items()
                if self.case.stocks[indicator].nested
                for shortage in (self._exhausted if indicator in self.exchanged else self._need)(
                    atom, round_, self.case.stocks[indicator], quantity
                )
            ),
            *(self.flows.shortages(atom, round_) if self.flows else ()),
        )

    def _plan(self, atom: Atom, round_: Round) -> Iterator[Shortage]:
        """A plan that does not fit is short of one budget: of the total only where its own one would do."""
        kept = self.kept(atom)
        for pool in self.lines(atom, round_):
            tally, balance = self.plan[pool], self.balance(pool)
            if atom.least + kept > balance - tally.sum:
                kinds = {WHOLE: ShortageKind.TOTAL, FLEX: ShortageKind.RESERVE}
                rule = self.case.policy.ranking.rule if pool == WHOLE else self.case.shares[pool].rule
                yield Shortage(
                    project=atom.project_id,
                    kind=kinds.get(pool, ShortageKind.SHARE),
                    indicator=Indicator.PLAN,
                    round=round_,
                    position=atom.placed.position,
                    asked=atom.least,
                    balances={plan_account(pool): balance},
                    counties=(),
                    ahead_count=tally.count,
                    ahead=tally.sum,
                    rule=rule,
                    phase=atom.phase,
                    kept=kept,
                )
                return

    def _caps(self, atom: Atom, round_: Round) -> Iterator[Shortage]:
        asked = self.grantable(atom, round_)
        for cap in self.caps.get(atom.project_id, ()):
            if self.under[cap.name].sum + asked > cap.most:
                yield Shortage(
                    project=atom.project_id,
                    kind=ShortageKind.CAP,
                    indicator=Indicator.PLAN,
                    round=round_,
                    position=atom.placed.position,
                    asked=asked,
                    balances={cap_account(cap.name): cap.most},
                    counties=(),
                    ahead_count=self.under[cap.name].count,
                    ahead=self.under[cap.name].sum,
                    rule=cap.rule,
                    phase=atom.phase,
                )

    def _need(self, atom: Atom, round_: Round, stock: Stock, quantity: int) -> Iterator[Shortage]:
        candidate, indicator = atom.candidate, stock.indicator
        county = candidate.application.county
        bound = self.bound[indicator, county]
        if not candidate.access and bound.sum + quantity > self.held(indicator, county):
            yield Shortage(
                project=candidate.project_id,
                kind=ShortageKind.STORE,
                indicator=indicator,
                round=round_,
                position=atom.placed.position,
                asked=quantity,
                balances={a.account_id: a.balance for a in stock.store_accounts if a.county == county},
                counties=(county,),
                ahead_count=bound.count,
                ahead=bound.sum,
                rule=stock.store_rule,
                phase=atom.phase,
            )
        elif self.overflow[indicator] + self.added_overflow(indicator, county, quantity) > stock.pool:
            asking = {c: self.whole[indicator, c] for c in self.case.counties}
            over = tuple(
                c for c, t in asking.items() if t.sum + (quantity if c == county else 0) > self.held(indicator, c)
            )
            opened = (*(a for a in stock.store_accounts if a.county in over), *stock.pool_accounts)
            yield Shortage(
                project=candidate.project_id,
                kind=ShortageKind.POOL,
                indicator=indicator,
                round=round_,
                position=atom.placed.position,
                asked=quantity,
                balances={a.account_id: a.balance for a in opened},
                counties=over,
                ahead_count=sum(asking[c].count for c in over),
                ahead=sum(asking[c].sum for c in over),
                rule=stock.pool_rule,
                phase=atom.phase,
            )

    def _exhausted(self, atom: Atom, round_: Round, stock: Stock, quantity: int) -> Iterator[Shortage]:
        """What no exchange can cure: all own stores and the pool together are too small."""
        counted = [self.whole[stock.indicator, county] for county in self.case.counties]
        opened = (*stock.store_accounts, *stock.pool_accounts)
        law = self.case.policy.exchange
        if law and sum(tally.sum for tally in counted) + quantity > sum(account.balance for account in opened):
            yield Shortage(
                project=atom.project_id,
                kind=ShortageKind.POOL,
                indicator=stock.indicator,
                round=round_,
                position=atom.placed.position,
                asked=quantity,
                balances={account.account_id: account.balance for account in opened},
                counties=self.case.counties,
                ahead_count=sum(tally.count for tally in counted),
                ahead=sum(tally.sum for tally in counted),
                rule=law.rule,
                phase=atom.phase,
            )


def plan_account(pool: str) -> str:
    """The account id under which a share, the reserve or the year's total of plan quota is drawn on."""
    return f"{Indicator.PLAN}:{pool}"


def cap_account(name: str) -> str:
    """The account id under which a cap stands in a certificate."""
    return f"cap:{name}"
