"""The walk, step by step as it is defined: round 1 against the shares, round 2 against the reserve."""

from dataclasses import dataclass, field

from oracle.case import SKIP, STOP_ON_ANY_NEED, Case
from oracle.flow import can_be_sourced


@dataclass
class Walk:
    granted_from_share: list[int] = field(default_factory=list)  # in the order of granting
    granted_from_reserve: list[int] = field(default_factory=list)
    not_sourced: set[int] = field(default_factory=set)  # refused in some round for a need other than plan

    @property
    def granted(self) -> list[int]:
        return self.granted_from_share + self.granted_from_reserve

    def rounds(self, projects: int) -> list[int]:
        """0 refused, 1 granted in round 1, 2 granted in round 2."""
        return [1 * (p in self.granted_from_share) + 2 * (p in self.granted_from_reserve) for p in range(projects)]


def walk(case: Case) -> Walk:
    result = Walk()
    closed: set[int] = set()
    for p, project in enumerate(case.projects):
        share = project.share
        if share is None or share in closed:
            continue
        already = sum(case.projects[r].plan for r in result.granted_from_share if case.projects[r].share == share)
        if already + project.plan > case.shares[share]:
            if case.mode != SKIP:
                closed.add(share)
        elif not can_be_sourced(case, [*result.granted, p]):
            result.not_sourced.add(p)
            if case.mode == STOP_ON_ANY_NEED:
                closed.add(share)
        else:
            result.granted_from_share.append(p)
    total = sum(case.shares) + case.reserve
    for p, project in enumerate(case.projects):
        if p in result.granted_from_share:
            continue
        if sum(case.projects[r].plan for r in result.granted) + project.plan > total:
            if case.mode != SKIP:
                break
        elif not can_be_sourced(case, [*result.granted, p]):
            result.not_sourced.add(p)
            if case.mode == STOP_ON_ANY_NEED:
                break
        else:
            result.granted_from_reserve.append(p)
    return result
