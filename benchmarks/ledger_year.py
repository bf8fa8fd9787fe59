"""A year in the books: opened, planned, 60,000 events posted night by night, counted again; and then one whole night.

Every night of the year is one transaction: its events are checked, posted, and what is overdue goes back; the waiting
line is not asked. The last night is that of `landquota nightly`: some withdraw, the waiting line is asked in all three
modes, and the night is told. Beside the seconds stand the floors of the same run: a bare `executemany` of the same rows
into a table without guards, and a bare SHA-256 over the same bytes. All data are synthetic.
"""

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import islice
from math import log
from pathlib import Path
from time import perf_counter

from folders import write
from instances import SIZES, Size
from pyarrow import csv, parquet
from sqlalchemy import Connection, text
from year_of_events import draw_withdrawals, draw_year, write_events

from allocator.ledger import journal
from allocator.ledger.book import Book, read_book
from allocator.ledger.database import Database, connect
from allocator.ledger.deadlines import lapse
from allocator.ledger.effects import effects
from allocator.ledger.entry import FIELDS
from allocator.ledger.event import Event
from allocator.ledger.events import read_reported
from allocator.ledger.fold import after
from allocator.ledger.verify import verify
from allocator.nightly.night import run_night
from allocator.nightly.run_log import RunLog
from allocator.nightly.telling import Asked
from allocator.outcome import Run
from allocator.policy import Policy
from scenarios.kept import kept_run
from scenarios.opening import open_books
from scenarios.proposing import approve, propose

LANDQUOTA = str(Path(sys.executable).with_name("landquota"))
TESTS = Path(__file__).resolve().parent.parent / "tests"
PLANNED, FIRST, LAST, NIGHT = date(2026, 1, 15), date(2026, 1, 16), date(2026, 9, 29), date(2026, 9, 30)
RECALL = date(2026, 10, 1)
EVENTS_EACH = 3
"""Events an application."""
ACTOR, DOCUMENT = "clerk", "批1号（虚构）"
WITHDRAWN = 10


@dataclass
class Measured:
    """One year on one database: what was written, and seconds by step."""

    size: Size
    kind: str
    events: int = 0
    nights: int = 0
    entries: dict[str, int] = field(default_factory=dict)
    megabytes: float = 0
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add what the block takes to a step."""
        started = perf_counter()
        yield
        self.seconds[step] = self.seconds.get(step, 0) + perf_counter() - started


class Steps(RunLog):
    """The log of a night that keeps, in memory, when each step was done."""

    def __init__(self, as_of: date) -> None:
        super().__init__(None, as_of)
        self.done: dict[str, float] = {}

    def add(self, step: str, **_: int | str) -> None:
        self.done[step] = perf_counter()


def write_folder(room: Path, size: Size) -> Path:
    """A scenario of CSV files, in which a quarter of the applications waits."""
    folder = write(room / "scenario", size)
    for file in sorted((folder / "data").glob("*.parquet")):
        csv.write_csv(parquet.read_table(file), file.with_suffix(".csv"))
        file.unlink()
    return folder


def measure(size: Size, count: int, kind: str, address: str, room: Path, *, reads: bool = False) -> Measured:
    """One year of `count` events; with `reads` every night reads the books anew, as one process a night would."""
    room.mkdir()
    folder, done = write_folder(room, size), Measured(size, kind)
    with done.timed("init"):
        open_books(str(folder), [f"as_of={PLANNED}"], address, as_of=None, actor=ACTOR)
    with done.timed("propose"):
        proposal = propose(None, [], address).proposal
    with connect(address) as database:
        with done.timed("approve"):
            approve(database, proposal.id, on=PLANNED, document=DOCUMENT, actor=ACTOR, dry_run=False)
        with database.reading() as connection:
            book, policy = read_book(connection), kept_run(connection, read_book(connection).inputs, PLANNED).run.policy
        done.entries["plan"] = book.head.seq
        year = draw_year(book, count, FIRST, LAST)
        done.events, done.nights = sum(map(len, year.values())), len(year)
        with done.timed("year"):
            for night, events in year.items():
                book = post(database, None if reads else book, events, policy, night)
        done.entries["year"] = book.head.seq - done.entries["plan"]
        with done.timed("verify"), database.reading() as connection:
            broken = verify(connection)
        if broken:
            sys.exit(f"the books are not whole: {broken[:3]}")
        done.megabytes = megabytes(database)
        floors(done, database, room)
        measure_night(done, database, address, room)
    return done


def post(database: Database, book: Book | None, events: Sequence[Event], policy: Policy, day: date) -> Book:
    """One night without asking the waiting line: the books behind it."""
    with database.writing() as connection:
        book = book or read_book(connection)
        known = journal.known_events(connection, [event.key for event in events])
        found = effects(book, events, policy, as_of=day, actor=ACTOR, known=known)
        book = after(book, found.entries)
        late = lapse(book, policy, day, ACTOR)
        entries = (*found.entries, *late)
        head = journal.append(connection, entries, command="nightly", as_of=day, asked="")
        journal.checkpoint(connection)
    return replace(after(book, late), head=head)


def floors(done: Measured, database: Database, room: Path) -> None:
    """The year's rows written into a bare table without guards, and the bytes of all entries hashed."""
    columns = ("seq", "run", "previous", "hash", *FIELDS)
    bare = sqlite3.connect(room / "bare.sqlite", isolation_level=None)
    with database.reading() as connection, closing(bare):
        bare.execute(f"CREATE TABLE entries ({', '.join(columns)})")
        bare.execute("BEGIN")
        booked = journal.entries(connection)
        while lines := [journal.row_of(line) for line in islice(booked, journal.BATCH)]:
            said = [json.dumps(list(line.values()), ensure_ascii=False).encode() for line in lines]
            with done.timed("sha256"):
                for each in said:
                    sha256(each).hexdigest()
            rows = [tuple(line[name] for name in columns) for line in lines if line["seq"] > done.entries["plan"]]
            with done.timed("executemany"):
                bare.executemany(f"INSERT INTO entries VALUES ({', '.join('?' * len(columns))})", rows)
        with done.timed("executemany"):
            bare.execute("COMMIT")


def measure_night(done: Measured, database: Database, address: str, room: Path) -> None:
    """The last night: once step by step and not kept, then for good as a process; and the night of the recall."""
    with database.reading() as connection:
        with done.timed("check"):
            verify(connection, since_checkpoint=True)
        with done.timed("book"):
            book = read_book(connection)
    file = write_events(draw_withdrawals(book, WITHDRAWN, NIGHT), room / "events.csv")
    started, log = perf_counter(), Steps(NIGHT)
    asked = Asked(as_of=NIGHT, mode="keep", actor=ACTOR, reported=read_reported(file))

    def run_of(connection: Connection, digest: str) -> Run:
        with done.timed("scenario"):
            return kept_run(connection, digest, NIGHT).run

    with suppress(Dropped), database.writing() as connection:
        told = run_night(connection, asked, run_of, log)
        if told.night["refill"] not in ("posted", "nobody"):
            sys.exit(f"the night was to ask the waiting line: {told.night['refill']}")
        raise Dropped
    done.seconds["events"] = log.done["calendar"] - log.done["begin"]
    done.seconds["solve"] = log.done["refill"] - log.done["calendar"]
    done.seconds["write"] = perf_counter() - log.done["refill"]
    done.seconds["night"] = perf_counter() - started
    for step, day, more in (("nightly", NIGHT, ["--events", str(file)]), ("recall", RECALL, [])):
        with done.timed(step):
            run_command(["nightly", "--db", address, "--as-of", day.isoformat(), "--yes", *more])


class Dropped(Exception):
    """What was written is to be dropped."""


def run_command(words: Sequence[str]) -> None:
    """One call of the program; one that fails ends the benchmark with what it said."""
    run = subprocess.run([LANDQUOTA, *words], capture_output=True, text=True, encoding="utf-8", check=False)
    if run.returncode:
        sys.exit(f"landquota {' '.join(words)} ended with {run.returncode}:\n{run.stderr}")


def megabytes(database: Database) -> float:
    """The size of the database."""
    if database.file:
        return sum(file.stat().st_size for file in database.file.parent.glob(f"{database.file.name}*")) / 1e6
    with database.reading() as connection:
        return connection.scalar(text("SELECT pg_database_size(current_database())")) / 1e6


YEAR = (
    "| size | database | plan: entries | opened s | proposed s | approved s | year: events | entries | s | entries a s "
    "| x bare rows | MB | counted again s | x bare hashes |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
)
LAST_NIGHT = (
    "| size | database | check s | books s | scenario s | events s | three modes s | told and written s | whole s "
    "| as a command s | recall s |",
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def year_row(done: Measured) -> str:
    """The year of one size and database."""
    s, entries = done.seconds, done.entries
    cells = [f"{entries['plan']:,}", f"{s['init']:.1f}", f"{s['propose']:.1f}", f"{s['approve']:.1f}"]
    cells += [f"{done.events:,}", f"{entries['year']:,}", f"{s['year']:.1f}", f"{entries['year'] / s['year']:,.0f}"]
    cells += [f"{s['year'] / s['executemany']:.0f}", f"{done.megabytes:.0f}"]
    cells += [f"{s['verify']:.1f}", f"{s['verify'] / s['sha256']:.0f}"]
    return f"| {done.size.name} | {done.kind} | {' | '.join(cells)} |"


def night_row(done: Measured) -> str:
    """The last night of one size and database."""
    steps = ("check", "book", "scenario", "events", "solve", "write", "night", "nightly", "recall")
    return f"| {done.size.name} | {done.kind} | {' | '.join(f'{done.seconds[step]:.2f}' for step in steps)} |"


def exponent(small: Measured, large: Measured, *steps: str) -> float:
    """How the seconds of the steps grow with the number of applications: seconds ~ applications ** exponent."""
    seconds = [sum(each.seconds[step] for step in steps) for each in (small, large)]
    return log(seconds[1] / seconds[0]) / log(large.size.projects / small.size.projects)


def lines(found: Sequence[Measured]) -> Iterator[str]:
    """Both tables, the whole year of the largest size, and how it grows."""
    yield from (*YEAR, *map(year_row, found), "", *LAST_NIGHT, *map(night_row, found), "")
    for kind in dict.fromkeys(done.kind for done in found):
        small, *_, large = (same := [done for done in found if done.kind == kind])[0], same[-1]
        whole = sum(large.seconds[step] for step in ("init", "propose", "approve", "year", "verify"))
        yield f"{kind}: {large.events:,} events in {large.nights} nights, all of it {whole:.0f} s."
        if large is not small:
            year, night = exponent(small, large, "year", "verify"), exponent(small, large, "night")
            sizes = f"{small.size.name} to {large.size.name}"
            yield f"Growth exponent from {sizes}: year {year:.2f}, last night {night:.2f}."


@contextmanager
def addresses(room: Path, kinds: Sequence[str]) -> Iterator[Callable[[str, str], str]]:
    """Kind and name -> the address of an empty database; PostgreSQL is started where it is asked for."""
    if "PostgreSQL" not in kinds:
        yield lambda _, name: f"sqlite:///{room / f'{name}.sqlite'}"
        return
    sys.path.insert(0, str(TESTS))
    from postgresql import started

    with started() as server:
        yield (
            lambda kind, name: (
                f"sqlite:///{room / f'{name}.sqlite'}" if kind == "SQLite" else server.url(server.create_database())
            )
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [size.name for size in SIZES]
    parser.add_argument("sizes", nargs="*", default=names[:3], help="which sizes (default: up to a province)")
    parser.add_argument("--postgresql", action="store_true", help="also on a PostgreSQL started for this run")
    parser.add_argument("--reads", action="store_true", help="read the books anew each night, as one process a night")
    given = parser.parse_args()
    kinds = ["SQLite", *(["PostgreSQL"] if given.postgresql else [])]
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as place, addresses(Path(place), kinds) as address:
        for kind in kinds:
            for size in (size for size in SIZES if size.name in given.sizes):
                name = f"{kind}-{size.name}"
                count = EVENTS_EACH * size.projects
                done = measure(size, count, kind, address(kind, name), Path(place) / name, reads=given.reads)
                print(f"{name}: {done.seconds}", file=sys.stderr, flush=True)
                found.append(done)
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
