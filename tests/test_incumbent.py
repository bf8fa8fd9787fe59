"""A plan in force settles what weights and preferences leave open: which equals, and which counties give."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from runs import account, application, run_of

from allocator.commands.conventions import Exit
from allocator.outcome import Run
from allocator.policy import Donor
from allocator.report.folder import write_folder
from allocator.second_opinion import confirm
from allocator.solve import allocate
from scenarios import solving
from scenarios.commands import street
from scenarios.solving import read_plan


def call(*words: str) -> Result:
    return CliRunner().invoke(street.street, [*words, "--lang", "en"], prog_name="landquota")


def two_covers() -> Run:
    """2 mu of area and 5 of boundary for A, of which C holds 1 and all.

    Area prefers B (1 mu), D (2 mu), C (1 mu): B and C give it at ranks 1 and 3, D alone twice at rank 2, the same sum.
    """
    held = [("B", 1, 0), ("C", 1, 50), ("D", 2, 25)]
    accounts = [account("area", "pooled", c, left, allotted=100, used=rate) for c, left, rate in held]
    accounts.append(account("boundary", "pooled", "C", 5, allotted=100, used=0))
    project = application(
        "P1", "key.other", 1, needs={"area": 2, "boundary": 5}, tags=frozenset({"province_key"}), rank=1
    )
    run = run_of([project], accounts=sorted(accounts, key=lambda row: row.account_id))
    donor = Donor(cite="QN-6.5", preference="rate_then_remaining", count_over="union")
    tiers = tuple(
        t.model_copy(update={"order": "min_donors"}) if t.name == "other_pooled" else t for t in run.policy.tiers
    )
    return replace(run, policy=run.policy.model_copy(update={"donor": donor, "tiers": tiers}))


def givers(run: Run, before: frozenset[str] | None) -> set[str]:
    return {donor.county for donor in allocate(run, givers=before).settlement.donors}


def test_of_donors_as_good_those_of_the_plan_in_force_give() -> None:
    run = two_covers()
    assert givers(run, None) == {"B", "C"}
    assert givers(run, frozenset("CD")) == {"C", "D"}
    assert givers(run, frozenset("BC")) == {"B", "C"}


def test_the_counties_that_give_are_read_from_the_folder_of_the_plan_in_force(tmp_path: Path) -> None:
    run = two_covers()
    old = allocate(run, givers=frozenset("CD"))
    write_folder(tmp_path / "old", old, run, language="en", force=False)
    _, plan, before = read_plan(tmp_path / "old")
    assert before == {"C", "D"}
    again = allocate(run, plan=plan, givers=before)
    assert [donor.county for donor in again.settlement.donors] == [donor.county for donor in old.settlement.donors]
    (changes,) = [rung for rung in again.settlement.rungs if rung.name.startswith("changes:")]
    assert (changes.value, changes.bound, changes.proved) == (0, 0, True)


def test_a_plan_in_force_that_grants_nothing_is_one() -> None:
    run = run_of(
        [application(f"P{n}", "flex", 60, rank=n) for n in (1, 2)],
        total=100,
        overrides={"ranking.fill": "max_weight", "ranking.weight": "count"},
    )
    found = allocate(run, plan={})
    assert {rung.name: rung.value for rung in found.rungs}["least_changes"] == -1
    assert "least_changes" not in {rung.name for rung in allocate(run).rungs}
    confirm(run, found, plan={})


def test_the_command_keeps_to_who_gives_in_the_plan_in_force(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = two_covers()
    write_folder(tmp_path / "old", allocate(run, givers=frozenset("CD")), run, language="en", force=False)
    monkeypatch.setattr(solving, "read_run", lambda *_: (run, ()))
    asked = ("solve", "any", "--changes", "none", "-o", str(tmp_path / "new"))
    solved = call(*asked, "--incumbent", str(tmp_path / "old"))
    assert solved.exit_code == Exit.DONE, solved.output
    assert (tmp_path / "new/donors.csv").read_bytes() == (tmp_path / "old/donors.csv").read_bytes()
    assert "has no effect" not in solved.stderr
    assert call(*asked, "--force").exit_code == Exit.DONE
    assert (tmp_path / "new/donors.csv").read_bytes() != (tmp_path / "old/donors.csv").read_bytes()
