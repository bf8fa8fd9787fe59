"""The life of an application is what section D of the rule catalogue lists, and nothing else."""

from itertools import product

import pytest
from small_year import COUNTIES, event, law, lived, opened, planned, refused

from allocator.ledger import life
from allocator.ledger.deadlines import close_year, lapse, recall
from allocator.ledger.entry import Track
from allocator.ledger.event import EventKind
from allocator.ledger.fold import after
from allocator.ledger.returns import Day, give_back, turn
from allocator.rules import register
from allocator.words import texts

A = Track.APPLICATION
LISTED = """
- SUBMITTED; DRAFT SUBMITTED; DRAFT REJECTED; SUBMITTED RETURNED; RETURNED SUBMITTED; RETURNED REJECTED
SUBMITTED REJECTED; SUBMITTED ROUTED; SUBMITTED ACCEPTED; ACCEPTED PRELIM_RANKED; PRELIM_RANKED REJECTED
PRELIM_RANKED RANKED; RANKED GRANTED; RANKED WAITLISTED; WAITLISTED GRANTED; GRANTED MATERIALS_FILED
GRANTED MATERIALS_OVERDUE; GRANTED WITHDRAWN; MATERIALS_FILED WITHDRAWN; MATERIALS_OVERDUE WAITLISTED
MATERIALS_FILED USED; GRANTED RECALLED; MATERIALS_FILED RECALLED; RECALLED REGRANTED; WAITLISTED REGRANTED
REGRANTED MATERIALS_FILED; GRANTED WAITLISTED; MATERIALS_FILED WAITLISTED
DRAFT CLOSED; SUBMITTED CLOSED; RETURNED CLOSED; ACCEPTED CLOSED; PRELIM_RANKED CLOSED; RANKED CLOSED
WAITLISTED CLOSED; GRANTED CLOSED; MATERIALS_FILED CLOSED; MATERIALS_OVERDUE CLOSED; WITHDRAWN CLOSED
RECALLED CLOSED; REGRANTED CLOSED
"""
REQUESTS = """
farmland - ACCEPTED; farmland ACCEPTED PLAN_APPROVED; farmland PLAN_APPROVED AGREED; farmland AGREED PAID
farmland PAID LINKED; farmland AGREED LINKED; farmland PLAN_APPROVED ACCEPTED; farmland AGREED ACCEPTED
farmland PAID ACCEPTED; boundary - ACCEPTED; boundary ACCEPTED PLAN_APPROVED; boundary PLAN_APPROVED TRANSFER_PENDING
boundary TRANSFER_PENDING TRANSFERRED; boundary TRANSFERRED FROZEN; boundary FROZEN DEDUCTED
boundary PLAN_APPROVED ACCEPTED; boundary TRANSFER_PENDING ACCEPTED; boundary TRANSFERRED ACCEPTED
plan_pool - ACCEPTED; plan_pool ACCEPTED PLAN_APPROVED; plan_pool PLAN_APPROVED WASTED
commitment - ACCEPTED; commitment ACCEPTED COMMITTED; commitment COMMITTED FULFILLED; commitment COMMITTED DEBITED
"""


def named(text: str, *before: str) -> set[tuple[str, ...]]:
    rows = (row.split() for line in text.strip().splitlines() for row in line.split(";"))
    return {(*before, *("" if word == "-" else word for word in row)) for row in rows}


EXPECTED = named(LISTED, "application") | named(REQUESTS)
EVERY_STATE = sorted({state for track in Track for state in life.states(track)})


def test_the_steps_are_those_of_the_catalogue_and_ours() -> None:
    assert life.pairs() == EXPECTED


def test_every_pair_of_states_that_is_not_listed_is_refused() -> None:
    for track, before, state in product(Track, ["", *EVERY_STATE], EVERY_STATE):
        if (track.value, before, state) not in EXPECTED:
            assert not life.is_listed(track, before, state)
            with pytest.raises(life.NotListed):
                life.rule_of(track, before, state)


def test_every_step_has_a_rule_and_only_ours_a_reason() -> None:
    assert all(rule[:3] in ("QY-", "QN-", "HB-", "AH-", "GX-") for step in life.transitions() for rule in step.rules)
    ours = {(s.track.value, s.from_state, s.to_state) for s in life.transitions() if s.is_ours}
    back = {row for row in EXPECTED if row[0] in ("farmland", "boundary") and row[1] and row[2] == "ACCEPTED"}
    assert ours == back | {("application", "GRANTED", "WAITLISTED"), ("application", "MATERIALS_FILED", "WAITLISTED")}


def test_a_terminal_state_leads_nowhere() -> None:
    assert not [step for step in life.transitions() if step.from_state in life.terminal()]
    last = {state for track in Track for state in life.states(track)} - {step.from_state for step in life.transitions()}
    assert last == life.terminal() | {"WASTED"}  # the catalogue does not call WASTED terminal, and names no way out


@pytest.mark.parametrize(
    ("before", "state", "event_", "rule"),
    [
        ("SUBMITTED", "REJECTED", "prohibited_sector", "QY-4.2.1"),
        ("SUBMITTED", "REJECTED", "disposal_incomplete", "QN-17.3"),
        ("SUBMITTED", "RETURNED", "plan_condition_not_met", "QN-18.2"),
        ("MATERIALS_FILED", "USED", "approval_issued", "QY-10.5"),
        ("GRANTED", "RECALLED", "", "QY-12.1"),
        ("WAITLISTED", "REGRANTED", "", "QY-12.2"),
        ("GRANTED", "WAITLISTED", "", "QY-9.1"),
        ("GRANTED", "CLOSED", "", "QY-15.1"),
    ],
)
def test_a_step_is_taken_under_its_rule(before: str, state: str, event_: str, rule: str) -> None:
    assert life.rule_of(A, before, state, event_) == rule


def test_every_state_and_track_has_a_name() -> None:
    assert set(texts("life")["states"]) == set(EVERY_STATE)
    assert set(texts("life")["tracks"]) == {track.value for track in Track}
    assert life.titled("GRANTED") == "已安排 GRANTED"


def test_every_rule_under_which_the_books_take_a_step_is_in_the_register() -> None:
    tracks = (A, Track.FARMLAND, Track.BOUNDARY)
    reached = [step for step in life.transitions() if step.track in tracks and step.to_state not in BEYOND]
    gates = [
        step for step in reached if step.from_state in ("DRAFT", "SUBMITTED", "RETURNED")
    ]  # under the rule of the gate
    assert {step.rule for step in reached if step not in gates} <= set(register())


BEYOND = {"FROZEN", "DEDUCTED"}
"""States of rules that no command carries out yet."""


def test_every_reason_of_an_entry_has_words() -> None:
    reasons = set(texts("ledger")["reasons"])
    book = lived(planned(), event("materials_filed", "P-2"), event("paid", "P-1"), event("extra_quota", mu=3))
    day = Day(booked_on=book.last_booked_on, occurred_on=book.last_booked_on, actor="clerk")
    months = [(2026, 6, 25), (2026, 10, 1), (2026, 12, 31)]
    written = give_back(book, "P-1", to_state="WITHDRAWN", rule="QY-10.3", reason="WITHDRAW", day=day)
    for year, month, number in months:
        as_of = day.booked_on.replace(year=year, month=month, day=number)
        written += [*lapse(book, law(), as_of, "clerk"), *recall(book, law(), as_of, "clerk")]
        written += close_year(book, as_of, "clerk")
    assert {one.reason for one in written} <= reasons
    assert {kind.name for kind in EventKind} <= reasons


FROM = {  # a state that the engine reaches -> how a project of the small year gets there
    "GRANTED": (),
    "MATERIALS_FILED": ("materials_filed",),
    "WITHDRAWN": ("withdraw",),
    "USED": ("materials_filed", "approval_issued"),
}
LEADS_ON = {
    "withdraw": {"GRANTED": "WITHDRAWN", "MATERIALS_FILED": "WITHDRAWN"},
    "materials_filed": {"GRANTED": "MATERIALS_FILED"},
    "approval_issued": {"MATERIALS_FILED": "USED"},
}

TWICE = {("WITHDRAWN", "withdraw"): "EVENT_WITHDRAWN_TWICE", ("USED", "approval_issued"): "EVENT_APPROVED_TWICE"}


@pytest.mark.parametrize(("state", "kind"), list(product(FROM, LEADS_ON)))
def test_an_event_leads_on_from_the_states_of_the_catalogue_and_is_refused_from_all_others(
    state: str, kind: str
) -> None:
    book = lived(planned(), *(event(step, "P-7", f"2026-05-0{n}") for n, step in enumerate(FROM[state], start=1)))
    assert book.state("P-7") == state
    again = event(kind, "P-7", "2026-05-09", document="文〔2026〕2号")
    if to := LEADS_ON[kind].get(state):
        assert lived(book, again).state("P-7") == to
    else:
        (problem,) = refused(book, again)
        assert problem.code == TWICE.get((state, kind), "EVENT_NOT_LISTED")


def test_a_project_that_waits_was_rejected_or_only_applied_has_nothing_to_withdraw() -> None:
    for project in ("P-5", "P-6"):
        (problem,) = refused(planned(), event("withdraw", project))
        assert problem.code == "EVENT_NOT_LISTED"
    assert {p.code for project in COUNTIES for p in refused(opened(), event("withdraw", project))} == {
        "EVENT_NOT_LISTED"
    }


def test_what_is_not_listed_is_not_even_drafted() -> None:
    day = Day(booked_on=planned().last_booked_on, occurred_on=planned().last_booked_on, actor="clerk")
    with pytest.raises(life.NotListed):
        turn(planned(), "P-5", "USED", day=day, reason="USED")
    with pytest.raises(life.NotListed):
        give_back(planned(), "P-6", to_state="WITHDRAWN", rule="QY-10.3", reason="WITHDRAW", day=day)


def test_a_grant_taken_back_for_a_better_plan_waits_and_its_request_begins_again() -> None:
    day = Day(booked_on=planned().last_booked_on, occurred_on=planned().last_booked_on, actor="clerk")
    lost = after(
        planned(), give_back(planned(), "P-1", to_state="WAITLISTED", rule="QY-9.1", reason="TAKEN_BACK", day=day)
    )
    assert lost.state("P-1") == "WAITLISTED"
    assert lost.state("P-1", Track.FARMLAND) == "ACCEPTED"
    assert "P-1" not in lost.demoted
