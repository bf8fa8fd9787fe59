"""What the recount walks over: projects and phases as they are served, and what was granted of each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from allocator.outcome import Part, Placed, Round
from allocator.quantities import Indicator
from allocator.records import FLEX, ProjectId
from allocator.verify_ground import Ground

Key = tuple[ProjectId, int]
"""A project, and its phase; 0 where it is one piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A project, or one phase of it: granted whole, or down to `least` where that is declared."""

    placed: Placed
    phase: int
    earlier: Key | None  # the phase that must be granted first
    plan: int
    least: int
    needs: Mapping[Indicator, int]
    told: Part | None  # what the answer grants of it

    @property
    def project(self) -> ProjectId:
        """Its application."""
        return self.placed.candidate.project_id

    @property
    def key(self) -> Key:
        """Its application and phase."""
        return self.project, self.phase

    @property
    def category(self) -> str:
        """The category it was filed in."""
        return self.placed.candidate.application.category

    @property
    def county(self) -> str:
        """Its county."""
        return self.placed.candidate.application.county


def pieces(ground: Ground) -> list[Piece]:
    """All of them in the order in which they are served: `breadth` takes all first phases before all second ones."""
    served: list[Piece] = []
    for placed in ground.allocation.order.places:
        candidate = placed.candidate
        told = {part.phase: part for part in ground.decided[candidate.project_id].parts}
        least = candidate.plan if candidate.least is None else candidate.least
        rows = [(row.phase, row.plan, row.plan, row.needs) for row in candidate.phases]
        earlier: Key | None = None
        for phase, plan, smallest, needs in rows or [(0, candidate.plan, least, candidate.needs)]:
            part = told.get(phase)
            piece = Piece(
                placed=placed, phase=phase, earlier=earlier, plan=plan, least=smallest, needs=needs, told=part
            )
            served.append(piece)
            earlier = piece.key
    phasing = ground.run.policy.phase
    if phasing and phasing.order == "breadth":
        served.sort(key=lambda piece: (piece.phase > 1) * piece.phase)
    return served


def pinned(ground: Ground) -> Mapping[ProjectId, Round]:
    """QY-9.1: what the committee granted, in overall order, on its own share while that holds it whole."""
    named = {pin.project_id for pin in ground.run.tables.pins if pin.pin == "grant"}
    booked: defaultdict[str, int] = defaultdict(int)
    budget = {book.pool: book.budget for book in ground.allocation.settlement.pools}
    rounds: dict[ProjectId, Round] = {}
    for placed in ground.allocation.order.places:
        candidate, home = placed.candidate, placed.candidate.application.category
        if candidate.project_id in named:
            own = home != FLEX and booked[home] + candidate.plan <= budget[home]
            rounds[candidate.project_id] = Round.OWN if own else Round.FLEX
            booked[home if own else FLEX] += candidate.plan
    return rounds
