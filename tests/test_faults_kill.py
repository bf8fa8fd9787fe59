"""`kill -9` at every point of an approval and of a night: the books stand as before it or as after it, never between.

The points are each statement and commit, and each write, fsync and renaming of a report or of the log. The last child
of each loop reaches its end, so that no point is left out. Then a few kills at random moments, of PostgreSQL's backends
and of its whole server too; with `LANDQUOTA_FAULTS=1` there are 60 for each command and database.
"""

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from random import Random

import psycopg
import pytest
from faults import MORE, Books, Ended, Warm, approval, files_of, killed, night, open_year

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


def strike(risked: Books, child: int, rng: Random) -> str:
    """Kill the client; of books on a server, now and then the backend that serves it, or the whole server."""
    server, victim = risked.server, rng.choice(("client", "client", "backend", "server"))
    if server and victim == "server":
        server.crash()
        server.start()
        return victim
    if server and victim == "backend":
        serving = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        with closing(server.connect()) as connection:
            if found := connection.execute(serving, (risked.database,)).fetchone():
                os.kill(int(str(found[0])), signal.SIGKILL)
                with suppress(psycopg.OperationalError):
                    while True:  # the server ends this connection too, when it notices
                        connection.execute("SELECT 1")
                server.wait_until_it_answers()
                return victim
    os.kill(child, signal.SIGKILL)
    return "client"


@pytest.mark.parametrize("name", ["approve", "nightly"])
def test_what_is_killed_at_a_random_moment_is_booked_whole_or_not_at_all(
    warm: Warm, risked: Books, tmp_path: Path, name: str
) -> None:
    words, out, rng = approval(risked, open_year(warm, risked)), tmp_path / "out", Random(name)
    if name == "nightly":
        assert warm.run(words).exit == Exit.DONE
        words = night(risked, out)
    before = risked.contents()
    risked.keep()
    began = time.monotonic()
    assert warm.run(words).exit == Exit.DONE
    lasts, after, files = time.monotonic() - began, risked.contents(), files_of(out)
    seen = Counter[str]()
    for _ in range(60 if MORE else 5):
        risked.put_back()
        shutil.rmtree(out, ignore_errors=True)
        started = warm.start("fault_points:command", words, {})
        time.sleep(rng.uniform(0, lasts))
        struck = strike(risked, started[0], rng)
        ended = warm.ended(started)
        assert killed(ended) or ended.exit in (Exit.DONE, Exit.REJECTED), ended
        risked.check()
        now = risked.contents()
        assert now in (before, after)
        assert now == after or ended.exit != Exit.DONE, "it said that it was done, and is not"
        seen[f"{struck}: {'after' if now == after else 'before'}"] += 1
        again = insist(lambda: warm.run(words))
        assert again.exit in (Exit.DONE, Exit.REJECTED if name == "approve" and now == after else Exit.DONE)
        assert risked.contents() == after
        assert files_of(out) == files
    print(f"\n{name}: {dict(seen)}")
