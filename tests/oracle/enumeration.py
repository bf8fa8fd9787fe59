"""The best of all answers: every way to grant is tried, the lawful ones are compared in the overall order."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product

from oracle.case import SKIP, STOP_ON_PLAN, Case
from oracle.flow import can_be_sourced


def best_of_all(case: Case) -> list[int]:
    """Rounds of the lawful answer whose round-1 grants, then round-2 grants, are lexicographically greatest."""
    sourced = cache(lambda granted: can_be_sourced(case, granted))
    choices = [(0, 2) if project.share is None else (0, 1, 2) for project in case.projects]
    lawful = (rounds for rounds in product(*choices) if is_lawful(case, rounds, sourced))
    return list(max(lawful, key=lambda rounds: ([r == 1 for r in rounds], [r == 2 for r in rounds])))


def is_lawful(case: Case, rounds: Sequence[int], sourced: Callable[[tuple[int, ...]], bool]) -> bool:
    """Budgets are kept, no line goes on behind the refusal that closes it, and all needs are sourced together."""
    everyone = range(len(rounds))
    for share, budget in enumerate(case.shares):
        line = [p for p in everyone if case.projects[p].share == share]
        if not keeps_line(case, line, [p for p in line if rounds[p] == 1], budget):
            return False
    plan_of_round_1 = sum(case.projects[p].plan for p in everyone if rounds[p] == 1)
    reserve = sum(case.shares) + case.reserve - plan_of_round_1
    line = [p for p in everyone if rounds[p] != 1]
    if not keeps_line(case, line, [p for p in line if rounds[p] == 2], reserve):
        return False
    return sourced(tuple(p for p in everyone if rounds[p]))


def keeps_line(case: Case, line: Sequence[int], granted: Sequence[int], budget: int) -> bool:
    if sum(case.projects[p].plan for p in granted) > budget:
        return False
    if case.mode == SKIP:
        return True
    left, is_open = budget, True
    for p in line:
        if case.mode == STOP_ON_PLAN:
            is_open = is_open and case.projects[p].plan <= left
        elif p not in granted:
            is_open = False
        if p in granted:
            if not is_open:
                return False
            left -= case.projects[p].plan
    return True
