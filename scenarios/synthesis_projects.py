"""Synthetic applications, as an applicant county would file them; each carries what the gates look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from scenarios.synthesis_draws import Dice, part, tenths
from scenarios.synthesis_facts import GENERAL_WORKS, INDUSTRY, PHASES, RESERVE_WORKS, WORKS

Cell = str | int | Decimal | date | bool | None
Row = dict[str, Cell]
Sizes = Mapping[str, tuple[int, int]]
"""Category -> least and largest area, in tenths of a mu."""

OPENING = date(2025, 10, 1)
"""The first day of the window for the plan year 2026 (QY-6.2)."""


def draw_projects(
    dice: Dice, prefix: str, counties: Mapping[str, str], counts: Mapping[str, int], sizes: Sizes
) -> list[Row]:
    """`counts[category]` applications of each category, in the order in which they were filed."""
    filed = dice.shuffled([category for category, count in counts.items() for _ in range(count)])
    used = Counter[str]()
    return [
        {"project_id": f"{prefix}-{number:04d}"} | _draw_project(dice, category, counties, sizes[category], used)
        for number, category in enumerate(filed, start=1)
    ]


def _draw_project(
    dice: Dice, category: str, counties: Mapping[str, str], size: tuple[int, int], used: Counter[str]
) -> Row:
    county = dice.pick(list(counties))
    sector = _draw_sector(dice, category)
    works = RESERVE_WORKS if category == "flex" else GENERAL_WORKS.get(category) or WORKS[sector]
    plan = tenths(dice.mostly_small(*size))
    return {
        "name": _name(counties[county], dice.pick(works), dice.pick(PHASES), used),
        "county": county,
        "category": category,
        "sector": sector,
        "level": dice.pick(("county", "county", "county", "prefecture")),
        "rank": None,
        "materials_complete": dice.happens(75),
        "plan_mu": plan,
        "ledger_mu": part(plan, dice.whole(80, 97)) if dice.happens(8) else plan,
        "tags": "",
        "investment_wan": int(plan) * dice.whole(60, 420),
        "filed_on": OPENING + timedelta(days=dice.whole(0, 29)),
    }


def _draw_sector(dice: Dice, category: str) -> str:
    match category:
        case "key.industry":
            return INDUSTRY
        case "key.other":
            return dice.pick([sector for sector in WORKS if sector != INDUSTRY])
        case "general.commercial":
            return dice.pick((INDUSTRY, "生态旅游"))
        case _:
            return "社会民生"


def _name(county: str, works: str, phase: str, used: Counter[str]) -> str:
    """`县·工程（期）`; a second one of the same name gets a section number."""
    name = f"{county}·{works}"
    used[name + phase] += 1
    return f"{name}{phase}" if used[name + phase] == 1 else f"{name}{phase}第{used[name + phase]}标段"


def give_ranks(dice: Dice, projects: Sequence[Row], categories: Sequence[str], unranked: int = 0) -> None:
    """Rank each of `categories` from 1; the last `unranked` of each are left to the score."""
    for category in categories:
        line = dice.shuffled([row for row in projects if row["category"] == category])
        for rank, row in enumerate(line[: len(line) - unranked], start=1):
            row["rank"] = rank


def plant_failures(dice: Dice, projects: Sequence[Row]) -> None:
    """Let a few applications fail each gate: prohibited, upper quota, no ledger, no industry, too late."""
    line = dice.shuffled(projects)
    keys = [row for row in line if str(row["category"]).startswith("key.")]
    unsorted = keys[:2]
    unsorted[0]["sector"] = None
    unsorted[1]["sector"] = "综合类"
    others = iter([row for row in line if row not in unsorted])
    for tag in ("two_high", "two_high", "overcapacity"):
        next(others)["tags"] = tag
    for level in ("state", "province", "province"):
        next(others).update(tags="upper_quota", level=level)
    for _ in range(2):
        next(others)["ledger_mu"] = None
    for day in (date(2025, 10, 31), date(2025, 11, 3), date(2025, 12, 1)):
        next(others)["filed_on"] = day
    both = next(others)
    both["tags"], both["filed_on"] = "two_high", date(2025, 11, 10)
