"""The walk, step by step as it is defined: round 1 against the shares, round 2 against the reserve."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from oracle.case import GUARANTEE, SKIP, STOP_ON_ANY_NEED, Case
from oracle.flow import can_be_sourced


@dataclass
class Walk:
    granted_from_share: list[int] = field(default_factory=list)  # in the order of granting
    granted_from_reserve: list[int] = field(default_factory=list)
    not_sourced: set[int] = field(default_factory=set)  # refused in some round for a need other than plan
    given: dict[int, int] = field(default_factory=dict)  # plan granted

    @property
    def granted(self) -> list[int]:
        return self.granted_from_share + self.granted_from_reserve

    def rounds(self, projects: int) -> list[int]:
        """0 refused, 1 granted in round 1, 2 granted in round 2."""
        return [1 * (p in self.granted_from_share) + 2 * (p in self.granted_from_reserve) for p in range(projects)]

    def plans(self, projects: int) -> list[int]:
        return [self.given.get(p, 0) for p in range(projects)]

    def plan_of(self, projects: Iterable[int]) -> int:
        return sum(self.given[p] for p in projects if p in self.given)


def walk(case: Case) -> Walk:
    if case.mode == GUARANTEE:
        return walk_keeping_guarantees(case)
    result = begin(case)
    total = sum(case.shares) + case.reserve
    closed: set[int | None] = set()
    for p, project in enumerate(case.projects):
        share = project.share
        if share is not None and share not in closed and stands_in_line(case, result, p):
            already = result.plan_of(r for r in result.granted_from_share if case.projects[r].share == share)
            left = min(case.shares[share] - already, total - result.plan_of(result.granted))
            serve(case, result, p, left, result.granted_from_share, closed, share)
    for p in range(len(case.projects)):
        if None not in closed and stands_in_line(case, result, p):
            serve(case, result, p, total - result.plan_of(result.granted), result.granted_from_reserve, closed, None)
    return result


def begin(case: Case) -> Walk:
    """Only what is held beforehand."""
    held = {r: [p for p, project in enumerate(case.projects) if project.held == r] for r in (1, 2)}
    return Walk(held[1], held[2], given={p: case.projects[p].plan for p in held[1] + held[2]})


def stands_in_line(case: Case, result: Walk, p: int) -> bool:
    before = case.projects[p].before
    return p not in result.given and (before is None or before in result.given)


def serve(
    case: Case, result: Walk, p: int, left: int, book: list[int], closed: set[int | None], line: int | None
) -> None:
    project = case.projects[p]
    left = max(left, 0)
    if project.smallest > left:
        if case.mode not in (SKIP, GUARANTEE):
            closed.add(line)
        return
    granted = min(project.plan, left)
    if not under_caps(case, result, p, granted) or not can_be_sourced(case, [*result.granted, p]):
        result.not_sourced.add(p)
        if case.mode == STOP_ON_ANY_NEED:
            closed.add(line)
        return
    book.append(p)
    result.given[p] = granted


def under_caps(case: Case, result: Walk, p: int, granted: int) -> bool:
    """What is held beforehand may exceed a cap; it is then full, and lets through who asks nothing of it."""
    for cap in case.caps:
        held = sum(case.projects[r].plan for r in cap.members if case.projects[r].held)
        if p in cap.members and result.plan_of(cap.members) + granted > max(cap.most, held):
            return False
    return True


def walk_keeping_guarantees(case: Case) -> Walk:
    """One walk over the total, which keeps for each share what round 1 alone would have granted from it."""
    alone = begin(case)
    total = max(0, sum(case.shares) + case.reserve - alone.plan_of(alone.granted))
    held = set(alone.granted)
    for p, project in enumerate(case.projects):
        if project.share is not None and stands_in_line(case, alone, p):
            already = alone.plan_of(r for r in alone.granted_from_share if case.projects[r].share == project.share)
            left = min(case.shares[project.share] - already, total - alone.plan_of(set(alone.granted) - held))
            serve(case, alone, p, left, alone.granted_from_share, set(), None)
    kept = [plan_of_share(case, alone, k, held) for k in range(len(case.shares))]
    result = begin(case)
    common: list[int] = result.granted_from_share
    for p, project in enumerate(case.projects):
        if stands_in_line(case, result, p):
            others = sum(
                max(kept[k], plan_of_share(case, result, k, held)) for k in range(len(kept)) if k != project.share
            )
            unshared = plan_of_share(case, result, None, held)
            mine = 0 if project.share is None else plan_of_share(case, result, project.share, held)
            serve(case, result, p, total - others - unshared - mine, common, set(), None)
    return booked(case, result, held)


def plan_of_share(case: Case, result: Walk, share: int | None, held: set[int]) -> int:
    return result.plan_of(p for p in result.given if case.projects[p].share == share and p not in held)


def booked(case: Case, result: Walk, held: set[int]) -> Walk:
    """Each grant on its own share while that holds it whole, else on the reserve; held ones where they are held."""
    books = begin(case)
    for p in sorted(set(result.given) - held):
        share = case.projects[p].share
        room = 0 if share is None else case.shares[share]
        room -= books.plan_of(r for r in books.granted_from_share if case.projects[r].share == share)
        fits = share is not None and result.given[p] <= room
        (books.granted_from_share if fits else books.granted_from_reserve).append(p)
        books.given[p] = result.given[p]
    return books
