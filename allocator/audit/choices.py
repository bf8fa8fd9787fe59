"""Where a choice that the law leaves open decides: the other fill mode, and ties that only the ids part."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from allocator.audit.question import Question
from allocator.audit.refused import Refused
from allocator.audit.walk import Walked, walk
from allocator.outcome import Round
from allocator.records import ProjectId

OTHER = {"skip_and_fill": "stop_at_first_misfit", "stop_at_first_misfit": "skip_and_fill"}
"""Two cities read the same words as these two modes."""


def other_fills(question: Question, walked: Walked) -> Mapping[str, tuple[ProjectId, ...]]:
    """Mode -> the projects that only one of the two grants, in the overall order."""
    other = OTHER[question.run.policy.ranking.fill]
    mine, theirs = granted(walked), granted(walk(question, fill=other))
    line = (placed.candidate.project_id for placed in question.order.places)
    return {other: tuple(project for project in line if (project in mine) != (project in theirs))}


def deciding_ties(question: Question, walked: Walked) -> tuple[tuple[ProjectId, ...], ...]:
    """Neighbours that only their ids part, whose exchange would turn somebody's grant; raises `Refused` where the
    policy stops at such ties."""
    found = tuple(
        pair
        for tie in question.order.ties
        for pair in pairwise(tie)
        if not fares_alike(question, walked, *pair) and granted(walk(exchanged(question, *pair))) != granted(walked)
    )
    if found and question.run.policy.ranking.ties == "stop":
        raise Refused("TIE_DECIDES")
    return found


def granted(walked: Walked) -> set[ProjectId]:
    """The projects that got something."""
    return {project for project, fate in walked.fates.items() if fate.parts}


def fares_alike(question: Question, walked: Walked, one: ProjectId, other: ProjectId) -> bool:
    """Whether neighbours left the same behind them whoever came first: both granted whole in the first round, or,
    where a refusal closes nothing, in the same round or never."""
    rounds: list[Round | None] = []
    for project in (one, other):
        parts = walked.fates[project].parts
        if len(parts) > 1 or any(part.phase for part in parts):
            return False
        rounds.append(parts[0].round if parts else None)
    skips = question.run.policy.ranking.fill == "skip_and_fill"
    return rounds[0] is rounds[1] and (rounds[0] is Round.OWN or skips) and not is_divided(question)


def is_divided(question: Question) -> bool:
    """Whether somebody may be granted in part, so that who comes first changes what is left."""
    return any(piece.phase or piece.least < piece.plan for piece in question.pieces)


def exchanged(question: Question, one: ProjectId, other: ProjectId) -> Question:
    """The same question with two neighbours at each other's place in the line."""
    pieces = list(question.pieces)
    first, second = ([n for n, piece in enumerate(pieces) if piece.project == project] for project in (one, other))
    moved = sorted((*first, *second))
    for place, number in zip(moved, (*second, *first), strict=True):
        pieces[place] = question.pieces[number]
    return replace(question, pieces=tuple(pieces))
