"""Where an open choice decides: the other fill mode, and ties."""

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, lists
from runs import account, application, run_of

from allocator.audit.derive import derive
from allocator.outcome import Run
from allocator.problems import InputRejected
from allocator.solve import allocate


def equals(number: int, plan: int) -> list:
    """So many projects of one category that nothing but the id tells apart."""
    return [application(f"P{n:03}", "key.other", plan, rank=None) for n in range(number)]


def test_a_tie_of_which_one_is_granted_is_told_at_the_place_where_it_decides() -> None:
    allocation = allocate(run_of(equals(4, 400), total=1000))
    assert allocation.order.ties == (("P000", "P001", "P002", "P003"),)
    assert allocation.deciding_ties == (("P001", "P002"),)


def of_plans(*plans: int, **overrides: str) -> Run:
    """Equals that ask so much of a reserve of 5 mu."""
    rows = [application(f"P{n:03}", "flex", plan, rank=None) for n, plan in enumerate(plans)]
    return run_of(rows, total=5, overrides=overrides)


def test_equals_further_apart_decide_where_no_neighbours_do() -> None:
    run = of_plans(3, 2, 5)
    allocation = allocate(run)
    assert allocation.deciding_ties == (("P000", "P002"),)
    assert derive(run, engine="exact").deciding_ties == allocation.deciding_ties
    with pytest.raises(InputRejected, match="TIE_DECIDES"):
        allocate(of_plans(3, 2, 5, **{"ranking.ties": "stop"}))


def test_of_more_than_twelve_equals_neighbours_alone_are_tried() -> None:
    for more, found in ((9, (("P000", "P002"),)), (10, ())):
        run = of_plans(3, 2, 5, *[9] * more)
        assert allocate(run).deciding_ties == derive(run, engine="exact").deciding_ties == found


@pytest.mark.long
@settings(derandomize=True, max_examples=40, deadline=None, database=None)
@given(plans=lists(integers(1, 6), min_size=2, max_size=5))
def test_the_audit_finds_the_same_ties(plans: list[int]) -> None:
    for fill in ("skip_and_fill", "stop_at_first_misfit", "guarantee"):
        run = of_plans(*plans, **{"ranking.fill": fill})
        assert derive(run, engine="exact").deciding_ties == allocate(run).deciding_ties


@pytest.mark.parametrize(("plan", "total"), [(1, 1000), (2000, 1000)])
def test_a_tie_that_is_granted_or_refused_alike_decides_nothing(plan: int, total: int) -> None:
    allocation = allocate(run_of(equals(300, plan), total=total))
    assert len(allocation.order.ties[0]) == 300
    assert allocation.deciding_ties == ()


def test_a_tie_that_decides_can_be_refused() -> None:
    with pytest.raises(InputRejected) as rejected:
        allocate(run_of(equals(4, 400), total=1000, overrides={"ranking.ties": "stop"}))
    assert [(p.code, p.value, p.facts) for p in rejected.value.problems] == [("TIE_DECIDES", "P001", {"other": "P002"})]


def test_the_other_mode_stops_on_what_the_policy_stops_on() -> None:
    rows = [
        application("P1", "key.other", 1, rank=1, needs={"area": 900}),
        application("P2", "key.other", 1, rank=2),
    ]
    accounts = [account("area", "own", "A", 5)]
    for stop_on, turned in (("plan", ()), ("any_need", ("P2",))):
        allocation = allocate(run_of(rows, accounts=accounts, overrides={"ranking.stop_on": stop_on}))
        assert allocation.differs_under == {"stop_at_first_misfit": turned}
