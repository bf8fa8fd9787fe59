"""Lines that close at a refusal, where other needs bind too: rows for the coupled program."""

from itertools import pairwise

from models.instance import Instance
from models.program import Builder, plus
from models.shares import members, used


def lines_closing_on_plan(b: Builder, instance: Instance, x: list[int], z: list[int]) -> None:
    """A line closes exactly when the next plan does not fit; a need that cannot be sourced leaves it open.

    Given   what `share_rows` is given; grid unit 1; q the project before p in its line
    Choose  open = 1, read for s[q] and t[q] where p is the first of its line
            s[p] in {0, 1}, 1 if the line of p's share is open after p; 0 if it has none
            t[p] in {0, 1}, the same for the line of the reserve
    So that for all p with k(p) = k, q before it in that line
            s[p] <= s[q]                                                                      rows line:p
            x[p] <= s[p]                                                                      rows granted:p
            sum of a[r] x[r] over r before p, k(r) = k + a[p] s[p] <= S[k]                    rows fits:p
            sum of a[r] x[r] over r before p, k(r) = k + a[p] >= (S[k] + 1) (s[q] - s[p])     rows misfit:p
            and for all p, q before it in the overall order
            t[p] <= t[q]                                                                      rows line_reserve:p
            z[p] <= t[p]                                                                      rows granted_reserve:p
            t[q] - t[p] <= 1 - x[p]                                                           rows spared_reserve:p
            sum of a[r] z[r] over r before p + sum of a[r] x[r] over r other than p + a[p] t[p] <= T
                                                                                              rows fits_reserve:p
            sum of a[r] z[r] over r before p + sum of a[r] x[r] + a[p] >= (T + 1) (t[q] - t[p])
                                                                                              rows misfit_reserve:p

    The rows leave s and t no choice: they follow from x and z, and every x allows z = 0. So nothing in the reserve
    line weighs on x. A project granted in round 1 does not stand in that line: it cannot close it (spared), and its
    own plan is not asked for twice (fits, r other than p).
    """
    start = b.column("open", 1, 1)
    s = b.columns("s", (int(k >= 0) for k in instance.category.tolist()))
    t = b.columns("t", (1 for _ in x))
    plan = instance.plan.tolist()
    for k, budget in enumerate(instance.share.tolist()):
        line = members(instance, k)
        for n, p in enumerate(line):
            before = s[line[n - 1]] if n else start
            taken = used(instance, x, line[:n])
            b.row(f"line:{p}", {s[p]: 1, before: -1}, "<=", 0)
            b.row(f"granted:{p}", {x[p]: 1, s[p]: -1}, "<=", 0)
            b.row(f"fits:{p}", taken | {s[p]: plan[p]}, "<=", budget)
            b.row(f"misfit:{p}", taken | {before: -budget - 1, s[p]: budget + 1}, ">=", -plan[p])
    beyond, everyone = instance.total + 1, range(len(plan))
    for p in everyone:
        before = t[p - 1] if p else start
        taken = plus(used(instance, x, everyone), used(instance, z, range(p)))
        others = plus(taken, {x[p]: -plan[p]})
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, t[p]: -1}, "<=", 0)
        b.row(f"spared_reserve:{p}", {before: 1, t[p]: -1, x[p]: 1}, "<=", 1)
        b.row(f"fits_reserve:{p}", others | {t[p]: plan[p]}, "<=", instance.total)
        b.row(f"misfit_reserve:{p}", taken | {before: -beyond, t[p]: beyond}, ">=", -plan[p])


def lines_closing_on_any_need(b: Builder, instance: Instance, x: list[int], z: list[int]) -> None:
    """A line closes at any refusal: what is granted is a beginning of the line.

    Given   q the project before p in its line
    Choose  open = 1, read for t[q] where p is the first of its line
            t[p] in {0, 1}, 1 if the line of the reserve is open after p
    So that x[p] <= x[q]            for all p with a q before it in the line of its share    rows line:p
            t[p] <= t[q]            for all p, q before it in the overall order              rows line_reserve:p
            z[p] <= t[p]            for all p                                                rows granted_reserve:p
            t[p] <= x[p] + z[p]     for all p                                                rows refused_reserve:p

    These rows alone would let a line close early; the rungs, which grant in order whatever can be granted, do not.
    """
    start = b.column("open", 1, 1)
    t = b.columns("t", (1 for _ in x))
    for k in range(len(instance.share)):
        line = members(instance, k)
        for q, p in pairwise(line):
            b.row(f"line:{p}", {x[p]: 1, x[q]: -1}, "<=", 0)
    for p in range(len(x)):
        before = t[p - 1] if p else start
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, t[p]: -1}, "<=", 0)
        b.row(f"refused_reserve:{p}", {t[p]: 1, x[p]: -1, z[p]: -1}, "<=", 0)
