"""Which counties give, by every setting of `[donor]`: the example of QN-6.5, and every choice enumerated."""

import pytest
from runs import MU, account, application, run_of

from allocator.outcome import Allocation
from allocator.solve import allocate

MAJOR = frozenset({"province_key"})
EXAMPLE = {"B": (800, 35), "C": (650, 20), "D": (400, 10), "E": (300, 5)}
"""County -> mu left and use rate in percent (QN-6.5)."""

EVEN = {"remaining": "1/2", "rate": "1/2", "count": "1", "order": "1"}


def of_donor(**values: object) -> dict[str, object]:
    """Overrides of `[donor]`; where one is `weighted`, with weights."""
    paths = {f"donor.{key}": value for key, value in values.items() if key != "weights"}
    if "weighted" in values.values():
        weights = EVEN | dict(values.get("weights", {}))
        paths |= {f"donor.weights.{key}": value for key, value in weights.items()}
    return paths


def example(asked: dict[str, int] | None = None, **values: object) -> Allocation:
    accounts = [
        account("boundary", "pooled", county, left, allotted=10_000, used=100 * rate)
        for county, (left, rate) in EXAMPLE.items()
    ]
    projects = [
        application(name, "key.other", 1, needs={"boundary": mu}, tags=MAJOR, rank=rank)
        for rank, (name, mu) in enumerate((asked or {"P1": 900}).items(), start=1)
    ]
    return allocate(run_of(projects, accounts=accounts, overrides=of_donor(**values)))


def gave(allocation: Allocation) -> dict[str, int]:
    return {donor.county: donor.given // MU for donor in allocation.settlement.donors}


@pytest.mark.parametrize(
    ("values", "donors"),
    [
        ({}, {"B": 800, "C": 100}),
        ({"preference": "rate_then_remaining"}, {"E": 300, "C": 600}),
        (
            {"preference": "rate_then_remaining", "objective_order": "preference_then_count"},
            {"E": 300, "D": 400, "C": 200},
        ),
        ({"objective_order": "preference_then_count"}, {"B": 800, "C": 100}),
        ({"preference": "weighted", "weights": {"remaining": "1", "rate": "0"}}, {"B": 800, "C": 100}),
        ({"preference": "weighted", "weights": {"remaining": "0", "rate": "1"}}, {"E": 300, "C": 600}),
        # scores: B 0.5 + 0.325, C 0.40625 + 0.4, D 0.25 + 0.45, E 0.1875 + 0.475
        ({"preference": "weighted"}, {"B": 800, "C": 100}),
        # one donor less is worth more than the mean rank it costs: C+E (7/3 + 2) against E+D+C (17/9 + 3)
        ({"preference": "rate_then_remaining", "objective_order": "weighted"}, {"E": 300, "C": 600}),
        (
            {"preference": "rate_then_remaining", "objective_order": "weighted", "weights": {"count": "1/9"}},
            {"E": 300, "D": 400, "C": 200},
        ),
        ({"count_over": "union"}, {"B": 800, "C": 100}),
        ({"count_over": "union", "preference": "rate_then_remaining"}, {"E": 300, "C": 600}),
        ({"count_scope": "per_request"}, {"B": 800, "C": 100}),
    ],
)
def test_the_example_of_qn_6_5_comes_out_for_every_setting(values: dict[str, object], donors: dict[str, int]) -> None:
    assert gave(example(**values)) == donors


def test_each_request_by_itself_takes_its_own_fewest_from_what_is_left() -> None:
    asked = {"P1": 700, "P2": 600, "P3": 250}
    assert gave(example(asked)) == {"B": 800, "C": 650, "D": 100}
    alone = example(asked, count_scope="per_request")
    assert gave(alone) == {"B": 700, "C": 600, "D": 250}
    assert [(c.project, c.count, [q // MU for q in c.largest]) for c in alone.settlement.donor_counts] == [
        ("P1", 1, [800]),
        ("P2", 1, [650]),
        ("P3", 1, [400]),
    ]


def test_the_proof_names_the_largest_remainders_even_where_others_give() -> None:
    (count,) = example(preference="rate_then_remaining").settlement.donor_counts
    assert (count.count, [left // MU for left in count.largest]) == (2, [800, 650])


def test_nothing_is_called_the_fewest_where_the_preference_comes_first() -> None:
    settlement = example(objective_order="preference_then_count").settlement
    assert settlement.donor_counts == ()
    assert [rung.name for rung in settlement.rungs] == ["preference:boundary"]
