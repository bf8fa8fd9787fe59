"""The recount of grants and refusals: the rules again by plain sums, and the answer must be what they give.

A mode that walks is walked from the first project on, so that a grant of another project, and every reason and number
of a refusal, shows. Where one choice is weighed against another, the grants must fit together, and each refused
project is held against all of them (`verify_weights` recounts the weights).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from allocator.outcome import Decided, Decision, Part, Placed, Round, Shortage, ShortageKind
from allocator.records import FLEX, ProjectId
from allocator.verify_ahead import Ahead, Ceiling, rule_of_pool
from allocator.verify_ground import Ground
from allocator.verify_inputs import DECIDING, is_in_force
from allocator.verify_pieces import Key, Piece, pieces, pinned
from allocator.verify_weights import bounds, broken_bounds, weighs

MISFIT = {ShortageKind.SHARE, ShortageKind.RESERVE, ShortageKind.TOTAL}


@dataclass(slots=True)
class Fate:
    """What the rules make of one piece."""

    part: Part | None = None
    shortages: list[Shortage] = field(default_factory=list[Shortage])
    closed_by: dict[Round, ProjectId] = field(default_factory=dict[Round, ProjectId])
    is_unexchanged: bool = False
    outweighed_by: str = ""


@dataclass(slots=True)
class Walk:
    """Pieces, sums, and what has become of each so far; `made` are each project's grants in their order."""

    ground: Ground
    served: Sequence[Piece]
    ahead: Ahead
    fates: dict[Key, Fate]
    made: defaultdict[ProjectId, list[Part]]

    def grant(self, piece: Piece, round_: Round, plan: int, *, beforehand: bool = False) -> None:
        """Write one grant."""
        pool = piece.category if round_ is Round.OWN else FLEX
        part = Part(phase=piece.phase, round=round_, pool=pool, plan=plan)
        self.fates[piece.key].part = part
        self.made[piece.project].append(part)
        self.ahead.grant(piece, round_, plan, beforehand=beforehand)

    def stands(self, piece: Piece) -> bool:
        """Whether its turn can come: not granted, and the phase before it is."""
        return not self.fates[piece.key].part and (piece.earlier is None or self.fates[piece.earlier].part is not None)


def begin(ground: Ground, ceilings: tuple[Ceiling, ...]) -> Walk:
    """Nothing granted but what the committee granted beforehand."""
    served = pieces(ground)
    fates = {piece.key: Fate() for piece in served}
    walk = Walk(ground, served, Ahead(ground, ceilings), fates, defaultdict(list))
    rounds = pinned(ground)
    for piece in served:
        if piece.project in rounds:
            walk.grant(piece, rounds[piece.project], piece.plan, beforehand=True)
    return walk


def refusals(ground: Ground) -> Iterator[str]:
    """Each decision on a candidate is what the rules give, with all of its reasons and numbers."""
    ceilings = tuple(Ceiling(told.county, told.most, told.rule) for told in ground.allocation.ceilings)
    yield from ceiled(ground)
    walk = begin(ground, ceilings)
    if stands_in_line(ground):
        run_through(walk)
    else:
        yield from compare(walk)
    fates: defaultdict[ProjectId, list[Fate]] = defaultdict(list)
    for piece in sorted(walk.served, key=lambda piece: (piece.placed.position, piece.phase)):
        fates[piece.project].append(walk.fates[piece.key])
    pins = pinned(ground)
    for placed in ground.allocation.order.places:
        project = placed.candidate.project_id
        right = decide(ground, placed, fates[project], tuple(walk.made[project]), is_pinned=project in pins)
        told = ground.decided[project]
        for name in (f.name for f in fields(Decided)):
            if getattr(right, name) != getattr(told, name):
                yield f"{project}: {name} is {getattr(told, name)}, the rules say {getattr(right, name)}"


def stands_in_line(ground: Ground) -> bool:
    """Whether each is refused for what was granted before it; an exchange leaves the order as it is."""
    return ground.run.policy.ranking.fill not in ("max_weight", "tiered") and not bounds(ground)


def ceiled(ground: Ground) -> Iterator[str]:
    """QY-14.3: the ceilings of penalised counties are what they would be granted without, less their cuts.

    What a county would be granted without the penalties is walked again where the mode walks; else it is believed.
    In a re-run its grants in force count into what is cut, and stay; a ceiling is what is left beside them. One that an
    earlier run fixed holds for the year.
    """
    law, run, cuts = ground.run.policy.penalty, ground.run, defaultdict[str, int](int)
    homes = {placed.candidate.application.county for placed in ground.allocation.order.places}
    for row in run.tables.penalties:
        if law and is_in_force(law, run.as_of) and row.cut and row.county in homes:
            cuts[row.county] += row.cut
    told = {ceiling.county: ceiling for ceiling in ground.allocation.ceilings}
    if sorted(cuts) != [ceiling.county for ceiling in ground.allocation.ceilings]:
        yield f"ceilings are set for {list(told)}, penalties are of {sorted(cuts)}"
        return
    base: Mapping[str, int] = {county: ceiling.base for county, ceiling in told.items()}
    if cuts and not weighs(ground):
        walk = begin(ground, ())
        run_through(walk)
        base = defaultdict(int)
        for piece in walk.served:
            part = walk.fates[piece.key].part
            base[piece.county] += part.plan if part else 0
    for county, ceiling in told.items():
        frozen = run.posted.granted.get(county, 0) if run.posted else 0
        fixed = run.posted.ceilings.get(county) if run.posted else None
        most = max(0, frozen + base[county] - cuts[county]) if fixed is None else fixed
        right = (base[county], max(0, most - frozen))
        if law and (ceiling.base, ceiling.most, ceiling.rule) != (*right, law.rule):
            yield f"the ceiling of {county} is {ceiling.most}, {base[county]} less {cuts[county]} is not"


def run_through(walk: Walk) -> None:
    """The rounds of the mode, from the first to the last project."""
    if walk.ground.run.policy.ranking.fill == "guarantee":
        first = begin(walk.ground, walk.ahead.ceilings)
        for piece in first.served:
            if first.stands(piece) and piece.category != FLEX and not first.ahead.shortages(piece, Round.OWN):
                first.grant(piece, Round.OWN, first.ahead.plan(piece, Round.OWN))
        walk.ahead.owed = first.ahead.taken
        serve(walk, Round.FLEX)
        return
    serve(walk, Round.OWN)
    walk.ahead.release()
    serve(walk, Round.FLEX)


def serve(walk: Walk, round_: Round) -> None:
    """One pass over the order."""
    ahead, closed = walk.ahead, dict[str, ProjectId]()
    for piece in walk.served:
        pool = piece.category if round_ is Round.OWN else FLEX
        if not walk.stands(piece) or (round_ is Round.OWN and piece.category == FLEX):
            continue
        fate = walk.fates[piece.key]
        if pool in closed:
            fate.closed_by[round_] = closed[pool]
        elif short := ahead.shortages(piece, round_):
            fate.shortages += short
            if closes(walk.ground, short):
                closed[pool] = piece.project
        elif piece.told is None and ahead.lacks(piece):
            fate.is_unexchanged = True  # that there is no exchange is the solver's word
            if stops_anywhere(walk.ground):
                closed[pool] = piece.project
        else:
            plan, home = ahead.plan(piece, round_), piece.category
            fits_home = home != FLEX and ahead.sum[home] + plan <= ahead.budget[home]
            walk.grant(piece, round_ if ahead.owed is None else Round.OWN if fits_home else Round.FLEX, plan)


def stops_anywhere(ground: Ground) -> bool:
    """Whether any refusal closes a line."""
    ranking = ground.run.policy.ranking
    return (ranking.fill, ranking.stop_on) == ("stop_at_first_misfit", "any_need")


def closes(ground: Ground, met: Sequence[Shortage]) -> bool:
    """Whether this refusal closes the line, by the policy's fill mode (QY-10.2)."""
    ranking = ground.run.policy.ranking
    stops = ranking.fill == "stop_at_first_misfit"
    return stops and (ranking.stop_on == "any_need" or any(shortage.kind in MISFIT for shortage in met))


def compare(walk: Walk) -> Iterator[str]:
    """A mode that weighs: the grants are taken as told, must fit together, and leave each refused piece a reason."""
    ground, told = walk.ground, list[tuple[Piece, int]]()
    for piece in walk.served:
        part, fate = piece.told, walk.fates[piece.key]
        if fate.part is None and part:
            before = walk.fates[piece.earlier].part if piece.earlier else None
            late = piece.earlier and (before is None or (before.round, part.round) == (Round.FLEX, Round.OWN))
            homeless = part.round is Round.OWN and piece.category == FLEX
            if late or homeless or not piece.least <= part.plan <= piece.plan:
                yield f"{piece.project} is granted {part.plan} in round {part.round}, which cannot be"
            walk.grant(piece, part.round, part.plan)
        if granted := fate.part:
            told.append((piece, granted.plan))
    walk.ahead.release()
    yield from walk.ahead.overdrawn()
    yield from (f"{name} is not kept" for name, _ in broken_bounds(ground, told))
    for piece in walk.served:
        if walk.stands(piece):
            fate = walk.fates[piece.key]
            rounds = [round_ for round_ in Round if round_ is Round.FLEX or piece.category != FLEX]
            short = [walk.ahead.shortages(piece, round_) for round_ in rounds]
            if all(short):
                fate.shortages += [shortage for each in short for shortage in each]
            elif walk.ahead.lacks(piece):
                fate.is_unexchanged = True
            else:
                bounds = [rule for _, rule in broken_bounds(ground, [*told, (piece, piece.least)])]
                fate.outweighed_by = (*bounds, ground.run.policy.ranking.rule)[0]


def decide(
    ground: Ground, placed: Placed, fates: Sequence[Fate], made: tuple[Part, ...], *, is_pinned: bool
) -> Decided:
    """A project's decision, from what becomes of its pieces."""
    candidate, policy = placed.candidate, ground.run.policy
    granted = sum(part.plan for part in made)
    refused = next((fate for fate in fates if fate.part is None), None)
    decision = Decision.GRANTED if made else Decision.WAITING
    if refused:
        reason, rule = why(ground, refused)
        decision = Decision.PARTIAL if made else decision
    elif is_pinned:
        reason, rule = "PINNED", DECIDING
    elif granted < candidate.plan:
        reason, rule, decision = "REDUCED", policy.grant.rule, Decision.PARTIAL
    elif candidate.plan < candidate.application.plan:
        reason, rule = "TRIMMED", policy.ledger.rule
    else:
        reason, rule = "GRANTED", rule_of_pool(policy, made[0].pool)
    return Decided(
        project_id=candidate.project_id,
        decision=decision,
        reason=reason,
        rule=rule,
        granted_plan=granted,
        round=made[0].round if made else None,
        pool=made[0].pool if made else "",
        parts=made,
        shortages=tuple(shortage for fate in fates for shortage in fate.shortages),
        closed_by={round_: by for fate in fates for round_, by in fate.closed_by.items()},
    )


def why(ground: Ground, fate: Fate) -> tuple[str, str]:
    """The one reason printed is the one that decided last: the line, the plan, a ceiling, the own store, the pool."""
    met = [shortage for shortage in fate.shortages if shortage.round is Round.FLEX]
    if Round.FLEX in fate.closed_by:
        return "LINE_CLOSED", ground.run.policy.ranking.rule
    if fate.outweighed_by:
        return "OUTWEIGHED", fate.outweighed_by
    if fate.is_unexchanged and not met and ground.run.policy.exchange:
        return "NO_EXCHANGE", ground.run.policy.exchange.rule
    if any(shortage.kind in MISFIT for shortage in met):
        return "PLAN_MISFIT", ground.run.policy.ranking.rule
    told = {ShortageKind.CAP: "CAPPED", ShortageKind.STORE: "NO_POOL_ACCESS", ShortageKind.POOL: "POOL_SHORT"}
    kind = next(kind for kind in told if any(shortage.kind is kind for shortage in met))
    rule, law = next(shortage.rule for shortage in met if shortage.kind is kind), ground.run.policy.exchange
    exhausted = kind is ShortageKind.POOL and law is not None and rule == law.rule
    return "ALL_STORES_SHORT" if exhausted else told[kind], rule
