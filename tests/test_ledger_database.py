"""Where books lie, who may write, and what a person is told when the database fails."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import spending
from click.testing import CliRunner
from ledger_story import APPROVED, COUNTY, MU, entry
from open_books import ask, book, open_books
from postgresql import Server
from sqlalchemy import NullPool, create_engine, inspect, make_url, text

from allocator.ledger import database as module
from allocator.ledger import journal, migrating, schema
from allocator.ledger.address import read_address
from allocator.ledger.database import VERSION, Database, Locked, connect
from allocator.ledger.entry import EntryKind
from allocator.ledger.verify import verify
from allocator.problems import InputRejected
from allocator.words import say
from scenarios.commands.street import street

CANARY = "c4n4ry-secret"
FACT = entry(EntryKind.RERANKED, APPROVED)


@pytest.fixture
def books(ledger_url: str) -> Iterator[Database]:
    with open_books(ledger_url) as database:
        yield database


def refused(url: str, **said: Any) -> str:
    """The code of the problem with which `connect` refuses; its words can be said."""
    with pytest.raises(InputRejected) as rejected:
        connect(url, **said)
    (problem,) = rejected.value.problems
    for language in ("zh", "en"):
        for text_of in ("why", "do"):
            assert say(f"problems.{problem.code}.{text_of}", language, value=problem.value, **problem.facts)  # type: ignore[arg-type]
    return problem.code


def failed(database: Database, *statements: str) -> str:
    """The code of the problem with which a writer ends whose transaction has run the statements before an entry."""
    try:
        with database.writing() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            journal.append(connection, [FACT] * 100, command="nightly", as_of=APPROVED, asked="")
    except InputRejected as rejected:
        return rejected.problems[0].code
    return ""


def test_a_file_is_named_by_its_path_or_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_books("年 100%?#.sqlite").close()
    for named in ("年 100%?#.sqlite", str(tmp_path / "年 100%?#.sqlite")):
        with connect(named) as database:
            assert (database.shown, database.file) == (named, tmp_path / "年 100%?#.sqlite")
    open_books("sqlite:///b.sqlite").close()
    connect(f"sqlite:///{tmp_path / 'b.sqlite'}").close()
    assert {path.name for path in tmp_path.iterdir()} == {"年 100%?#.sqlite", "b.sqlite"}


@pytest.mark.parametrize(
    ("url", "code"),
    {
        "": "DATABASE_IN_MEMORY",
        "sqlite://": "DATABASE_IN_MEMORY",
        ":memory:": "DATABASE_IN_MEMORY",
        "sqlite:///:memory:": "DATABASE_IN_MEMORY",
        "sqlite:///file:x?mode=memory&uri=true": "DATABASE_URL",
        "sqlite:///file:x": "DATABASE_URL",
        "sqlite://host/x": "DATABASE_URL",
        "mysql://host/x": "DATABASE_URL",
        "postgresql://host": "DATABASE_URL",
        "postgresql://": "DATABASE_URL",
        "://": "DATABASE_URL",
        "nowhere/ledger.sqlite": "DATABASE_NO_FOLDER",
        ".": "DATABASE_IS_FOLDER",
        "sqlite:///none.sqlite": "DATABASE_MISSING",
    }.items(),
)
def test_an_address_that_names_no_books_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert refused(url) == code
    assert list(tmp_path.iterdir()) == []


def test_books_are_opened_once(ledger_url: str) -> None:
    open_books(ledger_url).close()
    assert refused(ledger_url, create=True) == "LEDGER_EXISTS"
    connect(ledger_url).close()


def test_an_opening_that_was_broken_off_is_finished_by_the_next(ledger_url: str) -> None:
    connect(ledger_url, create=True).close()
    assert refused(ledger_url) == "LEDGER_UNFINISHED"
    open_books(ledger_url).close()
    connect(ledger_url).close()


def test_a_database_of_somebody_else_is_left_alone(ledger_url: str) -> None:
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
    engine.dispose()
    assert refused(ledger_url) == refused(ledger_url, create=True) == "NOT_A_LEDGER"


@pytest.mark.parametrize("content", [b"", b"not a database, but a text " * 99])
def test_a_file_that_is_no_ledger_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    assert refused(str(tmp_path / "x")) == "NOT_A_LEDGER"
    assert (tmp_path / "x").read_bytes()[:9] == content[:9] or not content


def test_books_of_a_newer_program_are_not_touched(books: Database, ledger_url: str) -> None:
    with books.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert refused(ledger_url) == refused(ledger_url, create=True) == "LEDGER_NEWER"


def test_the_migrated_tables_are_those_of_the_schema(ledger_url: str) -> None:
    with connect(ledger_url, create=True) as database:
        with database.writing() as connection:
            made = tables(connection)
            if database.file:
                other = create_engine("sqlite://")
                with other.begin() as plain:
                    schema.metadata.create_all(plain)
                    expected = tables(plain)
                other.dispose()
            else:
                connection.execute(text("CREATE SCHEMA plain"))
                connection.execute(text("SET LOCAL search_path = plain"))
                schema.metadata.create_all(connection)
                expected = tables(connection, "plain")
        assert made.pop("alembic_version")
        assert made == expected
        assert set(expected) == set(schema.metadata.tables)


def tables(connection: Any, of_schema: str | None = None) -> dict[str, Any]:
    """Everything that can be said of the tables of a database: columns, keys, checks, indexes."""
    inspector = inspect(connection)
    questions = ("columns", "pk_constraint", "foreign_keys", "unique_constraints", "check_constraints", "indexes")
    found: dict[str, Any] = {}
    for name in inspector.get_table_names(schema=of_schema):
        told = [getattr(inspector, f"get_{question}")(name, schema=of_schema) for question in questions]
        found[name] = [sorted(map(str, part)) if isinstance(part, list) else str(part) for part in told]
    if connection.dialect.name == "sqlite":
        kinds = connection.execute(text("SELECT name, wr FROM pragma_table_list WHERE name NOT LIKE 'sqlite%'"))
        for name, without_rowid in kinds:
            found[name].append(str(without_rowid))
    return {name: re.sub(" at 0x[0-9a-f]+", "", str(told)).replace("'plain'", "None") for name, told in found.items()}


def test_the_version_is_that_of_the_newest_migration() -> None:
    newest = max((migrating.SCRIPTS / "versions").glob("*.py")).name
    assert newest.startswith(f"{VERSION}_")


def test_a_reader_sees_one_state_while_others_write(books: Database) -> None:
    with books.reading() as connection:
        before = journal.head(connection)
        book(books, [FACT], APPROVED)
        assert journal.head(connection) == before
    assert ask(books, journal.head).seq == before.seq + 1


def test_a_reader_cannot_write(books: Database) -> None:
    with pytest.raises(InputRejected) as rejected, books.reading() as connection:
        connection.execute(text("INSERT INTO facts VALUES ('x', 'y')"))
    assert rejected.value.problems[0].code == "DATABASE_READ_ONLY"


def test_what_fails_is_undone(books: Database) -> None:
    before = ask(books, journal.head)
    with suppress(ZeroDivisionError), books.writing() as connection:
        assert journal.append(connection, [FACT], command="nightly", as_of=APPROVED, asked="") != before
        raise ZeroDivisionError
    assert ask(books, journal.head) == before


def test_books_that_cannot_be_written_are_said_to_be_read_only(books: Database) -> None:
    statement = "PRAGMA query_only = ON" if books.file else "SET TRANSACTION READ ONLY"
    assert failed(books, statement) == "DATABASE_READ_ONLY"


def test_a_full_disk_books_nothing(tmp_path: Path) -> None:
    with open_books(str(tmp_path / "x")) as books:
        before = ask(books, journal.head)
        with books.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        assert failed(books, f"PRAGMA max_page_count = {pages}") == "DATABASE_FULL"
        assert ask(books, journal.head) == before


def test_a_writer_waits_and_then_gives_up(books: Database, ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS_TO_WAIT", 0 if books.file else 1)  # 0 seconds are no limit on PostgreSQL
    with connect(ledger_url) as other, books.writing():
        assert failed(other) == "DATABASE_BUSY"
    book(books, [FACT], APPROVED)


def test_a_damaged_file_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with open_books(str(path)) as books:
        book(books, [FACT] * 500, APPROVED)
    content = bytearray(path.read_bytes())
    content[len(content) // 4 :] = b"\xff" * (len(content) - len(content) // 4)
    path.write_bytes(content)
    assert refused(str(path)) == "DATABASE_DAMAGED"


def test_no_connection_makes_a_file_anew(tmp_path: Path) -> None:
    with open_books(str(tmp_path / "x")) as books:
        for path in tmp_path.iterdir():
            path.unlink()
        assert failed(books) == "DATABASE_FORBIDDEN"
    assert list(tmp_path.iterdir()) == []


def test_every_connection_to_a_file_is_careful(tmp_path: Path) -> None:
    with open_books(str(tmp_path / "x")) as books:
        for settings in (books.reading, books.writing):
            with settings() as connection:
                said = {
                    name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
            assert said == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}


def test_no_connection_is_kept_that_a_fork_could_share(books: Database) -> None:
    assert isinstance(books.engine.pool, NullPool)


def test_a_writer_has_the_books_from_its_first_moment(tmp_path: Path) -> None:
    with open_books(str(tmp_path / "x")) as books, books.writing():
        other = sqlite3.connect(tmp_path / "x", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://clerk:{CANARY}@127.0.0.1:1/books",
        f"postgres://127.0.0.1:1/books?user=clerk&password={CANARY}",
        f"postgresql+psycopg2://clerk:{CANARY}@127.0.0.1:1/books",
        f"postgresql://clerk:{CANARY}/@127.0.0.1:1/books",
        f"postgresql://clerk:x@127.0.0.1:{CANARY}/books",
        f"mysql://clerk:{CANARY}@127.0.0.1/books",
        f"{CANARY}://",
        f"{CANARY.replace('-', '')}://x",
        f"postgresql://clerk:a@{CANARY}/b@127.0.0.1:1/books",
        f"postgresql://clerk:a@b/{CANARY}@127.0.0.1:1/books",
        f"postgresql://clerk:a@{CANARY}@127.0.0.1:1/books",
        f"postgresql://clerk:a@{CANARY}/b?c@127.0.0.1:1/books",
        f"postgresql://clerk/a:{CANARY}@127.0.0.1:1/books",
        f"postgresql://clerk:a/{CANARY}@127.0.0.1:1/books",
        f"postgresql://clerk:x@127.0.0.1:1/books?pwd={CANARY}",
        f"postgresql//clerk:{CANARY}@127.0.0.1/books",
        f"postgresql:/clerk:{CANARY}@127.0.0.1/books",
        f"postgresql:clerk:{CANARY}",
        f"clerk:{CANARY}@127.0.0.1/books",
        f"host=127.0.0.1 password={CANARY} dbname=books",
        f"sqlite:///clerk:{CANARY}@books.db",
        f"sqlite:/clerk:{CANARY}@books.db",
        f"sqlite://clerk:{CANARY}@127.0.0.1/books.db",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    with pytest.raises(InputRejected) as rejected:
        connect(url)
    told = "".join(traceback.format_exception(rejected.value)) + repr(rejected.value.problems) + str(rejected.value)
    assert CANARY not in told
    assert CANARY.replace("-", "") not in told
    assert rejected.value.problems[0].code in ("DATABASE_UNREACHABLE", "DATABASE_PARAMETER", "DATABASE_URL")
    with suppress(InputRejected):
        database = Database(read_address(url))
        assert CANARY not in repr(database) + database.shown
    for form in ("table", "json"):
        asked = CliRunner().invoke(street, ["ledger", "balance", "--db", url, "--format", form], prog_name="landquota")
        assert (asked.exit_code, CANARY in asked.output) == (5, False), asked.output


@pytest.mark.parametrize("name", ["C@D.sqlite", "year=2026.sqlite", "postgresql.sqlite", "a:b.sqlite"])
def test_a_path_may_hold_signs_of_an_address(tmp_path: Path, name: str) -> None:
    assert read_address(str(tmp_path / name)).shown == str(tmp_path / name)
    assert read_address(f"sqlite:///{tmp_path / name}").place == tmp_path / name


def test_a_server_is_shown_without_parameters_that_nobody_knows() -> None:
    asked = "postgresql://u:x@h/books?host=/run/db&pwd=y&sslmode=require"
    assert read_address(asked).shown == "postgresql://u:***@h/books?host=%2Frun%2Fdb&sslmode=require"


def test_without_its_driver_the_person_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert refused("postgresql://host/books") == "DATABASE_DRIVER"


def test_a_server_that_lets_nobody_in_is_told_from_one_that_is_away(
    postgresql_server: Server, postgresql_url: str
) -> None:
    assert refused(postgresql_server.url("none")) == "DATABASE_REFUSED"
    away = make_url(postgresql_url).update_query_dict({"host": "/nowhere"})
    assert refused(away.render_as_string()) == "DATABASE_UNREACHABLE"


@pytest.mark.postgresql
def test_a_connection_that_breaks_off_is_said_to_be_lost(postgresql_url: str) -> None:
    with open_books(postgresql_url) as books:
        assert failed(books, "SELECT pg_terminate_backend(pg_backend_pid())") == "DATABASE_LOST"


def test_one_run_holds_the_lock(books: Database, ledger_url: str) -> None:
    with connect(ledger_url) as other:
        with books.lock(), pytest.raises(Locked) as locked, other.lock():
            pass
        assert locked.value.problem.code == "LEDGER_LOCKED"
        with other.lock():
            book(books, [FACT], APPROVED)  # the lock is no transaction


def test_a_lock_that_cannot_be_written_is_said_to_be_read_only(tmp_path: Path) -> None:
    (tmp_path / "x.lock").mkdir()
    with open_books(str(tmp_path / "x")) as books, pytest.raises(InputRejected) as rejected, books.lock():
        pass
    assert rejected.value.problems[0].code == "DATABASE_READ_ONLY"


HOLD = """
import sys
from allocator.ledger.database import connect
with connect(sys.argv[1]) as database, database.lock():
    print("alembic" in sys.modules, flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_killed_owner_is_free_and_no_opening_imports_alembic(books: Database, ledger_url: str) -> None:
    command = [sys.executable, "-c", HOLD, ledger_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        assert owner.stdout.readline() == "False\n"
        with pytest.raises(Locked), books.lock():
            pass
        os.kill(owner.pid, signal.SIGKILL)
        owner.wait()
    for _ in range(200):
        with suppress(Locked), books.lock():
            return
    pytest.fail("the lock outlived its owner")


def test_writers_at_the_same_time_never_overspend(books: Database, ledger_url: str) -> None:
    before = ask(books, journal.head).seq
    commands = [[sys.executable, spending.__file__, ledger_url, project] for project in list(COUNTY)[:4]]
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen(one, stdout=subprocess.PIPE, text=True, env=surroundings) for one in commands]
    taken = sum(int(writer.communicate(timeout=120)[0]) for writer in writers)
    assert taken == 92 // spending.WANTED  # all of the share that is a multiple of what each wants
    assert ask(books, journal.balances)[spending.SHARE] == (92 % spending.WANTED) * MU
    assert ask(books, journal.head).seq == before + taken
    assert ask(books, verify) == ()
