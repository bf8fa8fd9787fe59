"""QY-10.2, 5.0, 4.2, 4.1.2: one total order of all candidates, whatever order the file has.

A given overall rank wins. Else: key projects, then those filed for the reserve, then general ones; inside them by
rank, sector priority, complete materials, earlier filing, higher score, order of the categories, project id. In a
re-run some stand behind all others whatever else holds (QY-10.3, 12.2). A replacement then follows the places of the
order that was approved (QY-10.3); in an adjustment, before categories are looked at, the county that uses more of its
grants is first (QY-12.2).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

from allocator.check_problems import error
from allocator.outcome import Candidate, Order, Placed
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.problems import InputRejected, Problem, Severity
from allocator.records import CRITERIA, FLEX, ProjectId, canonical


def rank(candidates: Sequence[Candidate], policy: Policy, posted: Posted | None = None) -> Order:
    """The overall order; in a re-run with what the books say of it (QY-10.3, 12.2).

    Raises `InputRejected` when ranks must be given and some are not, naming every cell, and when a mode weighs by
    scores or decides by bands and no candidate has any.
    """
    if policy.ranking.source == "given_only":
        _refuse_unranked(candidates, policy)
    scores = score(candidates, policy)
    if wrong := tuple(_unweighed(candidates, scores, policy)):
        raise InputRejected(wrong)
    ranks = complete_ranks(candidates, scores, policy)
    overall = all(c.application.overall_rank is not None for c in candidates)
    places, behind = (posted.places, posted.behind) if posted else (dict[ProjectId, int](), frozenset[ProjectId]())

    def turn(c: Candidate) -> tuple[Any, ...]:
        """Without a place in the approved order behind all who have one."""
        if c.project_id in places:
            return False, places[c.project_id]
        if overall:
            return True, c.application.overall_rank
        return True, *key(c, ranks[c.project_id], scores[c.project_id], policy, posted)

    keys = {c.project_id: (c.project_id in behind, *turn(c)) for c in candidates}
    line = sorted(candidates, key=lambda c: (keys[c.project_id], canonical(c.project_id)))
    equal = (tuple(c.project_id for c in group) for _, group in groupby(line, key=lambda c: keys[c.project_id]))
    return Order(
        places=tuple(
            Placed(
                candidate=candidate,
                position=position,
                rank=ranks[candidate.project_id],
                computed=candidate.application.rank is None or policy.ranking.source == "score_only",
                score=scores[candidate.project_id],
            )
            for position, candidate in enumerate(line, start=1)
        ),
        ties=tuple(group for group in equal if len(group) > 1),
    )


def score(candidates: Sequence[Candidate], policy: Policy) -> Mapping[ProjectId, Fraction | None]:
    """The score of each candidate: as given where any is, else weighted from the criteria (QY-5.0), else None.

    A criterion is min-max normalised inside the candidate's category; a constant or missing one counts 0.
    """
    applications = [candidate.application for candidate in candidates]
    if any(a.score is not None for a in applications) or not any(a.criteria for a in applications):
        return {a.project_id: a.score for a in applications}
    weights = policy.ranking.weights or {criterion: Fraction(1, len(CRITERIA)) for criterion in CRITERIA}
    totals = {a.project_id: Fraction(0) for a in applications}
    pools: defaultdict[str, list[ProjectId]] = defaultdict(list)
    for a in applications:
        pools[a.category].append(a.project_id)
    criteria = {a.project_id: a.criteria for a in applications}
    for pool in pools.values():
        for criterion, weight in weights.items():
            given = {p: criteria[p][criterion] for p in pool if criterion in criteria[p]}
            low, high = min(given.values(), default=Fraction(0)), max(given.values(), default=Fraction(0))
            if low < high:
                for p, value in given.items():
                    totals[p] += weight * (value - low) / (high - low)
    return totals


def complete_ranks(
    candidates: Sequence[Candidate], scores: Mapping[ProjectId, Fraction | None], policy: Policy
) -> Mapping[ProjectId, int]:
    """Given ranks as they stand; behind the last of each category those without, by score, equals together."""
    given: dict[ProjectId, int] = {}
    last: defaultdict[str, int] = defaultdict(int)
    waiting: defaultdict[str, list[ProjectId]] = defaultdict(list)
    for a in (candidate.application for candidate in candidates):
        if a.rank is None or policy.ranking.source == "score_only":
            waiting[a.category].append(a.project_id)
        else:
            given[a.project_id] = a.rank
            last[a.category] = max(last[a.category], a.rank)
    computed: dict[ProjectId, int] = {}
    for category, unranked in waiting.items():
        line = sorted(_falling(scores[project]) for project in unranked)
        computed |= {p: last[category] + 1 + bisect_left(line, _falling(scores[p])) for p in unranked}
    return given | computed


def key(
    candidate: Candidate, rank: int, score: Fraction | None, policy: Policy, posted: Posted | None = None
) -> tuple[Any, ...]:
    """What decides between two candidates before their ids do, where neither stands behind all others."""
    a = candidate.application
    unfinished = not a.materials_complete
    return (
        _class(a.category),
        unfinished and policy.ranking.materials == "first_key",
        rank,
        candidate.sector_priority,
        unfinished,
        candidate.filed_on or date.max,
        (_falling(score), _falling(posted.efficiency.get(a.county) if posted else None)),
        (*policy.leaves(), FLEX).index(a.category),
    )


def _class(category: str) -> int:
    """`flex.order = key_first`: key projects, then those filed for the reserve, then all others (QY-4.1.2)."""
    return {"key": 0, FLEX: 1}.get(category.partition(".")[0], 2)


def _falling(value: Fraction | None) -> tuple[bool, Fraction]:
    """Sorts the higher value first and none last."""
    return (value is None, -(value or Fraction(0)))


def _unweighed(
    candidates: Sequence[Candidate], scores: Mapping[ProjectId, Fraction | None], policy: Policy
) -> Iterator[Problem]:
    """What the mode would compare, and no candidate has."""
    ranking = policy.ranking
    if not candidates or ranking.fill not in ("max_weight", "tiered"):
        return
    place = replace(candidates[0].application.place, cell="")
    if ranking.weight == "score" and all(score is None for score in scores.values()):
        yield error("WEIGHT_WITHOUT_SCORE", place, f"ranking.fill = {ranking.fill}", ranking.rule)
    if ranking.fill == "tiered" and all(c.application.band is None for c in candidates):
        yield error("TIERED_WITHOUT_BAND", place, f"ranking.fill = {ranking.fill}", ranking.rule)


def _refuse_unranked(candidates: Sequence[Candidate], policy: Policy) -> None:
    unranked = [c.application for c in candidates if c.application.rank is None]
    if unranked:
        raise InputRejected(
            Problem(
                code="RANK_NOT_GIVEN",
                severity=Severity.ERROR,
                place=a.cells.get("rank", a.place),
                value=a.project_id,
                rule=policy.ranking.rule,
            )
            for a in unranked
        )
