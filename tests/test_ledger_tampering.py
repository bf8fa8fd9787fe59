"""Whatever is changed in the books behind the guards' backs is found by counting again."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from tampering import Vandal, is_unsealed, keyed, other, recount_balances, recount_standings, restamp

from allocator.ledger import schema
from allocator.ledger.verify import verify

ENTRIES = schema.entries
TABLES = schema.metadata.sorted_tables
CHECKED = {("decisions", "decision"), ("balances", "may_owe")}
NOT_MISSED = (schema.checkpoints, schema.decisions)
"""Tables of which nothing else says that a row was in them."""


@pytest.fixture(scope="module")
def sqlite_vandal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vandal]:
    vandal = Vandal(f"sqlite:///{tmp_path_factory.mktemp('books') / 'ledger.sqlite'}")
    yield vandal
    vandal.engine.dispose()


@pytest.fixture(scope="module")
def postgresql_vandal(request: pytest.FixtureRequest) -> Iterator[Vandal]:
    server = request.getfixturevalue("postgresql_server")
    name = server.create_database()
    vandal = Vandal(server.url(name))
    yield vandal
    vandal.engine.dispose()
    server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def vandal(request: pytest.FixtureRequest) -> Vandal:
    return request.getfixturevalue(f"{request.param}_vandal")


def test_books_that_nobody_touched_are_whole(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        assert vandal.found(connection, head=vandal.head) == ()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_changed_value_is_found_in_every_column_of_every_table(vandal: Vandal, table: Table) -> None:
    with vandal.at_work() as connection:
        rows = connection.execute(select(table).order_by(*table.primary_key)).all()
    if table is ENTRIES:  # one of each kind in turn, the one that has such a value first
        rows = list({(row.kind, row.track): row for row in rows}.values())
    sealed = [column for column in table.columns if not is_unsealed(table, column.name, rows[0])]
    for number, column in enumerate(sealed):
        turned = rows[number % len(rows) :] + rows[: number % len(rows)]
        row = min(turned, key=lambda row: not row._mapping[column.name] or is_unsealed(table, column.name, row))
        with vandal.at_work() as connection:
            changed = {column.name: other(row._mapping[column.name])}
            try:
                connection.execute(update(table).where(keyed(table, row)).values(changed))
            except DBAPIError:  # a constraint of PostgreSQL's, which sleeps with no guard
                assert (table.name, column.name) in CHECKED
                continue
            assert vandal.found(connection), (table.name, column.name, row)


@pytest.mark.parametrize("table", [table for table in TABLES if table not in NOT_MISSED], ids=lambda table: table.name)
def test_a_deleted_row_is_found_wherever_it_stood(vandal: Vandal, table: Table) -> None:
    with vandal.at_work() as connection:
        rows = connection.execute(select(table).order_by(*table.primary_key)).all()
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        with vandal.at_work() as connection:
            connection.execute(delete(table).where(keyed(table, row)))
            assert vandal.found(connection), row


@pytest.mark.parametrize(("one", "another"), [(20, 21), (1, 71), (70, 71), (30, 60)])
def test_two_entries_that_changed_places_are_found(vandal: Vandal, one: int, another: int) -> None:
    with vandal.at_work() as connection:
        for before, after in ((one, 1_000), (another, one), (1_000, another)):
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == before).values(seq=after))
        assert {"CHAIN_BROKEN", "HASH_DIFFERS"} <= {finding.code for finding in vandal.found(connection)}


@pytest.mark.parametrize("sealed_anew", [False, True])
@pytest.mark.parametrize("place", [1, 35, 72])
def test_an_entry_put_in_is_found_even_if_the_chain_is_sealed_anew(
    vandal: Vandal, place: int, sealed_anew: bool
) -> None:
    with vandal.at_work() as connection:
        told = connection.execute(select(ENTRIES).where(ENTRIES.c.indicator == "area").limit(1)).one()._asdict()
        for by in (1_000, 1 - 1_000):  # two steps, because no number may be there twice
            moved = ENTRIES.c.seq >= (place if by > 0 else 1_000)
            connection.execute(update(ENTRIES).where(moved).values(seq=ENTRIES.c.seq + by))
        connection.execute(insert(ENTRIES), told | {"seq": place, "hash": "f" * 64})
        if sealed_anew:
            restamp(connection)
        assert vandal.found(connection)


@pytest.mark.parametrize("column", ["quantity", "source", "project", "to_state", "booked_on", "kind", "run", "event"])
def test_a_change_that_the_whole_chain_was_sealed_over_is_found(vandal: Vandal, column: str) -> None:
    tried = 0
    with vandal.at_work() as connection:
        rows = connection.execute(select(ENTRIES).where(ENTRIES.c[column].is_not(None)).order_by(ENTRIES.c.seq)).all()
    for row in rows[:: max(1, len(rows) // 3)]:
        with vandal.at_work() as connection:
            try:
                changed = {column: other(getattr(row, column))}
                connection.execute(update(ENTRIES).where(ENTRIES.c.seq == row.seq).values(changed))
            except DBAPIError:
                continue
            restamp(connection)
            codes = {finding.code for finding in vandal.found(connection)}
            assert codes, (column, row)
            tried += 1
    assert tried


def test_a_cut_tail_is_found_by_each_trace_that_is_left(vandal: Vandal) -> None:
    left: list[tuple[str, set[str]]] = []
    for kept in ("checkpoints", "balances", "standings", "runs", ""):
        with vandal.at_work() as connection:
            cut(connection, 54, leave=kept)
            left.append((kept, {finding.code for finding in vandal.found(connection)}))
    assert dict(left) == {
        "checkpoints": {"CHECKPOINT_DIFFERS"},
        "balances": {"ACCOUNT_WITHOUT_ENTRY", "BALANCE_DIFFERS", "BALANCE_SEQ"},
        "standings": {"STANDING_DIFFERS"},
        "runs": {"RUN_BEYOND", "RUN_DIFFERS"},
        "": set(),
    }


def test_a_tail_cut_with_all_its_traces_is_found_by_a_printed_head_alone(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        cut(connection, 54)
        assert vandal.found(connection) == ()
        assert [finding.code for finding in vandal.found(connection, head=vandal.head)] == ["HEAD_DIFFERS"]


def test_a_chain_sealed_anew_with_all_its_traces_is_found_by_a_printed_head_alone(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.seq == 40).values(note="never said"))
        restamp(connection, everything=True)
        assert vandal.found(connection) == ()
        assert [finding.code for finding in vandal.found(connection, head=vandal.head)] == ["HEAD_DIFFERS"]


def cut(connection: Connection, last: int, *, leave: str = "") -> None:
    """Cut the books behind entry `last`, the end of a run's, and put right all that follows but the table `leave`."""
    connection.execute(delete(ENTRIES).where(ENTRIES.c.seq > last))
    if leave != "checkpoints":
        connection.execute(delete(schema.checkpoints).where(schema.checkpoints.c.seq > last))
    if leave != "runs":
        connection.execute(delete(schema.runs).where(schema.runs.c.before_seq >= last))
    if leave != "balances":
        recount_balances(connection)
    if leave != "standings":
        recount_standings(connection)


def test_every_guard_that_is_gone_or_changed_is_found(vandal: Vandal) -> None:
    with vandal.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            names = connection.exec_driver_sql("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").all()
        else:
            asked = "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            names = connection.exec_driver_sql(asked).all()
        ways = ("DROP TRIGGER {0}",) if sqlite else ("DROP TRIGGER {0} ON {1}", "ALTER TABLE {1} DISABLE TRIGGER {0}")
        assert len(names) > 10
        for name, table in names:
            for way in ways:
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql(way.format(name, table))
                assert [(f.code[:5], f.subject) for f in verify(connection)] == [("GUARD", name)]
                connection.exec_driver_sql("ROLLBACK")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE entries_2 AS SELECT * FROM entries; DROP TABLE entries; ALTER TABLE entries_2 RENAME TO entries",
        "ALTER TABLE entries ADD COLUMN hidden TEXT",
        "ALTER TABLE runs RENAME COLUMN asked TO told",
        "DROP TABLE checkpoints",
    ],
)
def test_tables_built_otherwise_are_found(vandal: Vandal, statement: str) -> None:
    with vandal.at_work() as connection:
        for part in statement.split(";"):
            connection.exec_driver_sql(part)
        assert {finding.code for finding in verify(connection)} == {"TABLE_DIFFERS"}


def test_a_trigger_or_function_that_does_something_else_is_found(vandal: Vandal) -> None:
    with vandal.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA writable_schema = ON")
            connection.exec_driver_sql(
                "UPDATE sqlite_master SET sql = replace(sql, '< 0', '< -9') WHERE name = 'balances_follow'"
            )
            connection.exec_driver_sql("CREATE TRIGGER quiet AFTER INSERT ON entries BEGIN SELECT 1; END")
            expected = [("GUARD_ADDED", "quiet"), ("GUARD_DIFFERS", "balances_follow")]
        else:
            connection.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION landquota_only_grows() RETURNS trigger LANGUAGE plpgsql "
                "AS $$ BEGIN RETURN NULL; END $$"
            )
            connection.exec_driver_sql("CREATE RULE quiet AS ON DELETE TO entries DO ALSO NOTHING")
            expected = [("GUARD_DIFFERS", "landquota_only_grows"), ("GUARD_DIFFERS", "entries")]
        assert [(finding.code, finding.subject) for finding in verify(connection)] == expected
        connection.exec_driver_sql("ROLLBACK")
