"""The databases that tests run on are what they say: a real server, a fresh database each time, and the right mark."""

import postgresql
import psycopg
import pytest
import sqlalchemy
from postgresql import Server
from sqlalchemy.engine import make_url


def names_of_tables(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(url)
    try:
        return sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()


def run(url: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(statement))
    finally:
        engine.dispose()


def answer(server: Server, question: str, database: str = "postgres") -> str:
    with server.connect(database) as connection:
        row = connection.execute(question).fetchone()
    assert row
    return str(row[0])


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_finds_its_ledger_empty(ledger_url: str, turn: int) -> None:
    assert names_of_tables(ledger_url) == []
    run(ledger_url, "CREATE TABLE entry (number integer)")
    assert names_of_tables(ledger_url) == ["entry"]


def test_a_ledger_carries_the_mark_postgresql_when_it_lies_there(
    ledger_url: str, request: pytest.FixtureRequest
) -> None:
    on_server = make_url(ledger_url).get_backend_name() == "postgresql"
    assert (request.node.get_closest_marker("postgresql") is not None) == on_server


def test_whoever_asks_for_the_server_carries_the_mark(
    postgresql_server: Server, request: pytest.FixtureRequest
) -> None:
    assert request.node.get_closest_marker("postgresql")


def test_the_server_is_postgresql_13_or_newer(postgresql_server: Server) -> None:
    assert answer(postgresql_server, "SELECT version()").startswith("PostgreSQL ")
    assert int(answer(postgresql_server, "SHOW server_version_num")) >= 130000


@pytest.mark.parametrize(
    ("setting", "value"),
    {"fsync": "on", "full_page_writes": "on", "data_checksums": "on", "max_connections": "60"}.items(),
)
def test_the_server_is_as_careful_as_a_real_one(postgresql_server: Server, setting: str, value: str) -> None:
    assert answer(postgresql_server, f"SHOW {setting}") == value


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_database_of_its_own(postgresql_url: str, postgresql_server: Server, turn: int) -> None:
    databases = int(answer(postgresql_server, "SELECT count(*) FROM pg_database WHERE datname LIKE 'fresh%'"))
    assert databases == 1  # those of other tests are gone
    assert make_url(postgresql_url).database == f"fresh_{next(postgresql_server.numbers) - 1}"


def test_a_committed_row_outlives_a_crash_and_an_open_one_does_not(
    postgresql_url: str, postgresql_server: Server
) -> None:
    name = str(make_url(postgresql_url).database)
    run(postgresql_url, "CREATE TABLE entry (number integer)")
    run(postgresql_url, "INSERT INTO entry VALUES (1)")
    with psycopg.connect(host=str(postgresql_server.folder), user="postgres", dbname=name) as open_transaction:
        open_transaction.execute("INSERT INTO entry VALUES (2)")
        postgresql_server.crash()
        with pytest.raises(psycopg.OperationalError):
            open_transaction.execute("SELECT 1")
    postgresql_server.start()
    assert answer(postgresql_server, "SELECT array_agg(number) FROM entry", name) == "[1]"


def test_a_test_may_leave_the_server_ended(postgresql_url: str, postgresql_server: Server) -> None:
    postgresql_server.crash()
    with pytest.raises(psycopg.OperationalError):
        postgresql_server.connect()


def test_the_folder_of_the_server_lets_nobody_in(postgresql_server: Server) -> None:
    assert postgresql_server.folder.stat().st_mode & 0o077 == 0
    assert answer(postgresql_server, "SHOW listen_addresses") == ""


@pytest.mark.postgresql
def test_without_a_server_installed_the_test_fails_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql.shutil, "which", lambda name: None)
    monkeypatch.setattr(postgresql.Path, "glob", lambda folder, pattern: iter(()))
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"):
        postgresql.programs()
