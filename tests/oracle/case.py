"""One division in plain Python: lists of whole numbers, no arrays."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random

SKIP, STOP_ON_PLAN, STOP_ON_ANY_NEED = "skip", "stop on plan", "stop on any need"
GUARANTEE, WEIGHT = "guarantee", "weight"


@dataclass(frozen=True)
class Project:
    share: int | None  # None: filed for the reserve
    plan: int
    group: int
    access: bool
    needs: tuple[int, ...]  # one an indicator
    least: int | None = None  # the smallest plan it may be granted; None: all of it
    before: int | None = None  # the project that must be granted first
    held: int = 0  # granted beforehand: 0 not, 1 from its share, 2 from the reserve
    weight: int = 0
    band: int = 0

    @property
    def smallest(self) -> int:
        return self.plan if self.least is None else self.least


@dataclass(frozen=True)
class Cap:
    members: frozenset[int]
    most: int


@dataclass(frozen=True)
class Portion:
    members: frozenset[int]
    part: Fraction
    at_least: bool


@dataclass(frozen=True)
class Case:
    shares: tuple[int, ...]
    reserve: int
    projects: tuple[Project, ...]  # in the overall order
    stores: tuple[tuple[int, ...], ...]  # [group][indicator]
    pool: tuple[int, ...]  # [indicator]
    mode: str
    caps: tuple[Cap, ...] = ()
    portions: tuple[Portion, ...] = ()
    incumbent: tuple[bool, ...] | None = None
    balances: tuple[int, ...] = ()  # of accounts that are not nested; stores and pool are then not looked at
    reach: tuple[tuple[tuple[int, ...], ...], ...] = ()  # [project][indicator] the accounts it may draw on


def random_case(seed: int) -> Case:
    """1 to 14 projects, 1 to 5 groups, 1 to 3 indicators; stores and pool hold a part of what is asked of them."""
    dice = Random(seed)
    size = dice.randint(2, 8) if seed % 2 else dice.randint(1, 14)
    groups = dice.randint(1, min(5, 1 + size // 3))
    indicators = dice.randint(1, 3)
    shares = dice.randint(1, 4)
    mode = (SKIP, STOP_ON_PLAN, SKIP, STOP_ON_PLAN, STOP_ON_ANY_NEED)[seed % 5]
    projects = tuple(
        Project(
            share=None if dice.random() < 0.1 else dice.randrange(shares),
            plan=0 if dice.random() < 0.07 else dice.randint(1, 12),
            group=dice.randrange(groups),
            access=dice.random() < 0.5,
            needs=tuple(0 if dice.random() < 0.15 else dice.randint(1, 9) for _ in range(indicators)),
        )
        for _ in range(size)
    )
    plan = sum(project.plan for project in projects)
    asked = [sum(project.needs[i] for project in projects) for i in range(indicators)]
    supplied = dice.uniform(0.6, 1.1)
    return Case(
        shares=tuple(dice.randint(plan // (2 * shares), max(6, 3 * plan // (2 * shares))) for _ in range(shares)),
        reserve=dice.randint(0, 6),
        projects=projects,
        stores=tuple(tuple(int(a * supplied * dice.uniform(0.4, 1.4) / groups) for a in asked) for _ in range(groups)),
        pool=tuple(int(a * supplied * dice.uniform(0, 0.9)) for a in asked),
        mode=mode,
    )
