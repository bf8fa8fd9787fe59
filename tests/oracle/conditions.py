"""What makes a case worth testing, defined and counted."""

from itertools import pairwise

from oracle.case import Case
from oracle.walk import Walk


def other_need_refuses(case: Case, walk: Walk) -> bool:
    """Some project fits its line, is refused for a need that cannot be sourced, and ends without a grant."""
    return bool(walk.not_sourced - set(walk.granted))


def grant_is_sourced_again(case: Case, walk: Walk) -> bool:
    """At some grant, projects with access granted before it must give up own store to it, and draw on the pool.

    Taking the own store first, those with access hold min(their needs, store - needs without access) of it. The
    condition is that this falls at a grant without access: their needs stay, their hold on the store shrinks.
    """
    return any(
        held_with_access(case, after, group, i) < held_with_access(case, before, group, i)
        for before, after in pairwise(walk.granted[:n] for n in range(len(walk.granted) + 1))
        for group in range(len(case.stores))
        for i in range(len(case.pool))
    )


def held_with_access(case: Case, granted: list[int], group: int, i: int) -> int:
    here = [case.projects[p] for p in granted if case.projects[p].group == group]
    left = case.stores[group][i] - sum(project.needs[i] for project in here if not project.access)
    return min(left, sum(project.needs[i] for project in here if project.access))


def access_competes(case: Case, walk: Walk) -> bool:
    """Two projects of one group, one with access and one without, need one indicator; its store is below their sum."""
    return any(
        case.stores[a.group][i] < a.needs[i] + b.needs[i]
        for a in case.projects
        for b in case.projects
        if a.group == b.group and a.access and not b.access
        for i in range(len(case.pool))
        if a.needs[i] and b.needs[i]
    )
