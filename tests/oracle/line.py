"""The whole line once more, from the files of a scenario to its tables, in the order of the rules.

Standard library only, and nothing of the project: a second reading of the rules, not a second use of the code. It
knows the policy `prefecture` and the settings `ranking.fill` and `ranking.stop_on`; quantities are whole numbers of
1/10,000 mu and 1/100 kg, amounts whole fen.
"""

import csv
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path

PERCENT = {"key.industry": 42, "key.other": 28}  # of the total: QY-5.1 to 5.3
PERCENT |= {"general.commercial": 10, "general.livelihood": 5, "general.three_old": 5, "flex": 10}
SHARES = {pool: Fraction(percent, 100) for pool, percent in PERCENT.items()}
CATEGORIES = list(SHARES)
PARTS = ["key", "flex", "general"]  # QY-4.1.2, and what is filed for the reserve between the two
GRID = {"area": 10_000, "paddy": 10_000, "capacity": 100, "boundary": 10_000}
COLUMN = {"area": "area_mu", "paddy": "paddy_mu", "capacity": "capacity_kg", "boundary": "boundary_mu"}
PRIORITY = {"social_livelihood", "modern_industry", "transport", "energy", "water_conservancy"}  # QY-4.2
PROHIBITED = {"two_high", "overcapacity", "low_level_duplication", "policy_breach"}  # QY-4.2.1
ACCESS = {"national_major", "province_key", "five_plus_three", "prefecture_designated"}  # QN-11.1 to 11.4


@dataclass
class Project:
    row: dict[str, str]
    id: str
    county: str
    category: str
    opens: str  # the first day of filing
    plan: int  # after the ledger's cut
    needs: dict[str, int]
    access: bool
    score: Fraction
    trimmed: bool = False
    failed: list[tuple[str, str]] = field(default_factory=list)  # decision, reason code
    position: int = 0  # 0: not a candidate
    round: str = ""  # own, flex; empty: not granted
    pool: str = ""
    shortages: list[tuple[str, str, str]] = field(default_factory=list)  # round, kind, indicator
    reason: str = ""


@dataclass
class Draw:
    project: Project
    indicator: str
    account: str
    holder: str  # county code, or prefecture
    tier: str
    quantity: int
    price: int | None = 0  # yuan; None: nobody knows
    amount: int | None = 0  # fen


@dataclass
class Donor:  # with something left to give after its own needs, in the order it is asked
    county: str
    indicator: str
    given: int  # may be 0
    before: int
    rate: Fraction | None


@dataclass
class Line:
    total: int
    projects: list[Project]
    pools: dict[str, dict[str, int]]
    draws: list[Draw]
    donors: list[Donor]
    without_price: set[str]  # paid classes without a deal in the window: the run must be refused


def divide(folder: Path) -> Line:
    """Read, screen, order, walk twice, settle."""
    scenario = tomllib.loads((folder / "scenario.toml").read_text("utf-8"))
    rows = {path.stem: read_table(path) for path in (folder / "data").glob("*.csv")}
    total = units(scenario["quota"]["plan_mu"], 10_000)
    projects = [screened(row, scenario["year"]) for row in rows["projects"]]
    candidates = [p for p in projects if not p.failed]
    line = sorted(candidates, key=lambda p: place_in_line(p, candidates))
    for position, project in enumerate(line, 1):
        project.position = position
    stock = Stock(rows["accounts"])
    pools = walk_twice(line, total, stock, scenario.get("set", {}))
    granted = [p for p in line if p.round]
    draws, donors = settle(granted, stock)
    day = scenario.get("pricing", {}).get("plan_submitted", scenario["as_of"])
    missing = put_prices(draws, rows.get("trades"), day)
    tier = {"own": "share", "flex": "reserve"}
    plan = [Draw(p, "plan", f"plan:{p.pool}", "", tier[p.round], p.plan) for p in granted if p.plan]
    return Line(total, projects, pools, plan + draws, donors, missing)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def units(text: str, grid: int) -> int:
    value = Fraction(text or 0) * grid
    assert value.denominator == 1, text
    return value.numerator


def screened(row: dict[str, str], year: int) -> Project:
    """QY-4.2.1, 13.1, 4.3, 7.1.1, 6.4; a rule whose column is absent is not applied."""
    tags = set(filter(None, row.get("tags", "").split(";")))
    project = Project(
        row,
        *(row[name] for name in ("project_id", "county", "category")),
        opens=f"{year - 1}-10-01",
        plan=units(row["plan_mu"], 10_000),
        needs={i: units(row.get(COLUMN[i], ""), GRID[i]) for i in GRID},
        access=bool(tags & ACCESS),
        score=Fraction(row.get("score") or -1),
    )
    if tags & PROHIBITED:
        project.failed.append(("rejected", "PROHIBITED_SECTOR"))
    if "upper_quota" in tags:
        project.failed.append(("routed", "UPPER_QUOTA"))
    if "ledger_mu" in row:
        ledger = units(row["ledger_mu"], 10_000)
        if not row["ledger_mu"] or (ledger == 0 and project.plan > 0):
            project.failed.append(("rejected", "NO_LEDGER_ENTRY"))
        project.trimmed = project.plan > ledger
        project.plan = min(project.plan, ledger)
    if "sector" in row and not row["sector"] and project.category.startswith("key."):
        project.failed.append(("returned", "NO_INDUSTRY"))
    if row.get("filed_on") and date.fromisoformat(row["filed_on"]) > date(year - 1, 10, 30):
        project.failed.append(("rejected", "LATE"))
    return project


def place_in_line(project: Project, candidates: list[Project]) -> tuple[object, ...]:
    """Overall rank if given; else part, rank, sector, materials, filing, score, category, id."""
    row = project.row
    if "overall_rank" in row:
        return (int(row["overall_rank"]),)
    return (
        PARTS.index(project.category.split(".")[0]),
        rank(project, [p for p in candidates if p.category == project.category]),
        row.get("sector") not in PRIORITY,
        row.get("materials_complete") != "yes",
        max(project.opens, row["filed_on"]) if row.get("filed_on") else "9999-12-31",  # early counts as the first day
        -project.score,
        CATEGORIES.index(project.category),
        project.id,
    )


def rank(project: Project, category: list[Project]) -> int:
    """The given one; else behind all that are given in the category, by score, equal scores alike (QY-5.0)."""
    if project.row.get("rank"):
        return int(project.row["rank"])
    unranked = [p for p in category if not p.row.get("rank")]
    given = [int(p.row["rank"]) for p in category if p.row.get("rank")]
    return max(given, default=0) + 1 + sum(p.score > project.score for p in unranked)


class Stock:
    """Balances by indicator: own stores, pooled parts, what the prefecture owns."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.rows = sorted(rows, key=lambda r: r["account_id"])
        self.left = {r["account_id"]: units(r["balance"], GRID[r["indicator"]]) for r in rows}
        shared = [r for r in rows if r["kind"] in ("pooled", "prefecture")]
        self.common = {i: sum(self.left[r["account_id"]] for r in shared if r["indicator"] == i) for i in GRID}

    def accounts(self, indicator: str, kind: str, county: str = "") -> list[str]:
        wanted = (indicator, kind, county)
        return [r["account_id"] for r in self.rows if (r["indicator"], r["kind"], r["county"]) == wanted]

    def balance(self, indicator: str, kind: str, county: str = "") -> int:
        return sum(self.left[a] for a in self.accounts(indicator, kind, county))

    def counties(self, indicator: str, kind: str) -> list[str]:
        return sorted({r["county"] for r in self.rows if (r["indicator"], r["kind"]) == (indicator, kind)})

    def rate(self, county: str) -> Fraction | None:
        """Use rate of the county's boundary scale; None where nobody says what was allotted."""
        rows = [r for r in self.rows if (r["indicator"], r["county"]) == ("boundary", county) and r.get("allotted")]
        allotted = sum(Fraction(r["allotted"]) for r in rows)
        return sum(Fraction(r["used"] or 0) for r in rows) / allotted if allotted else None


def shortages(granted: list[Project], asking: Project, stock: Stock) -> list[tuple[str, str]]:
    """What cannot be sourced if `asking` joins `granted`: own stores first, then the pool."""
    stores, pools = [], []
    for i in (i for i in GRID if asking.needs[i]):
        closed: dict[str, int] = defaultdict(int)
        everyone: dict[str, int] = defaultdict(int)
        for p in [*granted, asking]:
            everyone[p.county] += p.needs[i]
            closed[p.county] += 0 if p.access else p.needs[i]
        if not asking.access and closed[asking.county] > stock.balance(i, "own", asking.county):
            stores.append(("store", i))
        elif sum(max(0, q - stock.balance(i, "own", c)) for c, q in everyone.items()) > stock.common[i]:
            pools.append(("pool", i))
    return stores + pools


def walk_twice(line: list[Project], total: int, stock: Stock, settings: dict[str, str]) -> dict[str, dict[str, int]]:
    """Each against its own share, then all that are left against the reserve; returns the books."""
    fill = settings.get("policy.ranking.fill", "skip_and_fill")
    stop_on = settings.get("policy.ranking.stop_on", "plan")
    budget = {k: int(q * total / 100) * 100 for k, q in SHARES.items() if k != "flex"}  # whole 0.01 mu
    budget["flex"] = total - sum(budget.values())
    left, granted, closed = dict(budget), list[Project](), set[str]()

    def try_all(projects: list[Project], name: str) -> None:
        for p in projects:
            pool = p.category if name == "own" else "flex"
            if pool in closed:
                p.reason = "LINE_CLOSED"
                continue
            fits = p.plan <= left[pool]
            short = shortages(granted, p, stock)
            if fits and not short:
                p.round, p.pool, p.reason = name, pool, "TRIMMED" if p.trimmed else "GRANTED"
                left[pool] -= p.plan
                granted.append(p)
                continue
            found = ([] if fits else [("share" if name == "own" else "reserve", "plan")]) + short
            p.shortages += [(name, *what) for what in found]
            p.reason = {"store": "NO_POOL_ACCESS", "pool": "POOL_SHORT"}.get(found[0][0], "PLAN_MISFIT")
            if fill == "stop_at_first_misfit" and (not fits or stop_on == "any_need"):
                closed.add(pool)

    try_all([p for p in line if p.category != "flex"], "own")
    released = {k: q for k, q in left.items() if k != "flex"}
    received = sum(released.values())
    left = {"flex": budget["flex"] + received}
    try_all([p for p in line if not p.round], "flex")
    books = {k: {"used": budget[k] - q, "released": q, "received": 0, "closing": 0} for k, q in released.items()}
    books["flex"] = {"released": 0, "received": received, "closing": left["flex"]}
    books["flex"]["used"] = budget["flex"] + received - left["flex"]
    return {k: {"budget": budget[k], **book} for k, book in books.items()}


def settle(granted: list[Project], stock: Stock) -> tuple[list[Draw], list[Donor]]:
    """Own stores, own pooled parts, the prefecture's, then the donors; `granted` in overall order."""
    draws, donors = list[Draw](), list[Donor]()
    for i in GRID:
        lack = {p.id: p.needs[i] for p in granted}
        pooled = {c: stock.balance(i, "pooled", c) for c in stock.counties(i, "pooled")}  # at the start: QN-14.5

        def take(projects: list[Project], accounts: list[str], holder: str, tier: str, i=i, lack=lack) -> None:
            for p in projects:
                for account in accounts:
                    if quantity := min(lack[p.id], stock.left[account]):
                        lack[p.id] -= quantity
                        stock.left[account] -= quantity
                        draws.append(Draw(p, i, account, holder, tier, quantity))

        for county in sorted({p.county for p in granted}):
            here = [p for p in granted if p.county == county]
            take(sorted(here, key=lambda p: p.access), stock.accounts(i, "own", county), county, "own_store")
            take([p for p in here if p.access], stock.accounts(i, "pooled", county), county, "own_pooled")
        take(granted, stock.accounts(i, "prefecture"), "prefecture", "prefecture")
        remainder = {c: stock.balance(i, "pooled", c) for c in pooled}
        if i == "boundary":  # QN-6.4, 6.5: the n first by remainder are the least n that suffice
            order = sorted(pooled, key=lambda c: (-remainder[c], 1 if stock.rate(c) is None else stock.rate(c), c))
        else:
            order = sorted(pooled, key=lambda c: (-pooled[c], c))
        tier = "fewest_donors" if i == "boundary" else "other_pooled"
        for county in order:
            take(granted, stock.accounts(i, "pooled", county), county, tier)
            given = remainder[county] - stock.balance(i, "pooled", county)
            if remainder[county]:
                rate = stock.rate(county) if i == "boundary" else None
                donors.append(Donor(county, i, given, remainder[county], rate))
        assert not any(lack.values()), (i, lack)
    return draws, donors


def put_prices(draws: list[Draw], trades: list[dict[str, str]] | None, day: date) -> set[str]:
    """QN-14.1: mean of the six full months before, to whole yuan; amounts to the fen. Returns classes without one."""
    month, missing = day.year * 12 + day.month - 1, set[str]()
    for draw in draws:
        if draw.indicator == "boundary" or draw.tier not in {"prefecture", "other_pooled"}:
            continue
        deals = [
            Fraction(t["unit_price_yuan"])
            for t in trades or []
            for on in [date.fromisoformat(t["traded_on"])]
            if t["indicator"] == draw.indicator and month - 6 <= on.year * 12 + on.month - 1 < month
        ]
        if deals:
            draw.price = int(sum(deals) / len(deals) + Fraction(1, 2))
            draw.amount = (draw.quantity * draw.price + 50) // 100  # a unit is 1/10,000 of what a price is for
        else:
            draw.price = draw.amount = None
            missing |= {draw.indicator} if trades else set()
    return missing
