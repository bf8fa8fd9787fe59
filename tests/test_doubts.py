"""What the files leave open is said once, before anybody relies on the answer."""

from runs import account, application, run_of, trade

from allocator.explain import explain
from allocator.solve import allocate

MAJOR = frozenset({"province_key"})


def warned(*rows: object, **tables: object) -> list[str]:
    return [problem.code for problem in allocate(run_of(rows, **tables)).screening.warnings]


def test_needs_without_a_table_of_accounts_are_warned_of_once() -> None:
    rows = [application(f"P{n}", "key.industry", 1, rank=n, needs={"area": 5}) for n in (1, 2)]
    run = run_of(rows)
    (problem,) = allocate(run).screening.warnings
    assert (problem.code, problem.facts["count"]) == ("NEEDS_NOT_TESTED", "2")
    assert "area" in problem.facts["needs"]
    assert warned(*rows, accounts=[account("area", "own", "A", 20)]) == []


def test_a_need_that_was_not_tested_still_stands_in_the_explanation() -> None:
    run = run_of([application("P1", "key.industry", 1, rank=1, needs={"area": 5})])
    (record,) = explain(allocate(run), run)
    assert record["needs"] == []
    assert record["untested"] == [{"indicator": "area", "quantity": "5", "unit": "mu"}]


def test_a_project_with_access_and_no_table_of_deals_is_warned_of() -> None:
    row = application("P1", "key.industry", 1, rank=1, needs={"area": 5}, tags=MAJOR)
    held = [account("area", "prefecture", "", 9)]
    assert warned(row, accounts=held) == ["PAYMENTS_NOT_PRICED"]
    assert warned(row, accounts=held, trades=[trade("area", "2026-01-02", 5)]) == []


def test_a_policy_without_other_indicators_asks_for_no_accounts() -> None:
    assert warned(application("P1", "key.industry", 1, rank=1, needs={"area": 5}), policy="qingyuan") == []


def test_projects_without_a_known_sector_are_told_in_one_line() -> None:
    rows = [application(f"P{n}", "general.commercial", 1, rank=n, sector=None) for n in (1, 2, 3)]
    problems = allocate(run_of(rows)).screening.warnings
    assert [(p.code, p.value, p.facts) for p in problems] == [("NO_SECTOR_PRIORITY", "P1", {"count": "3"})]


def test_accounts_and_deals_that_no_tier_reads_are_named() -> None:
    held = [account("area", "own", "A", 1), account("area", "province", "", 1), account("pbf", "reserve_zone", "", 1)]
    run = run_of(
        [application("P1", "key.industry", 1, rank=1)], accounts=held, trades=[trade("boundary", "2026-01-02", 5)]
    )
    found = [name for name in allocate(run).screening.not_applied if "(" in name]
    assert found == ["accounts (area province)", "accounts (pbf reserve_zone)", "trades (boundary)"]
