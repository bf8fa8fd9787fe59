"""An instance cannot be wrong, and cannot change."""

from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import f4, ints

from models.instance import Fill, Instance

GOOD = f4(Fill.SKIP)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"plan": np.ones(15)}, "plan must be an array of int64"),
        ({"access": np.zeros(15, dtype=np.int64)}, "access must be an array of bool"),
        ({"plan": GOOD.plan.tolist()}, "plan must be an array of int64"),
        ({"need": np.zeros(15, dtype=np.int64)}, "need has 1 axes, not 2"),
        ({"county": np.zeros(3, dtype=np.int64)}, "county has 3 along P, others 15"),
        ({"pool": np.zeros(4, dtype=np.int64)}, "pool has 4 along I"),
        ({"plan": -GOOD.plan}, "plan has a negative entry"),
        ({"reserve": -1}, "reserve is negative"),
        ({"category": GOOD.category + 1}, "category must lie in -1..4"),
        ({"county": GOOD.county - 1}, "county must lie in 0..0"),
        ({"reserve": 2**63}, "past an int64"),
        ({"plan": GOOD.plan * 0 + 2**62}, "past an int64"),
        ({"own": ints([[2**63 - 1]]), "pool": ints([1])}, "need, own and pool sum to 9223372036854775808"),
    ],
)
def test_an_instance_that_does_not_hang_together_is_refused(change: dict[str, object], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        replace(GOOD, **change)


def test_every_fault_of_one_kind_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"plan has a negative entry; reserve is negative; county must lie"):
        replace(GOOD, plan=-GOOD.plan, reserve=-1, county=GOOD.county + 7)


def test_sums_up_to_the_largest_int64_are_taken() -> None:
    assert replace(GOOD, pool=ints([2**63 - 1])).pool.tolist() == [2**63 - 1]


def test_an_instance_without_projects_shares_groups_or_indicators_stands() -> None:
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.int64)
    empty = Instance(
        share=none, reserve=0, category=none, plan=none, county=none, access=np.zeros(0, dtype=bool),
        need=nothing, own=nothing, pool=none, fill=Fill.SKIP,
    )  # fmt: skip
    assert empty.total == 0
    assert not empty.is_coupled


def test_arrays_are_copied_and_cannot_be_written() -> None:
    plan = GOOD.plan.copy()
    instance = replace(GOOD, plan=plan)
    plan[0] = 7
    assert instance.plan[0] == 1800
    with pytest.raises(ValueError, match="read-only"):
        instance.plan[0] = 7


def test_a_bare_number_for_the_fill_is_taken_as_what_it_stands_for() -> None:
    assert replace(GOOD, fill=0).fill is Fill.SKIP
    with pytest.raises(ValueError, match="5 is not a valid Fill"):
        replace(GOOD, fill=5)
