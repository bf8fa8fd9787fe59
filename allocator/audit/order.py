"""The line made again: scores, ranks and the one order of all candidates (QY-5.0, 4.2, 4.1.2, 10.2)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from allocator.audit.refused import Refused
from allocator.outcome import Candidate, Order, Placed, Run
from allocator.records import CRITERIA, ProjectId
from allocator.verify_order import canonical, overall_turn, turn, worth

Scores = Mapping[ProjectId, Fraction | None]


def line_up(candidates: Sequence[Candidate], run: Run) -> Order:
    """Everybody at the place that the keys give; raises `Refused` where ranks must be given and are not."""
    source = run.policy.ranking.source
    if source == "given_only" and any(c.application.rank is None for c in candidates):
        raise Refused("RANK_NOT_GIVEN")
    computed = {c.project_id for c in candidates if c.application.rank is None or source == "score_only"}
    found = scores(candidates, run)
    ranked = ranks(candidates, computed, found)
    placed = [
        Placed(
            candidate=c,
            position=0,
            rank=ranked[c.project_id],
            computed=c.project_id in computed,
            score=found[c.project_id],
        )
        for c in candidates
    ]
    overall = all(c.application.overall_rank is not None for c in candidates)

    def key(place: Placed) -> tuple[Any, ...]:
        return overall_turn(place) if overall else turn(place, run.policy)

    placed.sort(key=lambda place: (key(place), canonical(place)))
    groups = [[place.candidate.project_id for place in group] for _, group in groupby(placed, key)]
    return Order(
        places=tuple(replace(place, position=position) for position, place in enumerate(placed, start=1)),
        ties=tuple(tuple(group) for group in groups if len(group) > 1),
    )


def scores(candidates: Sequence[Candidate], run: Run) -> Scores:
    """Scores as given where one is; else of each criterion, by its weight, how far it lies between the least and the
    greatest of its category; none where the files hold neither."""
    standing = [c.application for c in candidates]
    if any(a.score is not None for a in standing) or all(not a.criteria for a in standing):
        return {a.project_id: a.score for a in standing}
    weights = run.policy.ranking.weights or {name: Fraction(1, len(CRITERIA)) for name in CRITERIA}
    values: defaultdict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for a in standing:
        for name, value in a.criteria.items():
            values[a.category, name].append(value)
    ends = {key: (min(given), max(given)) for key, given in values.items()}

    def part(category: str, name: str, value: Fraction) -> Fraction:
        least, greatest = ends[category, name]
        return (value - least) / (greatest - least) if greatest > least else Fraction(0)

    return {
        a.project_id: sum(
            (weights.get(name, 0) * part(a.category, name, value) for name, value in a.criteria.items()), Fraction(0)
        )
        for a in standing
    }


def ranks(candidates: Sequence[Candidate], computed: set[ProjectId], found: Scores) -> Mapping[ProjectId, int]:
    """As given; else behind the last given one of the category, and behind everybody there with a better score."""
    last: defaultdict[str, int] = defaultdict(int)
    worths: defaultdict[str, list[tuple[bool, Fraction]]] = defaultdict(list)
    for a in (c.application for c in candidates):
        if a.project_id in computed:
            worths[a.category].append(worth(found[a.project_id]))
        else:
            last[a.category] = max(last[a.category], a.rank or 0)
    for unranked in worths.values():
        unranked.sort()

    def behind(category: str, mine: tuple[bool, Fraction]) -> int:
        return last[category] + 1 + len(worths[category]) - bisect_right(worths[category], mine)

    return {
        a.project_id: behind(a.category, worth(found[a.project_id])) if a.project_id in computed else a.rank or 0
        for a in (c.application for c in candidates)
    }
