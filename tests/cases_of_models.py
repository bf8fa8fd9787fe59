"""Plain cases as instances, and the worked example of F.4 as one."""

import numpy as np
from oracle.case import GUARANTEE, SKIP, STOP_ON_ANY_NEED, STOP_ON_PLAN, WEIGHT, Case

from models.instance import Fill, Instance, Portion

LINES = (Fill.SKIP, Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED)
"""The modes in which places stand in line."""

FILL = {
    SKIP: Fill.SKIP,
    STOP_ON_PLAN: Fill.STOP_ON_PLAN,
    STOP_ON_ANY_NEED: Fill.STOP_ON_ANY_NEED,
    GUARANTEE: Fill.GUARANTEE,
    WEIGHT: Fill.MAX_WEIGHT,
}


def ints(values: object) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def instance_of(case: Case) -> Instance:
    projects, indicators = case.projects, len(case.pool)
    weighs = case.mode == WEIGHT
    return Instance(
        share=ints(case.shares),
        reserve=case.reserve,
        category=ints([-1 if p.share is None else p.share for p in projects]),
        plan=ints([p.plan for p in projects]),
        county=ints([p.group for p in projects]),
        access=np.array([p.access for p in projects], dtype=bool),
        need=ints([p.needs for p in projects]).reshape(len(projects), indicators),
        own=ints(case.stores).reshape(len(case.stores), indicators),
        pool=ints(case.pool),
        fill=FILL[case.mode],
        least=ints([p.smallest for p in projects]) if any(p.least is not None for p in projects) else None,
        before=ints([-1 if p.before is None else p.before for p in projects])
        if any(p.before is not None for p in projects)
        else None,
        held=ints([p.held for p in projects]) if any(p.held for p in projects) else None,
        cap=ints([cap.most for cap in case.caps]) if case.caps else None,
        under=memberships(case) if case.caps else None,
        weight=ints([p.weight for p in projects]) if weighs else None,
        band=ints([p.band for p in projects]) if weighs else None,
        portions=tuple(
            Portion(
                name=str(n),
                members=np.array([p in portion.members for p in range(len(projects))], dtype=bool),
                numerator=portion.part.numerator,
                denominator=portion.part.denominator,
                at_least=portion.at_least,
            )
            for n, portion in enumerate(case.portions)
        ),
    )


def memberships(case: Case) -> np.ndarray:
    """(P, J) each cap in its own column."""
    places, caps = range(len(case.projects)), enumerate(case.caps)
    return ints([[j if p in cap.members else -1 for p in places] for j, cap in caps]).T


def plan_only(share: list[int], reserve: int, projects: list[tuple[int, int]], fill: Fill) -> Instance:
    """Projects as (category, plan), nothing else needed."""
    size = len(projects)
    return Instance(
        share=ints(share),
        reserve=reserve,
        category=ints([category for category, _ in projects]),
        plan=ints([plan for _, plan in projects]),
        county=np.zeros(size, dtype=np.int64),
        access=np.zeros(size, dtype=bool),
        need=np.zeros((size, 1), dtype=np.int64),
        own=np.zeros((1, 1), dtype=np.int64),
        pool=np.zeros(1, dtype=np.int64),
        fill=fill,
    )


def crowd(seed: int, projects: int = 400, scale: int = 1) -> Instance:
    """Many projects in nine groups, quantities of up to some hundreds of `scale`; the mode follows the seed."""
    dice = np.random.default_rng(seed)
    need = dice.integers(0, 400 * scale, (projects, 3)) * dice.integers(0, 2, (projects, 3))
    plan = dice.integers(0, 500 * scale, projects)
    return Instance(
        share=np.full(4, int(plan.sum()) // 6),
        reserve=int(plan.sum()) // 12,
        category=dice.integers(-1, 4, projects),
        plan=plan,
        county=dice.integers(0, 9, projects),
        access=dice.random(projects) < 0.4,
        need=need,
        own=dice.integers(0, 2 * need.sum(axis=0) // 15, (9, 3)),
        pool=need.sum(axis=0) // 5,
        fill=Fill(seed % 3),
    )


F4 = ["I1", "I2", "I3", "O1", "I4", "O2", "O3", "X1", "B1", "B2", "L1", "L2", "T1", "T2", "B3"]
"""The applications of F.4 by global rank."""

F4_PLAN = [1800, 1500, 1100, 1200, 400, 900, 500, 500, 600, 300, 200, 180, 350, 260, 250]
F4_SHARES = [4200, 2800, 1000, 500, 500]
F4_RESERVE = 1000


def f4(fill: Fill) -> Instance:
    categories = ["IOBLTX".index(name[0]) for name in F4]
    projects = [(-1 if k == 5 else k, plan) for k, plan in zip(categories, F4_PLAN, strict=True)]
    return plan_only(F4_SHARES, F4_RESERVE, projects, fill)
