"""Tampering that nobody thought of: random changes of rows, and of bytes of a closed file."""

import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Row, Table, delete, select, update
from sqlalchemy.exc import DBAPIError
from tampering import Vandal, is_unsealed, keyed, other

from allocator.ledger import schema
from allocator.ledger.database import connect
from allocator.ledger.verify import verify
from allocator.problems import InputRejected

TABLES = schema.metadata.sorted_tables
MISSED_BY_NOBODY = (schema.checkpoints, schema.decisions)


@pytest.fixture
def vandal(ledger_url: str):
    vandal = Vandal(ledger_url)
    yield vandal
    vandal.engine.dispose()


def rows_of(connection, table: Table) -> list[Row]:
    return connection.execute(select(table).order_by(*table.primary_key)).all()


def tamper(vandal: Vandal, random: Random) -> bool | None:
    """Do one thing to a random row; whether it was found; None when the database refused, or nothing vouches for it."""
    with vandal.at_work() as connection:
        before = {table.name: rows_of(connection, table) for table in TABLES}
        table = random.choice([schema.entries, *TABLES])
        rows = before[table.name]
        row, column = random.choice(rows), random.choice(list(table.columns))
        change = random.choice(("other", "another's", "null", "delete"))
        values = {
            "other": other(row._mapping[column.name]),
            "another's": random.choice(rows)._mapping[column.name],
            "null": None,
            "delete": None,
        }
        try:
            if change == "delete":
                if table in MISSED_BY_NOBODY:
                    return None
                connection.execute(delete(table).where(keyed(table, row)))
            else:
                connection.execute(update(table).where(keyed(table, row)).values({column.name: values[change]}))
        except DBAPIError:
            return None
        after = {table.name: rows_of(connection, table) for table in TABLES}
        unsealed = change != "delete" and is_unsealed(table, column.name, row)
        if before == after or unsealed:
            return None
        return bool(vandal.found(connection))


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_no_random_change_of_a_row_goes_unseen(vandal: Vandal, seed: int) -> None:
    assert tamper(vandal, Random(seed)) is not False


@pytest.mark.faults
def test_none_of_a_thousand_random_changes_goes_unseen(vandal: Vandal) -> None:
    found = missed = seed = 0
    while found + missed < 1_000:
        seen = tamper(vandal, Random(seed))
        found, missed, seed = found + (seen is True), missed + (seen is False), seed + 1
    print(
        f"{found} of {found + missed} tamperings found, {seed - found - missed} refused or of what nothing vouches for"
    )
    assert missed == 0


def sealed_content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All values of the books that something vouches for."""
    with connect(str(path)) as database, database.reading() as connection:
        return {
            table.name: [
                tuple(
                    None if is_unsealed(table, column.name, row) else row._mapping[column.name]
                    for column in table.columns
                )
                for row in rows_of(connection, table)
            ]
            for table in TABLES
        }


def flipped(whole: Path, path: Path, random: Random) -> bool | None:
    """Flip a bit of the closed file; whether that was found; None when the books say the same as before."""
    shutil.copy(whole, path)
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    path.write_bytes(content)
    try:
        with connect(str(path)) as database, database.reading() as connection:
            if verify(connection):
                return True
    except InputRejected:
        return True
    return None if sealed_content(path) == sealed_content(whole) else False


def flip(tmp_path: Path, count: int) -> dict[bool | None, int]:
    whole = tmp_path / "ledger.sqlite"
    Vandal(f"sqlite:///{whole}").engine.dispose()
    assert not whole.with_name("ledger.sqlite-wal").exists()
    told = {True: 0, False: 0, None: 0}
    for seed in range(count):
        told[flipped(whole, tmp_path / "flipped.sqlite", Random(seed))] += 1
    return told


def test_no_bit_flipped_in_a_closed_file_changes_the_books_unseen(tmp_path: Path) -> None:
    told = flip(tmp_path, 40)
    assert told[False] == 0
    assert told[True] > 0


@pytest.mark.faults
def test_no_bit_of_a_thousand_flipped_in_a_closed_file_changes_the_books_unseen(tmp_path: Path) -> None:
    told = flip(tmp_path, 1_000)
    print(f"{told[True]} of {told[True] + told[False]} found; {told[None]} in space that holds nothing")
    assert told[False] == 0
