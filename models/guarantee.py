"""One walk over the total that keeps for every share what round 1 would have granted from it."""

from collections.abc import Sequence

import numpy as np

from models.divisible import cut_rows, divisible, plan_granted
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Instance
from models.program import Builder, Terms, plus
from models.shares import Choice, grant_columns, held_plan, members, still_open
from models.totals import Totals


def guarantee_rows(b: Builder, instance: Instance, kept: Sequence[int]) -> Choice:
    """Add the grants of one walk, and the total they draw on.

    Given   total T, what is left of it by grants held beforehand; r[k], `kept`, what round 1 grants from share k
            besides; place p: share k(p) or none; plan a[p]
    Choose  x[p] in {0, 1}, 1 if p is granted; gx[p], the plan granted, as in `plan_granted`
            h[k] >= r[k], what share k takes or keeps
    So that sum of gx[p] over k(p) = k <= h[k]                         rows keep:k
            sum of h[k] + sum of gx[p] over p without a share <= T     row total

    Held places stand in x as a column that is always 1, and count in neither row. Which budget a grant is booked on is
    settled afterwards (`booked`).
    """
    held = np.zeros_like(instance.plan) if instance.held is None else instance.held
    x = grant_columns(b, "x", held != REFUSED, held == REFUSED)
    own = plan_granted(b, instance, "gx", x)
    total = max(0, instance.total - held_plan(instance, FROM_SHARE) - held_plan(instance, FROM_RESERVE))
    h = [b.column(f"h:{k}", r, max(r, total)) for k, r in enumerate(kept)]
    for k, column in enumerate(h):
        granted = plus(*(own[p] for p in still_open(instance, members(instance, k))))
        b.row(f"keep:{k}", plus(granted, {column: -1}), "<=", 0)
    unshared = (own[p] for p in still_open(instance, members(instance, -1)))
    b.row("total", plus(dict.fromkeys(h, 1), *unshared), "<=", total)
    choice = Choice(x=x, z=[], own=own, flex=[], budgets=[], total=total)
    if divisible(instance):
        cut_rows(b, "gx", instance, x, own, what_is_full(b, instance, choice, kept))
    return choice


def what_is_full(
    b: Builder, instance: Instance, choice: Choice, kept: Sequence[int]
) -> dict[int, list[tuple[Terms, int]]]:
    """For each divisible place, what has been used up when nothing is left for it: terms and size, for `cut_rows`.

    Given   divisible place p of share k or none; G[j, p], granted to share j up to p (j = -1: without a share); r[j]
    Choose  n[j, p] in 0..T, no more than the greater one of G[j, p] and r[j]; e[j, p] in {0, 1}, which one that is
    So that n[j, p] <= r[j] + T e[j, p]                                  rows kept:p:j
            n[j, p] <= G[j, p] + T (1 - e[j, p])                         rows used:p:j
            and full is: sum of n[j, p] over j other than k and -1 + G[k, p] + G[-1, p] >= T
    """
    places, total = range(len(choice.x)), choice.total
    granted = {j: Totals() for j in range(-1, len(kept))}
    for j, totals in granted.items():
        line = still_open(instance, places)
        plan: list[Terms] = [choice.own[p] if instance.category[p] == j else {} for p in places]
        totals.add_line(b, f"r:{j}", line, plan, b.column(f"r:{j}:start", 0, 0), total)
    full: dict[int, list[tuple[Terms, int]]] = {}
    for p in divisible(instance):
        k = int(instance.category[p])
        terms = dict.fromkeys({granted[k].upto[p], granted[-1].upto[p]}, 1)
        for j, r in enumerate(kept):
            if j != k:
                n, e = b.column(f"n:{p}:{j}", 0, total), b.column(f"e:{p}:{j}", 0, 1)
                b.row(f"kept:{p}:{j}", {n: 1, e: -total}, "<=", r)
                b.row(f"used:{p}:{j}", {n: 1, granted[j].upto[p]: -1, e: total}, "<=", total)
                terms[n] = 1
        full[p] = [(terms, total)]
    return full
