"""An answer is held against a second opinion: what agrees passes, and a wrong engine ends with exit code 8."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from random_parts import random_parts
from random_runs import random_run

from allocator import second_opinion
from allocator.commands.conventions import Exit
from allocator.disagreement import EnginesDisagree, Matter, NoSecondOpinion
from allocator.outcome import Allocation, Run, Rung, Settlement
from allocator.solve import allocate, prepare
from models.second_pulp import NoSolver, Unbelievable
from scenarios import solving
from scenarios.commands import street

FILLS = ("skip_and_fill", "stop_at_first_misfit", "guarantee", "max_weight", "tiered")


@cache
def answered(seed: int) -> tuple[Run, Allocation]:
    run = random_run(seed)
    return run, allocate(run)


@cache
def weighed() -> tuple[Run, Allocation]:
    run = random_parts(1, "max_weight", most=9)
    return run, allocate(run)


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("seed", [1])
def test_the_second_opinion_agrees_in_every_mode(seed: int, fill: str) -> None:
    run = random_parts(seed, fill, most=9)
    assert second_opinion.confirm(run, allocate(run)) == "cbc"


@pytest.mark.parametrize("seed", range(4))
def test_the_second_opinion_agrees_on_runs_of_ranks_and_donors(seed: int) -> None:
    assert second_opinion.confirm(*answered(seed)) == "cbc"


def test_counted_donors_and_ceilings_are_among_what_is_compared() -> None:
    assert any(answered(seed)[1].settlement.donor_counts for seed in range(4))
    assert any(allocate(random_parts(seed, FILLS[0], most=9)).ceilings for seed in range(2))


def refuse_one(answer: Allocation) -> Allocation:
    granted = next(d for d in answer.decided if d.parts)
    flipped = replace(granted, parts=(), round=None, pool="", granted_plan=0)
    return replace(answer, decided=tuple(flipped if d is granted else d for d in answer.decided))


def with_settlement(change: Callable[[Settlement], Settlement]) -> Callable[[Allocation], Allocation]:
    return lambda answer: replace(answer, settlement=change(answer.settlement))


def use_more(s: Settlement) -> Settlement:
    return replace(s, pools=(replace(s.pools[0], used=s.pools[0].used + 1), *s.pools[1:]))


def draw_less(s: Settlement) -> Settlement:
    first = next(d for d in s.draws if d.indicator != "plan")
    return replace(s, draws=tuple(replace(d, quantity=d.quantity - 1) if d is first else d for d in s.draws))


def count_one_more(s: Settlement) -> Settlement:
    return replace(s, donor_counts=(replace(s.donor_counts[0], count=s.donor_counts[0].count + 1),))


@pytest.mark.parametrize(
    ("wrong", "matter"),
    [
        (refuse_one, Matter.GRANT),
        (with_settlement(use_more), Matter.POOL),
        (with_settlement(draw_less), Matter.DRAWN),
        (with_settlement(count_one_more), Matter.DONORS),
    ],
    ids=lambda value: str(getattr(value, "__name__", value)),
)
def test_what_is_wrong_is_named(wrong: Callable[[Allocation], Allocation], matter: Matter) -> None:
    run, answer = next(pair for pair in map(answered, range(4)) if pair[1].settlement.donor_counts)
    with pytest.raises(EnginesDisagree) as caught:
        second_opinion.confirm(run, wrong(answer))
    assert {d.matter for d in caught.value.differences} == {matter}
    assert caught.value.reproducer["second_opinion"] is not None


def test_a_level_that_is_stated_too_high_is_named() -> None:
    run, answer = weighed()
    first: Rung = answer.rungs[0]
    better = replace(answer, rungs=(replace(first, value=first.value + 1, bound=first.bound + 1), *answer.rungs[1:]))
    with pytest.raises(EnginesDisagree) as caught:
        second_opinion.confirm(run, better)
    assert [(d.matter, d.where) for d in caught.value.differences] == [(Matter.LEVEL, "own_weight:0")]


def test_an_answer_not_proved_best_is_asked_only_whether_it_can_stand_and_what_it_is_worth() -> None:
    run, answer = weighed()
    first = answer.rungs[0]
    stopped = replace(answer, rungs=(replace(first, bound=first.value + 1, proved=False),))
    second_opinion.confirm(run, stopped)
    with pytest.raises(EnginesDisagree, match="level own_weight:0"):
        second_opinion.confirm(run, refuse_one(stopped))
    with pytest.raises(EnginesDisagree, match="rows : kept / broken"):
        second_opinion.confirm(replace(run, total=run.total // 4), stopped)


@pytest.mark.parametrize(
    ("failure", "word"), [(NoSolver("cbc"), "no_solver"), (Unbelievable("own:1..2"), "unbelievable")]
)
def test_without_a_believable_solver_there_is_no_second_opinion(
    failure: Exception, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(second_opinion, "solve", fail)
    with pytest.raises(NoSecondOpinion) as caught:
        second_opinion.confirm(*answered(0))
    assert caught.value.word == word


def solve(*arguments: str, folder: Path) -> Result:
    return CliRunner().invoke(
        street.street, ["solve", "worked-example", *arguments], env={"HOME": str(folder), "LANG": "C.UTF-8"}
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_solve_says_that_the_second_opinion_agrees(folder: Path) -> None:
    solved = solve("--second-opinion", folder=folder)
    assert solved.exit_code == Exit.DONE
    assert "The second opinion agrees: cbc" in solved.stderr
    assert "second opinion" not in solve(folder=folder).stderr


def test_a_wrong_engine_ends_with_exit_8_and_leaves_both_answers(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(run: Run, **more: object) -> Allocation:
        """A whole answer, with reasons and books that add up, to another question: its own recount finds nothing."""
        return allocate(replace(run, total=run.total - 2_000 * 10_000))

    monkeypatch.setattr(solving, "allocate", wrong)
    refused = solve("-o", "out", "--second-opinion", folder=folder)
    assert refused.exit_code == Exit.ENGINES_DISAGREE, refused.stderr
    assert "grant (round, plan) " in refused.stderr
    assert "landquota-disagreement-" in refused.stderr
    [file] = folder.iterdir()  # and no `out`
    kept = json.loads(file.read_text(encoding="utf-8"))
    case = prepare(solving.read_run("worked-example", ())[0]).case
    assert kept["instance"]["plan"] == case.instance.plan.tolist()
    assert kept["projects"] == [atom.project_id for atom in case.atoms]
    assert kept["rounds"] != kept["second_opinion"]["rounds"]
    assert len(kept["differences"]) >= 2


def test_the_second_opinion_stays_near_the_same_plan_in_force() -> None:
    run, answer = weighed()
    others = {d.project_id: {0} for d in answer.decided if not d.parts}
    near = allocate(run, plan=others)
    assert "least_changes" in [rung.name for rung in near.rungs]
    assert second_opinion.confirm(run, near, plan=others) == "cbc"
