"""Where a choice that the law leaves open decides a grant: the fill mode, and ties broken by the project id."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from allocator.compile import Case
from allocator.problems import InputRejected, Problem, Severity
from allocator.records import ProjectId
from models.exact import walk
from models.instance import Fill


def other_fills(case: Case, rounds: Sequence[int]) -> Mapping[str, tuple[ProjectId, ...]]:
    """Fill mode -> the projects whose grant it would turn: cities use both modes for the same words (QY-10.2)."""
    if case.instance.fill is Fill.SKIP:
        name, fill = "stop_at_first_misfit", Fill.STOP_ON_PLAN
    else:
        name, fill = "skip_and_fill", Fill.SKIP
    turned = (np.asarray(rounds) > 0) != (walk(replace(case.instance, fill=fill)) > 0)
    return {name: tuple(case.places[place].candidate.project_id for place in np.flatnonzero(turned).tolist())}


def deciding_ties(case: Case, rounds: Sequence[int]) -> tuple[tuple[ProjectId, ...], ...]:
    """Pairs equal in every key but the id whose exchange would turn a grant.

    Raises `InputRejected` (TIE_DECIDES, a problem for each pair) when there are such pairs and `ranking.ties` is
    "stop".
    """
    place = {placed.candidate.project_id: number for number, placed in enumerate(case.places)}
    granted = np.asarray(rounds) > 0
    found = tuple(
        pair
        for tie in case.order.ties
        for pair in combinations(tie, 2)
        if (granted_after_exchange(case, place[pair[0]], place[pair[1]]) != granted).any()
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


def granted_after_exchange(case: Case, first: int, second: int) -> np.ndarray:
    """(P,) whether each project, at its place in the true order, is granted when two of them trade places."""
    places = np.arange(len(case.places))
    places[[first, second]] = second, first
    instance = case.instance
    rounds = walk(
        replace(
            instance,
            category=instance.category[places],
            plan=instance.plan[places],
            county=instance.county[places],
            access=instance.access[places],
            need=instance.need[places],
        )
    )
    return rounds[places] > 0
