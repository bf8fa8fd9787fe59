"""The granted needs of one indicator, counted and summed by the accounts that they can draw on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from allocator.audit.question import Piece
from allocator.audit.stores import Stores
from allocator.outcome import Round, Shortage, ShortageKind
from allocator.records import CountyCode


@dataclass(slots=True)
class Sum:
    """How many granted needs, and how much they are together in grid units."""

    count: int = 0
    total: int = 0

    def add(self, quantity: int) -> None:
        """One more; a need of nothing is none."""
        self.count += 1 if quantity else 0
        self.total += quantity


def by_county() -> defaultdict[CountyCode, Sum]:
    """A sum for each county, empty at first."""
    return defaultdict(Sum)


@dataclass(slots=True)
class Sourced:
    """The granted needs of one indicator."""

    stores: Stores
    closed: defaultdict[CountyCode, Sum] = field(default_factory=by_county)  # of projects without access
    all: defaultdict[CountyCode, Sum] = field(default_factory=by_county)
    borne: int = 0  # what the pool bears: over the counties, what all their needs exceed their own store by

    def excess(self, county: CountyCode, more: int) -> int:
        """By how much the county's needs exceed its own store when it needs so much more."""
        return max(0, self.all[county].total + more - self.stores.held.get(county, 0))

    def grant(self, piece: Piece, quantity: int) -> None:
        """One granted need."""
        county = piece.county
        self.borne += self.excess(county, quantity) - self.excess(county, 0)
        self.all[county].add(quantity)
        if not piece.candidate.access:
            self.closed[county].add(quantity)

    def lacks(self, piece: Piece, quantity: int, round_: Round) -> Shortage | None:
        """Why the need cannot be filled beside all that is granted, if it cannot."""
        county, stores = piece.county, self.stores
        closed = self.closed[county]
        if not piece.candidate.access and closed.total + quantity > stores.held.get(county, 0):
            own = {account.account_id: account.balance for account in stores.own.get(county, ())}
            return self.told(piece, quantity, round_, ShortageKind.STORE, own, (county,), [closed], stores.own_rule)
        if self.borne + self.excess(county, quantity) - self.excess(county, 0) <= stores.pooled:
            return None
        over = tuple(c for c in sorted({*self.all, county}) if self.excess(c, quantity if c == county else 0))
        opened = [account for c in over for account in stores.own.get(c, ())] + list(stores.pool)
        sums = [self.all[c] for c in over]
        balances = {account.account_id: account.balance for account in opened}
        return self.told(piece, quantity, round_, ShortageKind.POOL, balances, over, sums, stores.pool_rule)

    def told(
        self,
        piece: Piece,
        quantity: int,
        round_: Round,
        kind: ShortageKind,
        balances: Mapping[str, int],
        counties: tuple[CountyCode, ...],
        ahead: list[Sum],
        rule: str,
    ) -> Shortage:
        """The shortage as it is written down."""
        return Shortage(
            project=piece.project,
            phase=piece.phase,
            kind=kind,
            indicator=self.stores.indicator,
            round=round_,
            position=piece.placed.position,
            asked=quantity,
            balances=balances,
            counties=counties,
            ahead_count=sum(each.count for each in ahead),
            ahead=sum(each.total for each in ahead),
            rule=rule,
        )
