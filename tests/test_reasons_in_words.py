"""What a result says in sentences: two pools where two gave, who got a part, and no turn where nobody has one."""

from dataclasses import replace

from runs import account, application, mu, run_of
from test_parts_settled import bounded

from allocator.explain import explain
from allocator.outcome import Run
from allocator.policy import Phasing
from allocator.records import Phase
from allocator.report.certificates import certificates
from allocator.report.reasons import reason
from allocator.report.terminal import totals
from allocator.solve import allocate
from allocator.words import Language


def told(run: Run, language: Language, project: str = "P1") -> str:
    allocation = allocate(run)
    records = {record["project_id"]: record for record in explain(allocation, run)}
    return reason(records[project], certificates(allocation, run)["shortages"], language)


def from_two_pools() -> Run:
    """The share of industry holds the first phase, and the reserve the second."""
    run = run_of([application("P1", "key.industry", 120)], total=250, accounts=[account("area", "own", "A", 10)])
    phases = tuple(Phase(project_id="P1", phase=n, plan=mu(plan)) for n, plan in ((1, 70), (2, 50)))
    tables = replace(run.tables, phases=phases, columns=run.tables.columns | {"phases": frozenset[str]()})
    policy = run.policy.model_copy(update={"phase": Phasing(cite="QY-4.5")})
    return replace(run, tables=tables, policy=policy)


def test_a_grant_from_two_pools_says_how_much_from_each() -> None:
    assert told(from_two_pools(), "en") == "120 mu from: key, industry (70 mu); flexible reserve (50 mu)"
    assert told(from_two_pools(), "zh") == "计划指标 120 亩，分别来自：重点·产业（70 亩）、机动（50 亩）"


def test_who_is_granted_in_part_is_counted_apart() -> None:
    run = replace(from_two_pools(), total=mu(119))
    said = list(totals(allocate(run), run, "en"))
    assert said[1] == "Plan quota 119 mu: 70 mu granted, 49 mu left; of 1 projects, 0 granted, 1 in part."


def test_where_all_are_chosen_together_no_refusal_speaks_of_a_turn() -> None:
    run = replace(bounded("skip_and_fill"), total=mu(70))
    said = told(run, "en", "P2")
    assert said.startswith("flexible reserve: 10 mu left after all grants, 30 mu asked, 20 mu missing; ")
    assert "turn" not in said
    assert "轮到" not in told(run, "zh", "P2")
