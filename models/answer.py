"""What an engine answers: grants, and for each rung of the ladder what was reached and how far it is proved."""

from dataclasses import dataclass

from models.instance import Grants, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where a solver has to stop. None: it goes on to the proof."""

    seconds: int | None = None  # of the clock, for all rungs together; not repeatable
    work: int | None = None  # the solver's own deterministic measure for all rungs together; repeatable


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One rung: the value reached, and the most that any answer could reach with the rungs above it held."""

    name: str
    value: int
    bound: int
    proved: bool  # False: best found; the rungs below it were not climbed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Grants that keep every row, and the rungs climbed, in order."""

    grants: Grants
    levels: tuple[Level, ...] = ()
    moved: Ints | None = None  # (C, C, I) what each group gives each other one, where they exchange

    @property
    def is_proved(self) -> bool:
        """Whether every rung was climbed to its proof, so that no other answer is better or equal."""
        return all(level.proved for level in self.levels)
