"""Everything that a grant must fit: its share, the reserve, the total, the ceilings of counties, the stores.

Sums of whole numbers, written as grants are made; from them what a piece would get, and everything it is short of.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.audit.question import Piece, Question
from allocator.audit.tally import Sourced, Sum
from allocator.outcome import Ceiling, Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX

TOTAL = "total"
"""All shares and the reserve as one budget."""

MISFITS = {ShortageKind.SHARE, ShortageKind.RESERVE, ShortageKind.TOTAL}
"""That the plan does not fit; whatever else is short, its needs have no source."""


def sums() -> defaultdict[str, Sum]:
    """A sum for each name, empty at first."""
    return defaultdict(Sum)


@dataclass(slots=True)
class Budgets:
    """What is granted so far. `owed`: what each share keeps from the others (`guarantee`)."""

    question: Question
    ceilings: Sequence[Ceiling] = ()
    owed: Mapping[str, int] | None = None
    received: int = 0  # by the reserve, from the shares
    used: defaultdict[str, Sum] = field(default_factory=sums)  # by pool, and of the total
    under: defaultdict[str, Sum] = field(default_factory=sums)  # by county with a ceiling
    taken: Counter[str] = field(default_factory=Counter[str])  # by category, but for what was granted beforehand
    sourced: Mapping[Indicator, Sourced] = field(init=False)

    def __post_init__(self) -> None:
        self.sourced = {indicator: Sourced(stores) for indicator, stores in self.question.stores.items()}

    def budget(self, pool: str) -> int:
        """What a pool has to give in all."""
        if pool == TOTAL:
            return sum(part.budget for part in self.question.parts.values())
        return self.question.parts[pool].budget + (self.received if pool == FLEX else 0)

    def left(self, pool: str) -> int:
        """What it still has."""
        return self.budget(pool) - self.used[pool].total

    def tested(self, piece: Piece, round_: Round) -> tuple[str, ...]:
        """The budgets that the plan of a piece must fit."""
        if self.owed is not None:
            return (TOTAL,)
        return (piece.category if round_ is Round.OWN else FLEX), TOTAL

    def kept(self, piece: Piece) -> int:
        """What the other shares still keep for their own projects."""
        others = [(leaf, due) for leaf, due in (self.owed or {}).items() if leaf != piece.category]
        return sum(max(0, due - self.taken[leaf]) for leaf, due in others)

    def offered(self, piece: Piece, round_: Round) -> int:
        """The plan that the piece gets if it gets any: all, or what is left where that is enough for it."""
        rest = min(self.left(pool) for pool in self.tested(piece, round_)) - self.kept(piece)
        return max(piece.least, min(piece.plan, rest))

    def grant(self, piece: Piece, pool: str, plan: int, *, beforehand: bool = False) -> None:
        """Write one grant into every sum."""
        self.used[pool].add(plan)
        self.used[TOTAL].add(plan)
        if not beforehand:
            self.taken[piece.category] += plan
        self.under[piece.county].add(plan)
        for indicator, quantity in piece.needs.items():
            self.sourced[indicator].grant(piece, quantity)

    def release(self) -> None:
        """Round 1 is over: what the shares did not use is the reserve's (QY-5.4)."""
        self.received = sum(self.left(pool) for pool in self.question.parts if pool != FLEX)

    def overdrawn(self) -> Iterator[tuple[str, int, int]]:
        """What is granted more than there is: name, how much, and the most it may be."""
        for pool in (*self.question.parts, TOTAL):
            if self.left(pool) < 0:
                yield plan_account(pool), self.used[pool].total, self.budget(pool)
        for ceiling in self.ceilings:
            if self.under[ceiling.county].total > ceiling.most:
                yield f"cap:penalty:{ceiling.county}", self.under[ceiling.county].total, ceiling.most
        for indicator, sourced in self.sourced.items():
            for county, closed in sourced.closed.items():
                if closed.total > sourced.stores.held.get(county, 0):
                    yield f"{indicator.value}:{county}", closed.total, sourced.stores.held.get(county, 0)
            if sourced.borne > sourced.stores.pooled:
                yield f"{indicator.value}:pool", sourced.borne, sourced.stores.pooled

    def short(self, piece: Piece, round_: Round) -> list[Shortage]:
        """Everything the piece is short of: one budget, the ceiling of its county, its needs."""
        found = [*self.misfit(piece, round_), *self.capped(piece, round_)]
        for indicator, quantity in piece.needs.items():
            if lacking := self.sourced[indicator].lacks(piece, quantity, round_):
                found.append(lacking)
        return found

    def misfit(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        """The first budget that even the smallest plan does not fit."""
        kept = self.kept(piece)
        for pool in self.tested(piece, round_):
            if piece.least + kept > self.left(pool):
                kind = {TOTAL: ShortageKind.TOTAL, FLEX: ShortageKind.RESERVE}.get(pool, ShortageKind.SHARE)
                law = self.question.run.policy.ranking.rule if pool == TOTAL else self.question.parts[pool].rule
                yield self.told(piece, round_, kind, plan_account(pool), self.used[pool], self.budget(pool), law, kept)
                return

    def capped(self, piece: Piece, round_: Round) -> Iterator[Shortage]:
        """QY-14.3: the ceiling of its county, where there is one and it would be passed."""
        for ceiling in self.ceilings:
            under, asked = self.under[piece.county], self.offered(piece, round_)
            if ceiling.county == piece.county and under.total + asked > ceiling.most:
                account = f"cap:penalty:{ceiling.county}"
                yield self.told(
                    piece, round_, ShortageKind.CAP, account, under, ceiling.most, ceiling.rule, asked=asked
                )

    def told(
        self,
        piece: Piece,
        round_: Round,
        kind: ShortageKind,
        account: str,
        ahead: Sum,
        balance: int,
        rule: str,
        kept: int = 0,
        asked: int | None = None,
    ) -> Shortage:
        """A shortage of plan as it is written down."""
        return Shortage(
            project=piece.project,
            phase=piece.phase,
            kind=kind,
            indicator=Indicator.PLAN,
            round=round_,
            position=piece.placed.position,
            asked=piece.least if asked is None else asked,
            balances={account: balance},
            counties=(),
            ahead_count=ahead.count,
            ahead=ahead.total,
            rule=rule,
            kept=kept,
        )


def plan_account(pool: str) -> str:
    """The id under which a share, the reserve or the total is drawn on."""
    return f"{Indicator.PLAN}:{pool}"
