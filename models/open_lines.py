"""Lines that close at a refusal, where other needs bind too: rows for the coupled program."""

from models.divisible import least_plan
from models.instance import Instance
from models.phases import predecessor
from models.program import Builder, Terms, plus, times
from models.shares import Choice, members, still_open
from models.totals import Totals


def lines_closing_on_plan(
    b: Builder, instance: Instance, choice: Choice, r: Totals, v: Totals, w: Totals | None
) -> None:
    """A line closes exactly when the next plan does not fit; a need that cannot be sourced leaves it open.

    Given   what `share_rows` is given; grid unit 1; q the place before p in its line, in which no held ones stand;
            m[p], the least plan of p, a[p] unless it is divisible; r[q], v[q] as in `share_totals`, `reserve_totals`
            y[p] = x of the predecessor of p, and y'[p] = x + z of it; both 1 where p is no later phase
    Choose  open = 1, read for s[q] and t[q] where p is the first of its line
            s[p] in {0, 1}, 1 if the line of p's share is open after p; 0 if it has none
            t[p] in {0, 1}, the same for the line of the reserve
    So that for all p with k(p) = k, q before it in that line
            s[p] <= s[q]                                               rows line:p
            x[p] <= s[p]                                               rows granted:p
            s[q] - s[p] <= y[p]                                        rows passed:p
            r[q] + m[p] (s[p] + y[p] - 1) <= S[k]                      rows fits:p
            r[q] + m[p] >= (S[k] + 1) (s[q] - s[p])                    rows misfit:p
            and for all p, q before it in the overall order
            t[p] <= t[q]                                               rows line_reserve:p
            z[p] <= t[p]                                               rows granted_reserve:p
            t[q] - t[p] <= 1 - x[p]                                    rows spared_reserve:p
            t[q] - t[p] <= y'[p]                                       rows passed_reserve:p
            v[q] - gx[p] + m[p] (t[p] + y'[p] - 1) <= T                rows fits_reserve:p
            v[q] + m[p] >= (T + 1) (t[q] - t[p])                       rows misfit_reserve:p

    The rows leave s and t no choice: they follow from x and z, and every x allows z = 0. So nothing in the reserve
    line weighs on x. A place granted in round 1 does not stand in that line: it cannot close it (spared), and its
    own plan is not asked for twice (fits, gx[p]). A phase whose predecessor is refused is passed over.

    Where more is held from a budget than it has, what is left of the total can be less than what is left of a share.
    Then, with w[q] as in `total_in_round_1`,
    choose  u[p] in {0, 1}, 1 if the line of p's share closes for the total
    so that u[p] <= s[q] - s[p]                                        rows closed_total:p
            w[q] + m[p] (s[p] + y[p] - 1) <= T                         rows fits_total:p
            r[q] + m[p] >= (S[k] + 1) (s[q] - s[p] - u[p])             rows misfit:p, instead of the one above
            w[q] + m[p] >= (T + 1) u[p]                                rows misfit_total:p
    """
    x, z, least = choice.x, choice.z, least_plan(instance)
    start = b.column("open", 1, 1)
    s = b.columns("s", (int(k >= 0) for k in instance.category.tolist()))
    t = b.columns("t", (1 for _ in x))
    for k, budget in enumerate(choice.budgets):
        beyond, before = budget + 1, start
        for p in still_open(instance, members(instance, k)):
            tried = _tried(instance, p, [x])
            asked, ahead = _asked(least[p], s[p], tried)
            b.row(f"line:{p}", {s[p]: 1, before: -1}, "<=", 0)
            b.row(f"granted:{p}", {x[p]: 1, s[p]: -1}, "<=", 0)
            if tried:
                b.row(f"passed:{p}", plus({before: 1, s[p]: -1}, times(-1, tried)), "<=", 0)
            b.row(f"fits:{p}", plus(asked, {r.before[p]: 1}), "<=", budget + ahead)
            misfit = {r.before[p]: 1, before: -beyond, s[p]: beyond}
            if w is not None:
                u, all_beyond = b.column(f"u:{p}", 0, 1), choice.total + 1
                b.row(f"closed_total:{p}", {u: 1, before: -1, s[p]: 1}, "<=", 0)
                b.row(f"fits_total:{p}", plus(asked, {w.before[p]: 1}), "<=", choice.total + ahead)
                b.row(f"misfit_total:{p}", {w.before[p]: 1, u: -all_beyond}, ">=", -least[p])
                misfit[u] = beyond
            b.row(f"misfit:{p}", misfit, ">=", -least[p])
            before = s[p]
    beyond, before = choice.total + 1, start
    for p in still_open(instance, range(len(x))):
        tried = _tried(instance, p, [x, z])
        asked, ahead = _asked(least[p], t[p], tried)
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, t[p]: -1}, "<=", 0)
        b.row(f"spared_reserve:{p}", {before: 1, t[p]: -1, x[p]: 1}, "<=", 1)
        if tried:
            b.row(f"passed_reserve:{p}", plus({before: 1, t[p]: -1}, times(-1, tried)), "<=", 0)
        others = plus(asked, {v.before[p]: 1}, times(-1, choice.own[p]))
        b.row(f"fits_reserve:{p}", others, "<=", choice.total + ahead)
        b.row(f"misfit_reserve:{p}", {v.before[p]: 1, before: -beyond, t[p]: beyond}, ">=", -least[p])
        before = t[p]


def lines_closing_on_any_need(b: Builder, instance: Instance, choice: Choice) -> None:
    """A line closes at any refusal: what is granted is a beginning of the line.

    Given   q the place before p in its line, in which no held ones stand
            y[p] = x of the predecessor of p, and y'[p] = x + z of it; both 1 where p is no later phase
    Choose  open = 1, read for s[q] and t[q] where p is the first of its line
            s[p] in {0, 1}, 1 if the line of p's share is open after p; 0 if it has none
            t[p] in {0, 1}, the same for the line of the reserve
    So that for all p with k(p) = k, q before it in that line
            s[p] <= s[q]                       rows line:p
            x[p] <= s[p]                       rows granted:p
            s[p] <= x[p] + 1 - y[p]            rows refused:p
            and for all p, q before it in the overall order
            t[p] <= t[q]                       rows line_reserve:p
            z[p] <= t[p]                       rows granted_reserve:p
            t[p] <= x[p] + z[p] + 1 - y'[p]    rows refused_reserve:p

    These rows alone would let a line close early; the rungs, which grant in order whatever can be granted, do not.
    A phase whose predecessor is refused is passed over.
    """
    x, z = choice.x, choice.z
    start = b.column("open", 1, 1)
    s = b.columns("s", (int(k >= 0) for k in instance.category.tolist()))
    t = b.columns("t", (1 for _ in x))
    for k in range(len(choice.budgets)):
        before = start
        for p in still_open(instance, members(instance, k)):
            tried = _tried(instance, p, [x])
            b.row(f"line:{p}", {s[p]: 1, before: -1}, "<=", 0)
            b.row(f"granted:{p}", {x[p]: 1, s[p]: -1}, "<=", 0)
            b.row(f"refused:{p}", plus({s[p]: 1, x[p]: -1}, tried), "<=", int(bool(tried)))
            before = s[p]
    before = start
    for p in still_open(instance, range(len(x))):
        tried = _tried(instance, p, [x, z])
        b.row(f"line_reserve:{p}", {t[p]: 1, before: -1}, "<=", 0)
        b.row(f"granted_reserve:{p}", {z[p]: 1, t[p]: -1}, "<=", 0)
        b.row(f"refused_reserve:{p}", plus({t[p]: 1, x[p]: -1, z[p]: -1}, tried), "<=", int(bool(tried)))
        before = t[p]


def _tried(instance: Instance, p: int, rounds: list[list[int]]) -> Terms:
    """1 if the predecessor of p is granted in one of these rounds; empty where p is tried in any case."""
    q = predecessor(instance, p)
    return {} if q is None else {columns[q]: 1 for columns in rounds}


def _asked(least: int, is_open: int, tried: Terms) -> tuple[dict[int, int], int]:
    """What p asks of an open line, `least (s + y - 1)`: the form, and its constant on the right side."""
    return plus({is_open: least}, times(least, tried)), least if tried else 0
