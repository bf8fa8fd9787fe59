"""A night tells what falls due thirty and seven days before, and a transfer that is late, and writes nothing for it."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from nights import APPROVED, all_but, counted, filed, night, worked, year
from small_year import event as small_event
from small_year import law, lived, planned

from allocator.ledger.deadlines import reminders
from allocator.nightly.report import page

DUE = date(2026, 6, 20)


def told(day: date) -> list[tuple[str, str, int]]:
    """What the small year tells: project, what, days left."""
    return [(due.project, due.what, due.days_left) for due in reminders(planned(), law(), day)]


def test_materials_are_told_thirty_and_seven_days_before_and_on_no_other_day() -> None:
    days = [date(2026, 5, 1) + timedelta(days=n) for n in range(60)]
    assert [day for day in days if any(what == "materials" for _, what, _ in told(day))] == [
        DUE - timedelta(days=30),
        DUE - timedelta(days=7),
    ]
    assert told(date(2026, 5, 21)) == [(p, "materials", 30) for p in ("P-1", "P-2", "P-3", "P-4", "P-7")]


def test_a_transfer_is_told_before_it_is_due_and_on_the_first_day_it_is_late() -> None:
    """P-3 waits since 20 March for scale that is to be there a month later (QN-8.1)."""
    days = [date(2026, 3, 20) + timedelta(days=n) for n in range(90)]
    found = [(day, left) for day in days for project, what, left in told(day) if (project, what) == ("P-3", "transfer")]
    assert found == [(date(2026, 3, 21), 30), (date(2026, 4, 13), 7), (date(2026, 4, 21), -1)]
    done = lived(planned(), small_event("transferred", "P-3", "2026-04-20"))
    assert not [due for due in reminders(done, law(), date(2026, 4, 21)) if due.what == "transfer"]


def test_without_reminders_in_the_policy_a_late_transfer_is_told_all_the_same() -> None:
    silent = law(materials=None)
    assert reminders(planned(), silent, date(2026, 4, 13)) == ()
    assert [due.what for due in reminders(planned(), silent, date(2026, 4, 21))] == ["transfer"]


@pytest.mark.parametrize(("day", "left"), [(DUE - timedelta(days=30), 30), (DUE - timedelta(days=7), 7)])
def test_a_night_that_reminds_is_a_quiet_one(day: date, left: int, tmp_path: Path) -> None:
    run = worked()
    with year(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        night(database, run, APPROVED, filed(*all_but("I2", "T2"), day=APPROVED.isoformat()))
        head = counted(database)
        done = night(database, run, day)
        assert done.night["refill"] == "quiet"
        assert counted(database) == head
        assert night(database, run, day).night == done.night
        rows = [(row["project_id"], row["what"], row["due_on"], row["days_left"]) for row in done.night["reminders"]]
        assert rows == [(project, "materials", DUE.isoformat(), left) for project in ("I2", "T2")]
        assert f"| {DUE} | {left} days | I2 |" in page(done.night, "en")
        assert f"还有 {left} 天" in page(done.night, "zh")
        assert "Reminders" not in page(night(database, run, day + timedelta(days=1)).night, "en")


def test_who_files_that_night_is_not_reminded_and_who_is_late_is_told_so(tmp_path: Path) -> None:
    run = worked()
    with year(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        day = DUE - timedelta(days=7)
        told = night(database, run, day, filed(*all_but("I2"), day=day.isoformat())).night
        assert [row["project_id"] for row in told["reminders"]] == ["I2"]
        late = {**told["reminders"][0], "what": "transfer", "rule": "QN-8.1", "days_left": -1}
        assert "overdue: 1 | I2 |" in page({**told, "reminders": [late]}, "en")
        assert "已逾期 1 天" in page({**told, "reminders": [late]}, "zh")
