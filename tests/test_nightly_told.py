"""What the page of a night tells: what was short, the three modes on a quiet night, and who rests."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from nights import LAPSE, all_but, counted, course, event, filed, ids, night, worked, year
from runs import account, application, run_of
from years import opened, planned

from allocator.nightly.report import page
from allocator.policy import Penalties


def test_who_is_passed_over_is_told_with_the_shortage_that_the_reason_speaks_of(tmp_path: Path) -> None:
    """LARGE lacks plan and area, and is refused for plan; DRY lacks area alone."""
    rows = [
        application("FIRST", "key.industry", 30, rank=1),
        application("LARGE", "key.industry", 40, rank=2, needs={"area": 9}),
        application("DRY", "key.industry", 10, rank=3, needs={"area": 7}),
    ]
    run = run_of(rows, total=30, accounts=[account("area", "own", "A", 4)])
    with opened(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        planned(database, run, on=date(2026, 4, 1))
        told = night(database, run, date(2026, 4, 2), (event("2026-04-02", "withdraw", "FIRST"),)).night
    assert [(row["project_id"], row["reason"], row["indicator"], row["short"]) for row in told["passed"]] == [
        ("LARGE", "PLAN_MISFIT", "plan", "10"),
        ("DRY", "NO_POOL_ACCESS", "area", "3"),
    ]
    assert "plan quota 10 mu" in page(told, "en")


def test_a_quiet_night_tells_the_three_modes_and_whom_they_would_hurt_and_writes_nothing(ledger_url: str) -> None:
    run = worked()
    run = replace(run, policy=run.policy.model_copy(update={"penalty": Penalties(cite="QY-14.3")}))
    penalty = event("2026-04-01", "penalty", "441802", 100, note="no_cooperation")
    with year(ledger_url, run) as database:
        head = counted(database)
        done = night(database, run, date(2026, 4, 1))
        assert done.night["refill"] == "quiet"
        assert [(c["mode"], c["same_as"], c["granted"], c["hurt"]) for c in done.night["courses"]] == [
            ("keep", "", [], []),
            ("least-change", "keep", [], []),
            ("fresh", "", [], []),
        ]
        assert counted(database) == head
        assert "| fresh | nobody | nobody |" in page(done.night, "en")
        assert night(database, run, date(2026, 4, 1), (penalty,)).night["refill"] == "unasked"
        head = counted(database)
        for mode, refill in (("keep", "quiet"), ("fresh", "proposed")):
            done = night(database, run, date(2026, 4, 2), mode=mode)
            assert done.night["refill"] == refill
            assert ids(course(done, "least-change")["hurt"]) == ["T2"]
            assert ids(course(done, "fresh")["hurt"])
            assert (counted(database) == head) == (mode == "keep")


def test_who_became_overdue_tonight_rests_until_more_comes_free(ledger_url: str) -> None:
    """T1 (350) and T2 (260) come back, B3 takes 250: 570 are left, which both would fit one after the other."""
    run = worked()
    with year(ledger_url, run) as database:
        done = night(database, run, LAPSE, filed(*all_but("T1", "T2")))
        assert (ids(done.night["overdue"]), ids(done.night["risen"])) == (["T1", "T2"], ["B3"])
        for mode in ("least-change", "fresh"):
            assert not {"T1", "T2"} & set(ids(course(done, mode)["granted"]))
        for later in (date(2026, 6, 22), date(2026, 8, 1)):
            for mode in ("keep", "least-change"):
                told = night(database, run, later, mode=mode).night
                assert (told["refill"], told["risen"], told["courses"][0]["granted"]) == ("quiet", [], [])
        told = night(database, run, date(2026, 8, 2), (event("2026-08-02", "extra_quota", "", 1),)).night
        assert (told["refill"], told["risen"]) == ("unasked", [])  # held until the recall: nothing came free
        pin = event("2026-08-03", "pin", "T2", note="deny", paper="L-3")
        assert ids(night(database, run, date(2026, 8, 3), (pin,)).night["risen"]) == ["T1"]
