"""The best of all answers: every way to grant is tried, and the best lawful one is taken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import product

from oracle.case import GUARANTEE, SKIP, STOP_ON_ANY_NEED, STOP_ON_PLAN, WEIGHT, Case, Project
from oracle.flow import can_be_sourced
from oracle.walk import Walk, booked

Grant = tuple[int, int]
"""Round and plan granted; (0, 0) where refused."""

Sourced = Callable[[tuple[int, ...]], bool]


def best_of_all(case: Case) -> tuple[list[int], list[int]] | None:
    """Rounds and plans of the best lawful answer; None if there is none."""
    sourced = cache(lambda granted: can_be_sourced(case, granted))
    if case.mode == GUARANTEE:
        return best_with_guarantees(case, sourced)
    lawful = (grants for grants in all_ways(case) if is_lawful(case, grants, sourced))
    best = max(lawful, key=lambda grants: worth(case, grants), default=None)
    return None if best is None else ([r for r, _ in best], [g for _, g in best])


def all_ways(case: Case) -> Iterator[tuple[Grant, ...]]:
    return product(*(ways(case, project) for project in case.projects))


def ways(case: Case, project: Project) -> list[Grant]:
    if project.held:
        return [(project.held, project.plan)]
    rounds = [1] if case.mode == GUARANTEE else [2] if project.share is None else [1, 2]
    return [(0, 0), *((r, plan) for r in rounds for plan in range(project.smallest, project.plan + 1))]


def worth(case: Case, grants: Sequence[Grant]) -> tuple[object, ...]:
    """What is compared, in this sequence; the greater one is better."""
    order = ([r == 1 for r, _ in grants], [r == 2 for r, _ in grants])
    if case.mode != WEIGHT:
        return order
    ranked = list(zip(grants, case.projects, strict=True))
    bands = sorted({project.band for project in case.projects})
    weights = [
        sum(project.weight for (r, _), project in ranked if r == wanted and project.band == band)
        for wanted in (1, 2)
        for band in bands
    ]
    stays = 0
    if case.incumbent is not None:
        stays = sum(1 if old else -1 for (r, _), old in zip(grants, case.incumbent, strict=True) if r)
    return (weights, stays, *order, [plan for _, plan in grants])


def is_lawful(case: Case, grants: Sequence[Grant], sourced: Sourced) -> bool:
    return (
        keeps_phases(case, grants)
        and keeps_budgets(case, grants)
        and keeps_caps(case, grants)
        and keeps_portions(case, grants)
        and (case.mode == WEIGHT or keeps_lines(case, grants))
        and sourced(tuple(p for p, (r, _) in enumerate(grants) if r))
    )


def keeps_phases(case: Case, grants: Sequence[Grant]) -> bool:
    """A later phase follows the earlier one in the same round or a later one."""
    for (r, _), project in zip(grants, case.projects, strict=True):
        if r and not project.held and project.before is not None and not case.projects[project.before].held:
            first = grants[project.before][0]
            if first == 0 or first > r:
                return False
    return True


def keeps_budgets(case: Case, grants: Sequence[Grant]) -> bool:
    for share, budget in enumerate(case.shares):
        own = [p for p, (r, _) in enumerate(grants) if r == 1 and case.projects[p].share == share]
        if plan_of(grants, own) > max(budget, held_plan(case, own)):
            return False
    everyone = range(len(grants))
    return plan_of(grants, everyone) <= max(sum(case.shares) + case.reserve, held_plan(case, everyone))


def keeps_caps(case: Case, grants: Sequence[Grant]) -> bool:
    return all(plan_of(grants, cap.members) <= max(cap.most, held_plan(case, cap.members)) for cap in case.caps)


def keeps_portions(case: Case, grants: Sequence[Grant]) -> bool:
    everything = sum(plan for _, plan in grants)
    if case.portions and any(project.plan for project in case.projects) and everything == 0:
        return False
    for portion in case.portions:
        part = plan_of(grants, portion.members)
        if part < portion.part * everything if portion.at_least else part > portion.part * everything:
            return False
    return True


def plan_of(grants: Sequence[Grant], projects: Sequence[int] | frozenset[int] | range) -> int:
    return sum(grants[p][1] for p in projects)


def held_plan(case: Case, projects: Sequence[int] | frozenset[int] | range) -> int:
    return sum(case.projects[p].plan for p in projects if case.projects[p].held)


def keeps_lines(case: Case, grants: Sequence[Grant]) -> bool:
    """No line goes on behind the refusal that closes it, and a plan is cut only to what is left."""
    held = {p for p, project in enumerate(case.projects) if project.held}
    given = {p: case.projects[p].plan for p in held}
    total = sum(case.shares) + case.reserve
    left = [
        budget - sum(given[p] for p in held if case.projects[p].held == 1 and case.projects[p].share == k)
        for k, budget in enumerate(case.shares)
    ]
    for wanted in (1, 2):
        closed: set[int] = set()
        for p, project in enumerate(case.projects):
            if p in given or (wanted == 1 and project.share is None):
                continue
            line = project.share if wanted == 1 and project.share is not None else -1
            whole = total - sum(given.values())
            rest = max(0, min(left[line], whole) if wanted == 1 else whole)
            tried = project.before is None or project.before in given
            if grants[p][0] == wanted:
                if not tried or line in closed or grants[p][1] != min(project.plan, rest):
                    return False
                given[p] = grants[p][1]
                if wanted == 1:
                    left[line] -= given[p]
            elif tried and (case.mode == STOP_ON_ANY_NEED or (case.mode == STOP_ON_PLAN and project.smallest > rest)):
                closed.add(line)
    return True


def best_with_guarantees(case: Case, sourced: Sourced) -> tuple[list[int], list[int]]:
    """What round 1 alone would grant stays kept; then the lawful answer that is greatest in the overall order."""
    alone = best_of_all(replace(case, mode=SKIP))
    assert alone is not None
    shares = range(len(case.shares))
    kept = [
        sum(
            g
            for r, g, project in zip(*alone, case.projects, strict=True)
            if r == 1 and project.share == k and not project.held
        )
        for k in shares
    ]
    lawful = (
        grants
        for grants in all_ways(case)
        if keeps_phases(case, [(min(r, 1), g) for r, g in grants])
        and keeps_guarantees(case, grants, kept)
        and keeps_caps(case, grants)
        and sourced(tuple(p for p, (r, _) in enumerate(grants) if r))
    )
    best = max(lawful, key=lambda grants: [r > 0 for r, _ in grants])
    plans = {p: g for p, (r, g) in enumerate(best) if r}
    books = booked(case, Walk(given=plans), {p for p, project in enumerate(case.projects) if project.held})
    return books.rounds(len(best)), books.plans(len(best))


def keeps_guarantees(case: Case, grants: Sequence[Grant], kept: Sequence[int]) -> bool:
    """What shares took or keep, and what the others took, is never more than the total; cut only to what is left."""
    everyone = range(len(grants))
    total = max(0, sum(case.shares) + case.reserve - held_plan(case, everyone))
    taken: dict[int | None, int] = dict.fromkeys([None, *range(len(kept))], 0)
    for (r, plan), project in zip(grants, case.projects, strict=True):
        if r and not project.held:
            others = sum(max(taken[k], kept[k]) for k in range(len(kept)) if k != project.share)
            mine = taken[None] + (0 if project.share is None else taken[project.share])
            if plan != min(project.plan, total - others - mine):
                return False
            taken[project.share] += plan
    return taken[None] + sum(max(taken[k], kept[k]) for k in range(len(kept))) <= total
