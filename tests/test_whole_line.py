"""From files to an output folder: every figure against a second reading of the rules, on random scenarios."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from oracle.line import ACCESS, COLUMN, GRID, SHARES, Line, Project, Stock, divide, place_in_line, read_table, units
from random_folders import shuffled, write_scenario, write_table

from allocator.problems import InputRejected
from allocator.report.folder import write_folder
from scenarios.solving import solve

SEEDS = range(60)
FEW = range(15)
"""The years that are gone through each time; all of them in the step of the long tests."""

ALL_YEARS = pytest.mark.parametrize("years", [pytest.param(SEEDS, marks=pytest.mark.long, id="all")], indirect=True)
UNIT = {"plan": "mu", "area": "mu", "paddy": "mu", "capacity": "kg", "boundary": "mu"}
FLEETING = {"asked", "inputs", "inputs_digest", "outputs", "timings_ms"}
DECISIONS = {"": "waiting", "own": "granted", "flex": "granted"}
ORDER = ("part", "rank", "sector", "materials", "filing", "score", "category", "id")
TURNS = (
    *("GRANTED", "TRIMMED", "PLAN_MISFIT", "LINE_CLOSED", "NO_POOL_ACCESS", "POOL_SHORT", "PROHIBITED_SECTOR"),
    *("UPPER_QUOTA", "NO_LEDGER_ENTRY", "NO_INDUSTRY", "LATE", "several gates failed"),
    *("own_store", "own_pooled", "prefecture", "other_pooled", "fewest_donors", "two accounts of one holder"),
    *(f"several donors of {indicator}" for indicator in GRID),
    *("equal remainders, the use rate decides", "then the county code", "a grant above is re-sourced"),
    *("passed over in an open line", "granted from the reserve after its share was short", "granted without plan"),
    *("filed for the reserve and granted", "an amount of half a fen", "refused without a price"),
    *("quantities without amounts", *(f"order by {key}" for key in ORDER)),
)
Rows = list[dict[str, str]]


@dataclass
class Year:
    """A scenario, what the command makes of it (or the codes it refuses it with), and what the rules make of it."""

    scenario: Path
    out: Path
    refused: set[str]
    line: Line

    def table(self, name: str) -> Rows:
        return read_table(self.out / f"{name}.csv")


def run(scenario: Path, out: Path) -> set[str]:
    """Solve and write; the codes of the problems if the input is refused."""
    try:
        solved = solve(str(scenario), (), engine="auto", announce=lambda _: None)
    except InputRejected as rejected:
        return {problem.code for problem in rejected.problems if problem.severity == "error"}
    write_folder(out, *solved.answer, language="en", force=False)
    return set()


@pytest.fixture(scope="module", params=[FEW, pytest.param(SEEDS, marks=pytest.mark.long)], ids=["few", "all"])
def years(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Year]:
    found: list[Year] = []
    for seed in request.param:
        folder = tmp_path_factory.mktemp(f"year{seed}")
        write_scenario(folder / "scenario", seed)
        refused = run(folder / "scenario", folder / "out")
        found.append(Year(folder / "scenario", folder / "out", refused, divide(folder / "scenario")))
    return found


def answered(years: list[Year]) -> list[Year]:
    return [year for year in years if not year.refused]


def plain(quantity: int, indicator: str) -> str:
    """Grid units as the files print them."""
    return decimal(Fraction(quantity, GRID.get(indicator, 10_000)))


def decimal(value: Fraction) -> str:
    whole, rest = divmod(value * 10**8, 10**8)
    return f"{whole}.{int(rest):08}".rstrip("0").rstrip(".")


def fen(amount: int | None) -> str:
    return "" if amount is None else decimal(Fraction(amount, 100))


def yuan(price: int | None) -> str:
    return "" if price is None else str(price)


def test_only_a_paid_class_without_a_deal_is_refused(years: list[Year]) -> None:
    for year in years:
        assert year.refused == ({"NO_PRICE"} if year.line.without_price else set()), year.scenario


def test_every_project_gets_the_decision_of_the_rules(years: list[Year]) -> None:
    for year in answered(years):
        expected = {}
        for p in year.line.projects:
            decision, reason = p.failed[0] if p.failed else (DECISIONS[p.round], p.reason)
            granted = plain(p.plan if p.round else 0, "plan")
            place = str(p.position or "")
            given = [p.row[name] for name in ("name", "county", "category")]
            expected[p.id] = (*given, place, decision, p.round, p.pool, granted, reason)
        columns = ("name", "county", "category", "overall_position", "decision")
        columns += ("round", "pool", "granted_plan_mu", "reason_code")
        found = {row["project_id"]: tuple(row[name] for name in columns) for row in year.table("allocation")}
        assert found == expected, year.scenario


def test_every_failed_gate_is_recorded(years: list[Year]) -> None:
    for year in answered(years):
        records = json.loads((year.out / "explanations.json").read_text("utf-8"))["projects"]
        found = {r["project_id"]: [(f["outcome"], f["reason"]) for f in r["failures"]] for r in records}
        assert found == {p.id: p.failed for p in year.line.projects}, year.scenario


def test_draws_are_those_of_the_rules(years: list[Year]) -> None:
    for year in answered(years):
        expected = [
            (d.project.id, d.indicator, d.account, d.tier, quantity, UNIT[d.indicator], yuan(d.price), fen(d.amount))
            for d in year.line.draws
            for quantity in [plain(d.quantity, d.indicator)]
        ]
        assert sorted(tuple(row.values()) for row in year.table("draws")) == sorted(expected), year.scenario


def test_donors_are_those_of_the_rules(years: list[Year]) -> None:
    for year in answered(years):
        given = [d for d in year.line.donors if d.given]
        rows = year.table("donors")
        expected = [
            (d.county, d.indicator, *(plain(q, d.indicator) for q in (d.given, d.before, d.before - d.given)))
            for d in given
        ]
        assert [tuple(row.values())[:5] for row in rows] == expected, year.scenario
        for donor, row in zip(given, rows, strict=True):
            if donor.rate is None:  # farmland, or boundary scale of which nobody says what was allotted
                assert row["usage_rate"] in {"", "1" if donor.indicator == "boundary" else ""}, row
            else:
                assert abs(Fraction(row["usage_rate"]) - donor.rate) <= Fraction(1, 2 * 10**8), row


def test_payments_are_sums_of_draws(years: list[Year]) -> None:
    for year in answered(years):
        owed: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
        for d in year.line.draws:
            if d.price != 0:
                key = (d.project.county, d.holder, d.indicator, yuan(d.price))
                owed[key] = [owed[key][0] + d.quantity, owed[key][1] + (d.amount or 0)]
        expected = [
            (payer, payee, i, plain(quantity, i), price, fen(amount) if price else "")
            for (payer, payee, i, price), (quantity, amount) in owed.items()
        ]
        assert sorted(tuple(row.values()) for row in year.table("payments")) == sorted(expected), year.scenario


def test_pools_balance_and_are_those_of_the_rules(years: list[Year]) -> None:
    for year in answered(years):
        names = ("budget", "used", "released", "received", "closing")
        expected = [
            (pool, decimal(SHARES[pool]), *(plain(book[name], "plan") for name in names))
            for pool, book in year.line.pools.items()
        ]
        assert [tuple(row.values()) for row in year.table("pools")] == expected, year.scenario
        assert sum(book["budget"] for book in year.line.pools.values()) == year.line.total


def test_every_shortage_adds_up_from_the_files_alone(years: list[Year]) -> None:
    for year in answered(years):
        files = Files.of(year)
        for shortage in files.shortages:
            files.recount(shortage)


@dataclass
class Files:
    """The tables read and written, looked up the way a reader with a pocket calculator would."""

    projects: dict[str, dict[str, str]]
    allocation: Rows
    drawn: dict[tuple[str, str], int]
    stock: Stock
    plan: dict[str, int]
    printed: dict[str, dict[str, str]]
    shortages: list[dict[str, object]]

    @staticmethod
    def of(year: Year) -> "Files":
        proofs = json.loads((year.out / "certificates.json").read_text("utf-8"))
        drawn: Counter[tuple[str, str]] = Counter()
        for row in year.table("draws"):
            drawn[row["project_id"], row["indicator"]] += units(row["quantity"], GRID.get(row["indicator"], 10_000))
        return Files(
            projects={row["project_id"]: row for row in read_table(year.scenario / "data" / "projects.csv")},
            allocation=year.table("allocation"),
            drawn=drawn,
            stock=Stock(read_table(year.scenario / "data" / "accounts.csv")),
            plan={
                f"plan:{row['pool']}": units(row["budget_mu"], 10_000) + units(row["received_mu"], 10_000)
                for row in year.table("pools")
            },
            printed=proofs["accounts"],
            shortages=list(proofs["shortages"].values()),
        )

    def recount(self, shortage: dict[str, object]) -> None:
        """Asked, ahead and the balances; their difference is what is missing, and it is not nothing."""
        indicator, kind, place = str(shortage["indicator"]), shortage["kind"], int(str(shortage["position"]))
        asking = self.projects[str(shortage["project_id"])]
        asked = self.need(asking, indicator)
        before = [
            row
            for row in self.allocation
            if row["decision"] == "granted"
            and (
                (row["round"] == shortage["round"] and int(row["overall_position"]) < place)
                or (row["round"] == "own" and shortage["round"] == "flex")
            )
        ]
        if kind in ("share", "reserve"):
            pool = asking["category"] if kind == "share" else "flex"
            accounts, counties = [f"plan:{pool}"], list[str]()
            rivals = [row for row in before if row["pool"] == pool]
        elif kind == "store":
            accounts, counties = self.stock.accounts(indicator, "own", asking["county"]), [asking["county"]]
            rivals = [row for row in before if row["county"] in counties and not self.access(row)]
        else:
            wanted = Counter({asking["county"]: asked})
            for row in before:
                wanted[row["county"]] += self.drawn[row["project_id"], indicator]
            counties = sorted(c for c, q in wanted.items() if q > self.stock.balance(indicator, "own", c))
            holders = [("prefecture", ""), *(("own", c) for c in counties)]
            holders += [("pooled", c) for c in self.stock.counties(indicator, "pooled")]
            accounts = [a for kind_, c in holders for a in self.stock.accounts(indicator, kind_, c)]
            rivals = [row for row in before if row["county"] in counties]
        balances = {a: self.plan[a] if a in self.plan else self.stock.left[a] for a in accounts}
        ahead = [q for row in rivals if (q := self.drawn[row["project_id"], indicator])]
        short = asked + sum(ahead) - sum(balances.values())
        assert short > 0, shortage
        assert sorted(counties) == shortage["counties"], shortage
        assert {a for a, q in balances.items() if q} <= set(shortage["accounts"]) <= set(accounts), shortage
        for account in shortage["accounts"]:
            assert self.printed[account]["balance"] == plain(balances[account], indicator), account
        expected = (plain(asked, indicator), len(ahead), plain(sum(ahead), indicator), plain(short, indicator))
        assert tuple(shortage[name] for name in ("asked", "ahead_count", "ahead", "short")) == expected, shortage

    def need(self, row: dict[str, str], indicator: str) -> int:
        if indicator != "plan":
            return units(row[COLUMN[indicator]], GRID[indicator])
        return units(min(row["plan_mu"], row.get("ledger_mu", row["plan_mu"]), key=Fraction), 10_000)

    def access(self, row: dict[str, str]) -> bool:
        return bool(set(self.projects[row["project_id"]].get("tags", "").split(";")) & ACCESS)


def test_the_shortages_recorded_are_all_there_are(years: list[Year]) -> None:
    for year in answered(years):
        proofs = json.loads((year.out / "certificates.json").read_text("utf-8"))
        found = Counter((s["project_id"], s["round"], s["kind"], s["indicator"]) for s in proofs["shortages"].values())
        assert found == Counter((p.id, *s) for p in year.line.projects for s in p.shortages), year.scenario


@ALL_YEARS
def test_these_scenarios_meet_every_turn_of_the_rules(years: list[Year]) -> None:
    met: Counter[str] = Counter()
    for year in years:
        met.update(set(turns(year)))
    assert not {turn: met[turn] for turn in TURNS if met[turn] < 3}, met


def turns(year: Year) -> Iterator[str]:
    """What happened in a year, in the words of TURNS."""
    line, projects = year.line, sorted(year.line.projects, key=lambda p: p.position)
    if year.refused:
        yield "refused without a price"
        return
    if not (year.scenario / "data" / "trades.csv").exists():
        yield "quantities without amounts"
    for p in projects:
        yield from (reason for _, reason in p.failed)
        yield p.reason
        yield from ["several gates failed"] * (len(p.failed) > 1)
        yield from ["filed for the reserve and granted"] * (p.category == "flex" and p.round == "flex")
        yield from ["granted without plan"] * (bool(p.round) and not p.plan)
        yield from ["granted from the reserve after its share was short"] * (p.round == "flex" and bool(p.shortages))
        passed = [s for s in p.shortages if s[0] == "own"]
        behind = [q for q in projects if (q.round, q.category) == ("own", p.category) and q.position > p.position]
        yield from ["passed over in an open line"] * (bool(passed) and bool(behind))
    candidates = [p for p in projects if p.position]
    for one, next_ in pairwise(candidates):
        keys = zip(place_in_line(one, candidates), place_in_line(next_, candidates), strict=True)
        yield "order by " + ORDER[[a == b for a, b in keys].index(False)] * ("overall_rank" not in one.row)
    for d in line.draws:
        yield d.tier
        yield from ["an amount of half a fen"] * (bool(d.price) and d.quantity * (d.price or 0) % 100 == 50)
    drawn = Counter((d.project.id, d.indicator, d.tier, d.holder) for d in line.draws)
    yield from ["two accounts of one holder"] * (max(drawn.values(), default=0) > 1)
    for i in GRID:
        offers = [d for d in line.donors if d.indicator == i]
        givers = [d for d in offers if d.given]
        yield from [f"several donors of {i}"] * (len(givers) > 1)
        for a, b in pairwise(offers):
            if i == "boundary" and a.before == b.before and a.given and b.given < b.before:
                yield "equal remainders, the use rate decides" if a.rate != b.rate else "then the county code"
        if is_resourced(i, candidates, Stock(read_table(year.scenario / "data" / "accounts.csv"))):
            yield "a grant above is re-sourced"


def is_resourced(indicator: str, line: list[Project], stock: Stock) -> bool:
    """Whether a grant without access takes own store that a grant above, with access, had used until then."""
    granted = [p for name in ("own", "flex") for p in line if p.round == name]
    for n, taker in enumerate(granted):
        above = [p for p in granted[:n] if p.county == taker.county]
        open_, closed = (sum(p.needs[indicator] for p in above if p.access is access) for access in (True, False))
        own = stock.balance(indicator, "own", taker.county) - closed
        if not taker.access and min(open_, own) > min(open_, own - taker.needs[indicator]):
            return True
    return False


@pytest.mark.parametrize(
    ("years", "seed"),
    [(FEW, seed) for seed in FEW[::3]]
    + [pytest.param(SEEDS, seed, marks=pytest.mark.long) for seed in SEEDS[::3] if seed not in FEW],
    indirect=["years"],
)
def test_the_order_of_rows_and_columns_changes_no_file(seed: int, years: list[Year], tmp_path: Path) -> None:
    year = years[seed]
    again = tmp_path / "scenario"
    shutil.copytree(year.scenario, again)
    for path in (again / "data").glob("*.csv"):
        write_table(path, shuffled(Random(seed), read_table(path)))
    assert run(again, tmp_path / "out") == year.refused
    for path in (tmp_path / "out").glob("*.csv"):
        assert path.read_bytes() == (year.out / path.name).read_bytes(), path.name
    for path in (tmp_path / "out").glob("*.json"):
        assert lasting(path) == lasting(year.out / path.name), path.name


def lasting(path: Path) -> object:
    """A JSON file without hashes of inputs and what hangs on them, timings, and the addresses of cells."""
    content = json.loads(path.read_text("utf-8"))
    if path.name == "manifest.json":
        return {key: value for key, value in content.items() if key not in FLEETING}
    if path.name == "explanations.json":
        for project in content["projects"]:
            project["warnings"] = [unplaced(warning) for warning in project["warnings"]]
    return content


def unplaced(warning: dict[str, object]) -> dict[str, object]:
    facts = {name: value for name, value in dict(warning["facts"]).items() if name != "where"}
    return {**warning, "cell": "", "facts": facts}
