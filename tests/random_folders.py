"""Random scenario folders of the policy `prefecture`, written as an official would: a scenario.toml and CSV tables."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

from oracle.line import CATEGORIES, COLUMN, GRID, PRIORITY

Row = dict[str, str]
SECTORS = [*sorted(PRIORITY), "eco_tourism", "culture_education"]
OPEN = ("national_major", "province_key", "five_plus_three", "prefecture_designated")
BARRED = ("two_high", "overcapacity", "low_level_duplication", "policy_breach", "upper_quota")
CODES = ("0102", "522701", "522702", "A", "b", "乙县")
FILLS = (
    {},
    {},
    {"policy.ranking.fill": "stop_at_first_misfit"},
    {"policy.ranking.fill": "stop_at_first_misfit", "policy.ranking.stop_on": "any_need"},
)


def write_scenario(folder: Path, seed: int) -> None:
    """A scenario at `folder`; the same seed writes the same files."""
    rng = Random(seed)
    counties = rng.sample(CODES, rng.randint(3, len(CODES)))
    projects = random_projects(rng, counties)
    tables = {"projects": projects, "accounts": random_accounts(rng, projects, counties)}
    if rng.random() < 0.5:
        tables["counties"] = [{"county": c, "name": f"县{c}"} for c in counties]
    if rng.random() < 0.85:
        tables["trades"] = random_trades(rng)
    asked = sum(float(row["plan_mu"]) for row in projects)
    total = f"{asked * rng.choice((0.4, 0.7, 0.9, 1.3)) + 1:.{rng.choice((0, 2, 4))}f}"
    write_folder(folder, tables, total, rng.choice(FILLS), rng.choice(("", "2026-02-28", "2026-08-31")))


def write_folder(folder: Path, tables: Mapping[str, list[Row]], total: str, sets: Row, submitted: str) -> None:
    """`scenario.toml` and `data/*.csv`."""
    lines = ['policy = "prefecture"', "year = 2026", "as_of = 2026-03-31", 'data = "data"']
    lines += ["[quota]", f'plan_mu = "{total}"']
    lines += ["[pricing]", f"plan_submitted = {submitted}"] if submitted else []
    lines += ["[set]", *(f'"{path}" = "{value}"' for path, value in sets.items())]
    (folder / "data").mkdir(parents=True)
    (folder / "scenario.toml").write_text("\n".join(lines), "utf-8")
    for name, rows in tables.items():
        write_table(folder / "data" / f"{name}.csv", rows)


def write_table(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def random_projects(rng: Random, counties: list[str]) -> list[Row]:
    """8 to 45 projects; each scenario has its own optional columns and its own way to rank."""
    number = rng.randint(8, 45)
    ids = rng.sample([f"P{n}" for n in range(60)] + ["0012", "12", "1e5", "NA", "甲-1"], number)
    optional = {
        name for name in ("sector", "materials_complete", "filed_on", "ledger_mu", "tags") if rng.random() < 0.8
    }
    open_part, hungry = rng.choice((0.2, 0.6, 0.9)), rng.choice((0.2, 0.4, 0.6))
    rows: list[Row] = []
    for id_ in ids:
        plan = amount(rng, 40) if rng.random() < 0.9 else "0"
        row = {"project_id": id_, "name": f"项目{id_}", "county": rng.choice(counties)}
        row |= {"category": rng.choice(CATEGORIES), "plan_mu": plan}
        row |= {COLUMN[i]: amount(rng, 4000 if i == "capacity" else 30) if rng.random() < hungry else "" for i in GRID}
        tags = ([rng.choice(OPEN)] if rng.random() < open_part else []) + ["redline"] * (rng.random() < 0.1)
        more = {
            "sector": rng.choice(SECTORS) if rng.random() < 0.9 else "",
            "materials_complete": rng.choice(("yes", "no", "")),
            "filed_on": random_filing(rng),
            "ledger_mu": random_ledger(rng, plan),
            "tags": ";".join(tags + [rng.choice(BARRED)] * (rng.random() < 0.06)),
        }
        if plan == "0" and not any(row[column] for column in COLUMN.values()):
            row["area_mu"] = "1"  # a project that asks for nothing is refused at the door
        rows.append(row | {name: value for name, value in more.items() if name in optional})
    return ranked(rng, rows)


def ranked(rng: Random, rows: list[Row]) -> list[Row]:
    """Ranks in every category, some left out in favour of scores, or one overall rank, or both."""
    way = rng.choice(("ranks", "gaps", "gaps", "scores", "overall", "overall and ranks"))
    for row in rows:
        row["score"] = rng.choice(("60", "70.5", "80", str(rng.randint(1, 99)))) if way in ("gaps", "scores") else ""
    overall = rng.sample(range(1, 3 * len(rows)), len(rows))
    for category in CATEGORIES:
        mine = [row for row in rows if row["category"] == category]
        given = sorted(rng.sample(range(1, 2 * len(mine) + 1), len(mine)))
        places = sorted(range(len(mine)), key=lambda n: overall[rows.index(mine[n])])
        for rank, n in zip(given, places, strict=True):
            mine[n]["rank"] = "" if way == "gaps" and rng.random() < 0.4 else str(rank)
    for row, place in zip(rows, overall, strict=True):
        row["overall_rank"] = str(place)
    unused = {"ranks": {"overall_rank", "score"}, "gaps": {"overall_rank"}, "scores": {"overall_rank", "rank"}}
    unused |= {"overall": {"rank", "score"}, "overall and ranks": {"score"}}
    return [{name: value for name, value in row.items() if name not in unused[way]} for row in rows]


def random_filing(rng: Random) -> str:
    """Mostly a few days of the window, so that many are equal; sometimes early, late or unknown."""
    days = ("2025-10-01", "2025-10-15", "2025-10-15", "2025-10-30")
    return rng.choice((*days * 5, "2025-09-12", "2025-09-30", "2025-10-31", ""))


def random_ledger(rng: Random, plan: str) -> str:
    chance = rng.random()
    if chance < 0.05:
        return rng.choice(("", "0"))
    return f"{float(plan) / 2:.4f}" if chance < 0.2 else plan


def amount(rng: Random, upto: int) -> str:
    """A round number, half a kilogram more, or one as fine as the grid: 1/10,000 mu, 1/100 kg."""
    steps = rng.choice((1, 2, 2, 100) if upto > 1000 else (1, 1, 10_000))
    return f"{rng.randint(1, upto * steps) / steps:.4f}".rstrip("0").rstrip(".")


def random_accounts(rng: Random, projects: list[Row], counties: list[str]) -> list[Row]:
    """Up to three rows a holder, their ids in any order; few different balances."""
    rows: list[Row] = []
    numbers = iter(rng.sample(range(1000, 9999), 900))
    plenty = rng.choice((0.5, 1.0, 2.0))
    used = {county: rng.choice(("", "10", "10", "50", "33")) for county in counties}
    for i in GRID:
        asked = sum(float(row[COLUMN[i]] or 0) for row in projects)
        part = max(1, int(plenty * asked / len(counties) / 3))
        for county in [*counties, ""]:
            for kind in ("own", "pooled") if county else ("prefecture",):
                level = i == "boundary" and kind == "pooled"  # so that remainders tie
                for _ in range(1 if level else rng.choice((0, 1, 1, 1, 2, 3))):
                    balance = rng.choice((part, part, part, part, 2 * part, 0, rng.randint(0, 2 * part)))
                    balance = part if level else balance
                    rows.append({"account_id": f"{next(numbers)}", "indicator": i, "kind": kind, "county": county})
                    rows[-1] |= {"balance": str(balance), "allotted": "", "used": ""}
                    if used.get(county) and (level or (i == "boundary" and rng.random() < 0.5)):
                        rows[-1] |= {"allotted": "300", "used": used[county]}
    rng.shuffle(rows)
    return rows


def random_trades(rng: Random) -> list[Row]:
    """Deals on and beside the edges of the windows; a class may be without."""
    days = ["2025-07-31", "2025-08-01", "2025-08-31", "2025-09-01", "2026-01-31", "2026-02-01", "2026-02-28"]
    days += ["2026-03-01", "2026-03-31", "2026-07-31", "2026-08-01"]
    classes = [i for i in ("area", "paddy", "capacity") if rng.random() < 0.9]
    prices = {"area": 40_000, "paddy": 120_000, "capacity": 6_000}
    rows = [
        {"traded_on": day, "indicator": i, "quantity": str(rng.randint(1, 300))}
        | {"unit_price_yuan": str(prices[i] + rng.randint(-2000, 2000))}
        for i in classes
        for day in days + rng.choices(days, k=4)
    ]
    rng.shuffle(rows)
    return rows or [{"traded_on": "2020-01-01", "indicator": "area", "quantity": "1", "unit_price_yuan": "1"}]


def shuffled(rng: Random, rows: Iterable[Row]) -> list[Row]:
    """The same table with its rows and its columns in another order."""
    rows = list(rows)
    columns = rng.sample(list(rows[0]), len(rows[0]))
    return [{name: row[name] for name in columns} for row in rng.sample(rows, len(rows))]
