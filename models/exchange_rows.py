"""That every granted need has a source where groups may exchange what they hold: rows, and the least exchange."""

from collections.abc import Mapping, Sequence

import numpy as np

from models.exchange import Exchange
from models.instance import FROM_RESERVE, FROM_SHARE, Grants, Instance, Ints
from models.program import Builder, Program, Rung, Terms, plus, times
from models.shares import Choice

Route = tuple[int, int, int]
"""Who gives, who receives, which indicator."""


def exchange_rows(b: Builder, instance: Instance, choice: Choice, exchange: Exchange) -> dict[Route, int]:
    """Add the exchanges and the rows that source all grants together; returns the columns of e.

    Given   store h[c, i] of group c, common pool H[i], need n[p, i], w[p] = x[p] + z[p] as in `sourcing_rows`;
            N[c, i] = sum of n[p, i] w[p] over p in c, M[c, i] the same with every w[p] = 1
            indicators i with a price v[i] > 0; tolerance D; groups a, b that hold or need one of them
    Choose  e[a, b, i] in 0..h[a, i], given by a to b
            g[c, i] in {0, 1}, 0 only if c gives nothing of i
            o[c, i] in 0..H[i], what the pool bears for group c
    So that sum of n[p, i] w[p] over p in c without access <= h[c, i] + sum of e[a, c, i] over a    rows store:c:i
            N[c, i] - o[c, i] <= h[c, i] + sum of e[a, c, i] over a                                 rows overflow:c:i
            sum of o[c, i] over c <= H[i]                                                           rows pool:i
            sum of e[c, b, i] over b <= h[c, i] g[c, i]                                             rows gives:c:i
            N[c, i] + sum of e[c, b, i] over b <= h[c, i] + M[c, i] (1 - g[c, i])                   rows spare:c:i
            and with V[a, b] = sum of v[i] e[a, b, i] over i
            V[a, b] - V[b, a] <= D                              for all a, b                        rows equal:a:b

    A group gives of an indicator only what its own granted needs leave it: own needs precede any transfer out. What it
    receives comes after its own store and need not be used. So every part of what is granted could be granted too.
    """
    held, classes = instance.own.tolist(), exchange.indicators
    needed = {(c, i): _needs(instance, c, i) for c in range(len(held)) for i in classes}
    groups = [c for c in range(len(held)) if any(held[c][i] or needed[c, i] for i in classes)]
    routes = [(a, c, i) for a in groups for c in groups if a != c for i in classes if held[a][i]]
    moved = {route: b.column("e:{}:{}:{}".format(*route), 0, held[route[0]][route[2]]) for route in routes}
    for i in classes:
        overflows: dict[int, int] = {}
        for c in groups:
            store, wanted = held[c][i], needed[c, i]
            received: Terms = {e: -1 for (_, to, kind), e in moved.items() if (to, kind) == (c, i)}
            given: Terms = {e: 1 for (a, _, kind), e in moved.items() if (a, kind) == (c, i)}
            if tied := {p: n for p, n in wanted.items() if not instance.access[p]}:
                b.row(f"store:{c}:{i}", plus(_granted(choice, tied), received), "<=", store)
            if wanted:
                o = b.column(f"o:{c}:{i}", 0, int(instance.pool[i]))
                b.row(f"overflow:{c}:{i}", plus(_granted(choice, wanted), received, {o: -1}), "<=", store)
                overflows[o] = 1
            if given:
                g, most = b.column(f"g:{c}:{i}", 0, 1), sum(wanted.values())
                b.row(f"gives:{c}:{i}", plus(given, {g: -store}), "<=", 0)
                b.row(f"spare:{c}:{i}", plus(_granted(choice, wanted), given, {g: most}), "<=", store + most)
        if overflows:
            b.row(f"pool:{i}", overflows, "<=", int(instance.pool[i]))
    for (a, c), out in values(moved, exchange).items():
        back = values(moved, exchange)[c, a]
        b.row(f"equal:{a}:{c}", plus(out, times(-1, back)), "<=", exchange.tolerance)
    return moved


def least_exchange(instance: Instance, grants: Grants) -> Program:
    """The one exchange that is made for some grants, of all that source them.

    Given   what `exchange_rows` is given; x and z as granted; step D, 1 if D = 0
    Choose  e[a, b, i] as in `exchange_rows`
            idle[a, b, i] in {0, 1}, 1 only if a gives b nothing of i
            m[a, b] for a < b, the value that either gives the other, in steps, rounded up
    So that the rows of `exchange_rows` hold, and
            e[a, b, i] <= h[a, i] (1 - idle[a, b, i])              for all a, b, i    rows idle:a:b:i
            idle[a, b, i] + idle[b, a, i] >= 1                     for all a < b, i   rows one_way:a:b:i
            V[a, b] <= D m[a, b], V[b, a] <= D m[a, b]             for all a < b      rows value:a:b, value:b:a
            V[a, b] - V[b, a] <= d[a, b], V[b, a] - V[a, b] <= d[a, b]                rows differ:a:b, differ:b:a
    Rungs   - sum of m[a, b], the least value                                         exchange_value
            sum of idle[a, b, i], the fewest transfers                                exchange_transfers
            - sum of d[a, b], by which the values differ                              exchange_difference
            idle is lexicographically greatest by a, b, i                             idle:a:b:i
            e is lexicographically least by a, b, i                                   e:a:b:i

    A value is counted in steps of the tolerance: whoever counted finer would move what nobody needs to win a part of
    what the rule leaves open.
    """
    if instance.exchange is None:
        raise ValueError("an instance without exchange has no least one")
    b, exchange = Builder(), instance.exchange
    rounds = [(int(r == FROM_SHARE), int(r == FROM_RESERVE)) for r in grants.round.tolist()]
    x = [b.column(f"x:{p}", granted, granted) for p, (granted, _) in enumerate(rounds)]
    z = [b.column(f"z:{p}", granted, granted) for p, (_, granted) in enumerate(rounds)]
    choice = Choice(x=x, z=z, own=[], flex=[], budgets=[], total=0)
    moved = exchange_rows(b, instance, choice, exchange)
    idle = {route: b.column("idle:{}:{}:{}".format(*route), 0, 1) for route in moved}
    for (a, c, i), e in moved.items():
        held = int(instance.own[a, i])
        b.row(f"idle:{a}:{c}:{i}", {e: 1, idle[a, c, i]: held}, "<=", held)
        if a < c and (c, a, i) in idle:
            b.row(f"one_way:{a}:{c}:{i}", {idle[a, c, i]: 1, idle[c, a, i]: 1}, ">=", 1)
    step, worth = max(exchange.tolerance, 1), values(moved, exchange)
    deals: dict[int, int] = {}
    differences: dict[int, int] = {}
    for a, c in [pair for pair in worth if pair[0] < pair[1]]:
        m = b.column(f"m:{a}:{c}", 0, -(-max(b.size(worth[a, c]), b.size(worth[c, a])) // step))
        d = b.column(f"d:{a}:{c}", 0, exchange.tolerance)
        for one, other in ((a, c), (c, a)):
            b.row(f"value:{one}:{other}", plus(worth[one, other], {m: -step}), "<=", 0)
            difference = plus(worth[one, other], times(-1, worth[other, one]), {d: -1})
            b.row(f"differ:{one}:{other}", difference, "<=", 0)
        deals[m] = differences[d] = -1
    b.climb(Rung("exchange_value", deals))
    b.climb(Rung("exchange_transfers", dict.fromkeys(idle.values(), 1)))
    b.climb(Rung("exchange_difference", differences))
    b.climb_in_order(idle.values())
    for route, e in moved.items():
        b.climb(Rung("e:{}:{}:{}".format(*route), {e: -1}))
    return b.program()


def values(moved: Mapping[Route, int], exchange: Exchange) -> dict[tuple[int, int], dict[int, int]]:
    """The value that a gives b as a linear form, for all pairs of groups between which something may move."""
    worth: dict[tuple[int, int], dict[int, int]] = {}
    for (a, c, i), e in moved.items():
        worth.setdefault((a, c), {})[e] = int(exchange.price[i])
        worth.setdefault((c, a), {})
    return worth


def moved_by(instance: Instance, program: Program, columns: Sequence[int]) -> Ints:
    """(C, C, I) what each group gives each other one, read back from the program's answer."""
    count, kinds = instance.own.shape
    moved = np.zeros((count, count, kinds), dtype=np.int64)
    for column, value in zip(program.columns, columns, strict=True):
        family, _, route = column.name.partition(":")
        if family == "e":
            moved[tuple(map(int, route.split(":")))] = value
    return moved


def _needs(instance: Instance, c: int, i: int) -> dict[int, int]:
    needs = enumerate(instance.need[:, i].tolist())
    return {p: n for p, n in needs if n and instance.county[p] == c}


def _granted(choice: Choice, needs: Mapping[int, int]) -> Terms:
    return plus(*(times(n, choice.granted(p)) for p, n in needs.items()))
