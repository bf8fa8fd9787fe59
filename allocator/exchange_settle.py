"""An exchange carried out: which accounts give, and which projects draw what their county received (GX-2.3.6)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allocator.compile import Case
from allocator.exchange_terms import value
from allocator.outcome import Exchanged
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, CountyCode, ProjectId
from models.instance import Ints

TIER = "exchange"
"""The tier of a draw on what a county received in exchange."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a project draws of another county's account."""

    project_id: ProjectId
    account_id: AccountId
    quantity: int


def give(
    case: Case, indicator: Indicator, moved: Ints, accounts: Sequence[Account], left: dict[AccountId, int]
) -> Iterator[Exchanged]:
    """What each county gives each other one of an indicator, from its own store by account id; lowers `left`.

    `moved` (C, C, I) are quantities in grid units; own draws have been made, and leave enough.
    """
    place = list(case.stocks).index(indicator)
    law = case.policy.exchange
    for giver, receiver in ((a, c) for a in range(len(case.counties)) for c in range(len(case.counties))):
        due = int(moved[giver, receiver, place])
        for account in (account for account in accounts if account.county == case.counties[giver]):
            taken = min(due, left[account.account_id])
            if taken and law:
                due -= taken
                left[account.account_id] -= taken
                yield Exchanged(
                    giver=case.counties[giver],
                    receiver=case.counties[receiver],
                    indicator=indicator,
                    account_id=account.account_id,
                    quantity=taken,
                    value_yuan=value(law, indicator, taken),
                    rule=law.rule,
                )


def hand_out(wants: Iterable[tuple[ProjectId, CountyCode, int]], exchanged: Sequence[Exchanged]) -> Iterator[Received]:
    """The draws of projects on what their county received, in the order of `wants`: project, county, what it lacks.

    Those who gave come by county code and account id. What nobody lacks stays with the county that received it.
    """
    left: dict[tuple[CountyCode, AccountId], int] = {(e.receiver, e.account_id): e.quantity for e in exchanged}
    for project, county, lacking in wants:
        for key in (key for key in left if key[0] == county):
            if taken := min(lacking, left[key]):
                lacking -= taken
                left[key] -= taken
                yield Received(project, key[1], taken)
