"""Break points of one number: every value on its grid at which a grant changes, who enters, who leaves.

The number is the year's total, a share (with the setting that takes up the difference), or the balance of an account.
It is studied as the integers 0, 1, 2, ... of its grid. Modes that no walk decides are refused by name, and so are cases
in which other budgets than those of the number would run with it.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import lcm
from typing import Any

import numpy as np

from allocator.compile import Case
from allocator.outcome import Round
from allocator.problems import InputRejected
from allocator.quantities import Indicator, OffGrid, on_grid, plain
from allocator.records import FLEX, Application, ProjectId
from allocator.report.json_files import write_json
from allocator.report.rows import Table
from models.exact import walk
from models.instance import SHAPES, Fill, Instance
from models.pieces import Course, at, cut
from models.traced import Line
from scenarios.differences import Change, Granted, changes
from scenarios.study_answers import by_project
from scenarios.study_designs import whole_of
from scenarios.study_file import Range, Study, fault
from scenarios.study_journal import Journal
from scenarios.study_levers import part
from scenarios.study_numbers import spell
from scenarios.study_questions import TOTAL, Questions
from scenarios.study_tables import CHANGED, PROJECT, Found, change_row, mu

Step = Callable[[int, int], None]
"""Told how much is done, and of how much."""

SHARES = "policy.shares."
BUILT = (TOTAL, f"{SHARES}top.<part>", f"{SHARES}groups.<group>.<part>", "accounts.<account_id>.balance")
"""The paths whose break points are built."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A walk along a number: the case, what runs with the number, and the key under which its pieces are kept."""

    case: Case
    course: Course
    range: Range
    step: Fraction
    count: int  # values of the grid
    key: str
    scenario: str
    applications: Mapping[ProjectId, Application]

    def text(self, number: int) -> str:
        """One value as it would be written."""
        return spell(self.range.first + number * self.step)


def plan_walk(study: Study, asked: Range, questions: Questions) -> Walked:
    """The walk that a study asks for; raises `InputRejected` where it cannot be walked."""
    step = step_of(study, asked, questions)
    count = (asked.last - asked.first) // step + 1
    numbers = (0, (count - 1) // 2, count - 1)
    runs = [questions.ask(settings_at(study, asked, questions, asked.first + number * step)) for number in numbers]
    cases = [questions.prepare(run).case for run in runs]
    refuse_unwalked(study, asked, cases[0])
    course = course_of(asked, cases[0], cases[-1], step, count)
    for number, case in zip(numbers, cases, strict=True):
        if not are_alike(at(cases[0].instance, course, number), case.instance):
            raise InputRejected([fault("STUDY_BREAKPOINTS_PATH", study.file, AT, asked.path, built=", ".join(BUILT))])
    said = [questions.key(runs[0], ()), asked.path, asked.complement, spell(step), spell(asked.last)]
    return Walked(
        case=cases[0],
        course=course,
        range=asked,
        step=step,
        count=count,
        key=hashlib.sha256(write_json({"breakpoints": said})).hexdigest(),
        scenario=runs[0].scenario,
        applications={application.project_id: application for application in runs[0].tables.applications},
    )


AT = "breakpoints.path"


def step_of(study: Study, asked: Range, questions: Questions) -> Fraction:
    """The distance of two neighbouring values: as given, else the grid on which the quantity is stored."""
    if asked.path.startswith(SHARES):
        for key, given in (("step", asked.step), ("complement", asked.complement)):
            if not given:
                raise InputRejected([fault("STUDY_MISSING_KEY", study.file, f"breakpoints.{key}", key)])
        return asked.step or Fraction(1)
    indicator = Indicator.PLAN
    if asked.path != TOTAL:
        table, name, column = part(asked.path)
        if (table, column) != ("accounts", "balance"):
            raise InputRejected([fault("STUDY_BREAKPOINTS_PATH", study.file, AT, asked.path, built=", ".join(BUILT))])
        questions.ask({asked.path: spell(asked.first)})  # raises for an account that does not exist
        accounts = questions.ask({}).tables.accounts
        indicator = next(account.indicator for account in accounts if account.account_id == name)
    step = asked.step or Fraction(1, indicator.grid)
    for number in (asked.first, step):
        try:
            on_grid(number, indicator.grid)
        except OffGrid:
            facts = {"unit": indicator.unit, "finest": plain(1, indicator.grid)}
            raise InputRejected(
                [fault("STUDY_NOT_ON_THE_GRID", study.file, "breakpoints", spell(number), **facts)]
            ) from None
    return step


def settings_at(study: Study, asked: Range, questions: Questions, value: Fraction) -> Mapping[str, str]:
    """What one value sets."""
    if not asked.complement:
        return {asked.path: spell(value)}
    whole = whole_of(study, asked.path, asked.complement, questions, "breakpoints.complement")
    if value > whole:
        facts = {"path": asked.path, "complement": asked.complement, "whole": spell(whole)}
        raise InputRejected([fault("STUDY_NO_ROOM", study.file, "breakpoints", spell(value), **facts)])
    return {asked.path: spell(value), asked.complement: spell(whole - value)}


def refuse_unwalked(study: Study, asked: Range, case: Case) -> None:
    """Raise `InputRejected` for a mode that no walk decides, and where more than budgets would run with the number."""
    if not case.instance.is_walkable:
        why = case.policy.ranking.fill if case.instance.fill is Fill.MAX_WEIGHT else "min_share, max_share"
        raise InputRejected([fault("STUDY_BREAKPOINTS_MODE", study.file, "design", why)])
    also = {"pins": bool(case.held), "penalties": bool(case.caps), "forbidden": case.instance.network is not None}
    if bound := ", ".join(name for name, stands in also.items() if stands):
        raise InputRejected([fault("STUDY_BREAKPOINTS_BOUND", study.file, "design", bound, path=asked.path)])


def course_of(asked: Range, first: Case, last: Case, step: Fraction, count: int) -> Course:
    """What runs with the number, as functions of 0, 1, 2, ...; `first` and `last` are the case at both ends."""
    resolution = int(first.policy.units.area_resolution * Indicator.PLAN.grid)
    parts = {leaf: (first.shares[leaf].part, last.shares[leaf].part) for leaf in first.shares if leaf != FLEX}
    if asked.path == TOTAL:
        grid = Indicator.PLAN.grid
        begin, more = on_grid(asked.first, grid), on_grid(step, grid)
        shares = [floored(one * begin, one * more, resolution) for one, _ in parts.values()]
        return Course(total=even(begin, more), share=dict(enumerate(shares)))
    if asked.path.startswith(SHARES):
        total, steps = first.instance.total, max(count - 1, 1)
        lines = [floored(one * total, (other - one) * total / steps, resolution) for one, other in parts.values()]
        moved = [one != other for one, other in parts.values()]
        return Course(share={number: line for number, line in enumerate(lines) if moved[number]})
    _, name, _ = part(asked.path)
    for number, stock in enumerate(first.stocks.values()):
        more = on_grid(step, stock.indicator.grid)
        for account in stock.store_accounts:
            if account.account_id == name:
                cell = first.counties.index(account.county), number
                return Course(own={cell: even(int(first.instance.own[cell]), more)})
        if name in {account.account_id for account in stock.pool_accounts}:
            return Course(pool={number: even(int(first.instance.pool[number]), more)})
    return Course()


def even(begin: int, more: int) -> Line:
    """A budget that grows by the same at every step."""
    return lambda number: begin + more * number


def floored(begin: Fraction, more: Fraction, resolution: int) -> Line:
    """A share that grows evenly, floored as `allocator.shares` floors it; in integers, for it is asked very often."""
    scale = lcm(begin.denominator, more.denominator)
    start, rise, size = int(begin * scale), int(more * scale), scale * resolution
    return lambda number: (start + rise * number) // size * resolution


def are_alike(one: Instance, other: Instance) -> bool:
    """Whether two instances ask the same."""
    return all(
        np.array_equal(np.asarray(getattr(one, name)), np.asarray(getattr(other, name)))
        for name in (*SHAPES, "reserve", "fill")
    )


def follow(walked: Walked, journal: Journal, step: Step) -> Found:
    """Every piece, those known already first; new ones are kept as they are found."""
    known = journal.answers.get(walked.key, [])
    limit, solved = walked.range.limit or walked.count, 0
    here = known[-1]["to"] + 1 if known else 0
    before = granted_at(walked, here - 1) if here else None
    step(here, walked.count)
    if here < walked.count and len(known) < limit:
        for piece in islice(cut(walked.case.instance, walked.course, here, walked.count - 1), limit - len(known)):
            opening, closing = by_project(walked.case, piece.opening), by_project(walked.case, piece.closing)
            changed = [] if before is None else changes(before, opening)
            journal.add(
                walked.key,
                {
                    "from": piece.first,
                    "to": piece.last,
                    "opening": list(sums(opening)),
                    "closing": list(sums(closing)),
                    "changes": [[c.project_id, c.kind, list(c.before), list(c.after)] for c in changed],
                },
            )
            before, solved = closing, solved + 1
            step(piece.last + 1, walked.count)
    pieces = journal.answers.get(walked.key, [])[:limit]
    tables = (pieces_table(walked, pieces), breakpoints_table(walked, pieces))
    complete = pieces[-1]["to"] == walked.count - 1
    return Found(tables=tables, facts=facts(walked, pieces, complete), solved=solved, complete=complete)


def granted_at(walked: Walked, number: int) -> Granted:
    """What is granted at one value."""
    return by_project(walked.case, walk(at(walked.case.instance, walked.course, number)))


def sums(granted: Granted) -> Iterator[int]:
    """How many are granted; grid units first served by the own share, and by the reserve."""
    yield len(granted)
    for round_ in Round:
        yield sum(plan for first, plan in granted.values() if first == round_)


def pieces_table(walked: Walked, pieces: Sequence[Mapping[str, Any]]) -> Table:
    """One row a piece: from which value to which, and what is granted at both."""
    return Table(
        name="pieces",
        columns=("piece", "from", "to", "granted", "granted_plan_mu", "own_mu", "flex_mu", "granted_plan_at_to_mu"),
        rows=tuple(
            (
                number,
                walked.text(piece["from"]),
                walked.text(piece["to"]),
                piece["opening"][0],
                mu(sum(piece["opening"][1:])),
                *map(mu, piece["opening"][1:]),
                mu(sum(piece["closing"][1:])),
            )
            for number, piece in enumerate(pieces, start=1)
        ),
    )


def breakpoints_table(walked: Walked, pieces: Sequence[Mapping[str, Any]]) -> Table:
    """One row for each value at which a grant changes and each project whose grant does."""
    return Table(
        name="breakpoints",
        columns=("at", *PROJECT, *CHANGED),
        rows=tuple(
            (walked.text(piece["from"]), *change_row(from_record(record), walked.applications))
            for piece in pieces
            for record in piece["changes"]
        ),
    )


def from_record(record: Sequence[Any]) -> Change:
    """A change as a journal keeps it."""
    project, kind, (first, old), (then, new) = record
    return Change(project_id=project, kind=kind, before=(first, old), after=(then, new))


def facts(walked: Walked, pieces: Sequence[Mapping[str, Any]], complete: bool) -> dict[str, Any]:
    """What `summary.json` says of the walk; `next` is the value at which it goes on where a limit cut it short."""
    return {
        "scenario": walked.scenario,
        "path": walked.range.path,
        "complement": walked.range.complement,
        "from": walked.text(0),
        "to": walked.text(walked.count - 1),
        "step": spell(walked.step),
        "values": walked.count,
        "pieces": len(pieces),
        "complete": complete,
        "next": "" if complete else walked.text(pieces[-1]["to"] + 1),
        "key": walked.key,
    }
