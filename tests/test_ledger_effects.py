"""What events write into the books: each by its rule, one after another, all or none."""

import pytest
from small_year import (
    HELD,
    MU,
    entered,
    event,
    law,
    lived,
    moved,
    planned,
    refused,
    sums,
    turned,
)

from allocator.ledger.entry import EntryKind, Track
from allocator.ledger.fold import after
from allocator.messages import describe
from allocator.policy import NegativeList
from allocator.problems import InputRejected, Severity

F, B = Track.FARMLAND, Track.BOUNDARY


def test_an_event_is_written_with_its_key_its_document_and_the_day_it_happened() -> None:
    fact = entered(planned(), event("withdraw", "P-7", note="不再建设"), as_of="2026-05-06").entries[0]
    assert (fact.kind, fact.event) == (EntryKind.EVENT, "2026-05-04|withdraw|P-7||文〔2026〕1号")
    assert (str(fact.booked_on), str(fact.occurred_on)) == ("2026-05-06", "2026-05-04")
    assert (fact.project, fact.county, fact.document, fact.note) == ("P-7", "W2", "文〔2026〕1号", "不再建设")


def test_every_entry_names_its_rule_actor_and_reason() -> None:
    events = [event("withdraw", "P-1"), event("materials_filed", "P-2"), event("extra_quota", mu=1)]
    for one in entered(planned(), *events).entries:
        assert one.rule
        assert one.reason
        assert one.actor == "clerk"


def test_a_withdrawal_returns_everything_to_whom_it_came_from() -> None:
    made = entered(planned(), event("withdraw", "P-1"))
    assert moved(made.entries) == [
        ("project:P-1:area", "area:pooled:W2", 10),
        ("project:P-1:paddy", "paddy:pooled:W2", 4),
        ("project:P-1:plan", "plan:key.industry", 30),
    ]
    assert turned(made.entries) == [("P-1", "PLAN_APPROVED", "ACCEPTED"), ("P-1", "GRANTED", "WITHDRAWN")]
    assert {one.rule for one in made.entries if one.is_move} == {"QY-10.3"}
    book = after(planned(), made.entries)
    assert "P-1" not in book.holdings
    assert book.plan_balances()["key.industry"] == 30 * MU
    assert "P-1" not in book.demoted
    assert not any(sums(book).values())


def test_a_grant_of_two_pools_goes_back_to_both() -> None:
    made = entered(planned(), event("withdraw", "P-4", mu=15))
    assert moved(made.entries)[1:] == [
        ("project:P-4:plan", "plan:flex", 6),
        ("project:P-4:plan", "plan:key.industry", 9),
    ]


def test_paying_shows_the_agreement_and_links_once_the_file_is_there() -> None:
    paid = lived(planned(), event("paid", "P-1"))
    assert paid.state("P-1", F) == "PAID"
    assert paid.linked == {}
    made = entered(paid, event("materials_filed", "P-1"))
    assert moved(made.entries) == [
        ("project:P-1:area", "linked:P-1:area", 10),
        ("project:P-1:paddy", "linked:P-1:paddy", 4),
    ]
    assert turned(made.entries) == [("P-1", "GRANTED", "MATERIALS_FILED"), ("P-1", "PAID", "LINKED")]


def test_the_file_first_and_the_payment_later_links_as_well() -> None:
    filed = lived(planned(), event("materials_filed", "P-1"))
    assert filed.state("P-1", F) == "PLAN_APPROVED"
    made = entered(filed, event("paid", "P-1"))
    assert turned(made.entries) == [
        ("P-1", "PLAN_APPROVED", "AGREED"),
        ("P-1", "AGREED", "PAID"),
        ("P-1", "PAID", "LINKED"),
    ]
    assert lived(filed, event("approval_issued", "P-1"), event("paid", "P-1")).state("P-1", F) == "LINKED"


def test_own_pooled_lots_are_linked_without_payment() -> None:
    book = lived(planned(), event("materials_filed", "P-2"))
    assert book.state("P-2", F) == "LINKED"
    assert book.balances["linked:P-2:area"] == 5 * MU


def test_a_store_of_its_own_is_no_request_and_is_not_linked() -> None:
    book = lived(planned(), event("materials_filed", "P-4"), event("approval_issued", "P-4"))
    assert book.state("P-4", F) == ""
    assert [row.account_id for row in book.holdings["P-4"]] == ["area:own:W2", "plan:flex", "plan:key.industry"]


def test_linked_quantities_stay_when_the_project_withdraws_and_somebody_is_told() -> None:
    linked = lived(planned(), event("paid", "P-1"), event("materials_filed", "P-1"))
    made = entered(linked, event("withdraw", "P-1"))
    assert moved(made.entries) == [("project:P-1:plan", "plan:key.industry", 30)]
    (told,) = made.warnings
    assert (told.code, told.severity, told.rule) == ("EVENT_LINKED_STAYS", Severity.WARNING, "QN-12.3")
    assert told.facts["held"] == "补充耕地数量 area 10 mu, 水田 paddy 4 mu"
    assert after(linked, made.entries).state("P-1", F) == "LINKED"


def test_money_paid_for_what_goes_back_is_refunded_by_hand() -> None:
    made = entered(lived(planned(), event("paid", "P-1")), event("withdraw", "P-1"))
    assert [told.code for told in made.warnings] == ["EVENT_REFUND"]
    assert ("P-1", "PAID", "ACCEPTED") in turned(made.entries)


def test_scale_that_was_transferred_goes_back_and_both_counties_are_told() -> None:
    done = lived(planned(), event("transferred", "P-3"))
    assert done.state("P-3", B) == "TRANSFERRED"
    made = entered(done, event("withdraw", "P-3"))
    assert ("project:P-3:boundary", "boundary:pooled:W1", 8) in moved(made.entries)
    assert [told.code for told in made.warnings] == ["EVENT_TRANSFER_BACK"]


def test_extra_quota_waits_for_the_recall_unless_the_policy_hands_it_out_at_once() -> None:
    assert lived(planned(), event("extra_quota", mu=7)).balances[HELD] == 7 * MU
    for policy in (law(extra__before_recall="to_flex_now"), law(recall=None), law(extra=None)):
        book = lived(planned(), event("extra_quota", mu=7), policy=policy)
        assert (book.balances[HELD], book.plan_balances()["flex"]) == (0, (42 + 7) * MU)
    late = lived(planned(), event("extra_quota", day="2026-10-01", mu=7))
    assert late.plan_balances()["flex"] == (42 + 7) * MU


def test_extra_quota_may_be_of_any_year_that_is_over() -> None:
    made = entered(planned(), event("extra_quota", day="2025-12-28", mu=1))
    assert len(made.entries) == 2


def test_what_the_province_takes_leaves_the_reserve() -> None:
    book = lived(planned(), event("extra_quota", mu=-42))
    assert book.plan_balances()["flex"] == 0
    assert not any(sums(book).values())


def test_the_province_takes_what_waits_for_the_recall_before_the_reserve() -> None:
    waiting = lived(planned(), event("extra_quota", mu=7))
    book = lived(waiting, event("extra_quota", mu=-7, document="L-2"))
    assert (book.balances[HELD], book.plan_balances()["flex"]) == (0, 42 * MU)
    book = lived(waiting, event("extra_quota", mu=-49, document="L-2"))
    assert (book.balances[HELD], book.plan_balances()["flex"]) == (0, 0)
    assert not any(sums(book).values())
    with pytest.raises(InputRejected):
        entered(waiting, event("extra_quota", mu=-50, document="L-2"))


def test_a_recall_by_name_takes_back_what_is_unused() -> None:
    policy = law(recall__mode="manual_list")
    book = lived(planned(), event("recall", "P-2", "2026-10-08", document="", mu=20), policy=policy)
    assert (book.state("P-2"), book.state("P-1")) == ("RECALLED", "GRANTED")
    assert book.recalled == {"W1": 20 * MU}
    assert book.demoted == {"P-2"}


def test_the_last_day_is_in_time_and_the_first_day_of_the_recall_is_its_own() -> None:
    assert lived(planned(), event("materials_filed", "P-1", "2026-06-20")).state("P-1") == "MATERIALS_FILED"
    assert lived(planned(), event("recall", "P-1", "2026-10-01")).state("P-1") == "RECALLED"


def test_an_approval_after_the_recall_is_too_late_where_only_approval_is_use() -> None:
    filed = lived(planned(), event("materials_filed", "P-1"))
    late = event("approval_issued", "P-1", "2026-10-01")
    (problem,) = refused(filed, late, policy=law(recall__used_when="approved"))
    assert problem.code == "EVENT_AFTER_RECALL"
    assert lived(filed, late, policy=law()).state("P-1") == "USED"


def test_pins_penalties_and_listings_are_facts_and_move_nothing() -> None:
    events = [event("pin", "P-5"), event("unpin", "P-5"), event("penalty", "W1", mu=1), event("negative_list", "P-3")]
    made = entered(planned(), *events)
    assert [one.kind for one in made.entries] == [EntryKind.EVENT] * 4
    assert [(one.project, one.county) for one in made.entries] == [
        ("P-3", "W2"),
        ("P-5", "W1"),
        ("P-5", "W1"),
        ("", "W1"),
    ]


def test_what_the_policy_does_not_carry_out_is_recorded_with_a_warning() -> None:
    silent = law(penalty=None, negative_list=None)
    made = entered(planned(), event("penalty", "W1", mu=1), event("negative_list", "W2"), policy=silent)
    assert len(made.entries) == 2
    assert [told.code for told in made.warnings] == ["EVENT_CUT_NOT_CARRIED", "EVENT_LISTING_NOT_CARRIED"]


def test_nothing_obeys_the_negative_list_yet_and_a_warning_says_so_under_a_policy_that_has_its_table() -> None:
    listed = law(negative_list=NegativeList(cite=("QN-20.2",)))
    made = entered(planned(), event("negative_list", "W2"), policy=listed)
    assert [(told.code, told.severity) for told in made.warnings] == [("EVENT_LISTING_NOT_CARRIED", Severity.WARNING)]
    assert "nothing in the program obeys the list yet" in describe(made.warnings[0], "en")


def test_an_event_in_the_books_or_earlier_in_the_file_is_passed_over_and_counted() -> None:
    known, again = event("withdraw", "P-1"), event("withdraw", "P-7")
    made = entered(planned(), known, again, again, known=[known.key])
    assert made.skipped == (known, again)
    assert turned(made.entries) == [("P-7", "GRANTED", "WITHDRAWN")]


def test_the_same_file_twice_writes_nothing_the_second_time() -> None:
    events = [event("withdraw", "P-7"), event("materials_filed", "P-1"), event("extra_quota", mu=2)]
    first = entered(planned(), *events)
    keys = [one.event for one in first.entries if one.event]
    second = entered(after(planned(), first.entries), *events, known=keys)
    assert (second.entries, len(second.skipped)) == ((), 3)


@pytest.mark.parametrize("mu", [30, 30.0])
def test_equal_quantities_are_one_key(mu: float) -> None:
    assert event("withdraw", "P-1", mu=mu).key == "2026-05-04|withdraw|P-1|30|文〔2026〕1号"


def test_a_key_tells_apart_no_quantity_and_none_at_all() -> None:
    keys = {event("withdraw", "P-1", mu=mu).key for mu in (None, 0, 0.5, -0.5)}
    assert keys == {f"2026-05-04|withdraw|P-1|{text}|文〔2026〕1号" for text in ("", "0", "0.5", "-0.5")}


def test_events_act_by_day_whatever_the_order_of_rows() -> None:
    filed, gone = event("materials_filed", "P-1", "2026-05-02"), event("withdraw", "P-1", "2026-05-09")
    assert entered(planned(), gone, filed).entries == entered(planned(), filed, gone).entries


def test_events_act_one_after_another() -> None:
    (problem,) = refused(planned(), event("withdraw", "P-1"), event("withdraw", "P-1", document="另文"))
    assert problem.code == "EVENT_WITHDRAWN_TWICE"


def test_one_bad_event_and_none_is_entered_but_all_bad_ones_are_told() -> None:
    good, far, strange = event("withdraw", "P-1"), event("withdraw", "P-2", "2026-12-31"), event("withdraw", "P-99")
    with pytest.raises(InputRejected) as rejected:
        entered(planned(), good, far, strange, as_of="2026-05-05")
    assert [p.code for p in rejected.value.problems] == ["EVENT_PROJECT_UNKNOWN", "EVENT_IN_FUTURE"]


def test_of_many_unknown_projects_all_are_told_and_the_first_twenty_with_the_nearest() -> None:
    problems = refused(planned(), *(event("withdraw", f"P-1{n}") for n in range(30)))
    assert [problem.facts["nearest"] for problem in problems] == ["P-1"] * 20 + [""] * 10


def test_entering_events_leaves_the_given_book_alone() -> None:
    before = planned().plan_balances()
    entered(planned(), event("withdraw", "P-1"))
    assert planned().plan_balances() == before
    assert planned().state("P-1") == "GRANTED"
