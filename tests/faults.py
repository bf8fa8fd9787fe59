"""The machine that the tests of faults share: children that can be killed, books to kill them on, and what must hold.

What must hold is asked twice: of `verify`, and in plain SQL on a connection that shares no code with the program.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from fault_year import APPROVED_ON, DOCUMENT, NIGHT, write_year
from postgresql import Server

from allocator.ledger.database import connect
from allocator.ledger.schema import metadata
from allocator.ledger.verify import verify
from allocator.nightly.run_log import NAME

TESTS = Path(__file__).resolve().parent
MORE = bool(os.environ.get("LANDQUOTA_FAULTS"))
"""Whether more is tried than in CI: `LANDQUOTA_FAULTS=1 pytest -m faults`."""

UNSEALED = ("recorded_at",)
"""Columns that hold the machine's clock."""

Contents = dict[str, list[tuple[Any, ...]]]
"""Table -> its rows, sorted, without the machine's clock."""


@dataclass
class Ended:
    """How a child ended."""

    status: int  # below zero: the signal that killed it
    exit: int | None = None  # of the command; None for one that was killed
    points: list[str] = field(default_factory=list)
    output: str = ""


class Warm:
    """The warm process; `start` a job and `wait` for it, or `run` a command to its end."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, count(1)
        (folder / "tmp").mkdir(parents=True)
        surroundings = {**os.environ, "LANDQUOTA_LANG": "en", "TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1"}
        surroundings |= {"LANDQUOTA_ACTOR": "clerk", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "200"}
        surroundings.pop("LANDQUOTA_DB", None)
        self.running = subprocess.Popen(
            [sys.executable, "-W", "error", str(TESTS / "warm_process.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings,
            cwd=folder,
            text=True,
        )
        try:
            assert self._answer() == {"ready": 1}, "the warm process has more than one thread, and must not fork"
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End it."""
        assert self.running.stdin
        self.running.stdin.close()
        self.running.wait(60)
        assert self.running.stdout
        self.running.stdout.close()

    def _answer(self) -> dict[str, Any]:
        assert self.running.stdout
        line = self.running.stdout.readline()
        assert line, "the warm process ended"
        return json.loads(line)

    def _ask(self, **asked: Any) -> dict[str, Any]:
        assert self.running.stdin
        self.running.stdin.write(json.dumps(asked) + "\n")
        self.running.stdin.flush()
        return self._answer()

    def start(self, call: str, *arguments: Any) -> tuple[int, Path]:
        """Fork a child that calls `module:function`; its id, and the file that it prints to."""
        output = self.folder / f"output-{next(self.numbers) % 64}"
        job = {"call": call, "arguments": arguments, "output": str(output)}
        return self._ask(start=job)["child"], output

    def wait(self, started: tuple[int, Path]) -> tuple[int, Any, str]:
        """The child's status, what it returned, and what it printed."""
        child, output = started
        ended = self._ask(wait=child)
        printed = output.read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in printed, printed
        return ended["status"], ended["said"], printed

    def run(self, words: list[str], **faults: Any) -> Ended:
        """`landquota WORDS` to its end, or to a fault of those that `fault_points.command` lists."""
        return self.ended(self.start("fault_points:command", words, faults))

    def ended(self, started: tuple[int, Path]) -> Ended:
        """How a command ended."""
        status, said, printed = self.wait(started)
        return Ended(status=status, output=printed, **(said or {}))


@dataclass
class Books:
    """Books in a file or on a server, which can be put back to how they were."""

    folder: Path
    server: Server | None = None
    database: str = ""

    @property
    def url(self) -> str:
        """Their address."""
        return self.server.url(self.database) if self.server else f"sqlite:///{self.file}"

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.folder / "books.sqlite"

    @property
    def kept(self) -> Path:
        """A copy of it."""
        return self.folder / "kept.sqlite"

    @contextmanager
    def outside(self) -> Iterator[Any]:
        """A plain connection, without the program; behind everything that others have still to end."""
        if self.server:
            with closing(self.server.connect(self.database)) as connection:
                alone = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
                latest = time.monotonic() + 10
                while connection.execute(alone, (self.database,)).fetchone() != (0,):
                    assert time.monotonic() < latest, "a backend of a killed client is still there"
                    time.sleep(0.002)
                yield connection
        else:
            with closing(sqlite3.connect(self.file)) as connection:
                yield connection

    def contents(self) -> Contents:
        """All that is in the books but the machine's clock."""
        with self.outside() as connection:
            found: Contents = {}
            for table in metadata.tables:
                cursor = connection.execute(f"SELECT * FROM {table}")
                kept = [n for n, column in enumerate(cursor.description) if column[0] not in UNSEALED]
                found[table] = sorted((tuple(row[n] for n in kept) for row in cursor.fetchall()), key=repr)
            return found

    def check(self) -> None:
        """The database is whole, `verify` finds nothing, and no quota was created, lost or overspent."""
        with self.outside() as connection:
            if not self.server:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert_sums(connection)
        with connect(self.url) as database, database.reading() as connection:
            found = verify(connection)
        assert not found, found

    def keep(self) -> None:
        """Remember how they stand."""
        with self.outside() as connection:
            if not self.server:
                with closing(sqlite3.connect(self.kept)) as copy:
                    connection.backup(copy)
                return
            connection.execute("CREATE SCHEMA kept")
            for table in metadata.tables:
                connection.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM {table}")

    def put_back(self) -> None:
        """Make them what they were when they were kept: a file anew, on a server row by row past the guards."""
        if not self.server:
            for old in self.folder.glob(f"{self.file.name}*"):
                old.unlink()
            shutil.copyfile(self.kept, self.file)
            return
        with self.outside() as connection, connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SET LOCAL synchronous_commit = off")
            for table in metadata.tables:
                connection.execute(f"DELETE FROM {table}")
                connection.execute(f"INSERT INTO {table} SELECT * FROM kept.{table}")


def assert_sums(connection: Any) -> None:
    """In plain SQL: an indicator sums to zero, no account is below zero, balances are what the moves add up to."""
    legs = (
        "SELECT source AS account_id, -quantity AS change FROM entries WHERE source IS NOT NULL UNION ALL "
        "SELECT target, quantity FROM entries WHERE target IS NOT NULL"
    )
    moved = dict(
        connection.execute(f"SELECT account_id, SUM(change) FROM ({legs}) AS legs GROUP BY account_id").fetchall()
    )
    kept = connection.execute(
        "SELECT account_id, balance, kind, indicator FROM balances JOIN accounts USING (account_id)"
    ).fetchall()
    assert {name: int(moved.get(name, 0)) for name, *_ in kept} == {name: balance for name, balance, *_ in kept}
    sums: dict[str, int] = {}
    for name, balance, kind, indicator in kept:
        assert balance >= 0 or kind == "outside", f"{name} is overspent: {balance}"
        sums[indicator] = sums.get(indicator, 0) + balance
    assert not any(sums.values()), f"quota was made or lost: {sums}"
    first, last, number = connection.execute("SELECT MIN(seq), MAX(seq), COUNT(*) FROM entries").fetchone()
    assert (first, last) == (1, number)


def open_year(warm: Warm, books: Books) -> str:
    """Open the books of the small year and store its plan; the id of the proposal."""
    opened = warm.run(["ledger", "init", str(year_of(books)), "--db", books.url])
    assert opened.exit == 0, opened.output
    return propose(warm, books)


def year_of(books: Books) -> Path:
    """The folder of the small year beside the books, written once."""
    folder = books.folder / "year"
    return folder if folder.exists() else write_year(books.folder)


def propose(warm: Warm, books: Books) -> str:
    """Store what is open as a proposal; its id."""
    proposed = warm.run(["propose", "--db", books.url, "--format", "json"])
    assert proposed.exit == 0, proposed.output
    document, _ = json.JSONDecoder().raw_decode(proposed.output)
    return document["proposal"]


def approval(books: Books, proposal: str) -> list[str]:
    """The command that approves."""
    return ["approve", proposal, "--db", books.url, "--date", APPROVED_ON, "--document", DOCUMENT, "--yes"]


def night(books: Books, out: Path) -> list[str]:
    """The command of the night."""
    events = str(books.folder / "events.csv")
    return ["nightly", "--db", books.url, "--as-of", NIGHT, "--events", events, "--out", str(out), "--yes"]


def killed(ended: Ended) -> bool:
    """Whether it was killed."""
    return ended.status == -signal.SIGKILL


def files_of(out: Path) -> dict[str, bytes]:
    """Name -> content, without the log, which tells the clock."""
    return {path.name: path.read_bytes() for path in out.glob("*") if path.name != NAME}
