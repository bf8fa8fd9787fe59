"""Which givers, how much of each: among the covers of one size the preferred one, rung by rung (QN-6.4, QN-6.5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import gcd

from models.cover import Amounts
from models.program import Builder, Program, Rung, Terms, plus


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What several classes ask of givers. All givers together hold at least what is asked."""

    held: Amounts  # (C, I) grid units that may be given
    asked: tuple[int, ...]  # (I,) grid units
    order: tuple[tuple[int, ...], ...]  # (I, C) the givers in the preference of each class, the best first
    free: tuple[bool, ...]  # (C,) gives anyway, of another class: not counted here
    price: Amounts | None = None  # (C, I) what a grid unit costs; None: it does not depend on the giver
    before: frozenset[int] | None = None  # the givers of a plan in force

    def greedy(self, among: frozenset[int] | None = None) -> list[list[int]]:
        """(C, I) each class down its order, every giver (of `among`) emptied before the next."""
        given = [[0] * len(self.asked) for _ in self.held]
        for i, left in enumerate(self.asked):
            for c in self.order[i]:
                if among is None or c in among:
                    given[c][i] = min(self.held[c][i], left)
                    left -= given[c][i]
        return given

    def counted(self, given: Amounts) -> int:
        """How many givers are counted."""
        return sum(any(row) and not free for row, free in zip(given, self.free, strict=True))

    def ranked(self, given: Amounts) -> tuple[int, ...]:
        """(I,) the sum of rank times quantity of each class, 1 the best rank: what the preference makes least."""
        return tuple(sum(k * given[c][i] for k, c in enumerate(self.able(i), start=1)) for i in range(len(self.asked)))

    def able(self, i: int) -> list[int]:
        """The givers that hold anything of class i, in its preference; their places are their ranks."""
        return [c for c in self.order[i] if self.held[c][i]]


def giving(request: Request, most: int, *, least: int = 0) -> Program:
    """At most so many givers, preferred in the order of the classes. No cover has fewer than `least` of them.

    Given   giver c holds h[c, i]; d[i] is asked; c(i, k), the k-th in the preference of class i among its m[i] givers
            that hold any of it; price w[c, i]; the givers before; some givers are free
    Choose  y[c] in {0, 1}, 1 if c gives; 1 for all that are free
            u[i, k] in 0..d[i], what the k best of class i leave to be asked of others; 0 for k = m[i]
    So that u[i, k] + sum of h[c(i, l), i] y[c(i, l)] over l <= k >= d[i]    for all i, k    rows left:i:k
            y[c] <= sum of u[i, k - 1] - u[i, k] over i, c = c(i, k)         for all c not free, rows idle:c,
                                                                             where more may give than must
            sum of y[c] over c that are not free <= n                                        row most         QN-6.5
            and in this order are least
            sum of u[i, k] over k                                for all i    rungs preference:i              QN-6.4
            sum of w[c(i, k), i] (u[i, k - 1] - u[i, k])         over i, k    rung payment, where prices differ
            the givers not free that gave before or give now, not both        rung changes, where some gave before
            and y is lexicographically greatest                               rungs y:c, c not free

    Each class empties its better ranked givers first; then u[i, k - 1] - u[i, k] is what the k-th gives, and the sum of
    rank times quantity is d[i] + the sum of u[i, k].
    """
    b = Builder()
    y = [b.column(f"y:{c}", int(free), int(free or any(row))) for c, (row, free) in enumerate(rows_of(request))]
    counted = [c for c, free in enumerate(request.free) if not free]
    turns: dict[tuple[int, int], tuple[int, Terms]] = {}  # giver, class -> u when it has given, what it gives
    for i, quantity in enumerate(request.asked):
        better: dict[int, int] = {}
        before: Terms = {}
        able = request.able(i)
        for k, c in enumerate(able, start=1):
            u = b.column(f"u:{i}:{k}", 0, quantity if k < len(able) else 0)
            better[y[c]] = request.held[c][i]
            b.row(f"left:{i}:{k}", {u: 1, **better}, ">=", quantity)
            turns[c, i] = u, plus(before, {u: -1})
            before = {u: 1}
    for c in counted if most > least else ():
        gives = [(i, turns[c, i][1]) for i in range(len(request.asked)) if (c, i) in turns]
        whole = sum(request.asked[i] for i, _ in gives if request.able(i)[0] == c)
        b.row(
            f"idle:{c}", plus({y[c]: 1}, *({u: -part for u, part in terms.items()} for _, terms in gives)), "<=", whole
        )
    b.row("most", {y[c]: 1 for c in counted}, "<=", most)
    for i in range(len(request.asked)):
        b.climb(Rung(f"preference:{i}", {u: -1 for (_, of), (u, _) in turns.items() if of == i}))
    if request.price is not None:
        price = request.price
        costs = ({u: -price[c][i] * part for u, part in terms.items()} for (c, i), (_, terms) in turns.items())
        b.climb(Rung("payment", plus(*costs)))
    if request.before is not None:
        b.climb(Rung("changes", {y[c]: 1 if c in request.before else -1 for c in counted}))
    b.climb_in_order(y[c] for c in counted)
    return b.program()


def rows_of(request: Request) -> Iterator[tuple[Sequence[int], bool]]:
    """What each giver holds, and whether it is free."""
    return zip(request.held, request.free, strict=True)


def columns_of(request: Request, given: Amounts) -> Iterator[int]:
    """The values of the columns of `giving` at an answer in which each class is asked in its order."""
    yield from (int(free or any(row)) for row, free in zip(given, request.free, strict=True))
    for i, left in enumerate(request.asked):
        for c in request.able(i):
            left -= given[c][i]
            yield left


def steps(request: Request) -> tuple[int, ...]:
    """(I,) the greatest step of each class of which all its quantities are multiples."""
    return tuple(gcd(quantity, *(row[i] for row in request.held)) or 1 for i, quantity in enumerate(request.asked))


def coarse(request: Request, step: Sequence[int]) -> Request:
    """The same request in steps: smaller numbers, the same answer."""
    price = request.price
    return replace(
        request,
        held=tuple(tuple(quantity // s for quantity, s in zip(row, step, strict=True)) for row in request.held),
        asked=tuple(quantity // s for quantity, s in zip(request.asked, step, strict=True)),
        price=price and tuple(tuple(w * s for w, s in zip(row, step, strict=True)) for row in price),
    )
