"""Where only the shared quota binds and a misfit is passed over: a system with exactly one solution."""

from models.instance import Instance
from models.program import Builder, Program, plus
from models.shares import members, share_rows, used


def fit_or_grant(instance: Instance) -> Program:
    """F.3-1 to F.3-5: a project may be left out only if it does not fit. Other needs are not looked at.

    Given   what `share_rows` is given; grid unit 1
    Choose  x[p], z[p] as in `share_rows`
    So that the rows of `share_rows` hold, and
            sum of a[r] x[r] over r before p, k(r) = k + a[p] >= (S[k] + 1) (1 - x[p])
                                                           for all p with k(p) = k    rows fit:p          F.3-3
            sum of a[r] z[r] over r before p + sum of a[r] x[r] + a[p] >= (T + 1) (1 - x[p] - z[p])
                                                           for all p                  rows fit_reserve:p  F.3-5

    Without these rows the reserve, which receives what shares leave, would let any share be eaten up (F.2).
    """
    b = Builder()
    x, z = share_rows(b, instance)
    plan = instance.plan.tolist()
    for k, budget in enumerate(instance.share.tolist()):
        line = members(instance, k)
        for n, p in enumerate(line):
            taken = used(instance, x, line[:n])
            b.row(f"fit:{p}", plus(taken, {x[p]: budget + 1}), ">=", budget + 1 - plan[p])
    beyond, everyone = instance.total + 1, range(len(plan))
    for p in everyone:
        taken = plus(used(instance, x, everyone), used(instance, z, range(p)))
        b.row(f"fit_reserve:{p}", plus(taken, {x[p]: beyond, z[p]: beyond}), ">=", beyond - plan[p])
    return b.program()
