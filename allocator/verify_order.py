"""The recount of the order: ranks as given, the others behind them by score, and one line by the total order.

Said again from the rows, the policy and what is posted (QY-5.0, 4.2, 4.1.2, 10.2, 10.3, 12.2); no line is made,
neighbours in it are compared.
"""

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

from allocator.outcome import Placed
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.records import CRITERIA, FLEX, Application, ProjectId
from allocator.verify_ground import Ground

Scores = Mapping[ProjectId, Fraction | None]


def order(ground: Ground) -> Iterator[str]:
    """Scores and ranks are right, each place stands behind the one before, and the ties are all that are equal."""
    places = ground.allocation.order.places
    found = scores(ground)
    for placed in places:
        if placed.score != found[placed.candidate.project_id]:
            yield f"the score of {placed.candidate.project_id} is {found[placed.candidate.project_id]}"
        if placed.candidate.sector_priority != sector_turn(placed.candidate.application, ground.run.policy):
            yield f"the sector of {placed.candidate.project_id} is not at its turn"
    yield from ranks(ground, found)
    posted = ground.run.posted
    overall = all(placed.candidate.application.overall_rank is not None for placed in places)
    turns = [
        (
            stands_behind(placed, posted),
            approved_turn(placed, posted),
            overall_turn(placed) if overall else turn(placed, ground.run.policy, posted),
        )
        for placed in places
    ]
    equal: list[list[ProjectId]] = []
    for number, placed in enumerate(places):
        project = placed.candidate.project_id
        if number and turns[number] == turns[number - 1]:
            equal[-1].append(project)
        else:
            equal.append([project])
    for (ahead, first), (behind, second) in pairwise(zip(places, turns, strict=True)):
        if (first, canonical(ahead)) > (second, canonical(behind)):
            yield f"{ahead.candidate.project_id} stands ahead of {behind.candidate.project_id}"
    if [list(tie) for tie in ground.allocation.order.ties] != [group for group in equal if len(group) > 1]:
        yield "the ties are not the projects that only their ids part"


def scores(ground: Ground) -> Scores:
    """As given where any is; else, by weight, how far each criterion lies between the ends of its category (QY-5.0)."""
    standing = [placed.candidate.application for placed in ground.allocation.order.places]
    if any(a.score is not None for a in standing) or not any(a.criteria for a in standing):
        return {a.project_id: a.score for a in standing}
    weights = ground.run.policy.ranking.weights or dict.fromkeys(CRITERIA, Fraction(1, len(CRITERIA)))
    values: defaultdict[tuple[str, str], list[Fraction]] = defaultdict(list)
    for a in standing:
        for criterion, value in a.criteria.items():
            values[a.category, criterion].append(value)
    ends = {pool: (min(given), max(given)) for pool, given in values.items()}
    found: dict[ProjectId, Fraction | None] = {}
    for a in standing:
        total = Fraction(0)
        for criterion, value in a.criteria.items():
            low, high = ends[a.category, criterion]
            if low != high:
                total += weights.get(criterion, Fraction(0)) * ((value - low) / (high - low))
        found[a.project_id] = total
    return found


def ranks(ground: Ground, found: Scores) -> Iterator[str]:
    """Given ranks stand; the others follow the last given one of their category, one step for each better score."""
    ranking = ground.run.policy.ranking
    last: defaultdict[str, int] = defaultdict(int)
    unranked: defaultdict[str, list[tuple[bool, Fraction]]] = defaultdict(list)
    computed: set[ProjectId] = set()
    for placed in ground.allocation.order.places:
        a = placed.candidate.application
        if a.rank is None or ranking.source == "score_only":
            computed.add(a.project_id)
            unranked[a.category].append(worth(found[a.project_id]))
        else:
            last[a.category] = max(last[a.category], a.rank)
    for worths in unranked.values():
        worths.sort()
    for placed in ground.allocation.order.places:
        a = placed.candidate.application
        if placed.computed != (a.project_id in computed) or (placed.computed and ranking.source == "given_only"):
            yield f"whether the rank of {a.project_id} was given is told wrongly"
        right = a.rank
        if a.project_id in computed:
            worths = unranked[a.category]
            better = len(worths) - bisect_right(worths, worth(found[a.project_id]))
            right = last[a.category] + 1 + better
        if placed.rank != right:
            yield f"{a.project_id} has rank {placed.rank}, the rows say {right}"


def worth(score: Fraction | None) -> tuple[bool, Fraction]:
    """More is better, and none is least."""
    return score is not None, score or Fraction(0)


def overall_turn(placed: Placed) -> tuple[Any, ...]:
    """The turn by the overall rank, where every candidate has one."""
    return (placed.candidate.application.overall_rank,)


def stands_behind(placed: Placed, posted: Posted | None) -> bool:
    """Whether all others go first (QY-10.3, 12.2)."""
    return posted is not None and placed.candidate.project_id in posted.behind


def approved_turn(placed: Placed, posted: Posted | None) -> tuple[Any, ...]:
    """The place in the order that was approved; who has none comes after all who have (QY-10.3)."""
    place = posted.places.get(placed.candidate.project_id) if posted else None
    return place is None, place or 0


def turn(placed: Placed, policy: Policy, posted: Posted | None = None) -> tuple[Any, ...]:
    """What puts one project ahead of another before their ids do; less is earlier."""
    a = placed.candidate.application
    used = dict(posted.efficiency) if posted else {}
    group = a.category.split(".")[0]
    unfinished = a.materials_complete is not True
    scored, score = worth(placed.score)
    categories = [f"{name}.{leaf}" for name, leaves in policy.shares.groups.items() for leaf in leaves.parts]
    return (
        group != "key",
        group not in ("key", FLEX),
        policy.ranking.materials == "first_key" and unfinished,
        placed.rank,
        sector_turn(a, policy),
        unfinished,
        placed.candidate.filed_on is None,
        placed.candidate.filed_on or date.min,
        not scored,
        -score,
        a.county not in used,
        -used.get(a.county, 0),
        [*categories, FLEX].index(a.category),
    )


def sector_turn(application: Application, policy: Policy) -> int:
    """How many sectors are served before this one; those without a stated order are one (QY-4.2)."""
    ranking = policy.ranking
    served = [{sector} for sector in ranking.sector_order] or [set(ranking.priority_sectors)]
    return next((ahead for ahead, sectors in enumerate(served) if application.sector in sectors), len(served))


def canonical(placed: Placed) -> str:
    """The id that decides last, whatever its width."""
    return unicodedata.normalize("NFKC", placed.candidate.project_id)
