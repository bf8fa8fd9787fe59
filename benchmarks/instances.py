"""Synthetic instances of four sizes, from a city to a nation; the same on every machine."""

from dataclasses import dataclass

import numpy as np

from models.instance import Fill, Instance


@dataclass(frozen=True)
class Size:
    """How many projects and counties there are."""

    name: str
    projects: int
    counties: int


SIZES = (
    Size("city", 300, 8),
    Size("prefecture", 2_000, 12),
    Size("province", 20_000, 130),
    Size("nation", 300_000, 2_800),
)
PARTS = np.array([42, 28, 10, 5, 5])  # per cent of the total; the reserve has the other 10
CLASSES = 4
"""Indicators besides plan: three classes of farmland, and boundary scale."""


def draw(size: Size, seed: int = 1, supply: int = 70, fill: Fill = Fill.SKIP) -> Instance:
    """An instance in which every budget and most stocks bind: `supply` per cent of what is asked for.

    One project in four has two phases, one in two may draw on the pool; plan in 1/10,000 mu, whole tenths of a mu.
    """
    dice = np.random.default_rng(seed)
    phases = 1 + (dice.random(size.projects) < 0.25)
    project = np.repeat(np.arange(size.projects), phases)
    places = len(project)
    first = np.concatenate([[True], project[1:] != project[:-1]])
    step = 1_000
    plan = step * (20 + (2_000 * dice.random(places) ** 3).astype(np.int64))
    farmland = (dice.random(places) < 0.8) * plan * 6 // 10
    boundary = (dice.random(places) < 0.5) * plan // 2
    need = np.stack([farmland, farmland // 4, farmland * 9 // 2, boundary], axis=1)
    total = int(plan.sum()) * supply // 100 // step * step
    share = total * PARTS // 100 // 100 * 100
    wanted = need.sum(axis=0)
    weight = dice.random((size.counties, CLASSES)) + 0.2
    own = (wanted * supply // 100 * 9 // 10 * weight / weight.sum(axis=0)).astype(np.int64)
    return Instance(
        share=share,
        reserve=total - int(share.sum()),
        category=dice.choice(6, size.projects, p=[0.4, 0.26, 0.12, 0.08, 0.08, 0.06])[project].astype(np.int64) - 1,
        plan=plan,
        county=dice.integers(0, size.counties, size.projects)[project],
        access=(dice.random(size.projects) < 0.5)[project],
        need=need,
        own=own,
        pool=wanted * supply // 100 // 10,
        before=np.where(first, -1, np.arange(places) - 1),
        fill=fill,
    )
