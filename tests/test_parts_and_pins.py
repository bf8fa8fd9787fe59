"""Phases, least areas, pins and penalties: from rows to what competes, is held or is capped."""

from dataclasses import replace
from typing import Any

import pytest
from runs import MU, account, application, mu, run_of
from tables_by_hand import GOOD, project, projects, read, sheet

from allocator.eligibility import screen
from allocator.outcome import Candidate, Order, Run, Screening
from allocator.penalties import caps
from allocator.pins import hold
from allocator.policy import Penalties
from allocator.policy_files import load
from allocator.problems import InputRejected
from allocator.quantities import Indicator
from allocator.ranking import rank
from allocator.records import County, Penalty, Phase, Pin

PHASES = ["project_id", "phase", "plan_mu", "area_mu"]


def with_rows(run: Run, **rows: Any) -> Run:
    """The run with tables of decisions beside it."""
    columns = {**run.tables.columns, **{name: frozenset({"project_id"}) for name in rows}}
    return replace(run, tables=replace(run.tables, columns=columns, **rows))


def screened(run: Run) -> Screening:
    return screen(run.tables, run.policy, year=run.year, as_of=run.as_of)


def ordered(run: Run) -> Order:
    return rank(screened(run).candidates, run.policy)


def phase(project_id: str, number: int, plan: int | str, area: int | str = 0) -> Phase:
    needs = {Indicator.AREA: mu(area)} if area else {}
    return Phase(project_id=project_id, phase=number, plan=mu(plan), needs=needs)


def pin(project_id: str, decision: str, **more: str) -> Pin:
    return Pin(project_id=project_id, pin=decision, **more)


def test_phases_are_read_by_project_and_number() -> None:
    rows = sheet("分期", PHASES, ["P-1", 2, 6, None], ["P-1", 1, 4, 3])
    phases = read(project(area_mu=3), rows).phases
    assert [(p.phase, p.plan, p.needs, p.cells["plan_mu"].cell) for p in phases] == [
        (1, 4 * MU, {Indicator.AREA: 3 * MU}, "C3"),
        (2, 6 * MU, {}, "C2"),
    ]


def test_the_phases_of_a_project_that_needs_basic_farmland_add_up_where_they_state_it() -> None:
    head, rows = [*PHASES, "pbf_mu"], (["P-1", 1, 4, None, 2], ["P-1", 2, 6, None, 1])
    phases = read(project(pbf_mu=3), sheet("phases", head, *rows)).phases
    assert [p.needs for p in phases] == [{Indicator.PBF: 2 * MU}, {Indicator.PBF: 1 * MU}]
    with pytest.raises(InputRejected) as rejected:
        read(project(pbf_mu=4), sheet("phases", head, *rows))
    assert [(p.code, p.value, p.facts["sum"]) for p in rejected.value.problems] == [("PHASES_DO_NOT_ADD_UP", "4", "3")]


def test_pins_and_penalties_are_read_by_their_chinese_names() -> None:
    tables = read(
        projects(GOOD, ["P-2", "4418", "key.other", 2, 1]),
        sheet(
            "指定",
            ["项目编号", "指定", "理由", "文件依据"],
            ["P-2", "不安排", "撤项", "1号"],
            ["P-1", "安排", "a", None],
        ),
        sheet("核减", ["县市", "核减面积(亩)", "核减原因"], ["4418", "20", "虚假"], ["4418", "5", "不开工"]),
    )
    assert [(p.project_id, p.pin, p.reason, p.document) for p in tables.pins] == [
        ("P-1", "grant", "a", ""),
        ("P-2", "deny", "撤项", "1号"),
    ]
    assert [(p.county, p.cut, p.type) for p in tables.penalties] == [
        ("4418", 5 * MU, "不开工"),
        ("4418", 20 * MU, "虚假"),
    ]


def only(run: Run) -> Candidate:
    (candidate,) = screened(run).candidates
    return candidate


@pytest.mark.parametrize(
    ("least", "ledger", "found"),
    [(None, 10, None), (4, 10, mu(4)), (0, 10, 1), (10, 10, None), (4, 5, mu(4)), (6, 5, None), (5, 5, None)],
)
def test_a_least_area_divides_only_below_what_the_ledger_admits(
    least: int | None, ledger: int, found: int | None
) -> None:
    row = application(
        "P1", "key.industry", 10, rank=1, min_area=None if least is None else mu(least), ledger=mu(ledger)
    )
    assert only(run_of([row])).least == found


def test_a_least_area_has_no_effect_where_nothing_is_granted_in_part() -> None:
    run = run_of([application("P1", "key.industry", 10, rank=1, min_area=mu(4))], overrides={"grant.partial": "never"})
    columns = {**run.tables.columns, "projects": run.tables.columns["projects"] | {"min_area_mu"}}
    run = replace(run, tables=replace(run.tables, columns=columns))
    assert only(run).least is None
    assert "projects.min_area_mu" in screened(run).not_applied


def test_what_the_ledger_cuts_is_taken_from_the_last_phases() -> None:
    row = application("P1", "key.industry", 10, rank=1, ledger=mu(5), needs={"area": 3})
    phases = (phase("P1", 1, 4), phase("P1", 2, 3, area=2), phase("P1", 3, 2, area=1), phase("P1", 4, 1))
    found = only(with_rows(run_of([row], accounts=[account("area", "own", "A", 9)]), phases=phases)).phases
    assert [(p.phase, p.plan, dict(p.needs)) for p in found] == [
        (1, mu(4), {}),
        (2, mu(1), {Indicator.AREA: mu(2)}),
        (3, 0, {Indicator.AREA: mu(1)}),
    ]


def test_the_needs_of_a_phase_are_those_the_files_can_answer() -> None:
    row = application("P1", "key.industry", 2, rank=1, needs={"area": 1})
    (found,) = only(with_rows(run_of([row]), phases=(phase("P1", 1, 2, area=1),))).phases
    assert found.needs == {}


def test_a_denied_project_is_no_candidate_and_keeps_the_committees_reason() -> None:
    run = run_of([application("P1", "key.industry", 2, rank=1), application("P2", "key.industry", 2, rank=2)])
    found = screened(with_rows(run, pins=(pin("P1", "deny", reason="withdrawn", document="No. 1"),)))
    assert [candidate.project_id for candidate in found.candidates] == ["P2"]
    (failure,) = found.failures["P1"]
    assert (failure.reason, failure.rule, failure.outcome) == ("DENIED", "QY-9.1", "rejected")
    assert failure.facts == {"reason": "withdrawn", "document": "No. 1"}


def test_a_gate_decides_before_a_denial_and_forbids_a_grant() -> None:
    run = run_of([application("P1", "key.industry", 2, rank=1, tags=frozenset({"upper_quota"}))])
    denied = screened(with_rows(run, pins=(pin("P1", "deny"),)))
    assert [failure.reason for failure in denied.failures["P1"]] == ["UPPER_QUOTA", "DENIED"]
    with pytest.raises(InputRejected) as rejected:
        screened(with_rows(run, pins=(pin("P1", "grant"),)))
    assert [(p.code, p.facts["gate"]) for p in rejected.value.problems] == [("PIN_FAILS_GATE", "UPPER_QUOTA")]


def test_pinned_grants_take_their_share_together_and_then_the_reserve() -> None:
    rows = [application(f"P{n}", "key.industry", plan, rank=n) for n, plan in enumerate((30, 20, 12), start=1)]
    run = run_of([*rows, application("P4", "flex", 1, rank=1)], total=100)  # 42 of 100 are the share of key.industry
    run = with_rows(run, pins=tuple(pin(f"P{n}", "grant") for n in (3, 1, 2, 4)))
    assert hold(ordered(run), run.tables, run.policy, run.total) == {"P1": 1, "P2": 2, "P3": 1, "P4": 2}


def penalised(*penalties: Penalty) -> Run:
    run = run_of([application("P1", "key.industry", 9, rank=1), application("P2", "key.other", 5, county="B", rank=1)])
    policy = run.policy.model_copy(
        update={"penalty": Penalties(cite="QY-14.3"), "rules": (*run.policy.rules, "QY-14.3")}
    )
    return with_rows(replace(run, policy=policy), penalties=penalties)


def test_the_cuts_of_a_county_add_up_against_what_it_was_granted() -> None:
    rows = [Penalty(county="A", cut=mu(2)), Penalty(county="A", cut=mu(3)), Penalty(county="B", cut=mu(7))]
    run = penalised(*rows, Penalty(county="C", cut=mu(1)))
    found = caps(ordered(run), run.tables, run.policy, {"P1": mu(9), "P2": mu(5)})
    assert [(cap.name, cap.members, cap.most, cap.rule) for cap in found] == [
        ("penalty:A", {"P1"}, mu(4), "QY-14.3"),
        ("penalty:B", {"P2"}, 0, "QY-14.3"),
    ]
    assert [w.code for w in screened(run).warnings if w.value == "C"] == ["PENALTY_TAKES_NOTHING"]
    assert "penalties" not in screened(run).not_applied


def test_without_a_table_of_the_policy_penalties_cut_nothing_and_are_named() -> None:
    run = penalised(Penalty(county="A", cut=mu(2)))
    run = replace(run, policy=load("prefecture").policy)
    assert caps(ordered(run), run.tables, run.policy, {"P1": mu(9)}) == ()
    assert "penalties" in screened(run).not_applied


def test_phases_and_pins_are_read_as_soon_as_they_stand() -> None:
    run = with_rows(run_of([application("P1", "key.industry", 9, rank=1)]), phases=(), pins=())
    assert not {"phases", "pins"} & set(screened(run).not_applied)


def test_a_bounded_county_that_the_data_do_not_know_is_refused_and_one_named_told_its_code() -> None:
    run = run_of([application("P1", "key.industry", 9, rank=1)])
    run = replace(run, tables=replace(run.tables, counties=(County(code="A", name="甲县"),)))
    region = {"cite": "QY-7.1", "min_share": {"A": "0.1", "B": "0.2"}, "max_share": {"甲县": "0.3"}}
    policy = type(run.policy).model_validate({**run.policy.model_dump(by_alias=True), "region": region})
    with pytest.raises(InputRejected) as refused:
        screened(replace(run, policy=policy))
    assert [(p.code, p.place.cell, p.facts["meant"]) for p in refused.value.problems] == [
        ("REGION_COUNTY_UNKNOWN", "policy.region.min_share.B", ""),
        ("REGION_COUNTY_UNKNOWN", "policy.region.max_share.甲县", "A"),
    ]
