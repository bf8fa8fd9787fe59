"""The report at the end of the year (QY-15.1): how the plan was carried out, share by share and county by county."""

from collections import Counter
from collections.abc import Mapping

from allocator.books import plan_account
from allocator.ledger.book import Book
from allocator.ledger.lives import Life
from allocator.ledger.period import Field, History, Use, use_by_county
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId
from allocator.report.ledger_period import mu, rate, sums, total
from allocator.report.rows import Row, Table
from allocator.words import Language, say


def year_tables(
    history: History,
    book: Book,
    budgets: Mapping[str, int],
    categories: Mapping[ProjectId, str],
    by_use_day: Mapping[ProjectId, Life],
    policy: Policy | None,
    language: Language,
) -> tuple[Table, ...]:
    """Shares, use by the day of the use test (`by_use_day`: what the projects were then), what was recalled and granted
    again, who was overdue, penalties, pins. `budgets`: what each share was given when the books were opened."""
    return (
        shares_table(history.lives, book, budgets, categories),
        used_table(by_use_day, policy, language),
        recalled_table(history, language),
        overdue_table(history),
        Table(
            name="penalties",
            columns=("county", "cut_mu", "note", "document"),
            rows=tuple((each.county, mu(each.cut), each.type, each.document) for each in book.penalties),
        ),
        Table(
            name="pins",
            columns=("project_id", "pin", "note", "document"),
            rows=tuple((p, pin.pin, pin.reason, pin.document) for p, pin in sorted(book.pins.items()) if pin.pin),
        ),
    )


def shares_table(
    lives: Mapping[ProjectId, Life],
    book: Book,
    budgets: Mapping[str, int],
    categories: Mapping[ProjectId, str],
) -> Table:
    """Each share against what its category has of it and of the reserve, where the categories are known."""
    drawn: Counter[str] = Counter()  # by pool
    of_category: Counter[str] = Counter()
    for project, life in lives.items():
        for (account, indicator), quantity in life.held.items():
            if indicator is Indicator.PLAN:
                drawn[account.removeprefix(plan_account(""))] += quantity
        of_category[categories.get(project, "")] += life.granted_plan
    known = bool(categories)
    total, granted = sum(budgets.values()), sum(drawn.values())
    rows = tuple(
        (
            pool,
            mu(budgets.get(pool, 0)),
            rate(budgets.get(pool, 0), total),
            mu(drawn[pool]),
            mu(of_category[pool]) if known else None,
            rate(of_category[pool] if known else drawn[pool], granted),
            mu(balance),
        )
        for pool, balance in book.plan_balances().items()
    )
    columns = ("pool", "budget_mu", "share", "drawn_mu", "category_mu", "actual_share", "balance_mu")
    return Table(name="shares", columns=columns, rows=rows)


def used_table(lives: Mapping[ProjectId, Life], policy: Policy | None, language: Language) -> Table:
    """What each county had used on the day of the use test (QY-10.5)."""
    uses = use_by_county(lives, policy)
    whole = Use(in_force=sum(u.in_force for u in uses.values()), used=sum(u.used for u in uses.values()))

    def row(county: CountyCode, use: Use) -> Row:
        return county, mu(use.in_force), mu(use.used), mu(use.in_force - use.used), rate(use.used, use.in_force)

    rows = (*(row(county, uses[county]) for county in sorted(uses)), row(every(language), whole))
    return Table(
        name="use", columns=("county", "in_force_mu", "used_in_force_mu", "unused_mu", "efficiency"), rows=rows
    )


def every(language: Language) -> str:
    """All counties together."""
    return say("ledger_reports.every_county", language)


def recalled_table(history: History, language: Language) -> Table:
    """What each county lost by the recall, and what it was granted of it again (QY-12.1, 12.2)."""
    found = sums(history.happened.values())
    rows = [(county, found[county]) for county in sorted(found)]
    rows = [(county, each) for county, each in rows if each[Field.RECALLED] or each[Field.REGRANTED]]
    if rows:
        rows.append((every(language), total(each for _, each in rows)))
    return Table(
        name="recalled",
        columns=("county", "recalled_mu", "regranted_mu"),
        rows=tuple((county, mu(each[Field.RECALLED]), mu(each[Field.REGRANTED])) for county, each in rows),
    )


def overdue_table(history: History) -> Table:
    """Who did not file in time, what went back, and what it is now; without those whose step was reversed."""
    last: dict[ProjectId, Row] = {}
    for each in history.happened.values():
        if each.field is Field.OVERDUE and each.count > 0:
            now = history.lives[each.project].state
            told = (each.project, each.county, each.occurred_on.isoformat(), mu(each.plan), now)
            last[each.project] = told
        elif each.field is Field.OVERDUE:
            last.pop(each.project, None)
    columns = ("project_id", "county", "overdue_on", "returned_mu", "state")
    return Table(name="overdue", columns=columns, rows=tuple(last[project] for project in sorted(last)))
