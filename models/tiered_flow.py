"""Who draws how much on which account where sources are not nested: one answer, by an order of preferences.

Needs of one group may draw on the same accounts. A preference is a set of edges: of all flows that fill every need,
those are kept that carry the most over the first set; of these, those that carry the most over the second; and so on.
What is still open then is settled need by need. Integers of any size; no solver, no floats.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


class Unfilled(ValueError):
    """Some needs cannot be filled from these accounts, however they draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What may fill the needs. Two edges may join the same group and account: by different tiers."""

    balance: Sequence[int]  # (A,) grid units
    edges: Sequence[tuple[int, int]]  # (E,) group, account; in the order in which a need chooses among its own
    preferences: Sequence[Collection[int]]  # edges over which as much as may be is drawn, the first before all others


@dataclass(slots=True)
class Residual:
    """A network and a flow in it; arc n runs back along arc n ^ 1. `room` is what an arc may still carry."""

    nodes: int
    head: list[int] = field(default_factory=list[int])
    room: list[int] = field(default_factory=list[int])
    cost: list[int] = field(default_factory=list[int])
    out: list[list[int]] = field(init=False)  # node -> its arcs

    def __post_init__(self) -> None:
        self.out = [[] for _ in range(self.nodes)]

    def arc(self, tail: int, head: int, room: int, cost: int) -> int:
        """One more arc and its way back; returns its number."""
        number = len(self.head)
        for node, other, most, price in ((tail, head, room, cost), (head, tail, 0, -cost)):
            self.out[node].append(len(self.head))
            self.head.append(other)
            self.room.append(most)
            self.cost.append(price)
        return number

    def push(self, path: Sequence[int], most: int) -> int:
        """Carry as much as the path has room for, at most `most`; returns how much."""
        carried = min([most, *(self.room[arc] for arc in path)])
        for arc in path:
            self.room[arc] -= carried
            self.room[arc ^ 1] += carried
        return carried

    def potentials(self, start: int | None = None) -> tuple[list[int | None], list[int]]:
        """Least cost of reaching each node from `start` (from anywhere: None), and the arc by which it is reached."""
        least: list[int | None] = [0 if start in (None, node) else None for node in range(self.nodes)]
        by = [-1] * self.nodes
        queue = deque(range(self.nodes) if start is None else [start])
        waiting = [start in (None, node) for node in range(self.nodes)]
        while queue:
            node = queue.popleft()
            waiting[node] = False
            here = least[node] or 0
            for arc in self.out[node]:
                there, costs = self.head[arc], here + self.cost[arc]
                known = least[there]
                if self.room[arc] > 0 and (known is None or costs < known):
                    least[there], by[there] = costs, arc
                    if not waiting[there]:
                        waiting[there] = True
                        queue.append(there)
        return least, by

    def cheapest_path(self, start: int, end: int) -> list[int]:
        """The arcs of the cheapest way; empty when there is none."""
        least, by = self.potentials(start)
        return self._back(by, start, end) if least[end] is not None else []

    def path(self, start: int, end: int, allowed: Sequence[bool], without: int) -> list[int]:
        """The arcs of a shortest way along allowed arcs, neither along `without` nor back along it; empty: none."""
        by = [-1] * self.nodes
        queue = deque([start])
        while queue and by[end] < 0:
            node = queue.popleft()
            for arc in self.out[node]:
                there = self.head[arc]
                open_ = self.room[arc] > 0 and allowed[arc] and arc | 1 != without | 1
                if open_ and by[there] < 0 and there != start:
                    by[there] = arc
                    queue.append(there)
        return self._back(by, start, end) if by[end] >= 0 else []

    def _back(self, by: Sequence[int], start: int, end: int) -> list[int]:
        path: list[int] = []
        while end != start:
            path.append(by[end])
            end = self.head[by[end] ^ 1]
        return path[::-1]


def fill(sources: Sources, needs: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """The draws (edge, quantity) of each need (group, quantity), needs in the order in which they choose.

    Given   account a: balance h[a]; edge e from group g(e) to account a(e); need n of group g(n), quantity q[n];
            sets of edges S[1], S[2], ...
    Choose  d[n, e] >= 0 for the edges of the need's group
    So that sum of d[n, e] over e = q[n]                  for all n
            sum of d[n, e] over n, a(e) = a, <= h[a]      for all a
            the vector (sum over S[1], sum over S[2], ..., d of the first need by its edges, of the second, ...) is
            the lexicographically greatest there is.
    All sets are ranked at once by costs that are digits of one whole number; what costs the least is then moved only
    along cycles that cost nothing. Raises Unfilled when not all needs can be filled.
    """
    groups = max((group for group, _ in [*sources.edges, *needs]), default=-1) + 1
    start, end = 0, 1 + groups + len(sources.balance)
    demand = [0] * groups
    for group, quantity in needs:
        demand[group] += quantity
    rank, most = len(sources.preferences), sum(demand) + 1
    cost = [sum(most**k for k in range(rank))] * len(sources.edges)
    for place, edges in enumerate(sources.preferences, start=1):
        for e in edges:
            cost[e] -= most ** (rank - place)
    flow = Residual(end + 1)
    asking = [flow.arc(start, 1 + g, quantity, 0) for g, quantity in enumerate(demand)]
    drawing = [flow.arc(1 + g, 1 + groups + a, demand[g], c) for (g, a), c in zip(sources.edges, cost, strict=True)]
    giving = [flow.arc(1 + groups + a, end, balance, 0) for a, balance in enumerate(sources.balance)]
    lacking = sum(demand)
    while lacking:
        path = flow.cheapest_path(start, end)
        if not path:
            raise Unfilled(f"{lacking} cannot be filled")
        lacking -= flow.push(path, lacking)
    least, _ = flow.potentials()
    tight = [
        (least[flow.head[arc ^ 1]] or 0) + flow.cost[arc] == (least[flow.head[arc]] or 0)
        for arc in range(len(flow.head))
    ]
    own: list[list[int]] = [[] for _ in range(groups)]
    for e, (group, _) in enumerate(sources.edges):
        own[group].append(e)
    drawn: list[list[tuple[int, int]]] = []
    for group, quantity in needs:
        taken: list[tuple[int, int]] = []
        for e in own[group]:
            if not quantity:
                break
            arc, account = drawing[e], sources.edges[e][1]
            while flow.room[arc ^ 1] < quantity and tight[arc]:  # bring more of the group's needs onto this edge
                path = flow.path(1 + groups + account, 1 + group, tight, without=arc)
                if not path:
                    break
                flow.push([arc, *path], quantity - flow.room[arc ^ 1])
            if part := min(quantity, flow.room[arc ^ 1]):
                for used in (asking[group], arc, giving[account]):
                    flow.room[used ^ 1] -= part  # settled: nothing takes it back
                taken.append((e, part))
                quantity -= part
        drawn.append(taken)
    return drawn
