"""The benchmark of a year in the books, at a size that takes no time: all its events are possible, the books whole."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"


def test_a_year_of_events_is_posted_counted_again_and_ended_by_a_night(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from instances import Size
    from ledger_year import lines, measure

    monkeypatch.setattr("year_of_events.IN_TIME", 10)
    monkeypatch.setattr("ledger_year.LAST", date(2026, 2, 5))
    called: list[Sequence[str]] = []
    monkeypatch.setattr("ledger_year.run_command", called.append)
    done = measure(Size("village", 24, 3), 60, "SQLite", f"sqlite:///{tmp_path / 'books.sqlite'}", tmp_path / "room")
    assert done.events >= 40
    assert done.entries["year"] > done.events
    assert [words[0] for words in called] == ["nightly", "nightly"]
    year, night = [line for line in lines([done]) if line.startswith("| village")]
    assert f"| {done.events:,} | {done.entries['year']:,} |" in year
    assert night.count("|") == 12
