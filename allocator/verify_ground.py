"""What the recount stands on: the outcome beside the input that it must agree with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allocator.outcome import Allocation, Decided, Decision, Draw, Placed, Run
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Account, AccountId, ProjectId


@dataclass(frozen=True, slots=True)
class Ground:
    """The outcome beside the input it must agree with."""

    run: Run
    allocation: Allocation
    decided: Mapping[ProjectId, Decided]
    accounts: Mapping[AccountId, Account]

    @property
    def granted(self) -> Iterator[tuple[Placed, Decided]]:
        """Granted candidates in the overall order."""
        for placed in self.allocation.order.places:
            decided = self.decided[placed.candidate.project_id]
            if decided.decision in (Decision.GRANTED, Decision.PARTIAL):
                yield placed, decided

    def placed(self) -> Mapping[ProjectId, Placed]:
        """Every candidate at its place."""
        return {placed.candidate.project_id: placed for placed in self.allocation.order.places}

    def tier(self, draw: Draw) -> Tier | None:
        """The policy's tier that a draw names, if it fills that indicator."""
        named = (t for t in self.run.policy.tiers if t.name == draw.tier and draw.indicator in t.indicators)
        return next(named, None)

    def tiers(self, indicator: Indicator) -> tuple[Tier, ...]:
        """The policy's tiers of one indicator in the order in which they open."""
        return tuple(tier for tier in self.run.policy.tiers if indicator in tier.indicators)


def stand(allocation: Allocation, run: Run) -> Ground:
    """Lay outcome and input side by side."""
    return Ground(
        run,
        allocation,
        {decided.project_id: decided for decided in allocation.decided},
        {account.account_id: account for account in run.tables.accounts},
    )
