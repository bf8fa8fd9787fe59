"""Shares, sources and lines together, and the choice of the program that states an instance."""

from collections.abc import Sequence

import numpy as np

from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Bools, Fill, Grants, Instance
from models.open_lines import lines_closing_on_any_need, lines_closing_on_plan
from models.program import Builder, Program, Rung
from models.shares import share_rows
from models.skip import fit_or_grant
from models.sourcing import sourcing_rows
from models.stop import stop_at_misfit


def formulate(instance: Instance, incumbent: Bools | None = None) -> Program:
    """The program whose one best answer is the walk over the order; its first 2 P columns are x and z.

    `incumbent` (P,) are the grants in force: the answer by weight departs from them as little as it may.
    """
    if instance.is_coupled or instance.fill is Fill.MAX_WEIGHT:
        return coupled(instance, incumbent)
    return fit_or_grant(instance) if instance.fill is Fill.SKIP else stop_at_misfit(instance)


def coupled(instance: Instance, incumbent: Bools | None = None) -> Program:
    """Budgets, sources and open lines at once.

    Given   an instance with other needs than plan
    Choose  x[p], z[p] as in `share_rows`; overflows as in `sourcing_rows`; open lines as in `open_lines`
    So that all their rows hold,
            x is lexicographically greatest in the overall order,                         rungs x:p
            and z is, among the answers with that x                                       rungs z:p

    One program holds both rounds. It may, because every x that is feasible by itself stays so with z = 0: what
    round 2 could win cannot weigh on round 1, and z comes into play when x is held.
    """
    b = Builder()
    x, z = share_rows(b, instance)
    sourcing_rows(b, instance, x, z)
    match instance.fill:
        case Fill.SKIP | Fill.GUARANTEE | Fill.MAX_WEIGHT:
            pass
        case Fill.STOP_ON_PLAN:
            lines_closing_on_plan(b, instance, x, z)
        case Fill.STOP_ON_ANY_NEED:
            lines_closing_on_any_need(b, instance, x, z)
    if instance.fill is Fill.MAX_WEIGHT and incumbent is not None:
        kept = {column: 1 if incumbent[p] else -1 for p in range(len(x)) for column in (x[p], z[p])}
        b.climb(Rung("least_changes", kept))
    b.climb_in_order(x)
    b.climb_in_order(z)
    return b.program()


def grants(instance: Instance, columns: Sequence[int]) -> Grants:
    """The answer of `formulate`, read back."""
    places = len(instance.plan)
    x, z = columns[:places], columns[places : 2 * places]
    rounds = np.array(x, dtype=np.int64) + 2 * np.array(z, dtype=np.int64)
    return Grants(round=rounds, plan=np.where(rounds != REFUSED, instance.plan, 0))


def columns_of(grants: Grants) -> dict[int, int]:
    """The columns of `formulate` that grants decide, and their values."""
    rounds: list[int] = grants.round.tolist()
    values = [int(r == FROM_SHARE) for r in rounds] + [int(r == FROM_RESERVE) for r in rounds]
    return dict(enumerate(values))
