"""The synthetic year of `prefecture-2026`: twelve counties, plan quota, farmland indicators and boundary scale."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from scenarios.synthesis_draws import Dice, part, tenths
from scenarios.synthesis_facts import QIANNAN
from scenarios.synthesis_projects import Row, draw_projects, give_ranks, plant_failures

SEED = 2026_5227

COUNTS = {
    "key.industry": 84,
    "key.other": 66,
    "general.commercial": 24,
    "general.livelihood": 20,
    "general.three_old": 16,
    "flex": 10,
}
SIZES = {
    "key.industry": (150, 2900),
    "key.other": (120, 2600),
    "general.commercial": (60, 1900),
    "general.livelihood": (30, 1100),
    "general.three_old": (60, 1300),
    "flex": (100, 1000),
}
ACCESS = ("national_major", "province_key", "province_key", "five_plus_three", "prefecture_designated")
CLASSES = ("area", "paddy", "capacity")
STORES = {"area": (300, 7000), "paddy": (20, 1500), "capacity": (150_000, 4_500_000), "boundary": (600, 8500)}
"""Least and largest own store of a county, in tenths of a mu or of a kg."""

PREFECTURE_HOLDS = {"area": 5000, "paddy": 1400, "capacity": 4_000_000, "boundary": 600}
"""What the prefecture owns, in tenths of a mu or of a kg (QN-10.3)."""

PRICES = {"area": (41_000, 49_000), "paddy": (108_000, 126_000), "capacity": (5400, 6600)}
"""Least and largest price of a deal, in yuan a mu or a 100 kg."""

MONTHS = [(2025, month) for month in range(8, 13)] + [(2026, month) for month in range(1, 4)]


def draw_tables() -> Mapping[str, Sequence[Row]]:
    """Ranks stand for most projects; the rest follow by score."""
    dice = Dice(SEED)
    projects = draw_projects(dice, "QN", QIANNAN, COUNTS, SIZES)
    give_ranks(dice, projects, tuple(COUNTS), unranked=2)
    for row in projects:
        row["score"] = tenths(dice.whole(400, 980))
        _draw_needs(dice, row)
    plant_failures(dice, projects)
    return {
        "projects": projects,
        "counties": [{"county": code, "name": name} for code, name in QIANNAN.items()],
        "accounts": list(_draw_accounts(dice)),
        "trades": list(_draw_trades(dice)),
    }


def _draw_needs(dice: Dice, row: Row) -> None:
    """Farmland taken with its paddy and its grain, boundary scale, and the tag that opens the pool."""
    plan = Decimal(str(row["plan_mu"]))
    key = str(row["category"]).startswith("key.")
    area = part(plan, dice.whole(30, 80)) if dice.happens(85) else Decimal(0)
    paddy = part(area, dice.whole(10, 60)) if dice.happens(45) else Decimal(0)
    in_town = row["category"] != "key.other" or dice.happens(30)
    boundary = part(plan, dice.whole(40, 100)) if in_town and dice.happens(60) else Decimal(0)
    row |= {
        "area_mu": area,
        "paddy_mu": paddy,
        "capacity_kg": area * dice.whole(300, 900),
        "boundary_mu": boundary,
    }
    if dice.happens(60 if key else 20):
        row["tags"] = dice.pick(ACCESS)


def _draw_accounts(dice: Dice) -> Iterator[Row]:
    """Each county's own store and what it pooled, and what the prefecture owns."""
    for indicator, (least, largest) in STORES.items():
        for county in QIANNAN:
            usable = dice.whole(least, largest)
            pooled = usable // 5 if indicator == "boundary" else usable // 10
            allotted = usable * dice.whole(15, 40) // 10 if indicator == "boundary" else None
            rate: Row = {
                "allotted": None if allotted is None else tenths(allotted),
                "used": None if allotted is None else tenths(allotted - usable),
            }
            held: Row = {"indicator": indicator, "county": county}
            yield (
                {"account_id": f"{county}-{indicator}-1"}
                | held
                | {
                    "kind": "own",
                    "balance": tenths(usable - pooled),
                }
                | rate
            )
            yield (
                {"account_id": f"{county}-{indicator}-2"} | held | {"kind": "pooled", "balance": tenths(pooled)} | rate
            )
        yield {
            "account_id": f"5227-{indicator}",
            "indicator": indicator,
            "kind": "prefecture",
            "county": None,
            "balance": tenths(PREFECTURE_HOLDS[indicator]),
        }


def _draw_trades(dice: Dice) -> Iterator[Row]:
    """Publicised deals of eight months; the first and the last month lie outside the window and are far dearer."""
    for year, month in MONTHS:
        outside = (year, month) in (MONTHS[0], MONTHS[-1])
        for indicator in CLASSES:
            for _ in range(dice.whole(1, 3)):
                price = dice.whole(*PRICES[indicator])
                yield {
                    "traded_on": date(year, month, dice.whole(1, 28)),
                    "indicator": indicator,
                    "quantity": dice.whole(200, 2000) * 100 if indicator == "capacity" else dice.whole(30, 500),
                    "unit_price_yuan": price * 2 if outside else price,
                }
