"""Where only the shared quota binds and a line closes at its first misfit: a system with exactly one solution."""

from models.instance import Instance
from models.program import Builder, Program, plus
from models.shares import members, share_rows, used


def stop_at_misfit(instance: Instance) -> Program:
    """F.3, variant "stop at the first misfit". Other needs are not looked at.

    Given   what `share_rows` is given; grid unit 1; q the project before p in its line
    Choose  open = 1, read for s[q] and t[q] where p is the first of its line
            x[p], z[p] as in `share_rows`
            s[p] in {0, 1}, 1 if the line of p's share is open after p; 0 if it has none
            t[p] in {0, 1}, the same for the line of the reserve
    So that the rows of `share_rows` hold, and for all p with k(p) = k, q before it in that line
            s[p] <= s[q]                                                                      rows line:p
            s[p] <= x[p]                                                                      rows refused:p
            x[p] <= s[q]                                                                      rows granted:p
            s[p] >= s[q] + x[p] - 1                                                           rows open:p
            sum of a[r] x[r] over r before p, k(r) = k + a[p] >= (S[k] + 1) (s[q] - s[p])     rows misfit:p
            and for all p, q before it in the overall order
            t[p] <= t[q]                                                                      rows line_reserve:p
            t[p] <= x[p] + z[p]                                                               rows refused_reserve:p
            z[p] <= t[q]                                                                      rows granted_reserve:p
            t[p] >= t[q] + x[p] + z[p] - 1                                                    rows open_reserve:p
            sum of a[r] z[r] over r before p + sum of a[r] x[r] + a[p] >= (T + 1) (t[q] - t[p])
                                                                                              rows misfit_reserve:p

    The misfit rows are what keeps a line from closing early and leaking its share into the reserve.
    """
    b = Builder()
    x, z = share_rows(b, instance)
    start = b.column("open", 1, 1)
    s = b.columns("s", (int(k >= 0) for k in instance.category.tolist()))
    t = b.columns("t", (1 for _ in x))
    plan = instance.plan.tolist()
    for k, budget in enumerate(instance.share.tolist()):
        line = members(instance, k)
        for n, p in enumerate(line):
            before = s[line[n - 1]] if n else start
            b.row(f"line:{p}", {s[p]: 1, before: -1}, "<=", 0)
            b.row(f"refused:{p}", {s[p]: 1, x[p]: -1}, "<=", 0)
            b.row(f"granted:{p}", {x[p]: 1, before: -1}, "<=", 0)
            b.row(f"open:{p}", {s[p]: 1, before: -1, x[p]: -1}, ">=", -1)
            closing = {before: -budget - 1, s[p]: budget + 1}
            b.row(f"misfit:{p}", plus(used(instance, x, line[:n]), closing), ">=", -plan[p])
    beyond, everyone = instance.total + 1, range(len(plan))
    for p in everyone:
        before = t[p - 1] if p else start
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"refused_reserve:{p}", {t[p]: 1, x[p]: -1, z[p]: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, before: -1}, "<=", 0)
        b.row(f"open_reserve:{p}", {t[p]: 1, before: -1, x[p]: -1, z[p]: -1}, ">=", -1)
        taken = plus(used(instance, x, everyone), used(instance, z, range(p)))
        b.row(f"misfit_reserve:{p}", plus(taken, {before: -beyond, t[p]: beyond}), ">=", -plan[p])
    return b.program()
