"""Least change: which grants in force must go so that total, stocks, penalty caps and pins carry the others.

Nothing violated, nothing taken back. What is asked of the accounts besides is what a pin grants to a project in the
waiting line, what the province takes from the year's quota, and what is cut of a penalised county.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.contradiction_search import TOTAL_RULE
from allocator.eligibility import screen
from allocator.ledger.book import Book
from allocator.networks import may_draw
from allocator.outcome import Candidate, Ceiling, Group, Run
from allocator.penalties import cuts_of
from allocator.pin_checks import RULE
from allocator.pins import DENY, GRANT, pinned
from allocator.policy import in_force as in_force_on
from allocator.quantities import Indicator
from allocator.records import Account, CountyCode, ProjectId, canonical
from allocator.stock import arrange
from models.instance import Bools, Ints
from models.take_back import InForce, take_back

TAKEABLE = frozenset({"GRANTED", "MATERIALS_FILED"})
"""The states in which a grant may be taken back: what is used, or given anew after the recall, stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A grant that is to be taken back, and why."""

    project_id: ProjectId
    reason: str  # DENIED | PENALTY | TOTAL_CUT | ROOM_FOR_PIN | FRESH
    rule: str


def may_go(book: Book) -> frozenset[ProjectId]:
    """The projects whose grant is neither used nor linked to a land-approval file (QN-12.3)."""
    return frozenset(p for p in book.holdings if book.state(p) in TAKEABLE and p not in book.linked)


def in_force(book: Book) -> tuple[ProjectId, ...]:
    """The projects that have a grant, in the approved order; one that has no place in it stands behind."""
    last = 1 + max(book.places.values(), default=0)
    granted = (project for project in book.holdings if book.is_granted(project))
    return tuple(sorted(granted, key=lambda project: (book.places.get(project, last), canonical(project))))


def smallest(
    run: Run, book: Book, question: Run, *, cut: int = 0, ceilings: Collection[Ceiling] = ()
) -> tuple[Taken, ...]:
    """The fewest grants to take back, in the approved order.

    `run` is the whole scenario, `question` what the books make of it (`restate`): the projects in the waiting line
    with their pins, what the accounts hold, and penalties. `cut` is what the province takes from the
    year's quota, grid units. What a county would be granted anew without its penalties (`ceilings`) bears them before
    its grants in force do (QY-14.3). Raises `Infeasible` where taking back all that may go is not enough.
    """
    if not (cut or question.tables.penalties or book.pins or run.tables.pins):
        return ()
    line = in_force(book)
    pins = [(p, kind) for kind in (GRANT, DENY) for p in pinned(run.tables, kind)]
    verdict = dict(pins) | {p: pin.pin for p, pin in book.pins.items()}
    takeable = frozenset(p for p in may_go(book) if verdict.get(p) != GRANT)
    caps = penalised(run, book, takeable, question, ceilings)
    groups = asked(question)
    accounts = [a for a in question.tables.accounts if any(opens(question, group, a) for group in groups)]
    plan = sum(c.plan for c in forced(question))
    drawn, counted = matrices(book, line, accounts, list(caps))
    held = [sum(book.plan_balances().values()) - cut, *(a.balance for a in accounts)]
    inst = InForce(
        drawn=drawn,
        balance=np.array(held, dtype=np.int64),
        stays=np.array([p not in takeable for p in line], dtype=np.bool_),
        goes=np.array([p in takeable and verdict.get(p) == DENY for p in line], dtype=np.bool_),
        need=np.array([plan, *groups.values()], dtype=np.int64),
        open=np.array(
            [[True] + [False] * len(accounts), *([False, *(opens(question, g, a) for a in accounts)] for g in groups)],
            dtype=np.bool_,
        ),
        cap=np.array(list(caps.values()), dtype=np.int64),
        counted=counted,
    )
    return tuple(reasoned(inst, line, book, caps, take_back(inst), run))


def forced(question: Run) -> tuple[Candidate, ...]:
    """The projects of the waiting line that are to be granted beforehand and pass the gates."""
    granted = pinned(question.tables, GRANT)
    if not granted:
        return ()
    found = screen(question.tables, question.policy, year=question.year, as_of=question.as_of)
    return tuple(c for c in found.candidates if c.project_id in granted)


def asked(question: Run) -> Mapping[Group, int]:
    """What pins ask of the accounts other than plan, by those that may draw on the same ones."""
    needs: Counter[Group] = Counter()
    for candidate in forced(question) if question.tables.has("accounts") else ():
        for indicator, quantity in candidate.needs.items():
            county = candidate.application.county
            needs[Group(indicator=indicator, county=county, access=bool(candidate.access))] += quantity
    return dict(sorted(needs.items()))


def opens(question: Run, group: Group, account: Account) -> bool:
    """Whether the account is open to these needs."""
    return may_draw(arrange(group.indicator, question.policy, ()), group, account)


def penalised(
    run: Run,
    book: Book,
    takeable: Collection[ProjectId],
    question: Run,
    ceilings: Collection[Ceiling],
) -> Mapping[CountyCode, int]:
    """County -> the most of its plan in force that may stay, for those that have more than their penalties leave.

    What may not be taken back stays under the cap, which is then that much.
    """
    if run.policy.penalty is None or not in_force_on(run.policy.penalty, run.as_of):
        return {}
    granted, stays = Counter[CountyCode](), Counter[CountyCode]()
    for project in book.holdings:
        plan = book.granted_plan(project)
        granted[book.counties[project]] += plan
        stays[book.counties[project]] += 0 if project in takeable else plan
    most = for_the_year(question, ceilings)
    return {county: max(stays[county], whole) for county, whole in most.items() if whole < granted[county]}


def for_the_year(question: Run, ceilings: Collection[Ceiling]) -> Mapping[CountyCode, int]:
    """The most plan of each penalised county this year, counted before anything is taken back (QY-14.3).

    What is taken back for a cut is the cut; what is left is not cut by it again.
    """
    posted, anew = question.posted, {ceiling.county: ceiling.base for ceiling in ceilings}
    if posted is None:
        return {}
    cuts = cuts_of(question.tables.penalties)
    return {county: posted.most(county, anew.get(county, 0), cut) for county, cut in cuts.items()}


def matrices(
    book: Book, line: Sequence[ProjectId], accounts: Sequence[Account], counties: Sequence[CountyCode]
) -> tuple[Ints, Ints]:
    """(N, 1 + A) what each grant gives back: plan, whatever pool it came from, then each account; (N, D) its plan
    under its county's cap."""
    column = {account.account_id: number for number, account in enumerate(accounts, start=1)}
    drawn = np.zeros((len(line), 1 + len(accounts)), dtype=np.int64)
    counted = np.zeros((len(line), len(counties)), dtype=np.int64)
    for n, project in enumerate(line):
        for holding in book.holdings[project]:
            if holding.indicator is Indicator.PLAN:
                drawn[n, 0] += holding.quantity
            elif holding.account_id in column:
                drawn[n, column[holding.account_id]] += holding.quantity
        for d, county in enumerate(counties):
            counted[n, d] = drawn[n, 0] if book.counties[project] == county else 0
    return drawn, counted


def reasoned(
    inst: InForce, line: Sequence[ProjectId], book: Book, caps: Mapping[CountyCode, int], taken: Bools, run: Run
) -> Iterator[Taken]:
    """What asked for each grant that is taken back: a denial, a penalty, a cut of the quota, or a pinned grant."""
    for n in np.flatnonzero(taken).tolist():
        project = line[n]
        if inst.goes[n]:
            yield Taken(project_id=project, reason="DENIED", rule=RULE)
        elif run.policy.penalty and book.counties[project] in caps:
            yield Taken(project_id=project, reason="PENALTY", rule=run.policy.penalty.rule)
        elif inst.balance[0] < 0 and inst.drawn[n, 0]:
            yield Taken(project_id=project, reason="TOTAL_CUT", rule=TOTAL_RULE)
        else:
            yield Taken(project_id=project, reason="ROOM_FOR_PIN", rule=RULE)
