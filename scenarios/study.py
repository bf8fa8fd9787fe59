"""Runs a study: lists its cases, answers those that are not known yet, and writes its tables.

What is found is kept at once; a study that is stopped goes on where it was when it is started again.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from allocator.contradiction import Contradiction
from allocator.problems import InputRejected, Problem
from allocator.report.replace_folder import refusing
from scenarios.study_answers import CONTRADICTION, REJECTED, CaseAnswer, answer, from_record
from scenarios.study_breakpoints import Step, Walked, follow, plan_walk
from scenarios.study_designs import Case, list_cases
from scenarios.study_file import Study
from scenarios.study_journal import JOURNAL, Journal, alone, look, read_journal, refuse_if_lost, write_whole
from scenarios.study_questions import Questions
from scenarios.study_tables import Answered, Found, case_facts, tables, write_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A study ready to run: its cases with their keys, and how many answers are known already."""

    study: Study
    questions: Questions
    out: Path | None
    cases: tuple[Case, ...]
    keys: tuple[str, ...]
    rejected: Mapping[str, tuple[Problem, ...]]  # name of a case whose settings do not go together -> why
    known: int
    walked: Walked | None  # of the design `breakpoints`
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a study found, and the files that hold it."""

    found: Found
    files: Mapping[str, bytes]


def plan(study: Study, out: Path | None, *, force: bool) -> Plan:
    """List the cases of a study and see what is known of them.

    Raises `InputRejected` with every problem found, `OutputRefused` when the folder is not ours or holds answers that
    would be lost.
    """
    if out:
        look(out)
    questions = Questions(study.scenario, study.sets, study.file)
    questions.ask({})
    walked = plan_walk(study, study.range, questions) if study.range else None
    cases = () if walked else list_cases(study, questions)
    rejected: dict[str, tuple[Problem, ...]] = {}
    keys = (walked.key,) if walked else tuple(keyed(study, questions, cases, rejected))
    known: set[str] = set()
    if out and not force:
        refuse_if_lost(out, dict.fromkeys(keys))
        known = {key for key in read_journal(out / JOURNAL) if key in keys}
    return Plan(
        study=study,
        questions=questions,
        out=out,
        cases=cases,
        keys=keys,
        rejected=rejected,
        known=sum(key in known for key in keys),
        walked=walked,
        force=force,
    )


def keyed(
    study: Study, questions: Questions, cases: Sequence[Case], rejected: dict[str, tuple[Problem, ...]]
) -> Iterator[str]:
    """The key of each case; "" where its settings do not go together, which is found again each time, and noted."""
    for case in cases:
        try:
            yield questions.key(questions.ask(case.sets), study.columns)
        except InputRejected as slips:
            rejected[case.name] = tuple(slips.problems)
            yield ""


def run(plan: Plan, step: Step) -> Result:
    """Answer what is not known yet, and write the tables; raises `OutputRefused` when the folder cannot be written."""
    with opened(plan) as journal:
        if plan.walked:
            return finish(plan, journal, follow(plan.walked, journal, step))
        answered, solved = answer_all(plan, journal, step)
        base = plan.questions.ask({})
        found = tables(plan.study, answered, base.tables.applications)
        facts = {"scenario": base.scenario, **case_facts(answered)}
        return finish(plan, journal, Found(tables=found, facts=facts, solved=solved))


@contextmanager
def opened(plan: Plan) -> Iterator[Journal]:
    """The journal in its folder, held against other runs; without a folder one that is forgotten."""
    if plan.out is None:
        yield Journal(None, fresh=True)
        return
    with refusing(plan.out):
        plan.out.mkdir(exist_ok=True)
        with alone(plan.out):
            journal = Journal(plan.out, fresh=plan.force)
            try:
                journal.begin()
                yield journal
            finally:
                journal.close()


def answer_all(plan: Plan, journal: Journal, step: Step) -> tuple[list[Answered], int]:
    """Every case with its answer, in order; how many were found now."""
    answered: list[Answered] = []
    solved = 0
    for case, key in zip(plan.cases, plan.keys, strict=True):
        step(len(answered), len(plan.cases))
        if key not in journal.answers:
            found = answer_one(plan, case)
            solved += 1
            if not key:
                answered.append(Answered(case=case, key=key, answer=found))
                continue
            journal.add(key, found.as_record())
        answered.append(Answered(case=case, key=key, answer=from_record(journal.answers[key][0])))
    step(len(answered), len(plan.cases))
    return answered, solved


def answer_one(plan: Plan, case: Case) -> CaseAnswer:
    """The answer to one case. That it has none is an answer too, but of the base, with which others are compared."""
    try:
        return answer(plan.questions, plan.questions.ask(case.sets), plan.study.columns)
    except (InputRejected, Contradiction) as none:
        if case.number == 0:
            raise
        if isinstance(none, Contradiction):
            codes = tuple(sorted(demand.name for demand in none.demands))
            return CaseAnswer(status=CONTRADICTION, codes=codes, granted={})
        return CaseAnswer(status=REJECTED, codes=tuple(sorted({slip.code for slip in none.problems})), granted={})


def finish(plan: Plan, journal: Journal, found: Found) -> Result:
    """Write the tables, the summary last."""
    files = write_tables(plan.study, found.tables, found.facts)
    if plan.out:
        journal.end(dict.fromkeys(plan.keys))
        for name, content in files.items():
            write_whole(plan.out / name, content)
    return Result(found=found, files=files)
