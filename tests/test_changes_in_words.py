"""What would change a decision, in words: the ceiling by its county, and no bound one step below a round number."""

from test_parts_settled import penalised

from allocator.explain import explain
from allocator.explanation_changes import Changed
from allocator.report.page_changes import bound, put
from allocator.solve import allocate

CEILING: Changed = {
    "lever": "cap",
    "indicator": "plan",
    "unit": "mu",
    "holder": "penalty:A",
    "phase": 0,
    "now": "400",
    "nearest": "420",
    "step": "0.0001",
}


def test_a_ceiling_is_named_by_its_county() -> None:
    assert put("to", CEILING, "en", "甲县") == "the ceiling of 甲县 (A), 420 mu (now 400)"
    assert put("to", CEILING, "en") == "the ceiling of A, 420 mu (now 400)"
    assert "penalty" not in put("name", CEILING, "zh", "甲县")


def test_what_was_tried_in_vain_ends_below_the_first_value_that_was_not() -> None:
    reserve: Changed = {**CEILING, "lever": "reserve", "holder": "", "nearest": "3926.0999"}
    assert bound(reserve, "en", "甲县") == "the reserve below 3926.1 mu"


def test_a_project_that_its_ceiling_stops_is_not_told_of_another_indicator() -> None:
    run = penalised()
    records = {record["project_id"]: record for record in explain(allocate(run), run)}
    assert [turn["outcome"] for turn in records["P2"]["turns"]] == ["capped"]
