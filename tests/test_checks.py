"""What a whole table, or two of them, can get wrong."""

import pytest
from tables_by_hand import GOOD, HEAD, book, found, policy, problems, project, projects, read, sheet

from allocator.intake.tables import build_tables
from allocator.policy import Policy

ACCOUNT = ["account_id", "indicator", "kind", "county", "balance", "allotted", "used"]
OVERALL = [*HEAD, "overall_rank"]


def never_in_part() -> Policy:
    standing = policy()
    return standing.model_copy(update={"grant": standing.grant.model_copy(update={"partial": "never"})})


def ranked(*rows: tuple[str, str, object, object]) -> list[tuple[str, str]]:
    lines = [[name, "4418", category, rank, 5, overall] for name, category, rank, overall in rows]
    return found(projects(*lines, head=OVERALL))


@pytest.mark.parametrize("other", ["P001", "Ｐ００１", "p001"])
def test_an_id_given_twice_is_refused_naming_both_cells(other: str) -> None:
    (problem, *_) = [
        p for p in problems(projects(["P001", *GOOD[1:]], [other, "4418", "key.other", 2, 3])) if p.severity == "error"
    ]
    assert (problem.code, problem.place.cell, problem.facts["where"]) == ("PROJECT_TWICE", "A3", "A2")


def test_a_county_code_given_twice_is_refused() -> None:
    assert found(project(), sheet("counties", ["county", "name"], ["4418", "a"], ["4418", "b"])) == [
        ("COUNTY_TWICE", "A3")
    ]


def test_a_project_with_neither_rank_nor_criteria_is_refused() -> None:
    assert found(project(rank=None)) == [("RANK_AND_CRITERIA_MISSING", "D2")]
    assert found(project(rank=None, score=5)) == []
    assert found(project(rank=None, tax_score=0)) == []


def test_a_rank_that_cannot_be_read_is_not_also_called_missing() -> None:
    assert found(project(rank="x")) == [("NOT_WHOLE", "D2")]


def test_a_rank_given_twice_in_a_category_is_refused_naming_both_cells() -> None:
    (problem,) = problems(projects(GOOD, ["P-2", "4418", "key.other", 1, 3]))
    assert (problem.code, problem.place.cell, problem.facts["where"]) == ("RANK_TWICE", "D3", "D2")


def test_a_rank_may_occur_in_two_categories() -> None:
    assert found(projects(GOOD, ["P-2", "4418", "key.industry", 1, 3])) == []


def test_an_overall_rank_that_is_complete_and_agrees_is_accepted() -> None:
    assert ranked(("P-1", "key.other", 1, 2), ("P-2", "key.industry", 1, 1), ("P-3", "key.other", 5, 3)) == []


def test_an_empty_column_of_overall_ranks_is_accepted() -> None:
    assert ranked(("P-1", "key.other", 1, None), ("P-2", "key.other", 2, None)) == []


def test_an_overall_rank_with_gaps_is_refused_at_every_empty_cell() -> None:
    gaps = ranked(("P-1", "key.other", 1, 1), ("P-3", "key.other", 2, None), ("P-2", "key.other", 3, None))
    assert gaps == [("OVERALL_RANK_GAP", "F3"), ("OVERALL_RANK_GAP", "F4")]


@pytest.mark.parametrize(("gaps", "more"), [(50, ""), (53, "3")])
def test_of_many_gaps_in_the_overall_ranks_fifty_are_named_and_the_others_counted(gaps: int, more: str) -> None:
    lines = [[f"P-{n}", "4418", "key.other", n, 5, None if n > 1 else 1] for n in range(1, gaps + 2)]
    told = problems(projects(*lines, head=OVERALL))
    assert [problem.facts["more"] for problem in told] == [""] * 49 + [more]


def test_a_gap_in_the_overall_ranks_that_a_refused_cell_left_is_not_told() -> None:
    assert ranked(("P-1", "key.other", 1, 1), ("P-2", "key.other", 2, "x")) == [("NOT_WHOLE", "F3")]


def test_an_overall_rank_given_twice_is_refused() -> None:
    assert ranked(("P-1", "key.other", 1, 1), ("P-2", "key.industry", 1, 1)) == [("OVERALL_RANK_TWICE", "F3")]


def test_an_overall_rank_that_contradicts_the_rank_is_refused_naming_both_cells() -> None:
    lines = [["P-1", "4418", "key.other", 1, 5, 2], ["P-2", "4418", "key.other", 2, 5, 1]]
    (problem,) = problems(projects(*lines, head=OVERALL))
    assert (problem.code, problem.place.cell, problem.facts["where"]) == ("OVERALL_RANK_DISAGREES", "F3", "F2")


def test_more_paddy_than_cultivated_land_is_pointed_out() -> None:
    assert found(project(area_mu=3, paddy_mu=4)) == [("PADDY_ABOVE_AREA", "G2")]
    assert found(project(area_mu=4, paddy_mu=4)) == []


def test_a_project_that_asks_for_nothing_is_pointed_out() -> None:
    assert found(project(plan_mu=None)) == [("NOTHING_ASKED", "E2")]
    assert found(project(plan_mu=None, area_mu=1)) == []


def test_a_least_area_is_not_above_the_request() -> None:
    assert found(project(min_area_mu=4)) == []
    assert found(project(min_area_mu=40)) == [("MIN_AREA_ABOVE_PLAN", "F2")]
    assert found(project(min_area_mu=10)) == []


def test_a_least_area_is_accepted_where_the_policy_never_divides() -> None:
    assert len(build_tables(book(project(min_area_mu=4)), never_in_part()).applications) == 1


def accounts(*rows: list[object]) -> list[tuple[str, str]]:
    return found(project(), sheet("accounts", list(ACCOUNT), *rows))


def test_an_account_given_twice_is_refused() -> None:
    row: list[object] = ["A-1", "area", "own", "4418", 5]
    assert accounts(row, row) == [("ACCOUNT_TWICE", "A3")]


@pytest.mark.parametrize("name", ["plan:key.industry", "plan:flex", "Plan:x", "ｐｌａｎ：x"])
def test_an_account_named_like_a_share_is_refused(name: str) -> None:
    assert accounts([name, "area", "own", "4418", 5]) == [("ACCOUNT_RESERVED", "A2")]
    assert accounts(["planned:1", "area", "own", "4418", 5]) == []


def test_a_county_with_the_name_of_the_prefecture_as_its_code_is_refused_wherever_codes_come_from() -> None:
    counties = sheet("counties", ["county", "name"], ["4418", "a"], ["prefecture", "b"])
    assert found(project(), counties) == [("COUNTY_RESERVED", "A3")]
    assert found(project(county="Prefecture")) == [("COUNTY_RESERVED", "B2")]
    assert accounts(["A-1", "area", "own", "prefecture", 5], ["A-2", "area", "own", "4418", 5]) == [
        ("COUNTY_RESERVED", "D2")
    ]


SPELT = ["P-2", "福泉市", "key.other", 2, 5]


def test_without_a_table_of_counties_a_county_that_no_account_names_is_pointed_out_once() -> None:
    stocks = sheet("accounts", ACCOUNT, ["A-1", "area", "own", "4418", 5], ["A-2", "area", "own", "福泉", 5])
    (problem,) = problems(projects(GOOD, SPELT, ["P-3", *SPELT[1:3], 3, 5]), stocks)
    assert (problem.code, problem.place.cell, problem.facts["nearest"]) == ("COUNTY_WITHOUT_ACCOUNT", "B3", "福泉")


def test_a_county_without_an_account_is_no_surprise_if_no_account_names_one_or_counties_are_listed() -> None:
    assert found(projects(SPELT), sheet("accounts", ACCOUNT, ["A-1", "area", "prefecture", None, 5])) == []
    assert found(projects(SPELT)) == []
    listed = sheet("counties", ["county", "name"], ["1", "福泉市"], ["4418", "a"])
    assert found(projects(SPELT), listed, sheet("accounts", ACCOUNT, ["A-1", "area", "own", "4418", 5])) == []


def test_a_county_account_needs_its_county_and_no_other_has_one() -> None:
    assert accounts(["A-1", "area", "pooled", None, 5]) == [("ACCOUNT_NEEDS_COUNTY", "D2")]
    assert accounts(["A-1", "area", "prefecture", "4418", 5]) == [("ACCOUNT_HAS_COUNTY", "D2")]


def test_a_negative_balance_is_refused() -> None:
    assert accounts(["A-1", "area", "own", "4418", -5]) == [("NEGATIVE", "E2")]


def test_more_boundary_used_than_allotted_is_refused() -> None:
    assert accounts(["A-1", "boundary", "own", "4418", 5, 10, 11]) == [("BOUNDARY_OVERUSED", "G2")]


def test_rows_of_one_county_add_up_before_the_use_rate_is_looked_at() -> None:
    rows: list[list[object]] = [
        ["A-1", "boundary", "own", "4418", 5, 10, 11],
        ["A-2", "boundary", "own", "4418", 5, 10, 0],
    ]
    assert accounts(*rows) == []


def test_pooled_boundary_of_a_county_that_was_allotted_nothing_is_refused() -> None:
    assert accounts(["A-1", "boundary", "pooled", "4418", 5, 0, None]) == [("BOUNDARY_NOT_ALLOTTED", "F2")]


def test_pooled_boundary_with_an_unknown_use_rate_is_pointed_out() -> None:
    assert accounts(["A-1", "boundary", "pooled", "4418", 5]) == [("BOUNDARY_RATE_UNKNOWN", "F2")]


def test_a_list_that_names_an_unknown_project_is_refused_with_the_nearest() -> None:
    (problem,) = problems(project(), sheet("清单", ["清单", "项目编号"], ["重点", "P-11"]))
    assert (problem.code, problem.place.cell, problem.facts["nearest"]) == ("LISTED_PROJECT_UNKNOWN", "B2", "P-1")


def test_a_list_is_read() -> None:
    (listing,) = read(project(), sheet("清单", ["清单", "项目编号"], ["预备", "P-1"])).lists
    assert (listing.list, listing.project_id) == ("preparatory", "P-1")
