"""Synthetic scenario folders of Parquet files, of the sizes of `instances`; the same on every machine."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from instances import PARTS, Size
from pyarrow import parquet

CATEGORIES = ("key.industry", "key.other", "general.commercial", "general.livelihood", "general.three_old", "flex")
CLASSES = ("area", "paddy", "capacity", "boundary")
SCENARIO = """title  = "{title}"
policy = "prefecture"
year   = 2026
as_of  = 2026-03-31
data   = "data"
[quota]
plan_mu = "{total}"
"""


def exact(steps: np.ndarray, decimals: int) -> pa.Array:
    """Grid units as a column of exact decimals."""
    halves = np.zeros((len(steps), 2), dtype=np.int64)
    halves[:, 0] = steps
    return pa.Array.from_buffers(pa.decimal128(18, decimals), len(steps), [None, pa.py_buffer(halves)])


def coded(code: np.ndarray, values: list[str]) -> pa.Array:
    """A column of texts from codes."""
    return pa.DictionaryArray.from_arrays(pa.array(code.astype(np.int32)), pa.array(values))


def write(folder: Path, size: Size, seed: int = 1, supply: int = 70) -> Path:
    """A scenario in which every share and most stocks bind; returns the folder."""
    dice = np.random.default_rng(seed)
    projects, counties = size.projects, size.counties
    plan = 1_000 * (20 + (2_000 * dice.random(projects) ** 3).astype(np.int64))
    farmland = (dice.random(projects) < 0.8) * plan * 6 // 10
    needs = [farmland, farmland // 4, farmland * 9 // 2, (dice.random(projects) < 0.5) * plan // 2]
    total = int(plan.sum()) * supply // 100
    codes = [f"{440_000_000 + n}" for n in range(counties)]
    data = folder / "data"
    data.mkdir(parents=True)
    (folder / "scenario.toml").write_text(
        SCENARIO.format(title=f"{size.name} (synthetic)", total=f"{total // 10_000}"), encoding="utf-8"
    )
    table = {
        "project_id": pa.array([f"P{n:06d}" for n in range(projects)]),
        "name": pa.array([f"项目{n:06d}（虚构）" for n in range(projects)]),
        "county": coded(dice.integers(0, counties, projects), codes),
        "category": coded(dice.choice(6, projects, p=[*(PARTS * 0.94 / 90), 0.06]), list(CATEGORIES)),
        "overall_rank": pa.array(dice.permutation(projects) + 1),
        "plan_mu": exact(plan, 4),
        "area_mu": exact(needs[0], 4),
        "paddy_mu": exact(needs[1], 4),
        "capacity_kg": exact(needs[2], 2),
        "boundary_mu": exact(needs[3], 4),
        "tags": coded(
            dice.choice(4, projects, p=[0.47, 0.45, 0.05, 0.03]), ["", "province_key", "redline", "two_high"]
        ),
    }
    parquet.write_table(pa.table(table), data / "projects.parquet")
    rows: list[tuple[int, int, int, int]] = []  # indicator, kind, county, balance
    for n, need in enumerate(needs):
        wanted = int(need.sum()) * supply // 100
        weight = dice.random(counties) + 0.2
        for part, kind in ((70, 0), (20, 1)):
            share = (wanted * part // 100 * weight / weight.sum()).astype(np.int64) // 10_000 * 10_000
            rows += [(n, kind, county, int(balance)) for county, balance in enumerate(share)]
        rows.append((n, 2, -1, wanted * 10 // 100 // 10_000 * 10_000))
    indicator, kind, county, balance = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    capacity = indicator == CLASSES.index("capacity")
    table = {
        "account_id": pa.array([f"A{n:06d}" for n in range(len(rows))]),
        "indicator": coded(indicator, list(CLASSES)),
        "kind": coded(kind, ["own", "pooled", "prefecture"]),
        "county": pa.DictionaryArray.from_arrays(
            pa.array(np.maximum(county, 0).astype(np.int32), mask=county < 0), pa.array(codes)
        ),
        "balance": exact(np.where(capacity, 100, 1) * balance, 4),
    }
    parquet.write_table(pa.table(table), data / "accounts.parquet")
    deals = 60
    table = {
        "traded_on": pa.array([date(2025, 9 + n % 4, 1 + n % 28) for n in range(deals)]),
        "indicator": coded(np.arange(deals) % 3, list(CLASSES[:3])),
        "quantity": exact(10_000 * (100 + np.arange(deals)), 4),
        "unit_price_yuan": exact(np.array([45_000, 120_000, 6_000])[np.arange(deals) % 3], 0),
    }
    parquet.write_table(pa.table(table), data / "trades.parquet")
    return folder
