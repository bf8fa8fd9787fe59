"""The accounts of the books: those of the scenario, those of the shares, and what each project holds.

An account holds one indicator. Its balance never falls below zero; the outside alone, from which every quota comes,
owes what it gave: over all accounts of an indicator the sum is zero.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from allocator.books import plan_account
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, CountyCode, ProjectId

OUTSIDE = "outside"
"""The kind of account that quota comes from: the province, and whoever filled the stores before the books."""
SHARE = "share"
HELD = "held"
PROJECT = "project"
LINKED = "linked"

FARMLAND = (Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY)
"""The classes of farmland balance (QN-9.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAccount:
    """One account of the books. `kind` is that of the scenario's account, or one of this module's."""

    account_id: AccountId
    indicator: Indicator
    kind: str
    county: CountyCode = ""
    project: ProjectId = ""


def outside(indicator: Indicator) -> LedgerAccount:
    """Where the quota of an indicator comes from."""
    return LedgerAccount(account_id=f"{OUTSIDE}:{indicator}", indicator=indicator, kind=OUTSIDE)


def held_back() -> LedgerAccount:
    """Extra quota that waits for the recall (QY-12.2, `extra.before_recall = hold`)."""
    return LedgerAccount(account_id=plan_account(HELD), indicator=Indicator.PLAN, kind=HELD)


def share(pool: str) -> LedgerAccount:
    """A category's share of the plan quota, or the reserve."""
    return LedgerAccount(account_id=plan_account(pool), indicator=Indicator.PLAN, kind=SHARE)


def of_project(project: ProjectId, indicator: Indicator, county: CountyCode = "") -> LedgerAccount:
    """What a project holds of an indicator, and would give back."""
    name = f"{PROJECT}:{project}:{indicator}"
    return LedgerAccount(account_id=name, indicator=indicator, kind=PROJECT, county=county, project=project)


def linked(project: ProjectId, indicator: Indicator, county: CountyCode = "") -> LedgerAccount:
    """What is linked to a project's land-approval file for good (QN-12.3)."""
    name = f"{LINKED}:{project}:{indicator}"
    return LedgerAccount(account_id=name, indicator=indicator, kind=LINKED, county=county, project=project)


def of_scenario(accounts: Iterable[Account], pools: Sequence[str]) -> Iterator[LedgerAccount]:
    """All accounts with which the books are opened: outside, shares, what is held back, and the scenario's own."""
    yield from (outside(indicator) for indicator in Indicator)
    yield from (share(pool) for pool in pools)
    yield held_back()
    for row in accounts:
        yield LedgerAccount(account_id=row.account_id, indicator=row.indicator, kind=row.kind.value, county=row.county)
