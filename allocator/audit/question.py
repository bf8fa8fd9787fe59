"""What is walked: the line of projects, whole or in phases, before the budgets and the accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allocator.audit.order import line_up
from allocator.audit.screening import screen
from allocator.audit.shares import Part, divide
from allocator.audit.stores import Stores, stores
from allocator.outcome import Candidate, Order, Placed, Round, Run, Screening
from allocator.quantities import Indicator
from allocator.records import FLEX, CountyCode, ProjectId

Key = tuple[ProjectId, int]
"""A project, and its phase; 0 where it is one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is granted whole: a project, or one phase of it."""

    placed: Placed
    phase: int  # 0: the project is one piece
    plan: int
    least: int  # the smallest plan that may be granted
    earlier: Key | None  # the phase that must be granted first
    needs: Mapping[Indicator, int]

    @property
    def candidate(self) -> Candidate:
        """The project it is, or belongs to."""
        return self.placed.candidate

    @property
    def project(self) -> ProjectId:
        """The project's id."""
        return self.placed.candidate.project_id

    @property
    def key(self) -> Key:
        """Its project and phase."""
        return self.project, self.phase

    @property
    def county(self) -> CountyCode:
        """The county whose own store it draws on first."""
        return self.placed.candidate.application.county

    @property
    def category(self) -> str:
        """The share it is tested against, or `flex`."""
        return self.placed.candidate.application.category


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who competes, in which order, for what."""

    run: Run
    screening: Screening
    order: Order
    pieces: tuple[Piece, ...]  # in the order in which they are served
    parts: Mapping[str, Part]  # leaf -> its part of the total, `flex` last
    stores: Mapping[Indicator, Stores]
    held: Mapping[ProjectId, Round]  # what was granted beforehand, on which budget


def ask(run: Run) -> Question:
    """From the rows to the line; raises `Refused` for a question that no folder can answer."""
    screening = screen(run)
    order = line_up(screening.candidates, run)
    pieces = [piece for placed in order.places for piece in cut(placed)]
    if run.policy.phase and run.policy.phase.order == "breadth":
        pieces.sort(key=lambda piece: max(piece.phase, 1))
    parts = divide(run.total, run.policy)
    return Question(
        run=run,
        screening=screening,
        order=order,
        pieces=tuple(pieces),
        parts=parts,
        stores=stores(run),
        held=held(run, order, parts),
    )


def cut(placed: Placed) -> Iterator[Piece]:
    """A project as its phases, each behind the one before it, or as one piece."""
    candidate = placed.candidate
    least = candidate.plan if candidate.least is None else candidate.least
    rows = [(phase.phase, phase.plan, phase.plan, phase.needs) for phase in candidate.phases]
    earlier: Key | None = None
    for phase, plan, smallest, needs in rows or [(0, candidate.plan, least, candidate.needs)]:
        piece = Piece(placed=placed, phase=phase, plan=plan, least=smallest, earlier=earlier, needs=needs)
        earlier = piece.key
        yield piece


def held(run: Run, order: Order, parts: Mapping[str, Part]) -> Mapping[ProjectId, Round]:
    """QY-9.1: what the committee granted beforehand, in the overall order, each on its own share while that holds it
    whole, else on the reserve."""
    named = {pin.project_id for pin in run.tables.pins if pin.pin == "grant"}
    left = {pool: part.budget for pool, part in parts.items()}
    rounds: dict[ProjectId, Round] = {}
    for candidate in (placed.candidate for placed in order.places):
        if candidate.project_id in named:
            home = candidate.application.category
            rounds[candidate.project_id] = Round.OWN if home != FLEX and candidate.plan <= left[home] else Round.FLEX
            left[home if rounds[candidate.project_id] is Round.OWN else FLEX] -= candidate.plan
    return rounds
