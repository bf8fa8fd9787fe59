"""Modes that weigh one choice against another: the grants are those of the result, and must fit together.

Each refused project is held against all of them; that no other grants weigh more is the word of whoever climbed.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from allocator.audit.question import Key, Question
from allocator.audit.refused import Infeasible
from allocator.audit.walk import Walked, begin
from allocator.outcome import Ceiling, Round
from allocator.records import FLEX, ProjectId

Grants = Mapping[Key, tuple[Round, int]]
"""Piece -> round and plan, as the result has them."""


def weighs(question: Question) -> bool:
    """Whether no walk over the line finds the answer."""
    return question.run.policy.ranking.fill in ("max_weight", "tiered") or bool(list(bounds(question)))


def bounds(question: Question) -> Iterator[tuple[str, str, set[ProjectId], Fraction, bool]]:
    """QY-7.1, QY-4.5: name, rule, whose, part of all plan granted, and whether it is the least or the most."""
    policy = question.run.policy
    candidates = [candidate.application for candidate in question.screening.candidates]
    if law := policy.region:
        for county, part in law.min_share.items():
            whose = {a.project_id for a in candidates if a.county == county}
            yield f"region.min_share.{county}", law.rule, whose, part, True
        for county, part in law.max_share.items():
            whose = {a.project_id for a in candidates if a.county == county}
            yield f"region.max_share.{county}", law.rule, whose, part, False
    if law := policy.phase:
        for tag, part in law.min_share.items():
            yield f"phase.min_share.{tag}", law.rule, {a.project_id for a in candidates if tag in a.tags}, part, True


def broken(question: Question, plans: Mapping[Key, int]) -> Iterator[tuple[str, str]]:
    """Name and rule of each bound that these plans do not keep."""
    total = sum(plans.values())
    for name, rule, whose, part, at_least in bounds(question):
        inside = sum(plan for (project, _), plan in plans.items() if project in whose)
        if (inside < part * total) if at_least else (inside > part * total):
            yield name, rule


def weigh(question: Question, ceilings: Sequence[Ceiling], told: Grants) -> Walked:
    """The grants of a result written into the books; raises `Infeasible` where they do not fit together."""
    walked = begin(question, ceilings)
    for piece in question.pieces:
        if piece.key not in told or walked.fates[piece.key].part is not None:
            continue
        round_, plan = told[piece.key]
        before = walked.fates[piece.earlier].part if piece.earlier else None
        late = before is not None and (before.round, round_) == (Round.FLEX, Round.OWN)
        homeless = round_ is Round.OWN and piece.category == FLEX
        if late or homeless or not walked.stands(piece) or not piece.least <= plan <= piece.plan:
            raise Infeasible(piece.project, f"{plan}", f"{piece.plan}")
        walked.grant(piece, round_, plan)
    walked.budgets.release()
    for name, granted, most in walked.budgets.overdrawn():
        raise Infeasible(name, f"{granted}", f"{most}")
    plans = {key: fate.part.plan for key, fate in walked.fates.items() if fate.part is not None}
    for name, _ in broken(question, plans):
        raise Infeasible(name, "", "")
    refuse(question, walked, plans)
    return walked


def refuse(question: Question, walked: Walked, plans: Mapping[Key, int]) -> None:
    """Why each piece that stands is refused: short in every round, or others weigh more, or a bound keeps it out."""
    for piece in question.pieces:
        if not walked.stands(piece):
            continue
        fate = walked.fates[piece.key]
        rounds = [round_ for round_ in Round if round_ is Round.FLEX or piece.category != FLEX]
        short = [walked.budgets.short(piece, round_) for round_ in rounds]
        if all(short):
            fate.shortages += [shortage for each in short for shortage in each]
        else:
            kept_out = [rule for _, rule in broken(question, {**plans, piece.key: piece.least})]
            fate.outweighed_by = kept_out[0] if kept_out else question.run.policy.ranking.rule
