"""Bounds on what part of all plan granted some places have."""

from models.instance import Instance
from models.program import Builder, plus, times
from models.shares import Choice


def portion_rows(b: Builder, instance: Instance, choice: Choice) -> None:
    """Add one row a bound; they are not closed downwards, and no walk finds the answer.

    Given   bound b: n[b] / d[b] at least, or at most, for the places M[b]; g[p] = gx[p] + gz[p], the plan granted
    So that d[b] sum of g[p] over M[b] - n[b] sum of g[p] >= 0    rows portion:b, `<=` where it is at most
            sum of g[p] >= 1                                      row something, if there is a bound and a plan

    Granting nothing would keep every bound. The row `something` makes bounds that cannot be kept a contradiction.
    """
    everything = plus(*(choice.plan(p) for p in range(len(choice.x))))
    for portion in instance.portions:
        part = plus(*(choice.plan(p) for p in portion.members.nonzero()[0].tolist()))
        balance = plus(times(portion.denominator, part), times(-portion.numerator, everything))
        b.row(f"portion:{portion.name}", balance, ">=" if portion.at_least else "<=", 0)
    if instance.portions and instance.plan.any():
        b.row("something", everything, ">=", 1)
