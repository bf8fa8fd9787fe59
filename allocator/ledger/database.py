"""One database with books in it, SQLite or PostgreSQL, and the transactions in which they are read and written.

A reader sees one state of the books from beginning to end. A writer has them alone: on SQLite by `BEGIN IMMEDIATE`, on
PostgreSQL by an advisory lock, taken by the first statement of a READ COMMITTED transaction. Under REPEATABLE READ that
statement would fix what the transaction sees before it has waited, and the writer would act on a state that is gone.
"""

import logging
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError

from allocator.ledger import schema
from allocator.ledger.address import Address, problem, read_address
from allocator.ledger.refusals import SECONDS_TO_WAIT, understood
from allocator.problems import DatabaseRejected, Problem

VERSION = "0001"
"""The version of the tables that this program reads and writes: the newest of `migrations/versions`."""

WRITING_LOCK, NIGHTLY_LOCK = 0x6C61_6E64_0001, 0x6C61_6E64_0002
"""The numbers of the advisory locks; PostgreSQL keeps them for each database apart."""

SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "cache_size = -65536",  # KiB: with the usual 2,000 a plan of a province is written twice as slowly
)
"""What SQLite is told on each connection."""

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # it would warn of every pipeline that a guard ended


class Locked(Exception):
    """Another run holds the books (exit 6); carries the problem to show."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.place}: {problem.code}")


class Database:
    """A database with books. Close it, or use it in a `with`."""

    def __init__(self, address: Address) -> None:
        self.shown = address.shown
        self.file = address.place if isinstance(address.place, Path) else None
        self.engine = (
            _postgresql(address.place, self.shown) if isinstance(address.place, URL) else _sqlite(address.place)
        )

    def __repr__(self) -> str:
        return f"Database({self.shown!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """One state of the books, whatever others write meanwhile; nothing can be written.

        Raises DatabaseRejected when the database fails.
        """
        with self._understanding(), self.engine.connect() as bare:
            if self.file:
                connection = bare
            else:
                connection = bare.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """The books for this writer alone: all is written at the end, or nothing when an exception leaves the block.

        Raises Refused for what the guards refuse, DatabaseRejected when the database fails.
        """
        with self._understanding(), self.engine.connect() as bare:
            connection = bare.execution_options(writes=True)
            with connection.begin():
                if not self.file:
                    connection.execute(text(f"SET LOCAL lock_timeout = '{SECONDS_TO_WAIT}s'"))
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITING_LOCK})"))
                yield connection

    @contextmanager
    def lock(self) -> Generator[None]:
        """Keep other runs away for longer than a transaction; gone when its owner is, however it ended.

        Raises Locked at once when another has it.
        """
        held = self._file_lock(self.file) if self.file else self._server_lock()
        with held:
            yield

    @contextmanager
    def _file_lock(self, file: Path) -> Generator[None]:
        lock = FileLock(f"{file}.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise Locked(problem("LEDGER_LOCKED", self.shown)) from None
        except OSError as error:
            raise DatabaseRejected([problem("DATABASE_READ_ONLY", self.shown, detail=str(error))]) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _server_lock(self) -> Generator[None]:
        with self._understanding(), self.engine.connect() as bare:
            connection = bare.execution_options(isolation_level="AUTOCOMMIT")  # or the transaction would stay open
            if not connection.scalar(text(f"SELECT pg_try_advisory_lock({NIGHTLY_LOCK})")):
                raise Locked(problem("LEDGER_LOCKED", self.shown))
            yield  # the lock goes with the connection, which no pool keeps

    @contextmanager
    def _understanding(self) -> Generator[None]:
        """Turn what the database says into what this module raises."""
        try:
            yield
        except DBAPIError as error:
            raise understood(error, self.shown) from error
        except UnicodeDecodeError as error:  # sqlite3 cannot even say what it found in a damaged file
            raise DatabaseRejected([problem("DATABASE_DAMAGED", self.shown, detail=str(error))]) from error


def connect(url: str, *, create: bool = False) -> Database:
    """The books at `url` (see `address.read_address`); with `create`, tables for new ones, still to be opened.

    Raises DatabaseRejected: an address that is none, a server that cannot be reached, a database without books or with
    books of a newer program, and with `create` a database that holds something already.
    """
    address = read_address(url)
    if isinstance(address.place, Path):
        if create:
            _touch(address.place, address.shown)
        elif not address.place.exists():
            raise DatabaseRejected([problem("DATABASE_MISSING", address.shown)])
    database = Database(address)
    try:
        if create:
            _create(database)
        else:
            _check(database)
    except BaseException:
        database.close()
        raise
    return database


def _touch(file: Path, shown: str) -> None:
    """Make an empty file unless there is one: connections then never make one by mistake."""
    try:
        file.touch()
    except OSError as error:
        raise DatabaseRejected([problem("DATABASE_READ_ONLY", shown, detail=str(error))]) from error


def _create(database: Database) -> None:
    """Make the tables and guards, all or nothing; those of an opening that was broken off stay as they are."""
    with database.writing() as connection:
        names = set(inspect(connection).get_table_names())
        if not names:
            from allocator.ledger.migrating import migrate  # a second of imports, once in a book's life

            migrate(connection)
            return
        _check_tables(connection, names, database.shown)
        if _is_open(connection):
            raise DatabaseRejected([problem("LEDGER_EXISTS", database.shown)])


def _check(database: Database) -> None:
    """Raise DatabaseRejected unless these are books that this program can read."""
    with database.reading() as connection:
        _check_tables(connection, set(inspect(connection).get_table_names()), database.shown)
        if not _is_open(connection):
            raise DatabaseRejected([problem("LEDGER_UNFINISHED", database.shown)])


def _check_tables(connection: Connection, names: set[str], shown: str) -> None:
    if not names >= {"alembic_version", schema.entries.name, schema.facts.name}:
        raise DatabaseRejected([problem("NOT_A_LEDGER", shown)])
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version != VERSION:
        raise DatabaseRejected([problem("LEDGER_NEWER", shown, str(version), known=VERSION)])


def _is_open(connection: Connection) -> bool:
    """Whether `journal.create` has been here."""
    return connection.execute(select(schema.facts.c.name).limit(1)).first() is not None


def _sqlite(file: Path) -> Engine:
    """An engine for a file that is there. A connection is made for each transaction, so that none crosses a fork."""
    uri = f"{file.as_uri()}?mode=rw"

    def connection() -> sqlite3.Connection:
        made = sqlite3.connect(uri, uri=True, timeout=SECONDS_TO_WAIT, isolation_level=None)
        for setting in SETTINGS:
            made.execute(f"PRAGMA {setting}")
        return made

    engine = create_engine("sqlite://", creator=connection, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("BEGIN")

    return engine


def _postgresql(server: URL, shown: str) -> Engine:
    """An engine for a server."""
    try:
        return create_engine(server, poolclass=NullPool)
    except ModuleNotFoundError:
        raise DatabaseRejected([problem("DATABASE_DRIVER", shown)]) from None
