"""Where no walk decides, the levels say whose word it is that no answer stands before this one in the order."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from changes import with_one
from runs import application, run_of

from allocator.audit.audit import audit
from allocator.outcome import Run
from allocator.policy import Region
from allocator.report.certificates import certificates
from allocator.report.folder import write_files
from allocator.solve import allocate, conclude, prepare
from allocator.verify import verify
from models.answer import Answer
from models.instance import FROM_RESERVE, REFUSED, Grants


def bounded(fill: str = "skip_and_fill") -> Run:
    """Three projects that all fit, and a bound on portions that they keep."""
    rows = [replace(application(f"P{n}", "flex", 10, rank=n), band=1) for n in (1, 2, 3)]
    run = run_of(rows, total=100, overrides={"ranking.fill": fill, "ranking.weight": "plan_mu"})
    law = Region(cite="QY-7.1", min_share={rows[0].county: Fraction(1, 2)})
    return replace(run, policy=run.policy.model_copy(update={"region": law}))


def told(found: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(found.get(key) for key in ("level", "objective", "value", "bound", "status", "proved_by"))


IN_ORDER = "lexicographic_in_overall_order"


def test_under_bounds_on_portions_the_levels_are_the_solvers_word() -> None:
    run = bounded()
    levels = certificates(allocate(run), run)["levels"]
    assert [told(level) for level in levels] == [
        ("order_own", IN_ORDER, "0", "0", "proved", "cp_sat"),
        ("order_reserve", IN_ORDER, "3", "3", "proved", "cp_sat"),
    ]


def test_an_answer_that_grants_the_last_alone_does_not_leave_without_who_claims_it() -> None:
    run = bounded()
    question = prepare(run)
    last = np.array([REFUSED, REFUSED, FROM_RESERVE])
    plan = np.where(last == FROM_RESERVE, question.case.instance.plan, 0)
    allocation = conclude(run, question, Answer(grants=Grants(round=last, plan=plan)), "auto")
    assert {level["proved_by"] for level in certificates(allocation, run)["levels"]} == {"cp_sat"}
    claims = audit(dict(write_files(allocation, run, language="en")), run).claims
    assert [(claim["level"], claim["value"], claim["prover"]) for claim in claims] == [
        ("order_own", "0", "cp_sat"),
        ("order_reserve", "1", "cp_sat"),
    ]


@pytest.mark.parametrize("fill", ["max_weight", "tiered"])
def test_where_grants_weigh_the_choice_among_equals_is_a_level_of_its_own(fill: str) -> None:
    run = bounded(fill)
    names = [level["level"] for level in certificates(allocate(run), run)["levels"]]
    assert names == ["own_weight:0", "reserve_weight:0", "order_own", "order_reserve"]


def test_a_mode_that_walks_keeps_its_two_rounds() -> None:
    run = run_of([application("P1", "flex", 10, rank=1)], total=100)
    for engine, prover in (("exact", "exact"), ("mip", "mip")):
        levels = certificates(allocate(run, engine=engine), run)["levels"]
        assert [(level["level"], level["proved_by"]) for level in levels] == [("own", prover), ("flex", prover)]


def test_a_level_of_the_order_that_is_missing_or_counts_otherwise_is_found() -> None:
    run = bounded()
    allocation = allocate(run)
    first, second = allocation.rungs
    for rungs in (
        (),
        (first,),
        (second, first),
        with_one(allocation.rungs, second, replace(second, value=2, bound=2)),
    ):
        assert verify(replace(allocation, rungs=rungs), run)
    walked = run_of([application("P1", "flex", 10, rank=1)], total=100)
    assert verify(replace(allocate(walked), rungs=(first, second)), walked)
