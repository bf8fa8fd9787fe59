"""What `verify` and `landquota ledger verify` say of books, and of how much of them."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledger_story import write
from sqlalchemy import select, update
from tampering import Vandal

from allocator.ledger import journal, schema
from allocator.ledger.database import connect
from allocator.ledger.entry import Booked, EntryKind, Head
from allocator.ledger.recount import hash_of
from allocator.words import texts
from scenarios.commands.ledger import command as ledger

LEDGER = Path(__file__).parent.parent / "allocator" / "ledger"
ENTRIES = schema.entries
MAKERS = {"find", "Finding"}


@pytest.fixture
def vandal(ledger_url: str) -> Iterator[Vandal]:
    vandal = Vandal(ledger_url)
    yield vandal
    vandal.engine.dispose()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ledger, ["verify", "--lang", "en", *arguments])


def test_the_hash_that_verify_makes_is_the_one_by_which_entries_are_sealed(ledger_url: str) -> None:
    write(ledger_url)
    with connect(ledger_url) as database, database.reading() as connection:
        rows = connection.execute(select(ENTRIES).order_by(ENTRIES.c.seq)).all()
        booked: list[Booked] = list(journal.entries(connection))
    assert [hash_of(row) for row in rows] == [line.hash for line in booked]
    assert {line.entry.kind for line in booked} == set(EntryKind) - {EntryKind.EXTRA}


def test_every_head_the_books_ever_had_is_found_in_them(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        rows = connection.execute(select(ENTRIES.c.seq, ENTRIES.c.hash)).all()
        assert not vandal.found(connection, head=Head())
        for seq, sealed in rows[::20]:
            assert not vandal.found(connection, head=Head(seq=seq, hash=sealed))


def test_since_the_last_checkpoint_only_what_lies_behind_it_is_counted(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        assert vandal.found(connection, since=True) == ()
    for seq, seen in ((20, False), (70, True)):  # the last checkpoint is at 63
        with vandal.at_work() as connection:
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(note="never said"))
            assert [finding.seq for finding in vandal.found(connection, since=True)] == ([seq] if seen else [])
            assert [finding.seq for finding in vandal.found(connection)] == [seq]


def test_since_the_last_checkpoint_balances_and_standings_are_still_compared(vandal: Vandal) -> None:
    changes = (
        (update(schema.balances).filter_by(account_id="plan:flex").values(balance=5), "BALANCE_DIFFERS"),
        (update(schema.standings).filter_by(project="P-1").values(state="CLOSED"), "STANDING_DIFFERS"),
    )
    for statement, code in changes:
        with vandal.at_work() as connection:
            connection.execute(statement)
            assert code in {finding.code for finding in vandal.found(connection, since=True)}


def test_a_run_that_never_was_is_found_in_the_chain(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        connection.execute(update(schema.runs).where(schema.runs.c.before_seq == 54).values(as_of="2026-05-05"))
        assert {"RUN_DIFFERS", "DAY_OF_RUN"} == {finding.code for finding in vandal.found(connection)}


def test_what_the_books_were_opened_with_is_sealed_by_the_first_run(vandal: Vandal) -> None:
    for statement in (
        update(schema.facts).filter_by(name="year").values(value="2025"),
        update(schema.accounts).filter_by(account_id="area:own:W1").values(county="W2"),
    ):
        with vandal.at_work() as connection:
            connection.execute(statement)
            assert [finding.code for finding in vandal.found(connection)] == ["RUN_DIFFERS"]


def test_the_command_counts_prints_the_head_and_ends_with_0(ledger_url: str) -> None:
    head = write(ledger_url)
    told = run("--db", ledger_url, "--head", str(head))
    assert (told.exit_code, told.output) == (0, f"the books are whole: 71 entries counted, head {head}\n")


def test_the_command_lists_what_it_finds_and_ends_with_7(vandal: Vandal) -> None:
    told = run("--db", vandal.url, "--head", f"71:{'a' * 64}")
    assert told.exit_code == 7
    assert "entry 71: an earlier report printed its hash as aaaa" in told.output
    rows = json.loads(run("--db", vandal.url, "--head", f"80:{'a' * 64}", "--format", "json").output)["verification"]
    assert (rows["head"], rows["entries"]) == (str(vandal.head), 71)
    assert [(row["code"], row["entry"], row["found"]) for row in rows["findings"]] == [("HEAD_DIFFERS", "80", "")]


@pytest.mark.parametrize("head", ["71", "71:abc", "x:" + "a" * 64, "071:" + "a" * 64])
def test_a_head_that_is_none_is_wrong_usage(tmp_path: Path, head: str) -> None:
    assert run("--db", str(tmp_path / "none.sqlite"), "--head", head).exit_code == 2


def codes_in_code() -> set[str]:
    """The codes of findings: the first argument of `find` and of `Finding`."""
    found: set[str] = set()
    for path in LEDGER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS:
                found |= {code.value for code in node.args[:1] if isinstance(code, ast.Constant)}
    return found


def test_every_finding_has_words_and_every_worded_finding_occurs() -> None:
    assert codes_in_code() == set(texts("ledger_verify")["findings"])
