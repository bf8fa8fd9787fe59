"""`kill -9` at every point of an approval and of a night: the books stand as before it or as after it, never between.

The points are each statement and commit, and each write, fsync and renaming of a report or of the log. The last child
of each loop reaches its end, so that no point is left out. `LANDQUOTA_FAULTS=1` adds kills at random moments, of
PostgreSQL's backends and of its whole server too.
"""

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from faults import Books, Ended, Warm, approval, files_of, killed, night, open_year

from allocator.commands.conventions import Exit
from allocator.nightly.run_log import NAME

pytestmark = pytest.mark.faults
pytest_plugins = ["fault_fixtures"]

FEWEST = {"approve": 60, "nightly": 60}
"""Points that a loop must have met: fewer, and it would prove nothing."""


def insist(run: Callable[[], Ended]) -> Ended:
    """Run again while the server has not yet noticed that the killed client is gone (exit 6), for a second at most."""
    for _ in range(20):
        ended = run()
        if ended.exit != Exit.LOCKED:
            break
    return ended


def assert_whole(log: Path) -> None:
    """Every line of the log is whole, and the last says that a night came to its end."""
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["step"] == "end"


def kill_everywhere(warm: Warm, books: Books, words: list[str], out: Path, name: str) -> tuple[int, int]:
    """Kill the command at point 1, 2, 3, ... until it reaches its end; how often it had booked nothing, and all."""
    before = books.contents()
    books.keep()
    whole = warm.run(words)
    assert whole.exit == Exit.DONE, whole.output
    after, files = books.contents(), files_of(out)
    books.check()
    assert before != after
    found = {"before": 0, "after": 0}
    for last in count(1):
        books.put_back()
        for path in out.glob("*"):
            path.unlink()
        ended = warm.run(words, folder=str(out), last=last)
        if not killed(ended):
            break
        books.check()
        now = books.contents()
        assert now in (before, after), f"point {last}: neither as before nor as after"
        found["after" if now == after else "before"] += 1
        again = insist(lambda: warm.run(words))
        decided = name == "approve" and now == after
        assert again.exit == (Exit.REJECTED if decided else Exit.DONE), again.output
        assert not decided or "2026-04-01" in again.output
        assert books.contents() == after
        assert files_of(out) == files
        if files:
            assert_whole(out / NAME)
    assert ended.exit == Exit.DONE
    assert len(ended.points) == last - 1 >= FEWEST[name]
    return found["before"], found["after"]


def test_an_approval_killed_anywhere_is_booked_whole_or_not_at_all(
    warm: Warm, risked: Books, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    words = approval(risked, open_year(warm, risked))
    before, after = kill_everywhere(warm, risked, words, tmp_path / "out", "approve")
    record_property("points", before + after)
    print(f"\napprove: {before + after} points; before {before}, after {after}")
    assert after


def test_a_night_killed_anywhere_is_booked_whole_or_not_at_all_and_its_files_are_whole(
    warm: Warm, risked: Books, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    approved = warm.run(approval(risked, open_year(warm, risked)))
    assert approved.exit == Exit.DONE, approved.output
    before, after = kill_everywhere(warm, risked, night(risked, tmp_path / "out"), tmp_path / "out", "nightly")
    record_property("points", before + after)
    print(f"\nnightly: {before + after} points; before {before}, after {after}")
    assert after > 20  # the files
