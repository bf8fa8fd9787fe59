"""The walks: every piece at its place, granted or not, and what was short where it was not.

It keeps what a certificate must say, and so needs no second pass.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.audit.budgets import MISFITS, Budgets
from allocator.audit.question import Key, Piece, Question
from allocator.outcome import Ceiling, Part, Round, Shortage
from allocator.records import FLEX, CountyCode, ProjectId
from allocator.verify_inputs import is_in_force


@dataclass(slots=True)
class Fate:
    """What became of one piece."""

    part: Part | None = None
    shortages: list[Shortage] = field(default_factory=list[Shortage])
    closed_by: dict[Round, ProjectId] = field(default_factory=dict[Round, ProjectId])
    outweighed_by: str = ""  # the rule by which others were chosen before a piece that would fit


@dataclass(slots=True)
class Walked:
    """Everybody's fate; `made` are each project's grants in their order."""

    budgets: Budgets
    fates: dict[Key, Fate]
    made: defaultdict[ProjectId, list[Part]] = field(default_factory=lambda: defaultdict[ProjectId, list[Part]](list))

    def stands(self, piece: Piece) -> bool:
        """Whether its turn can come: it is not granted, and the phase before it is."""
        earlier = piece.earlier is None or self.fates[piece.earlier].part is not None
        return earlier and self.fates[piece.key].part is None

    def grant(self, piece: Piece, round_: Round, plan: int, *, beforehand: bool = False) -> None:
        """One grant."""
        pool = piece.category if round_ is Round.OWN else FLEX
        part = Part(phase=piece.phase, round=round_, pool=pool, plan=plan)
        self.fates[piece.key].part = part
        self.made[piece.project].append(part)
        self.budgets.grant(piece, pool, plan, beforehand=beforehand)


def begin(question: Question, ceilings: Sequence[Ceiling]) -> Walked:
    """Nothing granted but what was granted beforehand."""
    walked = Walked(Budgets(question, ceilings), {piece.key: Fate() for piece in question.pieces})
    pinned = question.held
    for piece in question.pieces:
        if piece.project in pinned:
            walked.grant(piece, pinned[piece.project], piece.plan, beforehand=True)
    return walked


def walk(question: Question, ceilings: Sequence[Ceiling] = (), *, fill: str = "") -> Walked:
    """Every round from the first to the last project; `fill` beats the policy's."""
    fill = fill or question.run.policy.ranking.fill
    walked = begin(question, ceilings)
    if fill == "guarantee":
        walked.budgets.owed = first_round(question, ceilings)
        serve(walked, Round.FLEX, fill)
        return walked
    serve(walked, Round.OWN, fill)
    walked.budgets.release()
    serve(walked, Round.FLEX, fill)
    return walked


def first_round(question: Question, ceilings: Sequence[Ceiling]) -> Mapping[str, int]:
    """What round 1 alone would grant from each share, besides what was granted beforehand."""
    walked = begin(question, ceilings)
    serve(walked, Round.OWN, "guarantee")
    return walked.budgets.taken


def serve(walked: Walked, round_: Round, fill: str) -> None:
    """One pass over the line."""
    budgets, closed = walked.budgets, dict[str, ProjectId]()
    for piece in budgets.question.pieces:
        pool = piece.category if round_ is Round.OWN else FLEX
        if not walked.stands(piece) or (round_ is Round.OWN and pool == FLEX):
            continue
        fate = walked.fates[piece.key]
        if pool in closed:
            fate.closed_by[round_] = closed[pool]
        elif short := budgets.short(piece, round_):
            fate.shortages += short
            if closes(budgets.question, fill, short):
                closed[pool] = piece.project
        else:
            plan = budgets.offered(piece, round_)
            walked.grant(piece, booked(budgets, piece, plan) if budgets.owed is not None else round_, plan)


def booked(budgets: Budgets, piece: Piece, plan: int) -> Round:
    """Where a grant of the one walk of `guarantee` is booked: on its own share while that holds it whole."""
    own = piece.category != FLEX and plan <= budgets.left(piece.category)
    return Round.OWN if own else Round.FLEX


def closes(question: Question, fill: str, short: Sequence[Shortage]) -> bool:
    """Whether a refusal for this closes the line behind it (QY-10.2)."""
    misfit = any(shortage.kind in MISFITS for shortage in short)
    return fill == "stop_at_first_misfit" and (misfit or question.run.policy.ranking.stop_on == "any_need")


def ceilings(question: Question, base: Mapping[CountyCode, int]) -> tuple[Ceiling, ...]:
    """QY-14.3: the most that a penalised county may be granted, in the order of the counties: what it would be granted
    without the penalties (`base`), less its cuts."""
    run = question.run
    law = run.policy.penalty
    if law is None or not is_in_force(law, run.as_of):
        return ()
    cuts = Counter[CountyCode]()
    for row in run.tables.penalties:
        cuts[row.county] += row.cut
    homes = {candidate.application.county for candidate in question.screening.candidates}
    return tuple(
        Ceiling(county=c, base=base.get(c, 0), most=max(0, base.get(c, 0) - cuts[c]), rule=law.rule)
        for c in sorted(homes)
        if cuts[c]
    )


def penalised(question: Question) -> tuple[Ceiling, ...]:
    """The ceilings of a mode that walks, from a walk without them."""
    if not question.run.tables.penalties:
        return ()
    base = Counter[CountyCode]()
    free = walk(question)
    for piece in question.pieces:
        part = free.fates[piece.key].part
        base[piece.county] += part.plan if part else 0
    return ceilings(question, base)
