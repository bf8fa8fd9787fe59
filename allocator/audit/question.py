"""What is walked: the line of projects, whole or in phases, before the budgets and the accounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allocator.audit.order import line_up
from allocator.audit.screening import screen
from allocator.audit.shares import Part, divide
from allocator.audit.stores import Stores, stores
from allocator.outcome import Candidate, Order, Placed, Run, Screening
from allocator.quantities import Indicator
from allocator.records import CountyCode, ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is granted whole: a project, or one phase of it."""

    placed: Placed
    phase: int  # 0: the project is one piece
    plan: int
    least: int  # the smallest plan that may be granted
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


def ask(run: Run) -> Question:
    """From the rows to the line; raises `Refused` for a question that no folder can answer."""
    screening = screen(run)
    order = line_up(screening.candidates, run)
    pieces = [piece for placed in order.places for piece in cut(placed)]
    if run.policy.phase and run.policy.phase.order == "breadth":
        pieces.sort(key=lambda piece: max(piece.phase, 1))
    return Question(
        run=run,
        screening=screening,
        order=order,
        pieces=tuple(pieces),
        parts=divide(run.total, run.policy),
        stores=stores(run),
    )


def cut(placed: Placed) -> Iterator[Piece]:
    """A project as its phases, or as one piece."""
    candidate = placed.candidate
    for phase in candidate.phases:
        yield Piece(placed=placed, phase=phase.phase, plan=phase.plan, least=phase.plan, needs=phase.needs)
    if not candidate.phases:
        least = candidate.plan if candidate.least is None else candidate.least
        yield Piece(placed=placed, phase=0, plan=candidate.plan, least=least, needs=candidate.needs)
