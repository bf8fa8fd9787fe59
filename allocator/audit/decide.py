"""From fates to decisions: the one reason of each, by the rule that decided it."""

from collections import defaultdict
from collections.abc import Sequence

from allocator.audit.budgets import MISFITS
from allocator.audit.question import Question
from allocator.audit.walk import Fate, Walked
from allocator.outcome import Candidate, Decided, Decision, Failure, Part, Round, ShortageKind
from allocator.records import ProjectId
from allocator.verify_inputs import DECIDING

UNSOURCED = {ShortageKind.CAP: "CAPPED", ShortageKind.STORE: "NO_POOL_ACCESS", ShortageKind.POOL: "POOL_SHORT"}
"""What decides where the plan fits, the first that was met."""


def decisions(question: Question, walked: Walked) -> tuple[Decided, ...]:
    """One decision for every application, in canonical order."""
    candidates = {candidate.project_id: candidate for candidate in question.screening.candidates}
    failed, pinned = question.screening.failures, question.held
    fates: defaultdict[ProjectId, list[Fate]] = defaultdict(list)
    for piece in sorted(question.pieces, key=lambda piece: piece.phase):
        fates[piece.project].append(walked.fates[piece.key])
    return tuple(
        turned_away(project, failed[project])
        if project in failed
        else decided(question, candidates[project], fates[project], walked.made[project], is_pinned=project in pinned)
        for project in (application.project_id for application in question.run.tables.applications)
    )


def turned_away(project: ProjectId, failures: tuple[Failure, ...]) -> Decided:
    """By the first gate that was not passed."""
    return Decided(project_id=project, decision=failures[0].outcome, reason=failures[0].reason, rule=failures[0].rule)


def decided(
    question: Question, candidate: Candidate, fates: Sequence[Fate], made: Sequence[Part], *, is_pinned: bool
) -> Decided:
    """Granted, granted in part, or waiting for what was short when its last turn came."""
    policy, plan = question.run.policy, sum(part.plan for part in made)
    refused = [fate for fate in fates if fate.part is None]
    decision = Decision.GRANTED if made else Decision.WAITING
    if refused:
        reason, rule = missing(refused[0], policy.ranking.rule)
        decision = Decision.PARTIAL if made else decision
    elif is_pinned:
        reason, rule = "PINNED", DECIDING
    elif plan < candidate.plan:
        reason, rule, decision = "REDUCED", policy.grant.rule, Decision.PARTIAL
    elif candidate.plan < candidate.application.plan:
        reason, rule = "TRIMMED", policy.ledger.rule
    else:
        reason, rule = "GRANTED", question.parts[made[0].pool].rule
    closed_by: dict[Round, ProjectId] = {}
    for fate in fates:
        closed_by.update(fate.closed_by)
    return Decided(
        project_id=candidate.project_id,
        decision=decision,
        reason=reason,
        rule=rule,
        granted_plan=plan,
        round=made[0].round if made else None,
        pool=made[0].pool if made else "",
        parts=tuple(made),
        shortages=tuple(shortage for fate in fates for shortage in fate.shortages),
        closed_by=closed_by,
    )


def missing(fate: Fate, line_rule: str) -> tuple[str, str]:
    """Reason and rule of a refusal: a closed line, others chosen before it, the plan, then what had no source."""
    last = [shortage for shortage in fate.shortages if shortage.round is Round.FLEX]
    if Round.FLEX in fate.closed_by:
        return "LINE_CLOSED", line_rule
    if fate.outweighed_by:
        return "OUTWEIGHED", fate.outweighed_by
    if any(shortage.kind in MISFITS for shortage in last):
        return "PLAN_MISFIT", line_rule
    kind = next(kind for kind in UNSOURCED if any(shortage.kind is kind for shortage in last))
    return UNSOURCED[kind], next(shortage.rule for shortage in last if shortage.kind is kind)
