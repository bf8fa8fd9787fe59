"""Books in a database read back: as of any day, by index, checked, and the same on every database."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from golden_text import assert_golden
from ledger_story import APPROVED, MU, OPENED, PAID, WITHDRAWN, runs
from open_books import ask, book, open_books
from sqlalchemy import event, update

from allocator.ledger import schema
from allocator.ledger.book import read_book
from allocator.ledger.cut import balances_at, book_at, cut, entries_until
from allocator.ledger.database import Database
from allocator.ledger.lives import lives
from allocator.ledger.period import Period
from allocator.problems import InputRejected, OutputRefused
from allocator.quantities import Indicator
from allocator.report.ledger_page import as_csv, as_document, as_text
from allocator.report.read_folder import read_manifest
from allocator.words import Language
from scenarios import ledger_reading as reading
from scenarios.ledger_export import export

DAYS = (OPENED - timedelta(days=1), OPENED, APPROVED, WITHDRAWN, date(2026, 5, 7), PAID, date(2027, 1, 1))


@pytest.fixture
def books(ledger_url: str) -> Iterator[Database]:
    """The small year, on each kind of database."""
    with open_books(ledger_url) as database:
        for command, day, entries in list(runs())[1:]:
            book(database, entries, day, command=command)
        yield database


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The small year once, for tests that only read."""
    with open_books(f"sqlite:///{tmp_path_factory.mktemp('told') / 'books.sqlite'}") as database:
        for command, day, entries in list(runs())[1:]:
            book(database, entries, day, command=command)
        yield database


def by_hand(day: date) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, booked_on, entries in runs():
        for one in entries if booked_on <= day else ():
            if one.is_move:
                found[one.source] -= one.quantity
                found[one.target] += one.quantity
    return found


def test_the_books_of_any_day_are_the_entries_until_then(books: Database) -> None:
    for day in DAYS:
        at = ask(books, cut, day)
        entries = ask(books, lambda c, at=at: list(entries_until(c, at)))
        assert at.head.seq == len(entries) == sum(len(told) for _, on, told in runs() if on <= day)
        assert at.head.hash == (entries[-1].hash if entries else at.head.hash)
        balances = ask(books, balances_at, at)
        assert {name: held for name, held in balances.items() if held} == {
            name: held for name, held in by_hand(day).items() if held
        }


def test_a_book_of_the_past_is_what_was_read_then(ledger_url: str) -> None:
    with open_books(ledger_url) as database:
        then = {OPENED: ask(database, read_book)}
        for command, day, entries in list(runs())[1:]:
            book(database, entries, day, command=command)
            then[day] = ask(database, read_book)
        for day, expected in then.items():
            found = ask(database, lambda c, day=day: book_at(c, cut(c, day)))
            for part in {each.name for each in fields(found)} - {"accounts", "balances"}:  # later ones are known too
                assert getattr(found, part) == getattr(expected, part), (day, part)
            assert {k: held for k, held in found.balances.items() if held} == {
                k: held for k, held in expected.balances.items() if held
            }


def test_what_projects_have_is_what_the_book_says(books: Database) -> None:
    known = ask(books, read_book)
    found = lives(ask(books, lambda c: list(entries_until(c, cut(c)))))
    assert {(p, t): s for p, life in found.items() for t, s in life.standings.items()} == known.standings
    for rows, is_linked in ((known.holdings, False), (known.linked, True)):
        for project, life in found.items():
            held = {(h.account_id, h.indicator): h.quantity for h in rows.get(project, ())}
            counted = life.linked if is_linked else life.held
            assert {key: quantity for key, quantity in counted.items() if quantity} == held
    assert {p: frozenset(life.granted_phases) for p, life in found.items() if life.granted_phases} == known.phases


def test_a_kept_balance_that_differs_is_not_printed(told: Database, tmp_path: Path) -> None:
    with open_books(f"sqlite:///{tmp_path / 'tampered.sqlite'}") as database:
        with database.writing() as connection:
            for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars():
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            table = schema.balances
            connection.execute(update(table).where(table.c.account_id == "plan:flex").values(balance=1))
        with pytest.raises(InputRejected) as refused:
            reading.balance(database, None, "en", all_=False)
        assert [(p.code, p.value) for p in refused.value.problems] == [("BALANCE_DIFFERS", "plan:flex")]
        reading.balance(database, OPENED - timedelta(days=1), "en", all_=False)  # a day before is not concerned


def test_a_statement_of_one_account_reads_its_entries_by_index(told: Database) -> None:
    asked: list[tuple[str, Any]] = []

    @event.listens_for(told.engine, "before_cursor_execute")
    def note(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        if "FROM entries" in statement and "source = ?" in statement:
            asked.append((statement, parameters))

    reading.statement(told, "area:pooled:W1", None, None, "en")
    event.remove(told.engine, "before_cursor_execute", note)
    assert asked
    with told.reading() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = " ".join(str(row[-1]) for row in plan)
            assert "entries_source" in steps, steps
            assert "entries_target" in steps, steps


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_read_as_kept(told: Database, language: Language) -> None:
    pages = {
        "balance": reading.balance(told, None, language, all_=False),
        "statement": reading.statement(told, "area:pooled:W1", APPROVED, None, language),
        "project": reading.project(told, "P-1", None, language),
        "quarter": reading.report(told, Period(year=2026, quarter=2), language),
        "year": reading.report(told, Period(year=2026), language),
    }
    for name, page in pages.items():
        assert_golden(f"ledger_{name}_{language}.txt", as_text(page, language).replace(page.cut.head.hash, "(hash)"))


def test_totals_are_zero_in_each_class_and_projects_are_listed_when_asked(told: Database) -> None:
    few, all_ = (as_document(reading.balance(told, None, "en", all_=wanted)) for wanted in (False, True))
    assert {row["sum"] for row in (*few["sums"], *all_["sums"])} == {"0"}
    named = {row["account_id"]: row["balance"] for row in all_["accounts"]}
    assert named["project:P-1:plan"] == "30"
    assert named["linked:P-1:area"] == "30"
    assert not [row for row in few["accounts"] if str(row["account_id"]).startswith(("project", "linked"))]
    together = [row["balance"] for row in few["accounts"] if row["account_id"] is None]
    assert together == ["90", "0", "60", "30"] or together == ["90", "60", "30"]
    assert few["head"] == all_["head"]


@pytest.mark.parametrize(
    ("read", "code", "near"),
    [
        (lambda told: reading.statement(told, "plan:flax", None, None, "en"), "ACCOUNT_UNKNOWN_IN_BOOKS", "plan:flex"),
        (lambda told: reading.project(told, "P-7", None, "en"), "PROJECT_UNKNOWN_IN_BOOKS", "P-5"),
    ],
)
def test_an_unknown_name_gets_the_nearest(told: Database, read: Any, code: str, near: str) -> None:
    with pytest.raises(InputRejected) as refused:
        read(told)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert near in refused.value.problems[0].facts["nearest"]


def test_an_id_is_found_whatever_its_case_and_width(told: Database) -> None:
    assert reading.project(told, "ｐ-1", None, "en").facts["project_id"] == "P-1"


def test_a_project_before_its_grant_has_nothing(told: Database) -> None:
    page = as_document(reading.project(told, "P-1", OPENED, "en"))
    assert page["state"] == "SUBMITTED"
    assert "holdings" not in page
    assert page["as_of"] == OPENED.isoformat()


def test_a_report_of_another_year_is_refused(told: Database) -> None:
    with pytest.raises(InputRejected) as refused:
        reading.report(told, Period(year=2027), "en")
    assert refused.value.problems[0].code == "PERIOD_OTHER_YEAR"


def test_several_tables_stand_under_the_columns_of_all(told: Database) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(reading.project(told, "P-1", None, "en")))))
    assert {row["section"] for row in rows} == {"standings", "holdings", "life"}
    assert [row["quantity"] for row in rows if row["section"] == "holdings"] == ["30", "30"]


def read_csv(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"))))


def test_an_export_closes_account_by_account_at_its_balances(books: Database, tmp_path: Path) -> None:
    out = tmp_path / "out"
    at, names, _ = export(books, out, "csv", None, "zh", force=False)
    balances = {row["account_id"]: Decimal(row["balance"]) for row in read_csv(out, "balances.csv")}
    assert {name: int(held * MU) for name, held in balances.items() if held} == {
        name: held for name, held in by_hand(PAID).items() if held
    }
    for library in ("plan", "farmland", "boundary"):
        for row in read_csv(out, f"{library}.csv"):
            if row["line"] == "closing" and row["account_id"] != "linked":
                assert (
                    Decimal(row["in"]) - Decimal(row["out"]) == Decimal(row["balance"]) == balances[row["account_id"]]
                )
    grants = read_csv(out, "grants.csv")
    assert list(grants[0])[:4] == ["project_id", "granted_plan_mu", "state", "pool"]
    assert [(row["project_id"], row["granted_plan_mu"], row["state"], row["pool"]) for row in grants[:2]] == [
        ("P-1", "30", "MATERIALS_FILED", "key.industry"),
        ("P-2", "20", "GRANTED", "key.industry"),
    ]
    manifest = read_manifest(out)
    assert manifest is not None
    assert manifest["head"] == str(at.head) == (out / "head.txt").read_text(encoding="utf-8").splitlines()[0]
    assert {*names} == {path.name for path in out.iterdir()}


def test_an_export_replaces_its_own_folder_only_when_told_to_and_no_other(told: Database, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(told, out, "csv", OPENED, "en", force=False)
    before = (out / "plan.csv").read_bytes()
    with pytest.raises(OutputRefused):
        export(told, out, "csv", None, "en", force=False)
    assert (out / "plan.csv").read_bytes() == before
    export(told, out, "csv", None, "en", force=True)
    assert (out / "plan.csv").read_bytes() != before
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputRefused):
        export(told, out, "csv", None, "en", force=True)


def test_a_workbook_says_the_same_in_words(told: Database, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    for folder in ("one", "two"):
        export(told, tmp_path / folder, "xlsx", None, "zh", force=False)
    assert (tmp_path / "one" / "ledger.xlsx").read_bytes() == (tmp_path / "two" / "ledger.xlsx").read_bytes()
    with closing(load_workbook(tmp_path / "one" / "ledger.xlsx", read_only=True)) as workbook:
        sheets = workbook.sheetnames
        assert sheets == ["计划指标库", "补充耕地指标库", "开发边界规模库", "项目", "账户余额"]
        header, first, *_ = workbook["项目"].iter_rows(values_only=True)
        assert header[:4] == ("项目编号", "安排计划指标（亩）", "状态", "指标来源")
        assert first[:4] == ("P-1", 30, "材料已报", "重点·产业")


def test_the_json_of_a_page_is_plain(told: Database) -> None:
    page = reading.report(told, Period(year=2026, quarter=2), "en")
    content = json.loads(json.dumps(as_document(page)))
    county = content["counties"][0]
    assert (county["county"], county["granted_mu"], county["filed_mu"], county["started"]) == (
        "W1",
        "50",
        "30",
        "not known",
    )
    assert content["counties"][-1]["in_force_mu"] == "90"
    assert Indicator.PLAN.unit == "mu"
