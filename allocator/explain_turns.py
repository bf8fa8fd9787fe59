"""What happened to a project in each round, what became of its phases, and what the committee decided beforehand.

Turns exist where the mode walks round by round. Where one walk serves all budgets, or choices are weighed against each
other, no project has a turn of its own, and its certificates say all there is.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from allocator.explanation import Phased, Pinned, Quantity, Turn
from allocator.outcome import Allocation, Candidate, Decided, Decision, Part, Placed, Round, Run, ShortageKind
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX, Phase, ProjectId
from allocator.report.certificates import measure
from allocator.report.courses import ROUNDS, course

Piece = tuple[Placed, Phase | None]


def turns(allocation: Allocation, run: Run) -> Mapping[ProjectId, list[Turn]]:
    """Every turn of every project: what its share, and after it the reserve, still held then."""
    told: defaultdict[ProjectId, list[Turn]] = defaultdict(list)
    if course(run.policy) != ROUNDS:
        return told
    decisions = {decided.project_id: decided for decided in allocation.decided}
    left = {book.pool: book.budget + book.received for book in allocation.settlement.pools}
    whole = run.total
    held = {pin.project_id for pin in run.tables.pins if pin.pin == "grant"}
    served = list(pieces(allocation, run.policy))
    granted: set[tuple[ProjectId, int]] = set()
    for placed, phase in served:
        if placed.candidate.project_id in held:
            part = part_of(decisions[placed.candidate.project_id], phase)
            if part:
                left[part.pool] -= part.plan
                whole -= part.plan
                granted.add((placed.candidate.project_id, part.phase))
    for round_ in Round:
        last: dict[ProjectId, int] = {}
        for placed, phase in served:
            project, number = placed.candidate.project_id, phase.phase if phase else 0
            earlier, last[project] = last.get(project), number
            pool = placed.candidate.application.category if round_ is Round.OWN else FLEX
            if (project, number) in granted or (earlier is not None and (project, earlier) not in granted):
                continue
            if pool == FLEX and round_ is Round.OWN:
                continue
            decided = decisions[project]
            told[project].append(turn(decided, placed.candidate, phase, round_, max(0, min(left[pool], whole))))
            part = part_of(decided, phase)
            if part and part.round is round_:
                left[pool] -= part.plan
                whole -= part.plan
                granted.add((project, number))
    return told


def pieces(allocation: Allocation, policy: Policy) -> Iterator[Piece]:
    """Projects, or their phases, in the order in which they are served."""
    served: list[Piece] = []
    for placed in allocation.order.places:
        served += [(placed, phase) for phase in placed.candidate.phases or (None,)]
    if policy.phase and policy.phase.order == "breadth":
        served.sort(key=lambda piece: piece[1].phase if piece[1] and piece[1].phase > 1 else 1)
    yield from served


def part_of(decided: Decided, phase: Phase | None) -> Part | None:
    """What was granted of a phase, or of a project in one piece."""
    number = phase.phase if phase else 0
    return next((part for part in decided.parts if part.phase == number), None)


def turn(decided: Decided, candidate: Candidate, phase: Phase | None, round_: Round, left: int) -> Turn:
    """What happened to a project, or one phase of it, in one round."""
    number = phase.phase if phase else 0
    met = [s.kind for s in decided.shortages if s.round is round_ and s.phase == number]
    part = part_of(decided, phase)
    if part and part.round is round_:
        outcome = "granted"
    elif met:
        misfits = {ShortageKind.SHARE, ShortageKind.RESERVE, ShortageKind.TOTAL}
        outcome = "misfit" if misfits.intersection(met) else "capped" if ShortageKind.CAP in met else "short"
    else:
        outcome = "closed"
    told: Turn = {
        "round": round_,
        "pool": candidate.application.category if round_ is Round.OWN else FLEX,
        "asked_mu": measure(phase.plan if phase else candidate.plan, Indicator.PLAN),
        "left_mu": measure(left, Indicator.PLAN),
        "outcome": outcome,
        "closed_by": decided.closed_by.get(round_, "") if outcome == "closed" else "",
    }
    if phase:
        told["phase"] = number
    return told


def phases(decided: Decided, candidate: Candidate | None) -> list[Phased]:
    """What became of each phase; those behind the first refused one were not tried, for the same reason."""
    told: list[Phased] = []
    for phase in candidate.phases if candidate else ():
        part = part_of(decided, phase)
        reason = "PINNED" if decided.reason == "PINNED" else "GRANTED"
        told.append(
            {
                "phase": phase.phase,
                "decision": Decision.GRANTED if part else Decision.WAITING,
                "round": part.round if part else "",
                "pool": part.pool if part else "",
                "plan_mu": measure(phase.plan, Indicator.PLAN),
                "granted_mu": measure(part.plan if part else 0, Indicator.PLAN),
                "reason": reason if part else decided.reason,
                "needs": [need(indicator, quantity) for indicator, quantity in phase.needs.items()],
            }
        )
    return told


def pin(project: ProjectId, run: Run) -> Pinned | None:
    """What the committee decided beforehand (QY-9.1)."""
    found = next((row for row in run.tables.pins if row.project_id == project), None)
    return {"decision": found.pin, "reason": found.reason, "document": found.document} if found else None


def need(indicator: Indicator, quantity: int) -> Quantity:
    """A need in its unit."""
    return {"indicator": indicator, "quantity": measure(quantity, indicator), "unit": indicator.unit}
