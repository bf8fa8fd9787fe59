"""Books go from one database to another, of either kind, and end with equal heads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ledger_story import write
from sqlalchemy import select
from tampering import Vandal, asleep, awake

from allocator.ledger import schema
from allocator.ledger.database import connect
from scenarios.commands.ledger import command as ledger


def copy(source: str, target: str, *more: str) -> Result:
    return CliRunner().invoke(ledger, ["copy", "--db", source, "--to", target, "--lang", "en", *more])


def content(url: str) -> Mapping[str, list[Any]]:
    """Every row of every table."""
    with connect(url) as database, database.reading() as connection:
        return {table.name: sorted(connection.execute(select(table)).all()) for table in (*SORTED, schema.entries)}


SORTED = [table for table in schema.metadata.sorted_tables if table not in (schema.entries, schema.decisions)]


def test_a_copy_says_the_same_and_going_there_and_back_changes_nothing(ledger_url: str, tmp_path: Path) -> None:
    first, last = (f"sqlite:///{tmp_path / name}.sqlite" for name in ("first", "last"))
    head = write(first)
    there = copy(first, ledger_url, "--yes", "--format", "json")
    assert (there.exit_code, json.loads(there.output)["copy"]["head"]) == (0, str(head))
    back = copy(ledger_url, last, "--yes")
    assert (back.exit_code, str(head) in back.output) == (0, True)
    assert content(first) == content(ledger_url) == content(last)


def test_books_that_are_not_whole_are_not_copied(tmp_path: Path) -> None:
    vandal = Vandal(f"sqlite:///{tmp_path / 'source.sqlite'}")
    with vandal.engine.connect() as connection:
        asleep(connection)
        connection.exec_driver_sql("UPDATE entries SET note = 'never said' WHERE seq = 40")
        awake(connection)
    vandal.engine.dispose()
    target = tmp_path / "target.sqlite"
    told = copy(vandal.url, str(target), "--yes")
    assert (told.exit_code, told.stdout) == (7, "")
    assert "entry 40: its content is not what its hash was made from" in told.stderr
    assert copy(f"sqlite:///{tmp_path / 'source.sqlite'}", str(target), "--yes", "--format", "json").exit_code == 7
    assert not list(tmp_path.glob("target*"))  # it leaves no empty file behind


def test_a_target_that_holds_books_is_refused_and_keeps_them(ledger_url: str, tmp_path: Path) -> None:
    source = f"sqlite:///{tmp_path / 'source.sqlite'}"
    write(source)
    write(ledger_url)
    before = content(ledger_url)
    told = CliRunner().invoke(ledger, ["copy", "--db", source, "--to", ledger_url, "--yes"])
    assert [problem.code for problem in told.exception.problems] == ["LEDGER_EXISTS"]  # type: ignore[union-attr]
    assert content(ledger_url) == before


def test_nothing_is_copied_unless_somebody_says_so(tmp_path: Path) -> None:
    source, target = (str(tmp_path / name) for name in ("source.sqlite", "target.sqlite"))
    write(source)
    assert copy(source, target).exit_code == 2  # no terminal
    assert copy(source, target, "--yes").exit_code == 0  # what was begun is no hindrance


@pytest.mark.parametrize("option", ["--db", "--to"])
def test_both_addresses_are_needed(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANDQUOTA_DB", raising=False)
    assert CliRunner().invoke(ledger, ["copy", option, str(tmp_path / "a.sqlite"), "--yes"]).exit_code == 2
