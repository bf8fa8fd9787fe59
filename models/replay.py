"""The walk once more with its answer given: every grant tested again, and every refusal recorded with what was short.

One loop over the order a round, like that of `models.exact`, compiled or not. It believes nothing: a grant that does
not fit, or a refusal that nothing explains, ends it. For instances without phases, caps, held or divisible places.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.compiling import compiled
from models.instance import FROM_RESERVE, FROM_SHARE, Fill, Grants, Instance, Ints

Row = Any

PLAN, STORE, POOL, CLOSED = -1, 0, 1, 2
"""What was short: the plan of a share or the reserve, one group's own store, the pool with the stores of the groups
that exceed theirs; or nothing, the line being closed."""


class Unexplained(Exception):
    """The answer is not what the walk gives: an error of ours, with the place at which it shows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refusals:
    """One row a shortage met (S of them), in the order of the rounds, places and indicators."""

    place: Ints  # (S,)
    round: Ints  # (S,)
    kind: Ints  # (S,) PLAN, STORE, POOL or CLOSED
    indicator: Ints  # (S,) -1: plan
    ahead_count: Ints  # (S,) granted needs that can draw only here; of CLOSED, the place that closed the line
    ahead: Ints  # (S,) their sum
    balance: Ints  # (S,) what the accounts hold


def replay(instance: Instance, grants: Grants) -> Refusals:
    """Every refusal of `grants` with its shortages; raises `Unexplained` when they are not the answer of the walk."""
    places, kinds = instance.need.shape
    row = np.zeros((2 * places * (1 + kinds), 7), dtype=np.int64)
    plan_only = np.zeros((len(instance.share) + 1, 2), dtype=np.int64)
    whole = np.zeros((2, *instance.own.shape), dtype=np.int64)  # count and sum of all granted needs
    bound = np.zeros_like(whole)  # of those without access
    over = np.zeros((4, kinds), dtype=np.int64)  # of groups that exceed their store: count, sum, stores, overflow
    stops = instance.fill is not Fill.SKIP, instance.fill is Fill.STOP_ON_ANY_NEED
    shares = len(instance.share)
    written = 0
    left = np.append(instance.share, instance.reserve)
    for mark, line in ((FROM_SHARE, instance.category), (FROM_RESERVE, np.full(places, shares))):
        if mark == FROM_RESERVE:
            left = left.copy()
            left[shares] += int((instance.share - plan_only[:shares, 1]).sum())
        found, wrong = compiled(record)(
            mark, line, left, *stops, instance.plan, instance.county, instance.access, instance.need, instance.own,
            instance.pool, grants.round, plan_only, whole, bound, over, row, written,
        )  # fmt: skip
        if wrong >= 0:
            raise Unexplained(f"place {wrong} is not what round {mark} gives")
        written = found
    columns = row[:written].T
    return Refusals(
        place=columns[0],
        round=columns[1],
        kind=columns[2],
        indicator=columns[3],
        ahead_count=columns[4],
        ahead=columns[5],
        balance=columns[6],
    )


def record(
    mark: int,
    line: Row,
    left: Row,
    stops_on_plan: bool,
    stops_on_any: bool,
    plan: Row,
    county: Row,
    access: Row,
    need: Row,
    own: Row,
    pool: Row,
    rounds: Row,
    taken: Row,
    whole: Row,
    bound: Row,
    over: Row,
    row: Row,
    written: int,
) -> tuple[int, int]:
    """One round: writes shortages into `row` from `written` on; returns how many there are, and the first wrong place.

    taken (K + 1, 2)    count and sum of the plan granted from each budget;  left (K + 1,) the budgets
    whole, bound (2, C, I)    count and sum of granted needs by group: all, and those without access
    over (4, I)    of the groups whose needs exceed their store: count and sum of needs, stores, what the pool bears
    """
    kinds = len(pool)
    closer = np.full(len(left), -1)
    for p in range(len(plan)):
        k = line[p]
        if k < 0 or 0 < rounds[p] < mark:
            continue
        if closer[k] >= 0:
            if rounds[p] == mark:
                return written, p
            row[written, 0], row[written, 1], row[written, 2], row[written, 3] = p, mark, 2, -1
            row[written, 4] = closer[k]
            written += 1
            continue
        begun, c = written, county[p]
        misfit = plan[p] > left[k] - taken[k, 1]
        if misfit:
            row[written, 0], row[written, 1], row[written, 2], row[written, 3] = p, mark, -1, -1
            row[written, 4], row[written, 5], row[written, 6] = taken[k, 0], taken[k, 1], left[k]
            written += 1
        for i in range(kinds):
            asked = need[p, i]
            if asked == 0:
                continue
            if not access[p] and bound[1, c, i] + asked > own[c, i]:
                row[written, 0], row[written, 1], row[written, 2], row[written, 3] = p, mark, 0, i
                row[written, 4], row[written, 5], row[written, 6] = bound[0, c, i], bound[1, c, i], own[c, i]
                written += 1
                continue
            before = max(0, whole[1, c, i] - own[c, i])
            after = max(0, whole[1, c, i] + asked - own[c, i])
            if over[3, i] + after - before > pool[i]:
                joins = before == 0 and after > 0  # the group exceeds its store only with this need
                row[written, 0], row[written, 1], row[written, 2], row[written, 3] = p, mark, 1, i
                row[written, 4] = over[0, i] + (whole[0, c, i] if joins else 0)
                row[written, 5] = over[1, i] + (whole[1, c, i] if joins else 0)
                row[written, 6] = over[2, i] + (own[c, i] if joins else 0) + pool[i]
                written += 1
        refused = written > begun
        if refused == (rounds[p] == mark):
            return written, p
        if refused:
            if stops_on_any or (stops_on_plan and misfit):
                closer[k] = p
            continue
        taken[k, 0] += plan[p] > 0
        taken[k, 1] += plan[p]
        for i in range(kinds):
            asked = need[p, i]
            if asked == 0:
                continue
            before = whole[1, c, i] - own[c, i]
            whole[0, c, i] += 1
            whole[1, c, i] += asked
            if not access[p]:
                bound[0, c, i] += 1
                bound[1, c, i] += asked
            after = before + asked
            if before > 0:
                over[0, i] += 1
                over[1, i] += asked
                over[3, i] += asked
            elif after > 0:
                over[0, i] += whole[0, c, i]
                over[1, i] += whole[1, c, i]
                over[2, i] += own[c, i]
                over[3, i] += after
    return written, -1
