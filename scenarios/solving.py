"""From a scenario's folder to a checked allocation: read it, hand it over to the domain, and time both."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from csv import DictReader
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from time import perf_counter_ns

from allocator.eligibility import screen
from allocator.explore import Asked, explored
from allocator.intake.addresses import position
from allocator.intake.columns import titled
from allocator.outcome import POLICY, Allocation, Run, Screening
from allocator.problems import InputRejected, NothingFound, Place, Problem, Severity
from allocator.records import CountyCode, Source, Tables
from allocator.report.csv_files import unguard
from allocator.report.read_folder import read_folder, read_output
from allocator.solve import Engine, PlanInForce, allocate
from models.answer import Limits
from scenarios.examples_left import examples_left
from scenarios.question import read_run

Announce = Callable[[str], None]
"""Told the name of a step as it begins: `reading`, `solving`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """A question, its answer, and what a reader should know before trusting either."""

    run: Run
    allocation: Allocation
    warnings: tuple[Problem, ...]
    confirmed_by: str = ""  # the solver of the second opinion, where one was asked for

    @property
    def answer(self) -> tuple[Allocation, Run]:
        """What every report is made from."""
        return self.allocation, self.run


def solve(
    where: str,
    sets: Sequence[str],
    *,
    engine: Engine,
    announce: Announce,
    out: Path | None = None,
    changes: Asked = "none",
    second_opinion: bool = False,
    limits: Limits | None = None,
    incumbent: Path | None = None,
) -> Solved:
    """The allocation of the scenario at `where`, about to be written into `out`, with the `changes` asked for.

    Raises `InputRejected` with every problem found, `OutputRefused` when `out` lies among the data, and
    `allocator.solve.RecountFailed` when the answer does not add up,
    `allocator.disagreement.EnginesDisagree` when the second opinion asked for is another.
    """
    announce("reading")
    started = perf_counter_ns()
    run, warnings = read_run(where, sets, out)
    plan = givers = None
    if incumbent:
        source, plan, givers = read_plan(incumbent)
        run = replace(run, plan_in_force=source)
    read = perf_counter_ns()
    announce("solving")
    allocation = allocate(run, engine=engine, limits=limits, plan=plan, givers=givers)
    confirmed_by = ""
    if second_opinion:
        from allocator.second_opinion import confirm

        announce("confirming")
        confirmed_by = confirm(run, allocation, plan=plan, limits=limits)
    solved = perf_counter_ns()
    announce("exploring")
    allocation = explored(run, allocation, changes)
    spent = {
        "reading": (read - started) // 1_000_000,
        "solving": (solved - read) // 1_000_000,
        "exploring": (perf_counter_ns() - solved) // 1_000_000,
    }
    return Solved(
        run=replace(run, milliseconds=spent),
        allocation=allocation,
        warnings=(*warnings, *allocation.screening.warnings),
        confirmed_by=confirmed_by,
    )


def read_plan(folder: Path) -> tuple[Source, PlanInForce, frozenset[CountyCode]]:
    """The file in which an output folder says what it grants; that, phase by phase; and the counties that give in it.

    Raises `InputRejected`.
    """
    result = read_folder(folder)
    granted = {
        project: {phase["phase"] for phase in record["phases"] if phase["round"]} if record["phases"] else {0}
        for project, record in result.explanations.items()
        if record["round"]
    }
    sha256 = str(result.manifest["outputs"]["explanations.json"])
    donors = DictReader(StringIO(read_output(folder, "donors.csv", result.manifest).decode("utf-8"), newline=""))
    givers = frozenset(unguard(row["county"]) for row in donors)
    return Source(name=folder.name, sha256=sha256, reader="landquota"), granted, givers


def check(where: str, sets: Sequence[str]) -> tuple[Problem, ...]:
    """Everything wrong or doubtful in the scenario at `where`, errors and warnings, in file order.

    Each step looks at what the steps before it let through. Without an error the last step is the allocation itself,
    so that `solve` accepts what passes here.
    """
    found: list[Problem] = []
    tables = Tables(applications=())
    try:
        run, warnings = read_run(where, sets)
        tables = run.tables
        found += warnings
        found += examples_left(tables)
        screening = screen(tables, run.policy, year=run.year, as_of=run.as_of)
        found += screening.warnings
        found += without_effect(screening)
        with suppress(NothingFound):  # whether there is a better answer than the first one is not asked here
            allocate(run, limits=Limits(work=1))
    except InputRejected as rejected:
        found += rejected.problems
    return in_file_order(found, tables)


def without_effect(screening: Screening) -> Iterator[Problem]:
    """One note for each table or column that is absent, with the rules that therefore are not applied, one for those
    that nothing in the policy carries out; one for each column that stands there and that no rule reads."""
    for missing in dict.fromkeys(unchecked.missing for unchecked in screening.not_checked):
        rules = [unchecked.rule for unchecked in screening.not_checked if unchecked.missing == missing]
        code = "RULE_NOT_CARRIED_OUT" if missing == POLICY else "RULE_NOT_CHECKED"
        yield note(code, missing, rules=", ".join(rules))
    for unread in screening.not_applied:
        yield note("NOT_APPLIED", unread)


def note(code: str, value: str, **facts: str) -> Problem:
    """A note about a table or column of the data."""
    return Problem(code=code, severity=Severity.NOTE, place=Place(), value=titled(value), facts=facts)


def in_file_order(problems: Sequence[Problem], tables: Tables) -> tuple[Problem, ...]:
    """What concerns the files as wholes, then sheet by sheet, row by row, column by column."""
    records = (tables.applications, tables.counties, tables.accounts, tables.trades, tables.lists)
    read = [rows[0].place for rows in records if rows]
    named = [problem.place for problem in problems if problem.place.sheet]  # of what was refused, no records are left
    sheets = list(dict.fromkeys((place.file, place.sheet) for place in (*read, *named)))

    def stands(problem: Problem) -> tuple[int, tuple[int, int]]:
        sheet = (problem.place.file, problem.place.sheet)
        return sheets.index(sheet) if sheet in sheets else -1, position(problem.place.cell)

    return tuple(sorted(problems, key=stands))
