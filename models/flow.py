"""The walk where sources are not nested: a flow from accounts to groups of needs takes the place of the closed form.

What can be granted is still closed downwards, so the pass over the order stays; only its test changes. A need is
carried when augmenting paths bring it from accounts open to its group, moving earlier draws where that makes room.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from models.network import Network

Row = Any


class Flow:
    """Needs carried so far: who draws how much on which account. A later need may move a draw, never undo it."""

    def __init__(self, network: Network) -> None:
        self.room: list[int] = network.balance.tolist()  # (A,) what is left of each account
        self.reach = [[a for a, is_open in enumerate(row) if is_open] for row in network.open.tolist()]  # (G,)
        self.drawn: list[dict[int, int]] = [{} for _ in self.reach]  # (G,) account -> quantity
        self.drawers: list[set[int]] = [set() for _ in self.room]  # (A,) groups that draw on an account

    def carry(self, needs: Iterable[tuple[int, int]]) -> bool:
        """Carry needs (group, quantity) together: all of them, or nothing is changed."""
        return self._bring(needs, for_good=True) is None

    def cut(self, needs: Iterable[tuple[int, int]]) -> "tuple[list[int], list[int]] | None":
        """What `stuck_with` says of the first need that cannot be carried besides the needs before it and all carried
        so far; None where all can. Nothing stays carried."""
        return self._bring(needs, for_good=False)

    def _bring(self, needs: Iterable[tuple[int, int]], *, for_good: bool) -> tuple[list[int], list[int]] | None:
        moves: list[tuple[int, int, int]] = []
        stuck: tuple[list[int], list[int]] | None = None
        for group, quantity in needs:
            lacking = quantity
            while lacking and (path := self._path(group)):
                moved = min([lacking, self.room[path[-1][1]], *(self.drawn[g][a] for g, a in path[1::2])])
                for step, (g, a) in enumerate(path):
                    change = -moved if step % 2 else moved
                    self._move(g, a, change)
                    moves.append((g, a, change))
                lacking -= moved
            if lacking:
                stuck = ([], []) if for_good else self.stuck_with(group)
                break
        if stuck or not for_good:
            for g, a, moved in reversed(moves):
                self._move(g, a, -moved)
        return stuck

    def _path(self, group: int) -> list[tuple[int, int]]:
        """The shortest way to bring more to a group: draw on an account, free it by taking another group's draw off it,
        draw for that one on another account, and so on; empty when there is none. Steps are (group, account)."""
        came: dict[int, tuple[int, int]] = {}  # group -> (the group it makes room for, on this account)
        queue, met = deque([group]), {group}
        while queue:
            g = queue.popleft()
            for a in self.reach[g]:
                if self.room[a] > 0:
                    path = [(g, a)]
                    while g != group:
                        before, account = came[g]
                        path = [(before, account), (g, account), *path]
                        g = before
                    return path
            for a in self.reach[g]:
                for other in sorted(self.drawers[a] - met):
                    met.add(other)
                    came[other] = g, a
                    queue.append(other)
        return []

    def _move(self, group: int, account: int, quantity: int) -> None:
        """Draw more (or, below zero, less) on an account for a group."""
        self.room[account] -= quantity
        drawn = self.drawn[group].get(account, 0) + quantity
        self.drawn[group][account] = drawn
        (self.drawers[account].add if drawn else self.drawers[account].discard)(group)

    def stuck_with(self, group: int) -> tuple[list[int], list[int]]:
        """Groups and accounts behind a need that cannot be carried: these groups may draw on these accounts and no
        others, and all of them are empty (the minimum cut seen from the need)."""
        groups, accounts, queue = {group}, set[int](), deque([group])
        while queue:
            for a in self.reach[queue.popleft()]:
                if a not in accounts:
                    accounts.add(a)
                    for other in self.drawers[a] - groups:
                        groups.add(other)
                        queue.append(other)
        return sorted(groups), sorted(accounts)


def loop_through(network: Network) -> Callable[..., None]:
    """The loop of `models.exact.serve` with a flow for its test of sources; on lists, uncompiled."""
    group: list[list[int]] = network.group.tolist()

    def serve(
        mark: int,
        line: Row,
        owner: Row,
        left: Row,
        owed: Row,
        whole: Row,
        closed: Row,
        stops_on_plan: bool,
        stops_on_any: bool,
        plan: Row,
        least: Row,
        before: Row,
        county: Row,  # noqa: ARG001 - the groups of the network stand for it
        access: Row,  # noqa: ARG001
        need: Row,
        under: Row,
        room: Row,  # noqa: ARG001
        untied: Row,  # noqa: ARG001
        pool: Row,
        cap: Row,
        grants: Row,
        given: Row,
    ) -> None:
        """One round; what earlier rounds granted is carried first, and may be carried otherwise than there."""
        places, kinds = len(plan), len(pool)
        depth = len(under) // places if places else 0
        needs = [
            [(group[p][i], need[p * kinds + i]) for i in range(kinds) if need[p * kinds + i]] for p in range(places)
        ]
        flow = Flow(network)
        for p in range(places):
            if grants[p]:
                flow.carry(needs[p])
        for p in range(places):
            k = line[p]
            if k < 0 or grants[p] != 0 or closed[k] or (before[p] >= 0 and grants[before[p]] == 0):
                continue
            rest = max(min(left[k] + owed[owner[p]], whole[0]), 0)
            if least[p] > rest:
                closed[k] = stops_on_plan
                continue
            granted = min(plan[p], rest)
            caps = [under[p * depth + d] for d in range(depth) if under[p * depth + d] >= 0]
            if any(granted > cap[j] for j in caps) or not flow.carry(needs[p]):
                closed[k] = stops_on_any
                continue
            grants[p], given[p] = mark, granted
            kept = min(owed[owner[p]], granted)
            owed[owner[p]] -= kept
            left[k] -= granted - kept
            whole[0] -= granted
            for j in caps:
                cap[j] -= granted

    return serve
