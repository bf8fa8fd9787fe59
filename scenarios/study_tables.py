"""What a study writes at its end: its tables as rows, and `summary.json`. The same study gives the same bytes."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from allocator.outcome import Round
from allocator.records import Application, ProjectId
from allocator.report.csv_files import write_csv
from allocator.report.json_files import write_json
from allocator.report.read_folder import TOOL
from allocator.report.rows import Cell, Row, Table
from allocator.version import tool_version
from scenarios.differences import CHANGES, Change, Granted, changes
from scenarios.study_answers import CaseAnswer, plan_mu
from scenarios.study_designs import Case
from scenarios.study_file import Study
from scenarios.study_questions import STUDY_VERSION

PROJECT = ("project_id", "name", "county", "category")
CHANGED = ("change", "round_before", "round_after", "plan_before_mu", "plan_after_mu")
MONEY = ("payer", "payee", "indicator", "quantity", "unit_price_yuan", "amount_yuan")
GIVEN = ("county", "indicator", "given", "remaining_before", "remaining_after", "usage_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One case with its answer and the key under which it is kept."""

    case: Case
    key: str
    answer: CaseAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a study found: its tables, the facts for its summary, and how many answers are new."""

    tables: tuple[Table, ...]
    facts: Mapping[str, Any]
    solved: int
    complete: bool = True  # False: a limit was reached


def tables(study: Study, answered: Sequence[Answered], applications: Sequence[Application]) -> tuple[Table, ...]:
    """`cases`, `changes`, and `payments` and `donors` where they are told; the base is the first that was answered."""
    told = [name for name in ("payments", "donors") if name in study.columns]
    columns = {"payments": MONEY, "donors": GIVEN}
    return (
        cases_table(answered, study.columns),
        changes_table(answered, applications),
        *(
            Table(
                name=name,
                columns=("case", *columns[name]),
                rows=tuple((each.case.number, *row) for each in answered for row in getattr(each.answer, name)),
            )
            for name in told
        ),
    )


def cases_table(answered: Sequence[Answered], told: Sequence[str]) -> Table:
    """One row a case: what it sets, what it grants, and how many projects fare otherwise than in the base."""
    paths = list(dict.fromkeys(path for each in answered for path in each.case.sets))
    base = answered[0].answer.granted
    extra = [name for name in ("payments", "donors") if name in told]
    rows: list[Row] = []
    for each in answered:
        solved = each.answer.is_solved
        counted = Counter(change.kind for change in changes(base, each.answer.granted)) if solved else None
        rows.append((
            each.case.number,
            each.case.name,
            *(each.case.sets.get(path) for path in paths),
            each.answer.status,
            *(totals(each.answer.granted) if solved else (None,) * 4),
            *(None if counted is None else counted[kind] for kind in CHANGES),
            *(cell for name in extra for cell in extras(name, each.answer, solved)),
            ", ".join(each.answer.codes) or None,
            each.key,
        ))  # fmt: skip
    heads = {"payments": ("payments_yuan",), "donors": ("donors",)}
    return Table(
        name="cases",
        columns=(
            *("case", "name", *paths, "status", "granted", "granted_plan_mu", "own_mu", "flex_mu", *CHANGES),
            *(head for name in extra for head in heads[name]),
            *("codes", "key"),
        ),
        rows=tuple(rows),
    )


def totals(granted: Granted) -> tuple[Cell, ...]:
    """How many projects are granted, how much plan, and how much of it to projects first served by each round."""
    by_round = {round_: sum(plan for first, plan in granted.values() if first == round_) for round_ in Round}
    return len(granted), mu(sum(by_round.values())), mu(by_round[Round.OWN]), mu(by_round[Round.FLEX])


def extras(name: str, answer: CaseAnswer, solved: bool) -> tuple[Cell, ...]:
    """What all payments come to, empty where a price is not known; how many counties give."""
    if not solved:
        return (None,)
    if name == "donors":
        return (len({row[0] for row in answer.donors}),)
    amounts = [row[-1] for row in answer.payments]
    return (None if "" in amounts else sum(map(Decimal, amounts), Decimal(0)),)


def mu(steps: int) -> Decimal:
    """Grid units of plan in mu."""
    return Decimal(plan_mu(steps))


def changes_table(answered: Sequence[Answered], applications: Sequence[Application]) -> Table:
    """One row for each case and project that fares otherwise than in the base."""
    known = {application.project_id: application for application in applications}
    base = answered[0].answer.granted
    return Table(
        name="changes",
        columns=("case", *PROJECT, *CHANGED),
        rows=tuple(
            (each.case.number, *change_row(change, known))
            for each in answered[1:]
            if each.answer.is_solved
            for change in changes(base, each.answer.granted)
        ),
    )


def change_row(change: Change, known: Mapping[ProjectId, Application]) -> Row:
    """Who it is, and what it had and has."""
    project = known[change.project_id]
    (first, old), (then, new) = change.before, change.after
    who = (project.project_id, project.name, project.county, project.category)
    return (*who, change.kind, first or None, then or None, mu(old), mu(new))


def write_tables(study: Study, found: Sequence[Table], facts: Mapping[str, Any]) -> dict[str, bytes]:
    """File name -> content: every table as CSV, `summary.json` last; its digest stands for all of it."""
    files = {f"{table.name}.csv": write_csv(table) for table in found}
    content = {
        "schema_version": STUDY_VERSION,
        "tool": {"name": TOOL, "version": tool_version()},
        "title": study.title,
        "study": {"name": study.file, "sha256": study.sha256},
        "design": study.design,
        "columns": ["grants", *(name for name in study.columns if name != "grants")],
        "set": dict(study.sets),
        **facts,
        "outputs": {name: hashlib.sha256(text).hexdigest() for name, text in files.items()},
    }
    digest = hashlib.sha256(write_json(content)).hexdigest()
    return {**files, "summary.json": write_json({**content, "digest": digest})}


def case_facts(answered: Sequence[Answered]) -> dict[str, Any]:
    """The base and every case for `summary.json`: its key, what it sets, and its row of `cases.csv` in short."""
    base, *others = [dict(case_fact(each, answered[0])) for each in answered]
    statuses = Counter(each.answer.status for each in answered)
    return {"statuses": dict(sorted(statuses.items())), "base": base, "cases": others}


def case_fact(each: Answered, base: Answered) -> Iterator[tuple[str, Any]]:
    """One case, key by key."""
    yield "case", each.case.number
    yield "name", each.case.name
    yield "set", dict(each.case.sets)
    yield "key", each.key
    yield "status", each.answer.status
    if not each.answer.is_solved:
        yield "codes", list(each.answer.codes)
        return
    yield "granted", len(each.answer.granted)
    yield "granted_plan_mu", plan_mu(sum(plan for _, plan in each.answer.granted.values()))
    yield "changed", dict(Counter(change.kind for change in changes(base.answer.granted, each.answer.granted)))
