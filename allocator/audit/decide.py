"""From fates to decisions: the one reason of each, by the rule that decided it."""

from allocator.audit.question import Question
from allocator.audit.walk import Fate, Walked
from allocator.outcome import Candidate, Decided, Decision, Failure, Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import ProjectId


def decisions(question: Question, walked: Walked) -> tuple[Decided, ...]:
    """One decision for every application, in canonical order."""
    candidates = {candidate.project_id: candidate for candidate in question.screening.candidates}
    failed = question.screening.failures
    return tuple(
        turned_away(project, failed[project])
        if project in failed
        else decided(question, candidates[project], walked.fates[project])
        for project in (application.project_id for application in question.run.tables.applications)
    )


def turned_away(project: ProjectId, failures: tuple[Failure, ...]) -> Decided:
    """By the first gate that was not passed."""
    return Decided(project_id=project, decision=failures[0].outcome, reason=failures[0].reason, rule=failures[0].rule)


def decided(question: Question, candidate: Candidate, fate: Fate) -> Decided:
    """Granted, or waiting for what was short when its last turn came."""
    policy = question.run.policy
    if fate.parts:
        first, cut = fate.parts[0], candidate.plan < candidate.application.plan
        return Decided(
            project_id=candidate.project_id,
            decision=Decision.GRANTED,
            reason="TRIMMED" if cut else "GRANTED",
            rule=policy.ledger.rule if cut else question.parts[first.pool].rule,
            granted_plan=sum(part.plan for part in fate.parts),
            round=first.round,
            pool=first.pool,
            parts=tuple(fate.parts),
            shortages=tuple(fate.shortages),
            closed_by=fate.closed_by,
        )
    reason, rule = missing(fate, policy.ranking.rule)
    return Decided(
        project_id=candidate.project_id,
        decision=Decision.WAITING,
        reason=reason,
        rule=rule,
        shortages=tuple(fate.shortages),
        closed_by=fate.closed_by,
    )


def missing(fate: Fate, line_rule: str) -> tuple[str, str]:
    """Reason and rule: a closed line before a plan that does not fit, an own store before the pool."""
    if Round.FLEX in fate.closed_by:
        return "LINE_CLOSED", line_rule
    last = [shortage for shortage in fate.shortages if shortage.round is Round.FLEX]
    first: dict[object, Shortage] = {}
    for shortage in last:
        first.setdefault(Indicator.PLAN if shortage.indicator is Indicator.PLAN else shortage.kind, shortage)
    if Indicator.PLAN in first:
        return "PLAN_MISFIT", line_rule
    if ShortageKind.STORE in first:
        return "NO_POOL_ACCESS", first[ShortageKind.STORE].rule
    return "POOL_SHORT", last[0].rule
