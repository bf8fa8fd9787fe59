"""Where a choice that the law leaves open decides a grant: the fill mode, and ties broken by the project id."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from allocator.compile import FILLS, Case
from allocator.problems import InputRejected, Problem, Severity
from allocator.records import ProjectId
from models.exact import walk
from models.instance import Fill, Grants


def other_fills(case: Case, grants: Grants) -> Mapping[str, tuple[ProjectId, ...]]:
    """Fill mode -> the projects whose grant it would turn: cities use both modes for the same words (QY-10.2)."""
    name = "stop_at_first_misfit" if case.instance.fill is Fill.SKIP else "skip_and_fill"
    fill = FILLS[name, case.policy.ranking.stop_on]
    turned = grants.granted != walk(replace(case.instance, fill=fill)).granted
    return {name: tuple(case.places[place].candidate.project_id for place in np.flatnonzero(turned).tolist())}


def deciding_ties(case: Case, grants: Grants) -> tuple[tuple[ProjectId, ...], ...]:
    """Neighbours in line, equal in every key but the id, whose exchange would turn a grant.

    Raises `InputRejected` (TIE_DECIDES, a problem for each pair) when there are such pairs and `ranking.ties` is
    "stop".
    """
    place = {placed.candidate.project_id: number for number, placed in enumerate(case.places)}
    rounds: list[int] = grants.round.tolist()
    found = tuple(
        pair
        for tie in case.order.ties
        if not is_indifferent(case, [rounds[place[project]] for project in tie])
        for pair in pairwise(tie)
        if (granted_after_exchange(case, place[pair[0]], place[pair[1]]) != grants.granted).any()
    )
    if found and case.policy.ranking.ties == "stop":
        raise InputRejected(
            Problem(
                code="TIE_DECIDES",
                severity=Severity.ERROR,
                place=case.places[place[first]].candidate.application.place,
                value=first,
                facts={"other": second},
                rule=case.policy.ranking.rule,
            )
            for first, second in found
        )
    return found


def is_indifferent(case: Case, rounds: Sequence[int]) -> bool:
    """Whether equals that stand together fare alike in any order: all granted in one round, or, where nobody closes a
    line, all refused. Either way nobody behind them finds more or less."""
    fares = set(rounds)
    return len(fares) == 1 and (fares != {0} or case.instance.fill is Fill.SKIP)


def granted_after_exchange(case: Case, first: int, second: int) -> np.ndarray:
    """(P,) whether each project, at its place in the true order, is granted when two of them trade places."""
    places = np.arange(len(case.places))
    places[[first, second]] = second, first
    return walk(case.instance.reordered(places)).granted[places]
