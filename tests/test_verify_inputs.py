"""The recount of what was decided before the engine: no step can go wrong, and no answer be changed, unnoticed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pkgutil import resolve_name
from random import Random
from typing import Any

import pytest
from changes import assert_found, change_settlement, pick, with_one
from paces import mostly_long
from random_runs import random_run
from runs import account, application, run_of, trade

from allocator.gates import PREDICATES
from allocator.outcome import Allocation, Decided, Decision, Failure, Order, Run, Screening
from allocator.pricing import price_window
from allocator.quantities import Indicator
from allocator.solve import RecountFailed, allocate
from allocator.verify import verify
from allocator.verify_prices import counts

GENERAL = {"commercial": "0.6", "livelihood": "0.3", "three_old": "0.1"}
SETTINGS: tuple[Mapping[str, object], ...] = (
    {"shares.basis": "parent_normalised", "ranking.materials": "first_key"},
    {"ranking.source": "score_only", "price.mean": "area_weighted", "price.window": "rolling_six_months"},
    {"ranking.sector_order": ["transport", "modern_industry"], "price.mean": "mean_of_monthly_means"},
    {"ranking.weights": {"scale": "0.5", "tax": "0.5"}, "shares.groups.key.industry": "0.5"},
    {"ranking.priority_sectors": ["transport"], "price.window": "rolling_six_months"},
    {"shares.basis": "parent"} | {f"shares.groups.general.{leaf}": part for leaf, part in GENERAL.items()},
    {"shares.basis": "total", "shares.groups.key.industry": "0.42", "shares.groups.key.other": "0.28"},
)


@cache
def answer(seed: int) -> tuple[Run, Allocation]:
    run = random_run(seed, **SETTINGS[seed % len(SETTINGS)])
    return run, allocate(run)


@pytest.mark.parametrize("seed", mostly_long(range(60), every=4))
def test_an_answer_under_another_policy_survives_the_recount(seed: int) -> None:
    run, allocation = answer(seed)
    assert verify(allocation, run) == ()


def test_an_answer_without_a_price_rule_survives_although_deals_are_filed() -> None:
    run = random_run(2)
    free = [tier.model_copy(update={"price": "free"}) for tier in run.policy.tiers]
    for tiers in (tuple(free), run.policy.tiers):
        unpriced = replace(run, policy=run.policy.model_copy(update={"price": None, "tiers": tiers}))
        allocation = allocate(unpriced)
        assert allocation.settlement.prices == ()
        assert all(payment.amount_fen is None for payment in allocation.settlement.payments)


@pytest.mark.parametrize("predicate", PREDICATES)
def test_the_random_runs_fail_and_pass_every_gate_there_is(predicate: str) -> None:
    failed = passed = 0
    for seed in range(1, 60, 2):
        run, allocation = answer(seed)
        reasons = {gate.reason for gate in run.policy.gates if gate.predicate == predicate}
        failures = allocation.screening.failures
        failed += sum(failure.reason in reasons for row in failures.values() for failure in row)
        passed += sum(
            all(f.reason not in reasons for f in failures.get(d.project_id, ())) for d in run.tables.applications
        )
    assert failed
    assert passed


@pytest.mark.parametrize("window", ["six_full_months", "rolling_six_months"])
def test_the_two_ways_to_say_the_window_agree_on_every_day(window: str) -> None:
    for submitted in (date(2026, 3, 31), date(2024, 2, 29), date(2026, 8, 30), date(2025, 8, 31), date(2026, 1, 1)):
        law = random_run(0, **{"price.window": window}).policy.price
        assert law is not None
        first, last = price_window(submitted, law.window)
        for ago in range(-40, 260):
            day = submitted - timedelta(days=ago)
            assert counts(day, submitted, law) == (first <= day <= last), (submitted, day)


def change_candidate(change: Callable[[Random, Any], Mapping[str, Any]]) -> Callable[[Random, Allocation], Any]:
    """A change of one candidate, alike where it was screened and where it stands in the order."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        places, screened = allocation.order.places, allocation.screening.candidates
        if (old := pick(rng, [placed for placed in places if change(Random(0), placed.candidate)])) is None:
            return None
        new = replace(old.candidate, **change(Random(0), old.candidate))
        return replace(
            allocation,
            screening=replace(allocation.screening, candidates=with_one(screened, old.candidate, new)),
            order=replace(allocation.order, places=with_one(places, old, replace(old, candidate=new))),
        )

    return changed


def change_place(change: Callable[[Any], Mapping[str, Any]]) -> Callable[[Random, Allocation], Any]:
    """A change of one row of the order."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        if (old := pick(rng, [placed for placed in allocation.order.places if change(placed)])) is None:
            return None
        places = with_one(allocation.order.places, old, replace(old, **change(old)))
        return replace(allocation, order=replace(allocation.order, places=places))

    return changed


def neighbours_change_places(rng: Random, allocation: Allocation) -> Allocation | None:
    places = list(allocation.order.places)
    if len(places) < 2:
        return None
    n = rng.randrange(len(places) - 1)
    places[n : n + 2] = replace(places[n + 1], position=n + 1), replace(places[n], position=n + 2)
    return replace(allocation, order=replace(allocation.order, places=tuple(places)))


def one_tie_more(rng: Random, allocation: Allocation) -> Allocation:
    ids = tuple(placed.candidate.project_id for placed in allocation.order.places[:2])
    return replace(allocation, order=replace(allocation.order, ties=(*allocation.order.ties, ids)))


def change_failures(
    change: Callable[[tuple[Failure, ...]], tuple[Failure, ...]],
) -> Callable[[Random, Allocation], Any]:
    """A change of what one application failed."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        failures = allocation.screening.failures
        if (project := pick(rng, sorted(failures))) is None:
            return None
        new = {**failures, project: change(failures[project])}
        return replace(allocation, screening=replace(allocation.screening, failures=new))

    return changed


def change_dismissal(change: Callable[[Decided], Decided]) -> Callable[[Random, Allocation], Any]:
    """A change of the decision on one application that failed a gate."""

    def changed(rng: Random, allocation: Allocation) -> Allocation | None:
        failed = [d for d in allocation.decided if d.project_id in allocation.screening.failures]
        if (old := pick(rng, failed)) is None:
            return None
        return replace(allocation, decided=with_one(allocation.decided, old, change(old)))

    return changed


def another(outcome: Decision) -> Decision:
    return Decision.RETURNED if outcome is Decision.REJECTED else Decision.REJECTED


def shares_change_places(rng: Random, allocation: Allocation) -> Allocation:
    first, second, *rest = allocation.settlement.pools
    pools = (replace(first, share=second.share), replace(second, share=first.share), *rest)
    return replace(allocation, settlement=replace(allocation.settlement, pools=pools))


CHANGES: dict[str, Callable[[Random, Allocation], Any]] = {
    "a candidate asks for less plan": change_candidate(lambda rng, c: {"plan": c.plan - 1}),
    "a need is dropped": change_candidate(lambda rng, c: {"needs": {}} if c.needs else {}),
    "a need is smaller": change_candidate(lambda rng, c: {"needs": {i: q - 1 for i, q in c.needs.items()} or {"x": 1}}),
    "access is given": change_candidate(lambda rng, c: {} if c.access else {"access": ("QN-11.1",)}),
    "access is taken away": change_candidate(lambda rng, c: {"access": ()} if c.access else {}),
    "a sector is served first": change_candidate(lambda rng, c: {"sector_priority": c.sector_priority - 1}),
    "a filing day is moved": change_candidate(
        lambda rng, c: {"filed_on": c.filed_on - timedelta(days=1)} if c.filed_on else {}
    ),
    "another application competes": change_candidate(
        lambda rng, c: {"application": replace(c.application, name=c.application.name + "x")}
    ),
    "a gate is another": change_failures(lambda failed: (replace(failed[0], reason="LATER"), *failed[1:])),
    "a gate has another outcome": change_failures(
        lambda failed: (replace(failed[0], outcome=another(failed[0].outcome)), *failed[1:])
    ),
    "a gate shows other facts": change_failures(
        lambda failed: (replace(failed[0], facts={**failed[0].facts, "tag": "x"}), *failed[1:])
    ),
    "a least area is lower": change_candidate(lambda rng, c: {"least": c.plan // 2 + 1}),
    "a gate is failed twice": change_failures(lambda failed: (*failed, failed[-1])),
    "a gate is withheld": change_failures(lambda failed: failed[1:]),
    "a dismissal has another reason": change_dismissal(lambda d: replace(d, reason="LATER")),
    "a dismissal has another outcome": change_dismissal(lambda d: replace(d, decision=another(d.decision))),
    "a dismissal cites another rule": change_dismissal(lambda d: replace(d, rule=d.rule + ".1")),
    "neighbours change places": neighbours_change_places,
    "a tie is withheld or made up": one_tie_more,
    "a rank is lower": change_place(lambda placed: {"rank": placed.rank - 1}),
    "a computed rank is higher": change_place(lambda placed: {"rank": placed.rank + 1} if placed.computed else {}),
    "a rank is called computed": change_place(lambda placed: {"computed": not placed.computed}),
    "a score is higher": change_place(lambda placed: {"score": (placed.score or Fraction(0)) + 1}),
    "two shares change places": shares_change_places,
    "a share has no book": change_settlement("pools", lambda rng, row: None),
    "a price is higher": change_settlement("prices", lambda rng, row: replace(row, yuan=row.yuan + 1)),
    "a mean is higher": change_settlement("prices", lambda rng, row: replace(row, mean=row.mean + Fraction(1, 9))),
    "a deal is counted twice": change_settlement("prices", lambda rng, row: replace(row, deals=row.deals + 1)),
    "a price is missing": change_settlement("prices", lambda rng, row: None),
    "a window opens a day late": change_settlement(
        "prices", lambda rng, row: replace(row, first_day=str(date.fromisoformat(row.first_day) + timedelta(days=1)))
    ),
    "a payment has another price": change_settlement("payments", lambda rng, row: replace(row, unit_price_yuan=1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_recount_finds_it_when(name: str) -> None:
    assert_found(name, CHANGES[name], answer)


Step = Callable[..., Any]


def screened(change: Callable[[Any], Mapping[str, Any]]) -> Callable[[Step], Step]:
    """Screening that changes every candidate."""

    def wrong(screen: Step) -> Step:
        def step(*given: Any, **named: Any) -> Screening:
            right = screen(*given, **named)
            return replace(right, candidates=tuple(replace(c, **change(c)) for c in right.candidates))

        return step

    return wrong


def without_gates(screen: Step) -> Step:
    """Screening by a policy that has no gates."""
    return lambda tables, policy, **named: screen(tables, policy.model_copy(update={"gates": ()}), **named)


def with_the_last_gate_first(screen: Step) -> Step:
    """Screening whose records stand in the reverse order of the gates, which decides another reason."""

    def step(*given: Any, **named: Any) -> Screening:
        right = screen(*given, **named)
        return replace(right, failures={project: failed[::-1] for project, failed in right.failures.items()})

    return step


def ordered(change: Callable[[Order], Order]) -> Callable[[Step], Step]:
    """Ranking that changes the order."""
    return lambda rank: lambda *given, **named: change(rank(*given, **named))


def backwards(order: Order) -> Order:
    places = enumerate(reversed(order.places), start=1)
    return replace(order, places=tuple(replace(placed, position=position) for position, placed in places))


def each_rank_moved(order: Order) -> Order:
    return replace(order, places=tuple(replace(placed, rank=placed.rank + 1) for placed in order.places))


def by_filed_rank_alone(rank: Step) -> Step:
    """Ranking that forgets the classes, the sectors and the scores."""

    def step(*given: Any, **named: Any) -> Order:
        right = rank(*given, **named)
        line = sorted(right.places, key=lambda placed: (placed.rank, placed.candidate.project_id))
        return replace(right, places=tuple(replace(placed, position=n) for n, placed in enumerate(line, start=1)))

    return step


def doubled(prices: Step) -> Step:
    """Twice each price, mean and all."""

    def step(*given: Any, **named: Any) -> Any:
        right = prices(*given, **named)
        return {i: replace(price, yuan=2 * price.yuan, mean=2 * price.mean) for i, price in right.items()}

    return step


def of_every_deal(prices: Step) -> Step:
    """Prices of deals of any day."""
    return lambda trades, price, submitted: prices(
        [replace(t, traded_on=date(2026, 2, 1)) for t in trades], price, submitted
    )


def with_two_shares_changed(divide: Step) -> Step:
    """Shares of which the first two are given to each other's leaf."""

    def step(*given: Any, **named: Any) -> Any:
        right = divide(*given, **named)
        first, second = list(right)[:2]
        return {**right, first: right[second], second: right[first]}

    return step


STEPS: dict[str, tuple[str, Callable[[Step], Step]]] = {
    "screening drops the needs": ("allocator.solve.screen", screened(lambda c: {"needs": {}})),
    "screening gives access to all": ("allocator.solve.screen", screened(lambda c: {"access": ("QN-11.1",)})),
    "screening gives access to none": ("allocator.solve.screen", screened(lambda c: {"access": ()})),
    "screening halves the plan": ("allocator.solve.screen", screened(lambda c: {"plan": c.plan // 2})),
    "screening forgets the ledger": ("allocator.solve.screen", screened(lambda c: {"plan": c.application.plan})),
    "screening forgets the sectors": ("allocator.solve.screen", screened(lambda c: {"sector_priority": 0})),
    "screening takes early days as filed": (
        "allocator.solve.screen",
        screened(lambda c: {"filed_on": c.application.filed_on}),
    ),
    "screening lets failed ones in": ("allocator.solve.screen", without_gates),
    "screening reads the gates backwards": ("allocator.solve.screen", with_the_last_gate_first),
    "ranking is reversed": ("allocator.solve.rank", ordered(backwards)),
    "ranking moves each rank": ("allocator.solve.rank", ordered(each_rank_moved)),
    "ranking forgets the classes": ("allocator.solve.rank", by_filed_rank_alone),
    "ranking forgets the ties": ("allocator.solve.rank", ordered(lambda order: replace(order, ties=()))),
    "prices are doubled": ("allocator.solve.prices", doubled),
    "prices are of all deals": ("allocator.solve.prices", of_every_deal),
    "two shares change places": ("allocator.compile.divide", with_two_shares_changed),
}


def every_step_matters() -> Run:
    """A run small enough to read, in which each step that goes wrong leaves another answer."""
    key = {"tags": frozenset({"province_key"})}
    rows = [
        application("P1", "key.industry", 20, rank=2, needs={"area": 9}, filed_on=date(2025, 9, 1), **key),
        application("P2", "key.other", 20, rank=1, needs={"area": 5}, ledger=100_000),
        application("P3", "general.commercial", 6, rank=1, sector="eco_tourism"),
        application("P4", "key.industry", 5, rank=3, tags=frozenset({"two_high"}), ledger=None),
        application("P5", "flex", 3, score=Fraction(2)),
        application("P6", "flex", 3, score=Fraction(2)),
    ]
    accounts = [account("area", "own", "A", 8), account("area", "prefecture", "", 90)]
    deals = [trade("area", "2026-02-03", 1_000), trade("area", "2026-03-03", 3_000)]
    return run_of(rows, total=100, accounts=accounts, trades=deals)


def test_the_run_in_which_every_step_matters_has_an_answer() -> None:
    run = every_step_matters()
    allocation = allocate(run)
    assert allocation.order.ties == (("P5", "P6"),)
    assert [price.indicator for price in allocation.settlement.prices] == [Indicator.AREA]
    assert [len(failed) for failed in allocation.screening.failures.values()] == [2]


@pytest.mark.parametrize("name", STEPS)
def test_no_answer_leaves_the_program_when(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target, wrong = STEPS[name]
    run = every_step_matters()
    monkeypatch.setattr(target, wrong(resolve_name(target)))
    with pytest.raises(RecountFailed):
        allocate(run)
