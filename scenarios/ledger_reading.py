"""What the commands that read the books print: one snapshot, one page. Nothing here can write."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches

from sqlalchemy import Connection

from allocator.ledger import journal
from allocator.ledger.address import problem
from allocator.ledger.book import Book
from allocator.ledger.cut import Cut, balances_at, book_at, cut, entries_until
from allocator.ledger.database import Database
from allocator.ledger.deadlines import Due, due_list
from allocator.ledger.entry import EntryKind
from allocator.ledger.lives import Lives, lives
from allocator.ledger.period import History, Period
from allocator.ledger.statement import draw_up
from allocator.month_days import in_year
from allocator.outcome import Run
from allocator.policy import Policy
from allocator.problems import InputRejected
from allocator.records import AccountId, ProjectId
from allocator.report.ledger_names import holder, state
from allocator.report.ledger_page import Page
from allocator.report.ledger_period import quarter_table
from allocator.report.ledger_project import project_tables
from allocator.report.ledger_tables import balance_tables, due_table, statement_table
from allocator.report.ledger_year import year_tables
from allocator.report.lookup import NEAREST, fold
from allocator.words import Language, say
from scenarios.kept import kept_run

REPORT_RULE, YEAR_RULE = "QY-14.1", "QY-15.1"


def balance(database: Database, as_of: date | None, language: Language, *, all_: bool) -> Page:
    """Every account at the end of a day."""
    with database.reading() as connection:
        at = cut(connection, as_of)
        accounts, balances = journal.ledger_accounts(connection), balances_at(connection, at)
        tables = balance_tables(accounts, balances, language, all_=all_)
        return Page(key="balance", title=titled("balance", connection, language), tables=tables, cut=at)


def statement(database: Database, asked: AccountId, first: date | None, last: date | None, language: Language) -> Page:
    """One account, entry by entry; raises `InputRejected` for one that is not in the books."""
    with database.reading() as connection:
        at, accounts = cut(connection, last), journal.ledger_accounts(connection)
        account = accounts[known(asked, accounts, "ACCOUNT_UNKNOWN_IN_BOOKS", database.shown)]
        drawn = draw_up(account, entries_until(connection, at, account=account.account_id), first)
        refuse_other_balance(drawn.closing, balances_at(connection, at).get(account.account_id, 0), database)
        facts = {"account_id": account.account_id, "indicator": account.indicator.value, "holder": account.kind}
        named = f"{account.account_id} · {holder(account, language)}"
        return Page(
            key="statement",
            title=titled("statement", connection, language, account=named),
            tables=(statement_table(drawn, language),),
            cut=at,
            facts=facts | {"from": first.isoformat() if first else None},
        )


def refuse_other_balance(closing: int, balance: int, database: Database) -> None:
    """Raise InputRejected unless a statement closes at the balance that all entries add up to."""
    if closing != balance:
        raise InputRejected([problem("BALANCE_DIFFERS", database.shown, str(closing), count="1")])


def project(database: Database, asked: ProjectId, as_of: date | None, language: Language) -> Page:
    """The whole life of one project; raises `InputRejected` for one that is not in the books."""
    with database.reading() as connection:
        at = cut(connection, as_of)
        book = book_at(connection, at)
        found = known(asked, book.counties, "PROJECT_UNKNOWN_IN_BOOKS", database.shown)
        booked = tuple(entries_until(connection, at, project=found))
        asking, notes = question_of(connection, book, at, language)
        dues = [due for due in due_list(book, asking.policy, at.day) if due.project == found] if asking else []
        told = next((row.name for row in asking.tables.applications if row.project_id == found), "") if asking else ""
        life = lives(booked)[found]
        return Page(
            key="project",
            title=titled("project", connection, language, project=found, name=told, county=life.county,
                         state=state(life.state, language)),
            tables=project_tables(life, booked, dues, book.pins.get(found), language),
            cut=at,
            notes=notes,
            facts={"project_id": found, "name": told, "county": life.county, "state": life.state},
        )  # fmt: skip


def due(database: Database, as_of: date, language: Language) -> Page:
    """All that is due; raises `InputRejected` when the policy of the books cannot be read."""
    with database.reading() as connection:
        at = cut(connection, as_of)
        book = book_at(connection, at)
        policy = kept_run(connection, book.inputs, at.day).run.policy
        found = [*due_list(book, policy, at.day), *reports_due(book, policy, at.day)]
        title = titled("due", connection, language, count=len(found), late=sum(each.days_left < 0 for each in found))
        return Page(key="due", title=title, tables=(due_table(found, language),), cut=at)


def reports_due(book: Book, policy: Policy, day: date) -> Iterable[Due]:
    """The reports that come next: that of a quarter, and that of the year. Whether one was sent, no event tells."""
    quarters = [Period(year=book.year, quarter=quarter) for quarter in (1, 2, 3, 4)]
    coming = [on for quarter in quarters if (on := quarter.due_on(policy)) and on >= day]
    year = Period(year=book.year).due_on(policy)
    for what, rule, on in (("quarter_report", REPORT_RULE, next(iter(coming), None)), ("year_report", YEAR_RULE, year)):
        if policy.report and on and on >= day:
            yield Due(project="", what=what, rule=rule, due_on=on, days_left=(on - day).days, state="")


def report(database: Database, period: Period, language: Language) -> Page:
    """The report of a quarter or of the year; raises `InputRejected` for another year than the books'."""
    with database.reading() as connection:
        newest, at = cut(connection), cut(connection, period.last)
        book = book_at(connection, at)
        if period.year != book.year:
            raise InputRejected([problem("PERIOD_OTHER_YEAR", database.shown, str(period), year=str(book.year))])
        asking, notes = question_of(connection, book, at, language)
        policy = asking.policy if asking else None
        use_by = in_year(policy.recall.use_by, book.year) if policy and policy.recall else at.day
        history, then, budgets = History(), Lives(), Counter[str]()
        for each in entries_until(connection, at):
            history.take(each)
            if each.entry.occurred_on <= use_by:
                then.take(each)
            if each.entry.kind is EntryKind.SHARE:
                budgets[each.entry.target.partition(":")[2]] += each.entry.quantity
        tables = [quarter_table(history, period, policy, language)]
        if not period.quarter:
            categories = categories_of(asking)
            tables += year_tables(history, book, budgets, categories, then.applied(), policy, language)
            notes = (*notes, say("ledger_reports.use_by", language, day=use_by.isoformat()))
        rule, due_on = (REPORT_RULE if period.quarter else YEAR_RULE), period.due_on(policy) if policy else None
        if due_on:
            notes = (*notes, say("ledger_reports.report_due", language, day=due_on.isoformat(), rule=rule))
        if at.is_newest and newest.day <= period.last:
            notes = (*notes, say("ledger_reports.not_over", language, last=newest.day.isoformat()))
        key = "quarter" if period.quarter else "year"
        return Page(
            key="report",
            title=titled(key, connection, language, year=period.year, quarter=period.quarter, rule=rule),
            tables=tuple(tables),
            cut=at,
            notes=notes,
            facts={"period": str(period), "due_on": due_on.isoformat() if due_on else None},
        )


def question_of(connection: Connection, book: Book, at: Cut, language: Language) -> tuple[Run | None, tuple[str, ...]]:
    """The scenario in force, or None and why: books are read even where it no longer can be."""
    if not book.inputs:
        return None, (say("ledger_reports.no_scenario", language, why=""),)
    try:
        return kept_run(connection, book.inputs, at.day).run, ()
    except InputRejected as refused:
        why = ", ".join(dict.fromkeys(each.code for each in refused.problems))
        return None, (say("ledger_reports.no_scenario", language, why=why),)


def categories_of(asking: Run | None) -> Mapping[ProjectId, str]:
    """The category of each application, where the scenario can be read."""
    return {row.project_id: row.category for row in asking.tables.applications} if asking else {}


def known(asked: str, names: Iterable[str], code: str, shown: str) -> str:
    """The name as the books write it, differences of case and width aside; raises `InputRejected` with the nearest."""
    folded = {fold(each): each for each in names}
    if asked in folded.values():
        return asked
    if fold(asked) in folded:
        return folded[fold(asked)]
    near = [folded[text] for text in get_close_matches(fold(asked), folded, n=NEAREST, cutoff=0.5)]
    raise InputRejected([problem(code, shown, asked, nearest=", ".join(near), count=str(len(folded)))])


def titled(key: str, connection: Connection, language: Language, **facts: object) -> str:
    """The title of a page, with that of the books."""
    said = journal.facts(connection)
    title = said.get("title") or said.get("scenario", "")
    return say(f"ledger_reports.titles.{key}", language, **({"title": title, "year": said["year"]} | facts))
