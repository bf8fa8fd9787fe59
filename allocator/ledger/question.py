"""What is still open, as an ordinary question: who waits, and what the accounts hold now (F.3, QY-10.3, 12.2).

Nothing that is posted is asked again: grants are taken out with what they drew, and the balances are what is left.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from datetime import date
from fractions import Fraction

from allocator.gates import is_open
from allocator.ledger.book import RECALLED, RETURNED, SUBMITTED, WAITLISTED, Book
from allocator.ledger.deadlines import is_used
from allocator.ledger.reading import GRANTS
from allocator.outcome import Run
from allocator.penalties import cuts_of
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.quantities import Indicator
from allocator.records import FLEX, Account, Application, County, CountyCode, Penalty, Phase, Pin, ProjectId, Tables


def restate(run: Run, book: Book, *, afresh: bool = False) -> Run:
    """The same question about the waiting line alone, on the balances of the books.

    A project of which phases are granted competes with the others: its row says what remains. What is linked to a
    project stays with it and is not asked for again. Who stands behind all others has no claim to a share before them:
    it competes for the reserve alone, where a share's rest arrives when nobody else in its line wants it (F.5). Until
    the recall the line keeps the approved order: the next in it takes the place (QY-10.3).

    What earlier runs left of a penalised county's quota holds for the year, less what was cut since (QY-14.3), unless
    everything is divided `afresh`. After the recall there is one line without shares (QY-12.2); who stands behind keeps
    its category in it.
    """
    tables, budgets = run.tables, book.plan_balances()
    phases = phases_of(tables)
    asking = {each.project_id: each for each in tables.applications if competes(each, book, run, phases)}
    behind = frozenset(project for project in asking if stands_behind(project, book, run.policy))
    rest = {project: remaining(each, phases.get(project, ()), book) for project, each in asking.items()}
    if book.is_recalled:
        budgets = dict.fromkeys(budgets, 0) | {FLEX: sum(budgets.values())}
    else:
        rest |= {project: (replace(rest[project][0], category=FLEX), rest[project][1]) for project in behind}
    pins = tuple(pins_in_force(tables.pins, book, asking))
    penalties = (*tables.penalties, *book.penalties)
    columns = dict(tables.columns)
    for name, rows, row in (("pins", pins, Pin), ("penalties", penalties, Penalty)):
        if rows:
            columns[name] = columns.get(name, frozenset()) | {field.name for field in fields(row)}
    if book.negative and tables.counties:
        columns["counties"] = columns["counties"] | {"negative_list_until"}
    return replace(
        run,
        total=sum(budgets.values()),
        posted=Posted(
            budgets=budgets,
            granted=book.granted_by_county(),
            behind=behind,
            efficiency=efficiency(book, run.policy),
            places={} if book.is_recalled else book.places,
            ceilings={} if afresh else ceilings(book, cuts_of(penalties)),
        ),
        tables=replace(
            tables,
            applications=tuple(application for application, _ in rest.values()),
            phases=tuple(phase for _, left in rest.values() for phase in left),
            accounts=tuple(present_accounts(tables.accounts, book)),
            counties=tuple(listed(county, book) for county in tables.counties),
            pins=pins,
            penalties=penalties,
            columns=columns,
        ),
    )


def competes(application: Application, book: Book, run: Run, phases: Mapping[ProjectId, tuple[Phase, ...]]) -> bool:
    """Whether an application stands in the waiting line, or has phases that do.

    New ones compete until the recall; from then on only what was in the year's plan does (QY-12.2). One that was
    returned is looked at again while applications are taken: corrected later, it is too late (QY-6.4).
    """
    project, policy = application.project_id, run.policy
    state = book.state(project)
    if state in ("", SUBMITTED):
        return not book.is_recalled
    if state == RETURNED:
        return not book.is_recalled and is_open(policy, application.category, book.year, run.as_of)
    if state == RECALLED:
        return policy.readjust is None or policy.readjust.recalled_eligible != "no"
    if state in GRANTS:  # what is filed or used can neither fall due nor be recalled: its further phases do not compete
        granted = book.phases.get(project)
        return granted is not None and any(row.phase not in granted for row in phases.get(project, ()))
    return state == WAITLISTED


def latecomers(run: Run, book: Book) -> tuple[Application, ...]:
    """Applications that are not in the year's plan when what was recalled is divided: refused (QY-12.2)."""
    if not book.is_recalled:
        return ()
    return tuple(a for a in run.tables.applications if book.state(a.project_id) in ("", SUBMITTED))


def phases_of(tables: Tables) -> Mapping[ProjectId, tuple[Phase, ...]]:
    """The phases of each project that has some, in order."""
    found: dict[ProjectId, list[Phase]] = {}
    for row in tables.phases:
        found.setdefault(row.project_id, []).append(row)
    return {project: tuple(rows) for project, rows in found.items()}


def remaining(application: Application, phases: tuple[Phase, ...], book: Book) -> tuple[Application, tuple[Phase, ...]]:
    """What an application still asks: without the phases granted and without what is linked to it."""
    project = application.project_id
    if not phases and project not in book.linked:
        return application, ()
    granted = book.phases.get(project, frozenset())
    has: Counter[Indicator] = Counter()
    for holding in book.linked.get(project, ()):
        has[holding.indicator] += holding.quantity
    if not phases:
        return replace(application, needs=beyond(application.needs, has)), ()
    for phase in phases:
        if phase.phase in granted:
            has.subtract(phase.needs)
    left: list[Phase] = []
    for phase in phases:
        if phase.phase not in granted:
            left.append(replace(phase, needs=beyond(phase.needs, has)))
    needs: Counter[Indicator] = Counter()
    for phase in left:
        needs.update(phase.needs)
    row = replace(application, needs=dict(needs))
    if granted:
        plan = sum(phase.plan for phase in left)
        ledger = None if application.ledger is None else max(0, application.ledger - book.granted_plan(project))
        row = replace(row, plan=plan, ledger=ledger)
    return row, tuple(left)


def beyond(needs: Mapping[Indicator, int], has: Counter[Indicator]) -> dict[Indicator, int]:
    """What is needed beside what the project has; lowers `has` by what is used of it."""
    left: dict[Indicator, int] = {}
    for indicator, quantity in needs.items():
        covered = max(0, min(quantity, has[indicator]))
        has[indicator] -= covered
        if quantity > covered:
            left[indicator] = quantity - covered
    return left


def present_accounts(accounts: tuple[Account, ...], book: Book) -> Iterator[Account]:
    """The accounts with what is in them now; `used` grows by what the county's own projects drew (QN-3.1)."""
    drawn: Counter[str] = Counter()
    for held in (book.holdings, book.linked):
        for project, rows in held.items():
            for row in rows:
                if book.accounts[row.account_id].county == book.counties[project]:
                    drawn[row.account_id] += row.quantity
    for account in accounts:
        used = None if account.used is None else account.used + drawn[account.account_id]
        yield replace(account, balance=book.balances.get(account.account_id, 0), used=used)


def pins_in_force(pins: tuple[Pin, ...], book: Book, asking: Collection[ProjectId]) -> Iterator[Pin]:
    """What was decided beforehand for those who compete: by the scenario, or later by an event."""
    merged = {pin.project_id: pin for pin in pins} | dict(book.pins)
    yield from (pin for project, pin in sorted(merged.items()) if project in asking and pin.pin)


def ceilings(book: Book, cuts: Mapping[CountyCode, int]) -> Mapping[CountyCode, int]:
    """The most plan that a county may have this year: what the books note, less what was cut since (QY-14.3)."""
    noted = ((county, *noted) for county, noted in book.ceilings.items() if county in cuts)
    return {county: max(0, most - (cuts[county] - taken)) for county, most, taken in noted}


def listed(county: County, book: Book) -> County:
    """A county with the negative list as the books have it; an entry there holds for the rest of the plan year."""
    if county.code not in book.negative:
        return county
    return replace(county, negative_list_until=date(book.year, 12, 31))


def stands_behind(project: ProjectId, book: Book, policy: Policy) -> bool:
    """Whether a project stands behind all others: it was overdue, or its quota was recalled (QY-10.3, 12.2)."""
    equal = policy.readjust is not None and policy.readjust.recalled_eligible == "equal"
    return project in book.demoted and not (equal and book.state(project) == RECALLED)


def efficiency(book: Book, policy: Policy) -> Mapping[CountyCode, Fraction]:
    """What each county used of what it was granted when the recall came; only then does it count (QY-12.2)."""
    if not book.is_recalled or policy.readjust is None or not policy.readjust.efficiency_tiebreak:
        return {}
    used, granted = Counter[CountyCode](), Counter[CountyCode]()
    for (county, state), plan in book.at_recall.items():
        granted[county] += plan
        used[county] += plan if is_used(state, policy) else 0
    return {county: Fraction(used[county], whole) for county, whole in granted.items() if whole}
