"""The shipped scenarios: renewed by their generator, solved, and showing all that they say they show."""

from collections import Counter
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from allocator.outcome import Allocation, Decided, Decision, Round, Run
from allocator.problems import errors
from allocator.quantities import Indicator
from scenarios import shipped, synthesis
from scenarios.solving import check, solve
from scenarios.synthesis_facts import QIANNAN, QINGYUAN, WORKS

STOP = "policy.ranking.fill=stop_at_first_misfit"
REASONS = {
    "GRANTED",
    "TRIMMED",
    "PLAN_MISFIT",
    "NO_POOL_ACCESS",
    "POOL_SHORT",
    "PROHIBITED_SECTOR",
    "UPPER_QUOTA",
    "NO_LEDGER_ENTRY",
    "NO_INDUSTRY",
    "LATE",
}
"""Every reason code of the policy `prefecture` in the mode `skip_and_fill`."""

FARMLAND = (Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY)


@cache
def solved(name: str, *sets: str) -> tuple[Run, Allocation]:
    answer = solve(name, sets, engine="auto", announce=lambda _: None)
    return answer.run, answer.allocation


def reasons(allocation: Allocation) -> Counter[str]:
    return Counter(decided.reason for decided in allocation.decided)


def content(file: Path) -> bytes | dict[str, bytes]:
    """What a file holds; of a workbook its parts, since compression differs from one zlib to another."""
    if file.suffix != ".xlsx":
        return file.read_bytes()
    with ZipFile(file) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def test_the_generator_makes_the_committed_files(tmp_path: Path) -> None:
    synthesis.write_scenarios(tmp_path)
    made = {file.relative_to(tmp_path): file for file in tmp_path.rglob("*") if file.is_file()}
    kept = {file.relative_to(shipped.HOME) for file in shipped.HOME.rglob("*") if file.is_file()}
    assert made.keys() == kept
    for name, file in made.items():
        assert content(file) == content(shipped.HOME / name), f"{name}: run python -m scenarios.synthesis"


def test_every_scenario_that_is_made_is_shipped() -> None:
    assert set(shipped.names()) == {plan.name for plan in synthesis.PLANS}


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_scenario_passes_the_check(name: str) -> None:
    assert not errors(check(name, ()))


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_scenario_says_in_every_place_that_it_is_synthetic(name: str) -> None:
    folder = shipped.HOME / name
    for file in (folder / shipped.FILE, folder / "README.md"):
        text = file.read_text(encoding="utf-8")
        assert "Synthetic data" in text
        assert "合成数据" in text
        assert "县市名称" in text
    if (folder / "data.xlsx").exists():
        notes = load_workbook(folder / "data.xlsx")["说明"]
        text = "\n".join(str(value) for row in notes.iter_rows(values_only=True) for value in row if value)
        assert "Synthetic data" in text
        assert "虚构" in text


def test_the_worked_example_gives_its_published_result() -> None:
    """F.4, line by line."""
    _, allocation = solved("worked-example")
    by_round: dict[Round | None, list[str]] = {}
    for decided in sorted(allocation.decided, key=lambda d: d.project_id):
        by_round.setdefault(decided.round, []).append(decided.project_id)
    assert by_round == {
        Round.OWN: ["B1", "B2", "I1", "I2", "I4", "L1", "L2", "O1", "O2", "O3", "T1"],
        Round.FLEX: ["I3", "T2", "X1"],
        None: ["B3"],
    }
    books = {book.pool: (book.budget, book.used, book.released, book.received) for book in allocation.settlement.pools}
    mu = {pool: tuple(amount // 10_000 for amount in amounts) for pool, amounts in books.items()}
    assert mu == {
        "key.industry": (4200, 3700, 500, 0),
        "key.other": (2800, 2600, 200, 0),
        "general.commercial": (1000, 900, 100, 0),
        "general.livelihood": (500, 380, 120, 0),
        "general.three_old": (500, 350, 150, 0),
        "flex": (1000, 1860, 0, 1070),
    }
    assert [book.closing for book in allocation.settlement.pools] == [0, 0, 0, 0, 0, 2_100_000]


def test_the_worked_example_has_the_same_winners_when_lines_stop() -> None:
    """F.4, the variant: industry stops at I3, so the reserve grants I3 and I4 besides X1 and T2."""
    _, allocation = solved("worked-example", STOP)
    flex = {decided.project_id for decided in allocation.decided if decided.round is Round.FLEX}
    assert flex == {"I3", "I4", "X1", "T2"}


def test_qingyuan_shows_what_its_readme_says() -> None:
    run, allocation = solved("qingyuan-2026")
    applications = run.tables.applications
    keys = [a for a in applications if a.category.startswith("key.")]
    general = [a for a in applications if a.category.startswith("general.")]
    assert 170 <= len(keys) <= 190
    assert 50 <= len(general) <= 70
    assert {a.county for a in applications} == set(QINGYUAN)
    assert all(a.rank is not None for a in keys)
    assert all(a.rank is None and len(a.criteria) == 6 for a in general)
    assert 13 <= 10 * sum(a.plan for a in applications) // run.total <= 15
    gates = {gate.reason for gate in run.policy.gates}
    assert gates <= reasons(allocation).keys()
    assert {"GRANTED", "TRIMMED", "PLAN_MISFIT"} <= reasons(allocation).keys()


def test_every_reason_code_occurs_in_the_prefecture() -> None:
    assert reasons(solved("prefecture-2026")[1]).keys() == REASONS
    assert reasons(solved("prefecture-2026", STOP)[1])["LINE_CLOSED"] > 0


def test_every_tier_is_drawn_on_in_the_prefecture() -> None:
    run, allocation = solved("prefecture-2026")
    drawn = {(draw.indicator, draw.tier) for draw in allocation.settlement.draws}
    tiers = {(indicator, tier.name) for tier in run.policy.tiers for indicator in tier.indicators}
    assert tiers <= drawn
    assert allocation.settlement.payments
    assert [proof.indicator for proof in allocation.settlement.donor_counts] == [Indicator.BOUNDARY]
    assert allocation.settlement.donor_counts[0].count >= 2


def test_both_kinds_of_farmland_refusal_come_with_their_shortage() -> None:
    def stands(decided: Decided) -> bool:
        return decided.shortages[-1].indicator is not Indicator.PLAN

    refused = [d for d in solved("prefecture-2026")[1].decided if d.reason in ("NO_POOL_ACCESS", "POOL_SHORT")]
    assert refused
    assert all(stands(decided) for decided in refused)


def test_the_deals_outside_the_window_would_change_every_price() -> None:
    run, allocation = solved("prefecture-2026")
    prices = {price.indicator: price for price in allocation.settlement.prices}
    months = {trade.traded_on.strftime("%Y-%m") for trade in run.tables.trades}
    assert len(months) == 8
    for indicator in FARMLAND:
        deals = [trade.unit_price_yuan for trade in run.tables.trades if trade.indicator is indicator]
        assert prices[indicator].deals < len(deals)
        assert sum(deals) / len(deals) != prices[indicator].mean


def test_the_amounts_of_the_prefecture_are_plausible() -> None:
    run, allocation = solved("prefecture-2026")
    assert {county.code: county.name for county in run.tables.counties} == QIANNAN
    for a in run.tables.applications:
        area, paddy = a.needs.get(Indicator.AREA, 0), a.needs.get(Indicator.PADDY, 0)
        capacity = a.needs.get(Indicator.CAPACITY, 0)
        assert paddy <= area <= a.plan, a.project_id
        assert 300 * area <= 100 * capacity <= 900 * area, a.project_id
    assert {county.name for county in run.tables.counties} >= {a.name.split("·")[0] for a in run.tables.applications}
    assert any(a.category == "flex" for a in run.tables.applications)
    assert sum(d.decision is Decision.GRANTED for d in allocation.decided) > len(allocation.decided) // 2


@pytest.mark.parametrize("name", ["qingyuan-2026", "prefecture-2026"])
def test_industries_are_named_as_the_policy_names_them(name: str) -> None:
    run, _ = solved(name)
    assert {sector.title.zh for sector in run.policy.sectors} == set(WORKS)
    known = {sector.code for sector in run.policy.sectors}
    assert sum(a.sector not in known for a in run.tables.applications) == 2  # the two planted for NO_INDUSTRY
