"""The two walks: every piece at its place, granted or not, and what was short where it was not.

Written from the rules in sums of whole numbers; it keeps what a certificate must say, and so needs no second pass.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from allocator.audit.question import Piece, Question
from allocator.audit.tally import Sourced, Sum, lacking
from allocator.outcome import Part, Round, Shortage, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX, ProjectId


@dataclass(slots=True)
class Fate:
    """What became of one project."""

    parts: list[Part] = field(default_factory=list[Part])
    shortages: list[Shortage] = field(default_factory=list[Shortage])
    closed_by: dict[Round, ProjectId] = field(default_factory=dict[Round, ProjectId])


@dataclass(slots=True)
class Walked:
    """Everybody's fate, and what is left of the budgets."""

    fates: defaultdict[ProjectId, Fate] = field(default_factory=lambda: defaultdict[ProjectId, Fate](Fate))
    used: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict[str, Sum](Sum))

    def granted(self) -> Mapping[ProjectId, list[tuple[int, int]]]:
        """Project -> the phases and quantities it is granted, whatever the round."""
        return {
            project: sorted((part.phase, part.plan) for part in fate.parts)
            for project, fate in self.fates.items()
            if fate.parts
        }


def walk(question: Question, *, fill: str = "") -> Walked:
    """Round 1 against the own shares, round 2 against the reserve with what they left; `fill` beats the policy's."""
    fill = fill or question.run.policy.ranking.fill
    sourced = {indicator: Sourced(stores) for indicator, stores in question.stores.items()}
    walked = Walked()
    done: set[tuple[ProjectId, int]] = set()
    budgets = {pool: part.budget for pool, part in question.parts.items()}
    for round_ in Round:
        if round_ is Round.FLEX:
            budgets[FLEX] += sum(budgets[pool] - walked.used[pool].total for pool in budgets if pool != FLEX)
        closed: dict[str, ProjectId] = {}
        for piece in question.pieces:
            pool = FLEX if round_ is Round.FLEX else piece.category
            if (piece.project, piece.phase) in done or (round_ is Round.OWN and pool == FLEX):
                continue
            fate = walked.fates[piece.project]
            if pool in closed:
                fate.closed_by[round_] = closed[pool]
                continue
            short = [*of_plan(question, piece, round_, pool, budgets[pool], walked.used[pool])]
            short += lacking(sourced, piece, round_)
            if not short:
                grant(piece, round_, pool, walked, sourced)
                done.add((piece.project, piece.phase))
                continue
            fate.shortages += short
            if closes(question, fill, short):
                closed[pool] = piece.project
    return walked


def of_plan(question: Question, piece: Piece, round_: Round, pool: str, budget: int, used: Sum) -> Iterator[Shortage]:
    """That the plan does not fit what is left of the share or the reserve."""
    if used.total + piece.plan > budget:
        yield Shortage(
            project=piece.project,
            phase=piece.phase,
            kind=ShortageKind.RESERVE if pool == FLEX else ShortageKind.SHARE,
            indicator=Indicator.PLAN,
            round=round_,
            position=piece.placed.position,
            asked=piece.plan,
            balances={plan_account(pool): budget},
            counties=(),
            ahead_count=used.count,
            ahead=used.total,
            rule=question.parts[pool].rule,
        )


def plan_account(pool: str) -> str:
    """The id under which a share or the reserve is drawn on."""
    return f"{Indicator.PLAN}:{pool}"


def grant(piece: Piece, round_: Round, pool: str, walked: Walked, sourced: Mapping[Indicator, Sourced]) -> None:
    """Write one grant into every sum."""
    walked.used[pool].add(piece.plan)
    walked.fates[piece.project].parts.append(Part(phase=piece.phase, round=round_, pool=pool, plan=piece.plan))
    for indicator, quantity in piece.needs.items():
        sourced[indicator].grant(piece, quantity)


def closes(question: Question, fill: str, short: list[Shortage]) -> bool:
    """Whether a refusal for this closes the line behind it (QY-10.2)."""
    misfit = any(shortage.indicator is Indicator.PLAN for shortage in short)
    return fill == "stop_at_first_misfit" and (misfit or question.run.policy.ranking.stop_on == "any_need")
