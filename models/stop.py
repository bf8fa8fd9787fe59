"""Where only the shared quota binds and a line closes at its first misfit: a system with exactly one solution."""

from models.instance import Instance
from models.program import Builder, Program
from models.shares import members, share_rows
from models.totals import reserve_totals, share_totals


def stop_at_misfit(instance: Instance) -> Program:
    """F.3, variant "stop at the first misfit". Other needs are not looked at.

    Given   what `share_rows` is given; grid unit 1; q the project before p in its line
    Choose  open = 1, read for s[q] and t[q] where p is the first of its line
            x[p], z[p] as in `share_rows`
            r[q], what is granted from the share of p before p; v[q], what is granted from everything before p, all
            shares included: as in `share_totals` and `reserve_totals`
            s[p] in {0, 1}, 1 if the line of p's share is open after p; 0 if it has none
            t[p] in {0, 1}, the same for the line of the reserve
    So that the rows of `share_rows` hold, and for all p with k(p) = k, q before it in that line
            s[p] <= s[q]                                   rows line:p
            s[p] <= x[p]                                   rows refused:p
            x[p] <= s[q]                                   rows granted:p
            s[p] >= s[q] + x[p] - 1                        rows open:p
            r[q] + a[p] >= (S[k] + 1) (s[q] - s[p])        rows misfit:p
            and for all p, q before it in the overall order
            t[p] <= t[q]                                   rows line_reserve:p
            t[p] <= x[p] + z[p]                            rows refused_reserve:p
            z[p] <= t[q]                                   rows granted_reserve:p
            t[p] >= t[q] + x[p] + z[p] - 1                 rows open_reserve:p
            v[q] + a[p] >= (T + 1) (t[q] - t[p])           rows misfit_reserve:p

    The misfit rows are what keeps a line from closing early and leaking its share into the reserve.
    """
    b = Builder()
    choice = share_rows(b, instance)
    x, z, plan = choice.x, choice.z, instance.plan.tolist()
    r, ends = share_totals(b, instance, choice)
    v = reserve_totals(b, instance, choice, ends)
    start = b.column("open", 1, 1)
    s = b.columns("s", (int(k >= 0) for k in instance.category.tolist()))
    t = b.columns("t", (1 for _ in x))
    for k, budget in enumerate(choice.budgets):
        before = start
        for p in members(instance, k):
            b.row(f"line:{p}", {s[p]: 1, before: -1}, "<=", 0)
            b.row(f"refused:{p}", {s[p]: 1, x[p]: -1}, "<=", 0)
            b.row(f"granted:{p}", {x[p]: 1, before: -1}, "<=", 0)
            b.row(f"open:{p}", {s[p]: 1, before: -1, x[p]: -1}, ">=", -1)
            b.row(f"misfit:{p}", {r.before[p]: 1, before: -budget - 1, s[p]: budget + 1}, ">=", -plan[p])
            before = s[p]
    beyond, before = choice.total + 1, start
    for p in range(len(plan)):
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"refused_reserve:{p}", {t[p]: 1, x[p]: -1, z[p]: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, before: -1}, "<=", 0)
        b.row(f"open_reserve:{p}", {t[p]: 1, before: -1, x[p]: -1, z[p]: -1}, ">=", -1)
        b.row(f"misfit_reserve:{p}", {v.before[p]: 1, before: -beyond, t[p]: beyond}, ">=", -plan[p])
        before = t[p]
    return b.program()
