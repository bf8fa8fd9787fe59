"""The overall order by cases in the law's words (`cases/ranking.toml`), and what holds for every order."""

import random
import tomllib
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from allocator.eligibility import sector_priority
from allocator.outcome import Candidate, Order
from allocator.policy import Policy
from allocator.policy_files import load
from allocator.problems import InputRejected, Place
from allocator.ranking import rank
from allocator.records import CRITERIA, Application

CASES = tomllib.loads((Path(__file__).parent / "cases" / "ranking.toml").read_text(encoding="utf-8"))["case"]
POLICY = load("qingyuan").policy


def candidate(policy: Policy = POLICY, **written: Any) -> Candidate:
    filed = written.get("filed_on", date(2025, 10, 15))
    score = written.get("score")
    application = Application(
        project_id=written["id"],
        county="A",
        category=written.get("category", "key.industry"),
        plan=1,
        sector=written.get("sector", "energy"),
        rank=written.get("rank"),
        overall_rank=written.get("overall"),
        materials_complete=written.get("materials", True),
        score=None if score is None else Fraction(score),
        criteria={name: Fraction(value) for name, value in written.get("criteria", {}).items()},
        filed_on=None if filed == "empty" else filed,
        cells={"rank": Place(sheet="projects", cell=f"G-{written['id']}")},
    )
    priority = sector_priority(application.sector, policy)
    return Candidate(
        application=application, plan=1, needs={}, access=(), sector_priority=priority, filed_on=application.filed_on
    )


def ids(order: Order) -> list[str]:
    return [placed.candidate.project_id for placed in order.places]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']}: {case['says']}")
def test_the_order_is_what_the_law_says(case: Mapping[str, Any]) -> None:
    policy = load("qingyuan", overrides=case.get("set", {})).policy
    expected = [candidate(policy, **written) for written in case["order"]]
    found = rank(random.Random(0).sample(expected, len(expected)), policy)
    assert ids(found) == [each.project_id for each in expected]
    assert [placed.position for placed in found.places] == list(range(1, len(expected) + 1))
    assert [list(tie) for tie in found.ties] == case.get("ties", [])
    if "ranks" in case:
        assert [placed.rank for placed in found.places] == case["ranks"]
    if "computed" in case:
        assert [placed.computed for placed in found.places] == case["computed"]
    if "scores" in case:
        assert [placed.score for placed in found.places] == [Fraction(score) for score in case["scores"]]


def test_given_only_names_the_cell_of_every_missing_rank() -> None:
    policy = load("qingyuan", overrides={"ranking.source": "given_only"}).policy
    with pytest.raises(InputRejected) as refused:
        rank([candidate(id="A"), candidate(id="B", rank=1), candidate(id="C")], policy)
    assert [(p.code, p.place.cell) for p in refused.value.problems] == [
        ("RANK_NOT_GIVEN", "G-A"),
        ("RANK_NOT_GIVEN", "G-C"),
    ]


def test_an_empty_line_has_no_places_and_no_ties() -> None:
    assert rank([], POLICY) == Order(places=(), ties=())


def test_ids_are_ordered_by_what_they_mean_and_not_by_their_width() -> None:
    assert ids(rank([candidate(id="Ｐ２"), candidate(id="P1"), candidate(id="P3")], POLICY)) == ["P1", "Ｐ２", "P3"]


def test_a_tie_has_all_its_members() -> None:
    found = rank([candidate(id=id) for id in "DBAC"] + [candidate(id="E", rank=9)], POLICY)
    assert found.ties == (("A", "B", "C", "D"),)


WRITTEN = some.fixed_dictionaries(
    {
        "category": some.sampled_from([*POLICY.leaves(), "flex"]),
        "rank": some.none() | some.integers(1, 4),
        "sector": some.sampled_from(["energy", "eco_tourism"]),
        "materials": some.booleans(),
        "filed_on": some.sampled_from([date(2025, 10, 1), date(2025, 10, 2), "empty"]),
        "criteria": some.dictionaries(some.sampled_from(CRITERIA), some.integers(0, 5)),
    }
)


@given(some.lists(WRITTEN, max_size=9), some.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[dict[str, Any]], dice: random.Random) -> None:
    candidates = [candidate(id=f"P{n}", **row) for n, row in enumerate(rows)]
    assert rank(candidates, POLICY) == rank(dice.sample(candidates, len(candidates)), POLICY)


@given(some.lists(WRITTEN, min_size=1, max_size=9))
def test_every_candidate_has_one_place_and_a_score_between_zero_and_one(rows: list[dict[str, Any]]) -> None:
    found = rank([candidate(id=f"P{n}", **row) for n, row in enumerate(rows)], POLICY)
    assert sorted(ids(found)) == sorted(f"P{n}" for n in range(len(rows)))
    assert all(placed.score is None or 0 <= placed.score <= 1 for placed in found.places)


@given(some.lists(WRITTEN, min_size=2, max_size=9))
def test_inside_a_category_a_given_rank_is_never_behind_a_computed_one(rows: list[dict[str, Any]]) -> None:
    places = rank([candidate(id=f"P{n}", **row) for n, row in enumerate(rows)], POLICY).places
    for category in (*POLICY.leaves(), "flex"):
        line = [placed.computed for placed in places if placed.candidate.application.category == category]
        assert line == sorted(line)
