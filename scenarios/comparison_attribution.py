"""Which change did what: the second question is reached from the first one change at a time, and each step is solved.

The steps follow the list of differences; changes that are refused alone (shares, which sum to one) are made together
with the next ones. Data files, and whatever the manifest does not spell out, are exchanged in the last step. What a
step does depends on those before it: in another order it may do something else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from allocator.outcome import Run
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.report.manifest import digest
from scenarios.comparison import Comparison, Outcome
from scenarios.comparison_causes import SETTING, Difference
from scenarios.differences import Change, Granted, changes
from scenarios.overrides import FLAG
from scenarios.study_answers import answer
from scenarios.study_questions import Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """One step: what was changed, and which grants changed with it."""

    made: tuple[Difference, ...]
    changes: tuple[Change, ...]


def attribute(comparison: Comparison) -> tuple[Attributed, ...]:
    """The steps from the base to the other folder, in order.

    Raises `InputRejected` when a scenario is not where it was, has changed since, or is answered otherwise now.
    """
    base, other = comparison.base, comparison.other
    asked_before, asked_after = ask_again(base), ask_again(other)
    granted, last = solve_again(base, *asked_before), solve_again(other, *asked_after)
    questions = asked_before[0]
    steps: list[Attributed] = []
    sets: dict[str, str] = {}
    waiting: list[Difference] = []
    for difference in comparison.asked:
        waiting.append(difference)
        if difference.kind != SETTING:
            continue
        wanted = sets | {each.path: value(each, other) for each in waiting if each.kind == SETTING}
        try:
            found = answer(questions, questions.ask(wanted), ()).granted
        except InputRejected:
            continue
        steps.append(Attributed(made=tuple(waiting), changes=tuple(changes(granted, found))))
        granted, sets, waiting = found, wanted, []
    rest = tuple(changes(granted, last))
    if waiting or rest:
        steps.append(Attributed(made=tuple(waiting), changes=rest))
    return tuple(steps)


def value(difference: Difference, other: Outcome) -> str:
    """What a path is to be set to: as it was overridden, else as the manifest spells it."""
    return str(other.manifest["overrides"].get(difference.path, difference.after))


def ask_again(outcome: Outcome) -> tuple[Questions, Run]:
    """The question of an output folder, from its scenario as it stands now; raises `InputRejected` if it is another."""
    asked, overrides = str(outcome.manifest.get("asked", "")), outcome.manifest["overrides"]
    if not asked:
        raise InputRejected([fault("COMPARISON_UNASKED", outcome, "")])
    questions = Questions(asked, dict(overrides), FLAG)
    try:
        run = questions.ask({})
    except InputRejected as rejected:
        raise InputRejected([fault("COMPARISON_SCENARIO_NEEDED", outcome, asked), *rejected.problems]) from None
    if digest(run) != outcome.manifest["inputs_digest"]:
        raise InputRejected([fault("COMPARISON_INPUTS_CHANGED", outcome, asked)])
    return questions, run


def solve_again(outcome: Outcome, questions: Questions, run: Run) -> Granted:
    """The grants of an output folder once more; raises `InputRejected` when they are others now."""
    found = answer(questions, run, ()).granted
    if found != outcome.granted:
        raise InputRejected([fault("COMPARISON_ANSWERED_OTHERWISE", outcome, str(outcome.manifest["asked"]))])
    return found


def fault(code: str, outcome: Outcome, value: str) -> Problem:
    """A problem of one folder."""
    return Problem(code=code, severity=Severity.ERROR, place=Place(file=str(outcome.path)), value=value)


def told(step: Attributed) -> Iterator[Mapping[str, Any]]:
    """The changes of one step as plain data."""
    for change in step.changes:
        yield {"project_id": change.project_id, "change": change.kind}
