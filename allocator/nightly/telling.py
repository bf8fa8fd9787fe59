"""From what a night did to the record of it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from allocator.ledger.book import Book
from allocator.ledger.deadlines import Due, reminders
from allocator.ledger.effects import losses
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.event import Event, in_order
from allocator.ledger.events import Reported as EventFile
from allocator.ledger.posting import ADJUSTED, APPROVED, REPLACED
from allocator.ledger.proposal import Considered, Mode
from allocator.messages import describe
from allocator.nightly.modes import Answered
from allocator.nightly.record import (
    NIGHT_VERSION,
    Back,
    Course,
    Gain,
    Lost,
    Night,
    Passed,
    Pool,
    Project,
    Reminder,
    Reported,
    Risen,
    Warned,
    mu,
    project,
)
from allocator.nightly.take_back import Taken
from allocator.outcome import Decided, Round, Run, Shortage
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import FLEX, AccountId, ProjectId
from allocator.report.contradiction import page
from allocator.report.reasons import DECIDING_KINDS

CLASH = "CONTRADICTION"
"""The code under which rules that cannot be kept together stand among the warnings."""

LISTED = 12
"""Projects that one warning names."""

PASSED = 50
"""Waiting projects that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a night is asked."""

    as_of: date
    mode: Mode
    actor: str
    reported: EventFile | None = None  # the file of events; None: there is none
    dry_run: bool = False

    @property
    def digest(self) -> str:
        """A digest of everything that is asked besides the day; of events what they say, in the order of acting."""
        events = in_order(self.reported.events if self.reported else ())
        said = [self.mode, self.actor, *([event.key, event.note] for event in events)]
        return sha256(json.dumps(said, ensure_ascii=False).encode("utf-8")).hexdigest()


@dataclass(slots=True, kw_only=True)
class Happened:
    """What a night did, while it does it."""

    events: tuple[Event, ...] = ()
    notes: tuple[Problem, ...] = ()  # of the reader of events
    skipped: tuple[Event, ...] = ()
    posted: tuple[Entry, ...] = ()  # by events
    due: tuple[Entry, ...] = ()  # overdue materials
    closing: tuple[Entry, ...] = ()  # the recall, and the end of the year
    moved: tuple[Entry, ...] = ()  # by the waiting line
    problems: tuple[Problem, ...] = ()
    courses: tuple[Answered, ...] = ()
    chosen: Answered | None = None
    refill: str = ""
    proposal: str = ""

    @property
    def taken(self) -> tuple[Event, ...]:
        """The events that were not in the books, nor earlier in the file."""
        passed_over = {id(event) for event in self.skipped}
        return tuple(event for event in self.events if id(event) not in passed_over)


def tell(asked: Asked, run: Run, happened: Happened, *, before: Book, behind: Book, run_id: str) -> Night:
    """The record of a night: `before` are the books as it found them, `behind` as it leaves them."""
    teller = Teller(run, before, behind, happened)
    chosen = happened.chosen
    drafted = chosen.considered if chosen and happened.refill in ("posted", "proposed", "open", "rejected") else None
    return Night(
        schema_version=NIGHT_VERSION,
        as_of=asked.as_of.isoformat(),
        mode=asked.mode,
        actor=asked.actor,
        title=run.title or run.scenario,
        year=run.year,
        run=run_id,
        head_before=str(before.head),
        head_after=str(behind.head),
        dry_run=asked.dry_run,
        refill=happened.refill,
        kind="adjustment" if behind.is_recalled else "replacement",
        rule=ADJUSTED if behind.is_recalled else REPLACED,
        proposal=happened.proposal,
        events_taken=[reported(event) for event in happened.taken],
        events_skipped=[reported(event) for event in happened.skipped],
        overdue=teller.lost("MATERIALS_OVERDUE", "OVERDUE"),
        withdrawn=teller.lost("WITHDRAWN", "WITHDRAWN"),
        recalled=teller.lost("RECALLED", "RECALLED"),
        used=[teller.who(entry.project) for entry in teller.turned("USED")],
        closed=sum(1 for _ in teller.turned("CLOSED")),
        returned=teller.returned(),
        risen=list(teller.risen(drafted)) if drafted else [],
        passed=list(teller.passed(chosen.considered))[:PASSED] if chosen and chosen.considered else [],
        taken_back=[teller.taken(each, chosen) for each in chosen.hurt] if chosen and drafted else [],
        reminders=[teller.reminder(due) for due in reminders(behind, run.policy, asked.as_of)],
        courses=list(teller.courses()),
        pools=[
            Pool(pool=pool, before_mu=mu(before.plan_balances()[pool]), after_mu=mu(behind.plan_balances()[pool]))
            for pool in (*run.policy.leaves(), FLEX)
        ],
        warnings=list(teller.warnings()),
    )


def reported(event: Event) -> Reported:
    """One event of the file."""
    return Reported(
        occurred_on=event.occurred_on.isoformat(),
        kind=event.kind.value,
        project_id=event.project_id,
        quantity_mu=event.quantity_mu,
        document=event.document,
    )


class Teller:
    """Looks up names and sums while a night is told."""

    def __init__(self, run: Run, before: Book, behind: Book, happened: Happened) -> None:
        self.run, self.before, self.behind, self.happened = run, before, behind, happened
        self.names = {application.project_id: application.name for application in run.tables.applications}
        self.titles = {county.code: county.name for county in run.tables.counties}
        self.written = (*happened.posted, *happened.due, *happened.closing)

    def who(self, project_id: ProjectId) -> Project:
        """Whom a line is about."""
        return project(project_id, self.names, self.behind.counties, self.titles)

    def turned(self, state: str) -> Iterator[Entry]:
        """The steps of applications to a state."""
        return (e for e in self.written if e.to_state == state and e.track == Track.APPLICATION.value)

    def lost(self, state: str, reason: str) -> list[Lost]:
        """Who lost a grant by coming to a state, and the plan that was given back."""
        back: Counter[ProjectId] = Counter()
        for entry in self.written:
            if entry.kind is EntryKind.RETURN and entry.indicator == Indicator.PLAN.value:
                back[entry.project] += entry.quantity
        return [
            Lost(
                **self.who(entry.project), plan_mu=mu(back[entry.project]), kept_mu="0", reason=reason, rule=entry.rule
            )
            for entry in self.turned(state)
        ]

    def taken(self, each: Taken, course: Answered) -> Lost:
        """A grant that is to be taken back, or made smaller."""
        plan = self.behind.granted_plan(each.project_id) or self.before.granted_plan(each.project_id)
        kept = mu(course.kept[each.project_id])
        return Lost(**self.who(each.project_id), plan_mu=mu(plan), kept_mu=kept, reason=each.reason, rule=each.rule)

    def returned(self) -> list[Back]:
        """What each account got back, those of plan first."""
        back: Counter[tuple[bool, AccountId, str]] = Counter()
        for entry in self.written:
            if entry.kind is EntryKind.RETURN:
                back[entry.indicator != Indicator.PLAN.value, entry.target, entry.indicator] += entry.quantity
        return [
            Back(
                account_id=account,
                indicator=indicator,
                unit=Indicator(indicator).unit,
                quantity=plain(quantity, Indicator(indicator).grid),
            )
            for (_, account, indicator), quantity in sorted(back.items())
        ]

    def risen(self, considered: Considered) -> Iterator[Risen]:
        """Who is granted anew, in the order of the line, and what each leaves in the pool it draws on."""
        chosen = self.happened.chosen
        anew = frozenset(chosen.granted if chosen else ())
        decided = {each.project_id: each for each in considered.allocation.decided}
        left = {book.pool: book.budget + book.received for book in considered.allocation.settlement.pools}
        behind: dict[ProjectId, int] = {}
        for round_ in Round:
            for placed in considered.allocation.order.places:
                for part in decided[placed.candidate.project_id].parts:
                    if part.round is round_:
                        left[part.pool] -= part.plan
                        behind.setdefault(placed.candidate.project_id, left[part.pool])
        for placed in considered.allocation.order.places:
            each = decided[placed.candidate.project_id]
            if each.project_id in anew:
                yield Risen(
                    **self.who(each.project_id),
                    position=placed.position,
                    plan_mu=mu(each.granted_plan),
                    pool=each.pool,
                    left_mu=mu(behind[each.project_id]),
                    reason=each.reason,
                    rule=each.rule,
                )

    def passed(self, considered: Considered) -> Iterator[Passed]:
        """Who stands in front of the last that moves up and is refused; where nobody moves up, everybody."""
        places = considered.allocation.order.places
        decided = {each.project_id: each for each in considered.allocation.decided}
        granted = [placed.position for placed in places if decided[placed.candidate.project_id].parts]
        for placed in places:
            each = decided[placed.candidate.project_id]
            if each.parts or (granted and placed.position > max(granted)):
                continue
            short = decisive(each)
            yield Passed(
                **self.who(each.project_id),
                position=placed.position,
                reason=each.reason,
                rule=each.rule,
                indicator=short.indicator.value if short else "",
                short=plain(short.short, short.indicator.grid) if short else "",
            )

    def reminder(self, due: Due) -> Reminder:
        """What somebody has to do."""
        who, day = self.who(due.project), due.due_on.isoformat()
        return Reminder(**who, what=due.what, rule=due.rule, due_on=day, days_left=due.days_left)

    def courses(self) -> Iterator[Course]:
        """What each of the three modes does, or would have done."""
        for course in self.happened.courses:
            yield Course(
                mode=course.mode,
                same_as=course.same_as,
                impossible=course.impossible,
                granted=[Gain(**self.who(p), plan_mu=mu(plan)) for p, plan in sorted(course.granted.items())],
                hurt=[self.taken(each, course) for each in course.hurt],
            )

    def warnings(self) -> Iterator[Warned]:
        """What somebody should look at."""
        happened = self.happened
        for problem in (*happened.notes, *happened.problems, *self.linked(), *self.undone()):
            yield warned(problem)
        chosen = happened.chosen
        if chosen and chosen.trouble:
            said = {language: " ".join(page(chosen.trouble, language).split()) for language in ("zh", "en")}
            yield Warned(code=CLASH, **said)
        yield from (warned(problem) for problem in (chosen.problems if chosen else ()))

    def undone(self) -> Iterator[Problem]:
        """What is left to do by hand where the chosen answer takes farmland or boundary scale from a grant in force."""
        chosen = self.happened.chosen
        entries = chosen.considered.entries if chosen and chosen.considered else ()
        moved = {e.project for e in entries if e.kind is EntryKind.RETURN and e.indicator != Indicator.PLAN.value}
        for project_id in sorted(moved):
            yield from losses(self.behind, project_id)
        hurt = {each.project_id for each in chosen.hurt} if chosen else set[ProjectId]()
        stay = {each.project_id for each in chosen.taken} - hurt if chosen else set[ProjectId]()
        if other := sorted({e.project for e in entries if e.is_move} & stay):
            shown = ", ".join(other[:LISTED]) + (" ..." if len(other) > LISTED else "")
            yield Problem(
                code="NIGHT_DRAWN_ELSEWHERE",
                severity=Severity.WARNING,
                place=Place(),
                value=shown,
                facts={"count": str(len(other))},
                rule=APPROVED,
            )

    def linked(self) -> Iterator[Problem]:
        """Projects that lost their grant by the calendar and keep what is linked to a file (QN-12.3)."""
        for entry in (*self.happened.due, *self.happened.closing):
            lost = entry.to_state in ("MATERIALS_OVERDUE", "RECALLED") and entry.track == Track.APPLICATION.value
            if lost and (held := self.before.linked.get(entry.project)):
                stays = (f"{h.account_id} {plain(h.quantity, h.indicator.grid)} {h.indicator.unit}" for h in held)
                yield Problem(
                    code="NIGHT_LINKED_STAYS",
                    severity=Severity.WARNING,
                    place=Place(),
                    value=entry.project,
                    facts={"stays": ", ".join(stays)},
                    rule="QN-12.3",
                )


def decisive(decided: Decided) -> Shortage | None:
    """The shortage that the reason of a refusal speaks of: the first of its kind in the last round."""
    kinds = DECIDING_KINDS.get(decided.reason, ())
    met = [shortage for shortage in decided.shortages if shortage.kind.value in kinds]
    return next((shortage for shortage in met if shortage.round is met[-1].round), None)


def warned(problem: Problem) -> Warned:
    """A problem in both languages."""
    return Warned(code=problem.code, zh=describe(problem, "zh"), en=describe(problem, "en"))
