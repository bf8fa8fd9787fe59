"""Where a choice that the law leaves open decides: the other fill mode, and ties that only the ids part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

from allocator.audit.question import Piece, Question
from allocator.audit.refused import Refused
from allocator.audit.walk import Walked, walk
from allocator.outcome import Ceiling, Round
from allocator.records import ProjectId

TOGETHER = 12
"""Equals of which not only neighbours are tried."""


def other_fills(question: Question, walked: Walked, ceilings: Sequence[Ceiling]) -> Mapping[str, tuple[ProjectId, ...]]:
    """Mode -> the projects that only one of the two grants, in the overall order: cities read the same words as these
    two modes."""
    skips = question.run.policy.ranking.fill == "skip_and_fill"
    other = "stop_at_first_misfit" if skips else "skip_and_fill"
    mine, theirs = granted(walked), granted(walk(question, ceilings, fill=other))
    line = (placed.candidate.project_id for placed in question.order.places)
    return {other: tuple(project for project in line if mine.get(project) != theirs.get(project))}


def deciding_ties(question: Question, walked: Walked, ceilings: Sequence[Ceiling]) -> tuple[tuple[ProjectId, ...], ...]:
    """Neighbours that only their ids part, whose exchange would turn somebody's grant; where a tie has none and is of
    twelve at most, those further apart that would. Raises `Refused` where the policy stops at such ties."""
    mine = granted(walked)

    def turns(one: ProjectId, other: ProjectId) -> bool:
        return granted(walk(exchanged(question, one, other), ceilings)) != mine

    found: tuple[tuple[ProjectId, ...], ...] = ()
    for tie in question.order.ties:
        if all(fares_alike(question, walked, tie[0], other) for other in tie[1:]):
            continue
        near = list(pairwise(tie))
        deciding = [pair for pair in near if not fares_alike(question, walked, *pair) and turns(*pair)]
        if not deciding and len(tie) <= TOGETHER:
            deciding = [pair for pair in combinations(tie, 2) if pair not in near and turns(*pair)]
        found += tuple(deciding)
    if found and question.run.policy.ranking.ties == "stop":
        raise Refused("TIE_DECIDES")
    return found


def granted(walked: Walked) -> Mapping[ProjectId, frozenset[tuple[int, int]]]:
    """Project -> the phases that it is granted and how much of each, where it is granted any."""
    return {p: frozenset((part.phase, part.plan) for part in made) for p, made in walked.made.items() if made}


def fares_alike(question: Question, walked: Walked, one: ProjectId, other: ProjectId) -> bool:
    """Whether neighbours left the same behind them whoever came first: both granted whole in the first round, or,
    where a refusal closes nothing, in the same round or never."""
    ranking = question.run.policy.ranking
    if ranking.fill == "guarantee" or any(piece.phase or piece.least < piece.plan for piece in question.pieces):
        return False
    first, second = ({part.round for part in walked.made[project]} for project in (one, other))
    return first == second and (first == {Round.OWN} or ranking.fill == "skip_and_fill")


def exchanged(question: Question, one: ProjectId, other: ProjectId) -> Question:
    """The same question with two projects at each other's place in the line, phases and all."""
    position = {placed.candidate.project_id: placed.position for placed in question.order.places}
    position[one], position[other] = position[other], position[one]
    phasing = question.run.policy.phase
    breadth = phasing is not None and phasing.order == "breadth"

    def turn(piece: Piece) -> tuple[int, int, int]:
        return (max(piece.phase, 1) if breadth else 0), position[piece.project], piece.phase

    return replace(question, pieces=tuple(sorted(question.pieces, key=turn)))
