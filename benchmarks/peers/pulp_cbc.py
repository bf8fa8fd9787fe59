"""The division in PuLP, solved by its bundled CBC."""

from time import perf_counter

import pulp

from models.instance import Instance


def build(instance: Instance) -> tuple[pulp.LpProblem, list[pulp.LpVariable]]:
    """Columns x (own share) and z (reserve) of every place, draws from the store and from the pool, and their rows."""
    problem = pulp.LpProblem("quota", pulp.LpMaximize)
    places, (groups, kinds) = range(len(instance.plan)), instance.own.shape
    plan, need = instance.plan / 1e4, instance.need / 1e4
    x = [pulp.LpVariable(f"x{p}", 0, int(instance.category[p] >= 0), cat="Integer") for p in places]
    z = [pulp.LpVariable(f"z{p}", cat="Binary") for p in places]
    for k, budget in enumerate(instance.share / 1e4):
        problem += pulp.lpSum(plan[p] * x[p] for p in places if instance.category[p] == k) <= budget
    problem += pulp.lpSum(plan[p] * (x[p] + z[p]) for p in places) <= instance.total / 1e4
    store: dict[tuple[int, int], list[pulp.LpVariable]] = {(c, i): [] for c in range(groups) for i in range(kinds)}
    pool: list[list[pulp.LpVariable]] = [[] for _ in range(kinds)]
    for p in places:
        problem += x[p] + z[p] <= 1
        if instance.before is not None and (q := int(instance.before[p])) >= 0:
            problem += x[p] <= x[q]
            problem += x[p] + z[p] <= x[q] + z[q]
        for i in range(kinds):
            if need[p, i]:
                home = pulp.LpVariable(f"h{p}_{i}", 0)
                away = pulp.LpVariable(f"a{p}_{i}", 0, None if instance.access[p] else 0)
                problem += home + away == need[p, i] * (x[p] + z[p])
                store[int(instance.county[p]), i].append(home)
                pool[i].append(away)
    for (c, i), draws in store.items():
        problem += pulp.lpSum(draws) <= instance.own[c, i] / 1e4
    for i, draws in enumerate(pool):
        problem += pulp.lpSum(draws) <= instance.pool[i] / 1e4
    return problem, [*x, *z]


def weighted(instance: Instance, limit: float) -> tuple[str, list[int], float]:
    """One solve with weights 2^-rank: what the solver says, its answer, seconds."""
    started = perf_counter()
    problem, columns = build(instance)
    problem.setObjective(pulp.lpSum(2.0 ** -(n + 1) * column for n, column in enumerate(columns[:1000])))
    problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit))
    return pulp.LpStatus[problem.status].lower(), answer(columns), perf_counter() - started


def rank_by_rank(instance: Instance, limit: float) -> tuple[str, list[int], float]:
    """One solve a rank, each held: how far it came, the columns held so far, seconds."""
    started = perf_counter()
    problem, columns = build(instance)
    held: list[int] = []
    for column in columns:
        if perf_counter() - started > limit:
            return f"{len(held)} of {len(columns)} ranks", held, perf_counter() - started
        problem.setObjective(column + 0)
        problem.solve(pulp.PULP_CBC_CMD(msg=False))
        held.append(round(column.value() or 0))
        column.lowBound = column.upBound = held[-1]
    return "all ranks", held, perf_counter() - started


def answer(columns: list[pulp.LpVariable]) -> list[int]:
    """Values rounded to whole numbers; nought where the solver gave none."""
    return [round(column.value() or 0) for column in columns]
