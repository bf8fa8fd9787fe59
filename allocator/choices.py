"""Where a choice that the law leaves open decides a grant: the fill mode, and ties broken by the project id.

Both are found by walking again, so nothing is said of modes in which no walk finds the answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np

from allocator.compile import FILLS, Case, layer
from allocator.problems import InputRejected, Problem, Severity
from allocator.records import ProjectId
from models.exact import walk
from models.instance import REFUSED, Bools, Fill, Grants, Instance, Ints

CLOSING_NOTHING = (Fill.SKIP, Fill.GUARANTEE)
"""The modes in which a refusal changes nothing for those behind it."""

FEW = 12
"""Equals of which any two are exchanged, 66 pairs at most; of more, neighbours alone."""


def other_fills(case: Case, grants: Grants) -> Mapping[str, tuple[ProjectId, ...]]:
    """Fill mode -> the projects whose grant it would turn: cities use both modes for the same words (QY-10.2)."""
    if not case.instance.is_walkable:
        return {}
    name = "stop_at_first_misfit" if case.instance.fill is Fill.SKIP else "skip_and_fill"
    other = walk(replace(case.instance, fill=FILLS[name, case.policy.ranking.stop_on]))
    turned = dict.fromkeys(case.atoms[place].project_id for place in differing(grants, other).nonzero()[0].tolist())
    return {name: tuple(turned) if not any(atom.phase for atom in case.atoms) else in_line(case, turned)}


def in_line(case: Case, projects: Mapping[ProjectId, None]) -> tuple[ProjectId, ...]:
    """The projects in the overall order."""
    ordered = (placed.candidate.project_id for placed in case.places)
    return tuple(project for project in ordered if project in projects)


def differing(one: Grants, other: Grants) -> Bools:
    """(P,) whether a place is granted in one answer alone, or not the same plan in both."""
    return (one.granted != other.granted) | (one.plan != other.plan)


def deciding_ties(case: Case, grants: Grants) -> tuple[tuple[ProjectId, ...], ...]:
    """Two in line, equal in every key but the id, whose exchange would turn a grant: neighbours; else, of few equals
    (`FEW`), any two. Of more, what only those further apart would turn is not found.

    Raises `InputRejected` (TIE_DECIDES, a problem for each pair) when there are such pairs and `ranking.ties` is
    "stop".
    """
    if not case.order.ties or not case.instance.is_walkable:
        return ()
    homes: dict[ProjectId, list[int]] = {}
    for place, atom in enumerate(case.atoms):
        homes.setdefault(atom.project_id, []).append(place)
    found = tuple(
        pair
        for tie in case.order.ties
        if not is_indifferent(case.instance, grants, [place for project in tie for place in homes[project]])
        for pair in deciding(case, grants, tie, homes)
    )
    if found and case.policy.ranking.ties == "stop":
        raise InputRejected(
            Problem(
                code="TIE_DECIDES",
                severity=Severity.ERROR,
                place=case.atoms[homes[first][0]].candidate.application.place,
                value=first,
                facts={"other": second},
                rule=case.policy.ranking.rule,
            )
            for first, second in found
        )
    return found


def deciding(
    case: Case, grants: Grants, tie: Sequence[ProjectId], homes: Mapping[ProjectId, Sequence[int]]
) -> Sequence[tuple[ProjectId, ProjectId]]:
    """The pairs of one tie whose exchange turns a grant; those further apart where no neighbours do."""

    def turning(pairs: Iterable[tuple[ProjectId, ProjectId]]) -> list[tuple[ProjectId, ProjectId]]:
        return [
            (one, other)
            for one, other in pairs
            if differing(after_exchange(case, homes[one], homes[other]), grants).any()
        ]

    return turning(pairwise(tie)) or (turning(combinations(tie, 2)) if len(tie) <= FEW else [])


def is_indifferent(instance: Instance, grants: Grants, places: Sequence[int]) -> bool:
    """Whether equals that stand together fare alike in any order: all granted whole in one round, or, where nobody
    closes a line, all refused. Either way nobody behind them finds more or less."""
    fares = set(grants.round[places].tolist())
    if fares == {REFUSED}:
        return instance.fill in CLOSING_NOTHING
    return len(fares) == 1 and bool((grants.plan[places] == instance.plan[places]).all())


def after_exchange(case: Case, first: Sequence[int], second: Sequence[int]) -> Grants:
    """What each atom gets, at its place in the true order, when two in line trade places, phases and all."""
    places = exchanged(case, first, second)
    traded = walk(case.instance.reordered(places))
    rounds, plan = np.empty_like(traded.round), np.empty_like(traded.plan)
    rounds[places], plan[places] = traded.round, traded.plan
    return Grants(round=rounds, plan=plan)


def exchanged(case: Case, first: Sequence[int], second: Sequence[int]) -> Ints:
    """(P,) the places in the order in which they are served then."""
    places = np.arange(len(case.atoms))
    if len(first) == len(second) == 1:
        places[[first[0], second[0]]] = second[0], first[0]
        return places
    ahead, behind = (case.atoms[places[0]].placed.position for places in (first, second))
    trade = {ahead: behind, behind: ahead}

    def turn(place: int) -> tuple[int, int, int]:
        atom = case.atoms[place]
        position = atom.placed.position
        return layer(atom, case.policy), trade.get(position, position), atom.phase

    return np.array(sorted(range(len(case.atoms)), key=turn), dtype=np.int64)
