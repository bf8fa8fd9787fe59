"""What another question would have been answered: nearest changes, withdrawals and paradoxes, as records.

A lever is one number of the question. Quantities are grid units of its indicator, positions are overall positions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from allocator.quantities import Indicator
from allocator.records import ProjectId


class Scope(StrEnum):
    """Whether changes were computed, or why they were not."""

    COMPUTED = "computed"
    NOT_ASKED = "not_asked"
    TOO_MUCH_WORK = "too_much_work"
    NOT_IN_THIS_MODE = "not_in_this_mode"  # no walk over the order finds the answer
    NOT_PROVED = "not_proved"  # the answer is the best found, not the one the rule gives
    NOT_NESTED = "not_nested"  # sources are tested as a network


class Kind(StrEnum):
    """What a lever changes: first what is the project's own, then what it competes for."""

    PLAN = "plan"  # the plan it asks for
    NEED = "need"  # another indicator it asks for
    POSITION = "position"  # where it stands in line, all others in their order
    SHARE = "share"  # the budget of its category, the total growing with it
    RESERVE = "reserve"  # the budget of the flexible reserve, the total growing with it
    TOTAL = "total"  # the year's total, divided again
    POOL = "pool"  # prefecture-owned or pooled stock
    STORE = "store"  # its own county's store
    CAP = "cap"  # a cap it is under

    @property
    def is_own(self) -> bool:
        """Whether it is a quantity that the project itself asks for."""
        return self in (Kind.PLAN, Kind.NEED)


class Result(StrEnum):
    """What a lever can do for a project."""

    GRANTS = "grants"  # `nearest` is the smallest change that does it
    ENOUGH = "enough"  # `nearest` does it and one step less does not; not all smaller changes were tried
    NEVER = "never"  # no value of this lever alone does
    NOT_UP_TO = "not_up_to"  # no value up to `nearest` does; greater ones were not tried
    SEVERAL = "several"  # not tried: at its turn something else was missing besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A project that fares otherwise: what it gets in the answer, and what it would get."""

    project_id: ProjectId
    before: str  # "granted" | "partial" | "waiting"
    after: str
    plan_before: int
    plan_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Everybody else who fares otherwise, in the overall order."""

    gains: tuple[Shift, ...] = ()
    loses: tuple[Shift, ...] = ()

    def besides(self, project: ProjectId) -> "Shifts":
        """All but one."""
        gains = tuple(shift for shift in self.gains if shift.project_id != project)
        return Shifts(gains=gains, loses=tuple(shift for shift in self.loses if shift.project_id != project))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One number of the question that a change sets."""

    kind: Kind
    indicator: Indicator | None  # None: a position
    holder: str = ""  # category, county or cap; "" for the project's own, the reserve, the total and the pool
    phase: int = 0  # of the project's own numbers; 0: it is one piece
    step: int = 1  # the smallest change that was tried
    now: int

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one number from another."""
        return self.kind, self.indicator, self.holder, self.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The smallest change of one number that grants a waiting project, all of it, and who then fares otherwise."""

    setting: Setting
    result: Result
    nearest: int | None = None  # None where the result is NEVER or SEVERAL
    shifts: Shifts = Shifts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What a waiting project would have to ask less of at once, where no single number is enough."""

    settings: tuple[Setting, ...]
    nearest: tuple[int, ...]  # of each setting; one step more of any of them, and it is not granted
    shifts: Shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Paradox:
    """A larger budget or store, or a withdrawal, that costs somebody a grant under the declared rule."""

    setting: Setting | None = None  # None: a withdrawal
    nearest: int | None = None  # the smallest value of those tried that does
    withdrawn: ProjectId = ""
    shifts: Shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All of it."""

    scope: Scope = Scope.NOT_ASKED
    nearest: Mapping[ProjectId, tuple[Nearest, ...]] = field(default_factory=dict[ProjectId, tuple[Nearest, ...]])
    together: Mapping[ProjectId, Together] = field(default_factory=dict[ProjectId, Together])
    withdrawals: Mapping[ProjectId, Shifts] = field(default_factory=dict[ProjectId, Shifts])  # of granted projects
    paradoxes: tuple[Paradox, ...] = ()
