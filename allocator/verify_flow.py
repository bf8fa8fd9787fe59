"""The recount where sources are not nested: who may draw on what, and what can be drawn together.

The cut behind a need that cannot be carried is the smallest there is, whatever the draws that fill the others; so it
is found again, account by account, by a search of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from allocator.nesting import joined, stands_alone
from allocator.outcome import Group
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, CountyCode, ProjectId
from allocator.verify_ground import Ground
from allocator.verify_pieces import Piece

Cut = tuple[tuple[Group, ...], tuple[AccountId, ...], int, Indicator]
"""Groups whose needs may draw on these accounts and no others, how much the refused piece asks, and of what."""


def flowing(ground: Ground) -> tuple[tuple[Indicator, ...], ...]:
    """The indicators that are not nested, in sets that share accounts."""
    homes = {placed.candidate.application.county for placed in ground.allocation.order.places}
    counties = homes | {account.county for account in ground.accounts.values() if account.county}
    policy = ground.run.policy
    return joined([i for i in policy.indicators if not stands_alone(i, policy, counties)], policy)


def is_in(tier: Tier, account: Account, indicator: Indicator, county: CountyCode) -> bool:
    """Whether an account fills needs of this indicator and county in a tier, for those whom the tier serves."""
    lender = indicator if tier.stands_in is None else tier.stands_in
    if account.kind is not tier.kind or account.indicator is not lender:
        return False
    if tier.holder == "other_counties":
        return account.county not in ("", county) and [account.county, county] not in [[*p] for p in tier.forbidden]
    return account.county == (county if tier.holder == "own_county" else "")


class Carried:
    """Granted needs by group, and one way to draw them all."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.sets = ground, flowing(ground)
        self.left = {account.account_id: account.balance for account in ground.accounts.values()}
        self.drawn: defaultdict[AccountId, Counter[Group]] = defaultdict(Counter)
        self.count: Counter[Group] = Counter()
        self.sum: Counter[Group] = Counter()
        self.lost: list[ProjectId] = []  # granted, and not to be carried
        self.open: dict[Group, list[AccountId]] = {}

    def needs(self, piece: Piece, indicators: Sequence[Indicator]) -> list[tuple[Group, int]]:
        """What a piece needs of these indicators."""
        access = bool(piece.placed.candidate.access)
        groups = [(Group(indicator=i, county=piece.county, access=access), piece.needs.get(i, 0)) for i in indicators]
        return [(group, quantity) for group, quantity in groups if quantity]

    def grant(self, piece: Piece) -> None:
        """Carry all needs of a piece."""
        for indicators in self.sets:
            for group, quantity in self.needs(piece, indicators):
                self.count[group] += 1
                self.sum[group] += quantity
                if self.bring(group, quantity)[0]:
                    self.lost.append(piece.project)

    def cuts(self, piece: Piece) -> Iterator[Cut]:
        """For each set the first need that cannot be carried, and what is too small for it."""
        for indicators in self.sets:
            left, drawn = dict(self.left), {account: Counter(by) for account, by in self.drawn.items()}
            asked: list[tuple[Group, int]] = []
            for group, quantity in self.needs(piece, indicators):
                asked.append((group, quantity))
                lacking, groups, accounts = self.bring(group, quantity)
                if lacking:
                    mine = sum(quantity for group, quantity in asked if group in groups)
                    yield tuple(sorted(groups)), tuple(sorted(accounts)), mine, group.indicator
                    break
            self.left, self.drawn = left, defaultdict(Counter, drawn)

    def reach(self, group: Group) -> list[AccountId]:
        """The accounts open to a group."""
        if group not in self.open:
            tiers = [t for t in self.ground.tiers(group.indicator) if group.access or not t.access]
            self.open[group] = [
                account_id
                for account_id, account in self.ground.accounts.items()
                if any(is_in(tier, account, group.indicator, group.county) for tier in tiers)
            ]
        return self.open[group]

    def bring(self, group: Group, quantity: int) -> tuple[int, set[Group], set[AccountId]]:
        """Carry as much of a need as can be; what is lacking, and the groups and accounts the last search came by.

        Each pass goes from groups to accounts open to them, from full accounts to the groups that draw on them; where
        it meets an account with something left, everybody on the way draws less on one account and more on the next.
        """
        while True:
            asker: dict[AccountId, Group] = {}  # account -> the group that would draw more on it
            gives: dict[Group, AccountId] = {}  # group -> the account it would draw less on
            stack, found = [group], ""
            while stack and not found:
                here = stack.pop()
                for account in (a for a in self.reach(here) if a not in asker):
                    asker[account] = here
                    if self.left[account]:
                        found = account
                        break
                    for other, drawn in self.drawn[account].items():
                        if drawn and other != group and other not in gives:
                            gives[other] = account
                            stack.append(other)
            if not quantity or not found:
                return quantity, {group, *gives}, set(asker)
            chain, account = [found], found
            while asker[account] != group:
                account = gives[asker[account]]
                chain.append(account)
            moved = min(quantity, self.left[found], *(self.drawn[gives[asker[a]]][asker[a]] for a in chain[:-1]))
            for a in chain:
                self.drawn[a][asker[a]] += moved
                if asker[a] != group:
                    self.drawn[gives[asker[a]]][asker[a]] -= moved
            self.left[found] -= moved
            quantity -= moved
