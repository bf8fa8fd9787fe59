"""The answer to one case as a study keeps it: who is granted what, and on request who pays and who gives.

It is kept as plain data, so that a journal can hold it and the tables can be made from either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from allocator.compile import Case
from allocator.outcome import Allocation, Round, Run
from allocator.quantities import Indicator
from allocator.records import ProjectId
from allocator.report.certificates import measure
from allocator.report.rows import Table, donors_table, payments_table
from allocator.solve import NothingFound, allocate, decide
from models.instance import FROM_SHARE, Grants
from scenarios.differences import Granted
from scenarios.study_questions import Questions

PROVED, REJECTED, CONTRADICTION = "proved", "rejected", "contradiction"
"""What became of a case: the last two have no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswer:
    """What became of one case. `payments` and `donors` are rows of the tables of these names, where they were asked."""

    status: str
    codes: tuple[str, ...] = ()  # of the problems for which it was rejected, or of the demands that clash
    granted: Granted
    payments: tuple[tuple[str, ...], ...] = ()
    donors: tuple[tuple[str, ...], ...] = ()

    @property
    def is_solved(self) -> bool:
        """Whether there is an answer to compare."""
        return self.status == PROVED

    def as_record(self) -> dict[str, Any]:
        """Plain data for a journal."""
        return {
            "status": self.status,
            "codes": list(self.codes),
            "granted": {project: list(grant) for project, grant in self.granted.items()},
            "payments": [list(row) for row in self.payments],
            "donors": [list(row) for row in self.donors],
        }


def from_record(record: Mapping[str, Any]) -> CaseAnswer:
    """The answer that `as_record` made this from; raises KeyError, TypeError or ValueError for anything else."""
    return CaseAnswer(
        status=str(record["status"]),
        codes=tuple(map(str, record["codes"])),
        granted={str(project): (str(round_), int(plan)) for project, (round_, plan) in record["granted"].items()},
        payments=tuple(tuple(map(str, row)) for row in record["payments"]),
        donors=tuple(tuple(map(str, row)) for row in record["donors"]),
    )


def answer(questions: Questions, run: Run, columns: tuple[str, ...]) -> CaseAnswer:
    """The answer to one case: its grants alone, or the whole line where payments or donors are told.

    Raises `InputRejected` for input that cannot be decided, `Contradiction` for rules that no answer keeps together.
    """
    try:
        if set(columns) & {"payments", "donors"}:
            allocation = allocate(run)
            proved, found = allocation.is_proved, whole_answer(allocation, columns)
        else:
            case = questions.prepare(run).case
            reached = decide(case, "auto")
            proved, found = reached.is_proved, CaseAnswer(status=PROVED, granted=by_project(case, reached.grants))
    except NothingFound:
        proved, found = False, None
    if found is None or not proved:
        raise KeyboardInterrupt  # no limit is set: a program that stops before its proof was interrupted
    return found


def by_project(case: Case, grants: Grants) -> Granted:
    """What each project was granted, its phases added up, in canonical order."""
    granted: dict[ProjectId, tuple[str, int]] = {}
    for atom, round_, plan in zip(case.atoms, grants.round.tolist(), grants.plan.tolist(), strict=True):
        if round_:
            first, before = granted.get(atom.project_id, (Round.OWN if round_ == FROM_SHARE else Round.FLEX, 0))
            granted[atom.project_id] = (str(first), before + plan)
    return dict(sorted(granted.items()))


def whole_answer(allocation: Allocation, columns: tuple[str, ...]) -> CaseAnswer:
    """The same from a whole answer, with the rows of the tables that are told."""
    granted = {each.project_id: (str(each.round), each.granted_plan) for each in allocation.decided if each.round}
    paid, gave = payments_table(allocation.settlement), donors_table(allocation.settlement)
    return CaseAnswer(
        status=PROVED,
        granted=dict(sorted(granted.items())),
        payments=tuple(texts(paid)) if "payments" in columns else (),
        donors=tuple(texts(gave)) if "donors" in columns else (),
    )


def texts(table: Table) -> Iterator[tuple[str, ...]]:
    """The rows of a table as texts."""
    for row in table.rows:
        yield tuple("" if cell is None else str(cell) for cell in row)


def plan_mu(steps: int) -> str:
    """Grid units of plan in mu."""
    return measure(steps, Indicator.PLAN)
