"""Small cases with everything at once: phases, divisible plans, caps, earlier grants, weights, bounds."""

from dataclasses import replace
from fractions import Fraction
from random import Random

from oracle.case import GUARANTEE, SKIP, STOP_ON_ANY_NEED, STOP_ON_PLAN, WEIGHT, Cap, Case, Portion, Project

MODES = {
    "skip": SKIP,
    "stop on plan": STOP_ON_PLAN,
    "stop on any need": STOP_ON_ANY_NEED,
    "guarantee": GUARANTEE,
    "greatest weight": WEIGHT,
    "tiered": WEIGHT,
    "portions": SKIP,
    "portions and weight": WEIGHT,
}


def rich_case(name: str, seed: int, most: int) -> Case:
    """1 to `most` projects in the mode of that name; each extra occurs in more than half of the cases."""
    dice = Random(f"{name} {seed}")
    size, groups, indicators, shares = dice.randint(1, most), dice.randint(1, 3), dice.randint(1, 2), dice.randint(1, 3)
    has = {extra: dice.random() < 0.6 for extra in ("needs", "phases", "divisible", "caps", "held")}
    projects: list[Project] = []
    for p in range(size):
        share, group = None if dice.random() < 0.1 else dice.randrange(shares), dice.randrange(groups)
        plan = dice.randint(0, 7)
        before = dice.randrange(p) if has["phases"] and p and dice.random() < 0.7 else None
        if before is not None and dice.random() < 0.8:
            share, group = projects[before].share, projects[before].group
        held = (2 if share is None else dice.choice((1, 1, 2))) if has["held"] and dice.random() < 0.25 else 0
        divisible = has["divisible"] and not held and dice.random() < 0.6
        projects.append(
            Project(
                share=share,
                plan=plan,
                group=group,
                access=dice.random() < 0.5,
                needs=tuple(dice.randint(0, 6) * has["needs"] for _ in range(indicators)),
                least=dice.randint(0, plan) if divisible else None,
                before=before,
                held=held,
                weight=dice.randint(-1, 9),
                band=dice.randint(0, 2) if name == "tiered" else 0,
            )
        )
    plan = sum(project.plan for project in projects)
    asked = [sum(project.needs[i] for project in projects) for i in range(indicators)]
    case = Case(
        shares=tuple(dice.randint(0, 1 + plan // shares) for _ in range(shares)),
        reserve=dice.randint(0, 1 + plan // 4),
        projects=tuple(projects),
        stores=tuple(
            tuple(dice.randint(a // (4 * groups), 1 + 3 * a // (2 * groups)) for a in asked) for _ in range(groups)
        ),
        pool=tuple(dice.randint(0, 1 + a // 2) for a in asked),
        mode=MODES[name],
        caps=tuple(random_cap(dice, projects) for _ in range(dice.randint(1, 2) * has["caps"])),
    )
    if name.startswith("portions"):
        case = replace(case, portions=tuple(random_portion(dice, size) for _ in range(dice.randint(1, 2))))
    if case.mode == WEIGHT and dice.random() < 0.5:
        case = replace(case, incumbent=tuple(dice.random() < 0.5 for _ in projects))
    return case


def random_cap(dice: Random, projects: list[Project]) -> Cap:
    members = frozenset(p for p in range(len(projects)) if dice.random() < 0.6)
    plan = sum(projects[p].plan for p in members)
    return Cap(members=members, most=dice.randint(1 + plan // 4, 1 + plan))


def random_portion(dice: Random, size: int) -> Portion:
    members = frozenset(p for p in range(size) if dice.random() < 0.5)
    at_least = dice.random() < 0.5
    part = Fraction(dice.randint(1, 3), 6)
    return Portion(members=members, part=part if at_least else 1 - part, at_least=at_least)
