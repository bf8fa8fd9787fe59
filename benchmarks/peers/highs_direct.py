"""The division put directly to HiGHS by its own Python interface."""

from time import perf_counter

import highspy
import numpy as np

from models.instance import Instance


def build(instance: Instance) -> tuple[highspy.Highs, int]:
    """The same columns and rows as by PuLP; the first 2 P columns are x and z. Returns the model and P."""
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    places, (groups, kinds) = len(instance.plan), instance.own.shape
    plan, need = instance.plan / 1e4, instance.need / 1e4
    for p in range(places):
        model.addVar(0, float(instance.category[p] >= 0))
    for _ in range(places):
        model.addVar(0, 1)
    model.changeColsIntegrality(
        2 * places, np.arange(2 * places, dtype=np.int32), np.array([highspy.HighsVarType.kInteger] * 2 * places)
    )
    count = 2 * places

    def row(upper: float, lower: float, terms: dict[int, float]) -> None:
        model.addRow(lower, upper, len(terms), np.array(list(terms), dtype=np.int32), np.array(list(terms.values())))

    below = -highspy.kHighsInf
    for k, budget in enumerate(instance.share / 1e4):
        row(budget, below, {p: plan[p] for p in np.flatnonzero(instance.category == k).tolist()})
    row(instance.total / 1e4, below, {n: plan[n % places] for n in range(2 * places)})
    store: dict[tuple[int, int], dict[int, float]] = {(c, i): {} for c in range(groups) for i in range(kinds)}
    pool: list[dict[int, float]] = [{} for _ in range(kinds)]
    for p in range(places):
        x, z = p, places + p
        row(1, below, {x: 1, z: 1})
        if instance.before is not None and (q := int(instance.before[p])) >= 0:
            row(0, below, {x: 1, q: -1})
            row(0, below, {x: 1, z: 1, q: -1, places + q: -1})
        for i in range(kinds):
            if need[p, i]:
                model.addVar(0, highspy.kHighsInf)
                model.addVar(0, highspy.kHighsInf if instance.access[p] else 0)
                row(0, 0, {count: 1, count + 1: 1, x: -need[p, i], z: -need[p, i]})
                store[int(instance.county[p]), i][count] = 1
                pool[i][count + 1] = 1
                count += 2
    for (c, i), draws in store.items():
        row(instance.own[c, i] / 1e4, below, draws)
    for i, draws in enumerate(pool):
        row(instance.pool[i] / 1e4, below, draws)
    model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    return model, places


def weighted(instance: Instance, limit: float) -> tuple[str, list[int], float]:
    """One solve with weights 2^-rank: what the solver says, its answer, seconds."""
    started = perf_counter()
    model, places = build(instance)
    model.setOptionValue("time_limit", float(limit))
    for n in range(min(2 * places, 1000)):
        model.changeColCost(n, 2.0 ** -(n + 1))
    model.run()
    said = model.modelStatusToString(model.getModelStatus()).lower()
    return said, answer(model, 2 * places), perf_counter() - started


def rank_by_rank(instance: Instance, limit: float) -> tuple[str, list[int], float]:
    """One solve a rank, each held: how far it came, the columns held so far, seconds."""
    started = perf_counter()
    model, places = build(instance)
    held: list[int] = []
    for n in range(2 * places):
        if perf_counter() - started > limit:
            return f"{n} of {2 * places} ranks", held, perf_counter() - started
        model.changeColCost(n, 1.0)
        model.run()
        held.append(answer(model, n + 1)[n])
        model.changeColCost(n, 0.0)
        model.changeColBounds(n, held[-1], held[-1])
    return "all ranks", held, perf_counter() - started


def answer(model: highspy.Highs, columns: int) -> list[int]:
    """Values of the first columns rounded to whole numbers; nought where the solver gave none."""
    values = model.getSolution().col_value
    return [round(value) for value in values[:columns]] if len(values) else [0] * columns
