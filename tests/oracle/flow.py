"""Whether some projects can be sourced together: a maximum flow for each indicator, by augmenting paths."""

from collections import deque
from collections.abc import Collection

from oracle.case import Case

Edges = dict[object, dict[object, int]]


def can_be_sourced(case: Case, granted: Collection[int]) -> bool:
    """Whether every need of `granted` can be drawn in full from accounts it may use.

    Where not even what is held beforehand can, what it is short of is borne, and nothing more.
    """
    if case.balances:
        return max_flow(accounts(case, granted)) == sum(sum(case.projects[p].needs) for p in granted)
    held = [p for p, project in enumerate(case.projects) if project.held]
    return all(
        flows(case, granted, i) if flows(case, held, i) else bears_no_more(case, granted, held, i)
        for i in range(len(case.pool))
    )


def accounts(case: Case, granted: Collection[int]) -> Edges:
    """Source -> need -> account (unlimited, where it may draw) -> sink (the balance); all indicators at once."""
    edges: Edges = {"source": {}, "sink": {}}
    for a, balance in enumerate(case.balances):
        edges["account", a] = {"sink": balance}
    for p in granted:
        for i, need in enumerate(case.projects[p].needs):
            edges["source"][p, i] = need
            edges[p, i] = {("account", a): need for a in case.reach[p][i]}
    return edges


def flows(case: Case, granted: Collection[int], i: int) -> bool:
    return max_flow(network(case, granted, i)) == sum(case.projects[p].needs[i] for p in granted)


def bears_no_more(case: Case, granted: Collection[int], held: Collection[int], i: int) -> bool:
    """Without access no group needs more than its store, or than is held; nor does the pool bear more than that."""
    for group, stores in enumerate(case.stores):
        tied = [needed(case, places, group, i, with_access=False) for places in (granted, held)]
        if tied[0] > max(stores[i], tied[1]):
            return False
    borne = [
        sum(
            max(0, sum(needed(case, places, group, i, access) for access in (False, True)) - stores[i])
            for group, stores in enumerate(case.stores)
        )
        for places in (granted, held)
    ]
    return borne[0] <= max(case.pool[i], borne[1])


def needed(case: Case, places: Collection[int], group: int, i: int, with_access: bool) -> int:
    projects = [case.projects[p] for p in places]
    return sum(project.needs[i] for project in projects if (project.group, project.access) == (group, with_access))


def network(case: Case, granted: Collection[int], i: int) -> Edges:
    """Source -> project (its need) -> account (unlimited, where it may draw) -> sink (the balance)."""
    edges: Edges = {"source": {}, "sink": {}, "pool": {"sink": case.pool[i]}}
    for group, stores in enumerate(case.stores):
        edges["store", group] = {"sink": stores[i]}
    for p in granted:
        project = case.projects[p]
        need = project.needs[i]
        edges["source"][p] = need
        edges[p] = {("store", project.group): need}
        if project.access:
            edges[p]["pool"] = need
    return edges


def max_flow(capacity: Edges) -> int:
    """The most that flows from source to sink: paths in the residual network, shortest first."""
    residual = {node: dict(out) for node, out in capacity.items()}
    for node, out in capacity.items():
        for other in out:
            residual[other].setdefault(node, 0)
    flow = 0
    while path := shortest_path(residual):
        amount = min(residual[a][b] for a, b in path)
        for a, b in path:
            residual[a][b] -= amount
            residual[b][a] += amount
        flow += amount
    return flow


def shortest_path(residual: Edges) -> list[tuple[object, object]]:
    came_from: dict[object, object] = {"source": None}
    queue: deque[object] = deque(["source"])
    while queue:
        node = queue.popleft()
        for other, room in residual[node].items():
            if room > 0 and other not in came_from:
                came_from[other] = node
                queue.append(other)
    path: list[tuple[object, object]] = []
    node: object = "sink"
    while node != "source":
        if node not in came_from:
            return []
        path.append((came_from[node], node))
        node = came_from[node]
    return path
