"""The database itself refuses what must not happen, whoever asks it: every statement here is plain SQL.

On SQLite it comes over a connection with foreign keys off, as any other program may open one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from ledger_story import APPROVED, OPENED, WITHDRAWN, approval, contrary, entry, move, own
from open_books import ask, book, open_books
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from allocator.ledger import journal, schema
from allocator.ledger.database import Database
from allocator.ledger.entry import Booked, Entry, EntryKind, chain
from allocator.quantities import Indicator

GROWING = ("facts", "inputs", "accounts", "transitions", "runs", "entries", "checkpoints", "proposals", "decisions")
KEPT = ("balances", "standings")
SOMETHING_EVERYWHERE = (
    "INSERT INTO inputs VALUES ('d', 'n', 's', '')",
    "INSERT INTO proposals VALUES ('p', '{}')",
    "INSERT INTO decisions VALUES ('p', 'rejected', '2026-04-01', '', '', '', NULL)",
)


@pytest.fixture
def books(ledger_url: str) -> Iterator[Database]:
    """Books with an approved plan, a checkpoint, and a row in every table."""
    with open_books(ledger_url) as database:
        book(database, approval(), APPROVED)
        with database.writing() as connection:
            journal.checkpoint(connection)
            for statement in SOMETHING_EVERYWHERE:
                connection.execute(text(statement))
        yield database


@pytest.fixture
def stranger(books: Database, ledger_url: str) -> Iterator[Engine]:
    """Another program's way to the same database."""
    engine = create_engine(ledger_url, poolclass=NullPool)
    yield engine
    engine.dispose()


@contextmanager
def undone(stranger: Engine) -> Iterator[Connection]:
    with stranger.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def answer(stranger: Engine, statement: str, **values: Any) -> str:
    """The reason for which the database refuses a statement; "" when it does not. Nothing of it stays."""
    with undone(stranger) as connection:
        try:
            connection.execute(text(statement), values)
        except DBAPIError as error:
            return str(error.orig).partition(":")[0]
    return ""


def answer_to(stranger: Engine, database: Database, written: Entry, verb: str = "INSERT", **wrong: Any) -> str:
    """The reason for which the database refuses an entry as the next one, some columns of which are `wrong`."""
    (row,) = map(journal.row_of, chain([written], "other", ask(database, journal.head)))
    row |= wrong
    statement = f"{verb} INTO entries ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"
    with undone(stranger) as connection:
        columns = ", ".join(column.name for column in schema.runs.columns)
        values = ", ".join("'other'" if column.name == "run" else column.name for column in schema.runs.columns)
        connection.execute(text(f"INSERT INTO runs ({columns}) SELECT {values} FROM runs LIMIT 1"))
        try:
            connection.execute(text(statement), row)
        except DBAPIError as error:
            return str(error.orig).partition(":")[0]
    return ""


def grant(quantity: int = 1, **said: object) -> Entry:
    """A move of some mu of plan that the books allow."""
    target = own("P-1", Indicator.PLAN)
    about = {"project": "P-1", "county": "W1"} | said
    return move(EntryKind.GRANT, APPROVED, "plan:flex", target, quantity, Indicator.PLAN, **about)


def turn(before: str, after: str, project: str = "P-1", track: str = "application") -> Entry:
    return entry(
        EntryKind.TRANSITION, APPROVED, project=project, county="W1", track=track, from_state=before, to_state=after
    )


def step_to(database: Database, project: str, state: str) -> Booked:
    """The booked transition of a project to a state."""
    lines = ask(database, lambda c: list(journal.entries(c, project=project)))
    return next(line for line in lines if line.entry.to_state == state)


def test_nothing_is_changed_or_deleted(books: Database, stranger: Engine) -> None:
    for table in schema.metadata.tables.values():
        reason = "APPEND_ONLY" if table.name in GROWING else "FOLLOWS"
        assert answer(stranger, f"SELECT 1 / count(*) FROM {table.name}") == "", f"{table.name} is empty"
        assert answer(stranger, f"DELETE FROM {table.name}") == reason, table.name
        for column in table.columns:
            assert answer(stranger, f"UPDATE {table.name} SET {column.name} = {column.name}") == reason, str(column)
    assert {*GROWING, *KEPT} == set(schema.metadata.tables)


@pytest.mark.postgresql
def test_no_table_is_emptied_at_once(postgresql_url: str) -> None:
    with open_books(postgresql_url) as database:
        for name in schema.metadata.tables:
            reason = "APPEND_ONLY" if name in GROWING else "FOLLOWS"
            assert answer(database.engine, f"TRUNCATE {name} CASCADE") == reason, name


def test_no_row_is_there_twice_and_none_is_replaced(ledger_url: str, books: Database, stranger: Engine) -> None:
    replaces = ledger_url.startswith("sqlite")
    for table in schema.metadata.tables.values():
        same = ", ".join(column.name for column in table.columns)
        found = answer(stranger, f"INSERT {'OR REPLACE ' * replaces}INTO {table.name} SELECT {same} FROM {table.name}")
        assert found, table.name
    if replaces:
        hidden = answer(stranger, "INSERT OR REPLACE INTO facts (rowid, name, value) VALUES (1, 'x', 'y')")
        assert "no column named rowid" in hidden
        taken = ask(books, journal.head).hash
        assert answer_to(stranger, books, grant(), "INSERT OR REPLACE", hash=taken) == "TWICE"
        assert answer_to(stranger, books, grant(90), "INSERT OR IGNORE") == "BELOW_ZERO"
        assert answer_to(stranger, books, grant(90), "INSERT OR REPLACE") == "BELOW_ZERO"


def test_balances_are_only_what_entries_say(books: Database, stranger: Engine) -> None:
    last = ask(books, journal.head).seq
    for change in (
        "balance = balance + 1",
        "balance = balance + 80000",  # what the last entry that moved it brought
        f"balance = balance + 1, seq = {last}",
        "balance = balance + 1, seq = seq + 1",
        "may_owe = 1",
        "may_owe = 1, balance = -5",
        "seq = seq - 1",
    ):
        assert answer(stranger, f"UPDATE balances SET {change} WHERE account_id = 'plan:flex'") == "FOLLOWS", change
    begun = "INSERT INTO balances (account_id, balance, seq, may_owe) VALUES"
    assert answer(stranger, f"{begun} ('plan:flex', 7, 0, 0)")
    assert answer(stranger, f"{begun} ('new', 0, 0, 0)")


def test_no_balance_takes_the_place_of_another(books: Database, ledger_url: str, stranger: Engine) -> None:
    book(books, [grant(8)], APPROVED)
    seq = ask(books, journal.head).seq
    said = f"account_id = '{grant().target}', balance = balance + 80000, seq = {seq} WHERE account_id = 'plan:held'"
    assert answer(stranger, f"UPDATE {'OR REPLACE ' * ledger_url.startswith('sqlite')}balances SET {said}")


def test_standings_are_only_what_entries_say(books: Database, stranger: Engine) -> None:
    last = ask(books, journal.head).seq
    for change in ("state = 'USED'", f"state = 'USED', seq = {last}", "since = '2026-01-01'", "seq = 1"):
        assert answer(stranger, f"UPDATE standings SET {change} WHERE project = 'P-1'") == "FOLLOWS", change
    begun = "INSERT INTO standings (project, track, state, since, seq) VALUES"
    assert answer(stranger, f"{begun} ('P-9', 'application', 'GRANTED', '2026-04-10', {last})") == "FOLLOWS"


def test_a_standing_does_not_go_back_to_an_old_entry(books: Database, stranger: Engine) -> None:
    granted = step_to(books, "P-1", "GRANTED")
    book(books, [contrary(granted.seq, granted.entry, WITHDRAWN, APPROVED)], WITHDRAWN)
    again = f"state = 'GRANTED', since = '{granted.entry.occurred_on}', seq = {granted.seq}"
    where = "WHERE project = 'P-1' AND track = 'application'"
    assert answer(stranger, f"UPDATE standings SET {again} {where}") == "FOLLOWS"


@pytest.mark.parametrize("column", ["project", "track"])
def test_no_standing_takes_the_place_of_another(
    books: Database, ledger_url: str, stranger: Engine, column: str
) -> None:
    taken, written = {
        "project": ("project = 'P-1'", turn("GRANTED", "MATERIALS_FILED", project="P-2")),
        "track": ("track = 'farmland'", turn("ACCEPTED", "PRELIM_RANKED", project="P-8")),
    }[column]
    both = [turn("", "ACCEPTED", "P-8", "farmland"), turn("", "SUBMITTED", "P-8"), turn("SUBMITTED", "ACCEPTED", "P-8")]
    book(books, [*both, written], APPROVED)
    seq = ask(books, journal.head).seq
    key = f"project = '{written.project}'" if column == "project" else "track = 'application'"
    change = f"{key}, state = '{written.to_state}', seq = {seq} WHERE {taken}"
    change += " AND track = 'application'" if column == "project" else " AND project = 'P-8'"
    assert answer(stranger, f"UPDATE {'OR REPLACE ' * ledger_url.startswith('sqlite')}standings SET {change}")


def test_an_entry_follows_the_last_by_number_hash_and_day(books: Database, stranger: Engine) -> None:
    last = ask(books, journal.head)
    assert answer_to(stranger, books, grant()) == ""
    for wrong in (
        {"seq": last.seq},
        {"seq": last.seq + 2},
        {"seq": 1},
        {"seq": 0},
        {"seq": -1},
        {"previous": "0" * 64},
        {"previous": "f" * 64},
        {"booked_on": OPENED.isoformat()},
        {"seq": 1, "previous": "0" * 64},
    ):
        assert answer_to(stranger, books, grant(), **wrong) == "OUT_OF_ORDER", wrong
    assert answer_to(stranger, books, grant(), hash=last.hash) == "TWICE"
    assert answer_to(stranger, books, grant(), run="nobody's") == "RUN_UNKNOWN"


def test_a_move_is_whole_and_between_accounts_of_one_indicator(books: Database, stranger: Engine) -> None:
    for wrong, reason in (
        ({"quantity": 0}, "HALF_A_MOVE"),
        ({"quantity": -1}, "HALF_A_MOVE"),
        ({"target": "plan:flex"}, "HALF_A_MOVE"),
        ({"target": "area:own:W1"}, "ACCOUNT_UNKNOWN"),
        ({"target": "nowhere"}, "ACCOUNT_UNKNOWN"),
        ({"source": None}, "ACCOUNT_UNKNOWN"),
        ({"indicator": "area"}, "ACCOUNT_UNKNOWN"),
        ({"indicator": None}, "ACCOUNT_UNKNOWN"),
    ):
        assert answer_to(stranger, books, grant(), **wrong) == reason, wrong


def test_no_balance_falls_below_zero_but_the_outside_s(books: Database, stranger: Engine) -> None:
    assert answer_to(stranger, books, grant(8)) == ""
    assert answer_to(stranger, books, replace(grant(8), quantity=8 * 10_000 + 1)) == "BELOW_ZERO"
    assert answer_to(stranger, books, replace(grant(), source="outside:plan", quantity=10**12)) == ""
    owing = "INSERT INTO accounts (account_id, indicator, kind, county, project) VALUES"
    assert answer(stranger, f"{owing} ('mine', 'plan', 'outside', '', '')") == "OUTSIDE"


def test_a_transition_is_listed_and_starts_from_the_present_state(books: Database, stranger: Engine) -> None:
    assert answer_to(stranger, books, turn("GRANTED", "MATERIALS_FILED")) == ""
    for written, reason in (
        (turn("GRANTED", "PAID"), "NOT_LISTED"),
        (turn("GRANTED", "MATERIALS_FILED", track="farmland"), "NOT_LISTED"),
        (turn("MATERIALS_FILED", "USED"), "OTHER_STATE"),
        (turn("", "SUBMITTED"), "OTHER_STATE"),
        (turn("GRANTED", "MATERIALS_FILED", project="P-5"), "OTHER_STATE"),
        (turn("GRANTED", "MATERIALS_FILED", project="unknown"), "OTHER_STATE"),
    ):
        assert answer_to(stranger, books, written) == reason, written


def test_a_reversal_is_the_contrary_of_one_earlier_entry(books: Database, stranger: Engine) -> None:
    lines = ask(books, lambda c: list(journal.entries(c, project="P-1")))
    moved = next(line for line in lines if line.entry.kind is EntryKind.GRANT)
    turned = step_to(books, "P-1", "GRANTED")
    book(books, [turn("", "SUBMITTED", project="P-7")], APPROVED)
    first = ask(books, journal.head).seq
    fact = next(line for line in lines if line.entry.kind is EntryKind.PHASE)
    back = contrary(moved.seq, moved.entry, WITHDRAWN, APPROVED)
    stepped = contrary(turned.seq, turned.entry, WITHDRAWN, APPROVED)
    assert answer_to(stranger, books, back) == answer_to(stranger, books, stepped) == ""
    for written, wrong in (
        (back, {"quantity": back.quantity - 1}),
        (back, {"reverses": None}),
        (back, {"reverses": turned.seq}),
        (back, {"reverses": fact.seq}),
        (back, {"kind": "return"}),
        (replace(back, source=back.target, target=back.source), {}),
        (stepped, {"to_state": "WAITLISTED"}),
        (stepped, {"project": "P-2"}),
        (stepped, {"reverses": moved.seq}),
        (stepped, {"reverses": first, "project": "P-7", "from_state": "SUBMITTED", "to_state": ""}),
    ):
        assert answer_to(stranger, books, written, **wrong) == "NO_REVERSAL", (written, wrong)
    book(books, [back], WITHDRAWN)
    assert answer_to(stranger, books, back) == "TWICE"


def test_a_transition_can_be_taken_back_only_from_where_it_led(books: Database, stranger: Engine) -> None:
    turned = step_to(books, "P-1", "RANKED")
    back = contrary(turned.seq, turned.entry, WITHDRAWN, APPROVED)
    assert answer_to(stranger, books, back) == "OTHER_STATE"


def test_a_checkpoint_names_an_entry(books: Database, stranger: Engine) -> None:
    last = ask(books, journal.head)
    book(books, [grant()], APPROVED)
    new = ask(books, journal.head)
    noted = "INSERT INTO checkpoints (seq, hash, recorded_at) VALUES (:seq, :hash, '')"
    assert answer(stranger, noted, seq=new.seq, hash=new.hash) == ""
    assert answer(stranger, noted, seq=new.seq, hash=last.hash) == "CHECKPOINT"
    assert answer(stranger, noted, seq=new.seq + 1, hash=new.hash) == "CHECKPOINT"
