"""Where only the shared quota binds and a misfit is passed over: a system with exactly one solution."""

from models.instance import Instance
from models.program import Builder, Program
from models.shares import share_rows
from models.totals import reserve_totals, share_totals


def fit_or_grant(instance: Instance) -> Program:
    """F.3-1 to F.3-5: a project may be left out only if it does not fit. Other needs are not looked at.

    Given   what `share_rows` is given; grid unit 1; q the project before p in its line
    Choose  x[p], z[p] as in `share_rows`
            r[q], what is granted from the share of p before p; v[q], what is granted from everything before p, all
            shares included: as in `share_totals` and `reserve_totals`
    So that the rows of `share_rows` hold, and
            r[q] + a[p] >= (S[k] + 1) (1 - x[p])         for all p with k(p) = k    rows fit:p          F.3-3
            v[q] + a[p] >= (T + 1) (1 - x[p] - z[p])     for all p                  rows fit_reserve:p  F.3-5

    Without these rows the reserve, which receives what shares leave, would let any share be eaten up (F.2).
    """
    b = Builder()
    choice = share_rows(b, instance)
    x, z, plan = choice.x, choice.z, instance.plan.tolist()
    category: list[int] = instance.category.tolist()
    r, ends = share_totals(b, instance, choice)
    v = reserve_totals(b, instance, choice, ends)
    for p, before in r.before.items():
        beyond = choice.budgets[category[p]] + 1
        b.row(f"fit:{p}", {before: 1, x[p]: beyond}, ">=", beyond - plan[p])
    beyond = choice.total + 1
    for p, before in v.before.items():
        b.row(f"fit_reserve:{p}", {before: 1, x[p]: beyond, z[p]: beyond}, ">=", beyond - plan[p])
    return b.program()
