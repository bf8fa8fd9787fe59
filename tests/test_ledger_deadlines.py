"""What the calendar does to the books: three months, thirty days' notice, the recall, the end of the year."""

from datetime import date

import pytest
from small_year import HELD, MU, event, law, lived, moved, planned, sums, turned, walk

from allocator.ledger.book import Book
from allocator.ledger.deadlines import Due, close_year, due_list, due_on, lapse, months_after, overdue, recall
from allocator.ledger.entry import Track
from allocator.ledger.fold import after


def day(text: str) -> date:
    return date.fromisoformat(text)


def dues(book: Book, as_of: str, project: str, what: str) -> list[Due]:
    return [due for due in due_list(book, law(), day(as_of)) if (due.project, due.what) == (project, what)]


@pytest.mark.parametrize(
    ("granted", "due"),
    [
        ("2026-03-20", "2026-06-20"),
        ("2026-11-30", "2027-02-28"),
        ("2027-11-30", "2028-02-29"),
        ("2026-10-31", "2027-01-31"),
        ("2026-12-31", "2027-03-31"),
        ("2026-08-31", "2026-11-30"),
    ],
)
def test_three_months_end_on_the_same_number_or_on_the_last_day(granted: str, due: str) -> None:
    assert due_on(day(granted), law()) == day(due)


def test_a_year_is_twelve_months() -> None:
    assert months_after(day("2028-02-29"), 12) == day("2029-02-28")


def test_materials_are_in_time_on_the_day_they_are_due_and_overdue_from_the_day_after() -> None:
    assert overdue(planned(), law(), day("2026-06-20")) == ()
    assert overdue(planned(), law(), day("2026-06-21")) == ("P-1", "P-2", "P-3", "P-4", "P-7")


def test_what_was_filed_is_not_overdue() -> None:
    book = lived(planned(), event("materials_filed", "P-1"), event("withdraw", "P-2"))
    assert overdue(book, law(), day("2026-06-21")) == ("P-3", "P-4", "P-7")


def test_an_overdue_project_gives_everything_back_where_it_came_from_and_waits_behind_all() -> None:
    entries = lapse(planned(), law(), day("2026-06-22"), "clerk")
    assert moved([one for one in entries if one.project == "P-4"]) == [
        ("project:P-4:area", "area:own:W2", 3),
        ("project:P-4:plan", "plan:flex", 6),
        ("project:P-4:plan", "plan:key.industry", 9),
    ]
    assert [step for step in turned(entries) if step[0] == "P-1"] == [
        ("P-1", "PLAN_APPROVED", "ACCEPTED"),
        ("P-1", "GRANTED", "MATERIALS_OVERDUE"),
        ("P-1", "MATERIALS_OVERDUE", "WAITLISTED"),
    ]
    book = after(planned(), entries)
    assert book.holdings == {}
    assert book.demoted == {"P-1", "P-2", "P-3", "P-4", "P-7"}
    assert book.needs_rerank
    assert book.standings["P-1", Track.APPLICATION].since == day("2026-06-21")
    assert {one.rule for one in entries} <= {"QY-11.1", "QY-10.3", "QY-10.4"}
    assert not any(sums(book).values())


def test_an_overdue_project_is_out_for_the_year_where_the_policy_says_so() -> None:
    book = after(planned(), lapse(planned(), law(autofill__overdue_project="out_for_year"), day("2026-06-21"), "clerk"))
    assert book.state("P-1") == "MATERIALS_OVERDUE"


def test_no_table_no_deadline() -> None:
    silent = law(materials=None, recall=None, udb=None, readjust=None)
    assert due_on(day("2026-03-20"), silent) is None
    assert lapse(planned(), silent, day("2026-12-30"), "clerk") == []
    assert recall(planned(), silent, day("2026-12-30"), "clerk") == []
    assert due_list(planned(), silent, day("2026-12-30")) == ()


def test_a_replacement_has_its_own_clock_or_that_of_the_plan() -> None:
    later = lived(planned(), event("withdraw", "P-7", "2026-05-04"))
    granted = after(later, walk("P-5", day("2026-05-05"), "WAITLISTED", "GRANTED"))
    assert "P-5" not in overdue(granted, law(), day("2026-08-05"))
    assert "P-5" in overdue(granted, law(), day("2026-08-06"))
    plan_clock = law(materials__replacement_clock="original_plan_date")
    assert "P-5" not in overdue(granted, plan_clock, day("2026-06-20"))
    assert "P-5" in overdue(granted, plan_clock, day("2026-06-21"))


def test_reminders_are_reached_thirty_and_seven_days_before() -> None:
    def reached(as_of: str) -> int | None:
        (due,) = dues(planned(), as_of, "P-1", "materials")
        return due.remind

    days = ["2026-05-20", "2026-05-21", "2026-06-12", "2026-06-13", "2026-06-20", "2026-06-21"]
    assert [reached(as_of) for as_of in days] == [None, 30, 30, 7, 7, None]


def test_the_due_list_says_who_must_do_what_by_when_under_which_rule() -> None:
    book = lived(planned(), event("materials_filed", "P-1"))
    assert dues(book, "2026-06-01", "P-1", "materials") == dues(book, "2026-06-01", "P-1", "use") == []
    (transfer,) = dues(book, "2026-05-01", "P-3", "transfer")
    assert (transfer.rule, transfer.due_on, transfer.days_left) == ("QN-8.1", day("2026-04-20"), -11)
    (use,) = dues(book, "2026-06-01", "P-2", "use")
    assert (use.rule, use.due_on, use.days_left, use.state) == ("QY-10.5", day("2026-09-30"), 121, "GRANTED")
    days = [due.due_on for due in due_list(book, law(), day("2026-06-01"))]
    assert days == sorted(days)


def test_a_project_granted_again_has_until_the_day_of_the_adjustment() -> None:
    book = after(planned(), recall(planned(), law(), day("2026-10-01"), "clerk"))
    book = after(book, walk("P-1", day("2026-10-20"), "RECALLED", "REGRANTED"))
    (use,) = dues(book, "2026-11-01", "P-1", "use")
    assert (use.rule, use.due_on, use.state) == ("QY-12.3", day("2026-12-31"), "REGRANTED")
    assert not dues(book, "2026-11-01", "P-1", "materials")


def test_nothing_is_recalled_before_the_first_of_october() -> None:
    assert recall(planned(), law(), day("2026-09-30"), "clerk") == []


def test_the_recall_takes_back_what_is_unused_and_makes_one_pool_of_all_shares() -> None:
    book = lived(planned(), event("materials_filed", "P-1"), event("extra_quota", mu=7))
    assert book.balances[HELD] == 7 * MU
    entries = recall(book, law(), day("2026-10-01"), "clerk")
    assert entries[0].reason == "YEAR_RECALLED"
    assert turned(entries)[0] == ("P-1", "MATERIALS_FILED", "USED")
    swept = after(book, entries)
    assert {p: swept.state(p) for p in ("P-1", "P-2", "P-5", "P-7")} == {
        "P-1": "USED",
        "P-2": "RECALLED",
        "P-5": "WAITLISTED",
        "P-7": "RECALLED",
    }
    assert swept.is_recalled
    assert swept.granted_plan("P-1") == 30 * MU
    assert swept.plan_balances() == {"key.industry": 0, "general.livelihood": 0, "flex": (134 - 30 + 7) * MU}
    assert swept.balances[HELD] == 0
    assert swept.recalled == {"W1": 20 * MU, "W2": (25 + 15 + 2) * MU}
    assert not any(sums(swept).values())


def test_the_recall_happens_once_and_a_later_night_finds_only_what_was_filed_since() -> None:
    book = after(planned(), recall(planned(), law(), day("2026-10-01"), "clerk"))
    assert recall(book, law(), day("2026-10-02"), "clerk") == []
    book = after(book, walk("P-1", day("2026-10-20"), "RECALLED", "REGRANTED"))
    book = lived(book, event("materials_filed", "P-1", "2026-11-02"))
    assert turned(recall(book, law(), day("2026-11-02"), "clerk")) == [("P-1", "MATERIALS_FILED", "USED")]


@pytest.mark.parametrize(
    ("used_when", "mode", "filed", "granted"),
    [
        ("materials_filed", "all_unused", "USED", "RECALLED"),
        ("approved", "all_unused", "RECALLED", "RECALLED"),
        ("approved", "keep_if_filed", "MATERIALS_FILED", "RECALLED"),
        ("materials_filed", "manual_list", "USED", "GRANTED"),
        ("approved", "manual_list", "MATERIALS_FILED", "GRANTED"),
    ],
)
def test_what_is_recalled_depends_on_the_test_of_use_and_on_the_mode(
    used_when: str, mode: str, filed: str, granted: str
) -> None:
    policy = law(recall=law().recall.model_copy(update={"used_when": used_when, "mode": mode}))
    book = lived(planned(), event("materials_filed", "P-1"))
    swept = after(book, recall(book, policy, day("2026-10-01"), "clerk"))
    assert (swept.state("P-1"), swept.state("P-2")) == (filed, granted)


def test_a_night_left_out_changes_nothing() -> None:
    book = planned(day("2026-08-10"))
    late = day("2026-11-20")
    assert lapse(book, law(), late, "clerk") == []
    swept = after(book, recall(book, law(), late, "clerk"))
    assert swept.state("P-1") == "RECALLED"
    assert swept.standings["P-1", Track.APPLICATION].since == day("2026-10-01")


def test_what_is_linked_stays_through_the_recall() -> None:
    book = lived(planned(), event("paid", "P-1"), event("materials_filed", "P-1"))
    swept = after(book, recall(book, law(recall__used_when="approved"), day("2026-10-01"), "clerk"))
    assert swept.state("P-1") == "RECALLED"
    assert swept.state("P-1", Track.FARMLAND) == "LINKED"
    assert swept.balances["linked:P-1:area"] == 10 * MU


def test_on_the_last_of_december_everything_open_is_closed_and_nothing_moves() -> None:
    assert close_year(planned(), day("2026-12-30"), "clerk") == []
    book = lived(planned(), event("materials_filed", "P-1"), event("approval_issued", "P-1", "2026-06-01"))
    entries = close_year(book, day("2026-12-31"), "clerk")
    assert moved(entries) == []
    closed = after(book, entries)
    states = {project: closed.state(project) for project in ("P-1", "P-2", "P-5", "P-6")}
    assert states == {"P-1": "USED", "P-2": "CLOSED", "P-5": "CLOSED", "P-6": "REJECTED"}
    assert closed.state("P-3", Track.BOUNDARY) == "TRANSFER_PENDING"
    assert close_year(closed, day("2027-01-01"), "clerk") == []
