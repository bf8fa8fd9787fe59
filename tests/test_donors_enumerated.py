"""Every setting of `[donor]` through the whole line, against every subset of donors: two indicators, small numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from runs import MU, account, application, run_of

from allocator.outcome import Allocation
from allocator.policy import Donor, Policy
from allocator.solve import allocate

INDICATORS = ("area", "boundary")
DONORS = "BCDE"
Given = dict[tuple[str, str], int]
"""(county, indicator) -> mu."""


@dataclass(frozen=True)
class Question:
    """What counties hold, at which use rate, and what the projects of county A ask, in the overall order."""

    held: Mapping[tuple[str, str], int]
    rate: Mapping[tuple[str, str], int]  # percent
    asked: tuple[Mapping[str, int], ...]
    donor: Donor
    fewest: frozenset[str]  # the indicators whose tier asks for the fewest donors; of the others the most pooled gives


@st.composite
def questions(draw: st.DrawFn) -> Question:
    held = {(c, i): draw(st.integers(0, 9)) for c in DONORS for i in INDICATORS}
    asked: list[dict[str, int]] = []
    left = {i: sum(held[c, i] for c in DONORS) for i in INDICATORS}
    for _ in range(draw(st.integers(1, 3))):
        needs = {i: draw(st.integers(0, left[i])) for i in INDICATORS}
        left = {i: left[i] - needs[i] for i in INDICATORS}
        asked.append({i: need for i, need in needs.items() if need})
    weight = st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1), Fraction(2)])
    donor = Donor(
        cite="QN-6.5",
        preference=draw(st.sampled_from(["remaining_then_rate", "rate_then_remaining", "weighted"])),
        objective_order=draw(st.sampled_from(["count_then_preference", "preference_then_count", "weighted"])),
        count_scope=draw(st.sampled_from(["per_solve", "per_request"])),
        count_over=draw(st.sampled_from(["indicator", "union"])),
        weights={name: draw(weight) for name in ("remaining", "rate", "count", "order")},
    )
    return Question(
        held=held,
        rate={key: draw(st.integers(0, 3)) * 25 for key in held},
        asked=tuple(asked),
        donor=donor,
        fewest=frozenset(draw(st.sampled_from([("boundary",), ("area", "boundary")]))),
    )


BASE = run_of((), accounts=())
POLICY = BASE.policy


def policy_of(question: Question) -> Policy:
    """The shipped policy with these donor settings; farmland asks for the fewest donors too, where wanted."""
    order = "min_donors" if "area" in question.fewest else "pooled_desc"
    tiers = tuple(t.model_copy(update={"order": order}) if t.name == "other_pooled" else t for t in POLICY.tiers)
    return POLICY.model_copy(update={"donor": question.donor, "tiers": tiers})


def answered(question: Question) -> Allocation:
    accounts = [
        account(i, "pooled", c, left, allotted=100, used=question.rate[c, i]) for (c, i), left in question.held.items()
    ]
    projects = [
        application(f"P{n}", "key.other", 1, needs=needs, tags=frozenset({"province_key"}), rank=n)
        for n, needs in enumerate(question.asked, start=1)
    ]
    accounts.sort(key=lambda row: row.account_id)
    tables = replace(BASE.tables, applications=tuple(projects), accounts=tuple(accounts))
    return allocate(replace(BASE, tables=tables, policy=policy_of(question)))


def preference(question: Question, held: Mapping[tuple[str, str], int], i: str) -> list[str]:
    """QN-6.4, as the settings read it."""
    donor = question.donor
    most = max(held[c, i] for c in DONORS) or 1

    def key(c: str) -> tuple[Fraction | int, ...]:
        left, rate = held[c, i], Fraction(question.rate[c, i], 100)
        worth = donor.weights["remaining"] * Fraction(left, most) + donor.weights["rate"] * (1 - rate)
        keys = {
            "remaining_then_rate": (-left, rate),
            "rate_then_remaining": (rate, -left),
            "weighted": (-worth,),
        }
        return keys[donor.preference]

    return sorted((c for c in DONORS if held[c, i]), key=lambda c: (*key(c), c))


def emptied_in_turn(order: list[str], held: Mapping[tuple[str, str], int], i: str, asked: int) -> Given | None:
    given: Given = {}
    for c in order:
        if quantity := min(held[c, i], asked):
            given[c, i] = quantity
            asked -= quantity
    return None if asked else given


def chosen(question: Question, held: Mapping[tuple[str, str], int], asked: Mapping[str, int], free: set[str]) -> Given:
    """One choice among all subsets of counties, by the settings."""
    donor = question.donor
    orders = {i: preference(question, held, i) for i in asked}
    every: list[tuple[int, tuple[int, ...], tuple[bool, ...], Given]] = []
    for number in range(len(DONORS) + 1):
        for subset in combinations(DONORS, number):
            parts = {i: emptied_in_turn([c for c in orders[i] if c in subset], held, i, asked[i]) for i in asked}
            whole = {key: quantity for part in parts.values() if part for key, quantity in part.items()}
            if None in parts.values() or {c for c, _ in whole} != set(subset):
                continue
            ranks = tuple(sum((orders[i].index(c) + 1) * q for (c, j), q in whole.items() if j == i) for i in asked)
            every.append(
                (len(set(subset) - free), ranks, tuple(c not in subset for c in DONORS if c not in free), whole)
            )
    match donor.objective_order:
        case "count_then_preference":
            return min(every, key=lambda e: e[:3])[3]
        case "preference_then_count":
            return min(every, key=lambda e: e[1])[3]
        case _:
            best = [
                min((e for e in every if e[0] <= n), key=lambda e: e[1:3], default=None) for n in range(len(DONORS) + 1)
            ]

            def worth(e: tuple[int, tuple[int, ...], object, object]) -> tuple[Fraction, int]:
                means = sum((Fraction(r, asked[i]) for r, i in zip(e[1], asked, strict=True)), Fraction(0))
                return donor.weights["count"] * e[0] + donor.weights["order"] * means, e[0]

            return min((e for e in best if e), key=worth)[3]


def expected(question: Question) -> Given:
    """What every county gives."""
    held, given = dict(question.held), dict[tuple[str, str], int]()
    whole = {i: sum(needs.get(i, 0) for needs in question.asked) for i in INDICATORS}
    alone = question.donor.count_scope == "per_request"

    def take(part: Given) -> None:
        for key, quantity in part.items():
            given[key] = given.get(key, 0) + quantity
            held[key] -= quantity

    def requests() -> Iterator[tuple[Mapping[str, int], set[str]]]:
        """What is asked at once of the indicators that want the fewest, and who gives area anyway."""
        by_law = sorted(DONORS, key=lambda c: (-question.held[c, "area"], c))
        for needs in question.asked if alone else (whole,):
            free = set[str]()
            if "area" not in question.fewest:
                part = emptied_in_turn(by_law, held, "area", needs.get("area", 0)) or {}
                take(part)
                free = {c for c, _ in part} if question.donor.count_over == "union" else set()
            yield {i: needs[i] for i in INDICATORS if i in question.fewest and needs.get(i)}, free

    for needs, free in requests():
        for asked in [needs] if question.donor.count_over == "union" else [{i: need} for i, need in needs.items()]:
            if asked:
                take(chosen(question, held, asked, free))
    return given


@settings(derandomize=True, max_examples=200, deadline=None, database=None)
@given(questions())
def test_donors_are_those_of_the_best_subset(question: Question) -> None:
    allocation = answered(question)
    drawn: Given = {}
    for draw in allocation.settlement.draws:
        if draw.tier in ("other_pooled", "fewest_donors"):
            key = draw.account_id.rpartition("-")[2], draw.indicator.value
            drawn[key] = drawn.get(key, 0) + draw.quantity
    assert drawn == {key: quantity * MU for key, quantity in expected(question).items()}
    assert all(rung.proved for rung in allocation.settlement.rungs)
