"""From an engine's grants to reasons: what the rules give, in exact sums, and at each refusal what was short.

No engine is believed here. A grant that does not fit, or a refusal that nothing explains, is `Unexplained`. Where the
mode is a walk over the order it is walked again; where it weighs one choice against another there is no walk, and each
refused project is held against all that was granted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from allocator.books import MISFITS, Books, pool_of
from allocator.compile import Atom, Case
from allocator.outcome import Decided, Decision, Failure, Part, Placed, Round, Shortage, ShortageKind
from allocator.pins import RULE as PINNED_BY
from allocator.records import FLEX, ProjectId
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Fill, Grants

NUMBER = {Round.OWN: FROM_SHARE, Round.FLEX: FROM_RESERVE}
ROUND = {number: round_ for round_, number in NUMBER.items()}


class Unexplained(Exception):
    """The engine's answer is not what the rules say: an error of ours, with the project at which it shows."""


@dataclass(slots=True)
class Fate:
    """What becomes of one atom: what the engine says it got, and why, as it is found out."""

    atom: Atom
    got: int  # REFUSED, FROM_SHARE or FROM_RESERVE
    plan: int
    before: "Fate | None"  # its earlier phase
    part: Part | None = None
    shortages: list[Shortage] = field(default_factory=list[Shortage])
    closed_by: dict[Round, ProjectId] = field(default_factory=dict[Round, ProjectId])
    is_unexchanged: bool = False  # no exchange was found that fills its needs beside what is granted
    outweighed_by: str = ""  # the rule of the weights, or of the bound, that stands against a grant that would fit

    @property
    def stands(self) -> bool:
        """Whether it is tried: it is not granted yet, and its earlier phase is."""
        return self.part is None and (self.before is None or self.before.part is not None)


@dataclass(slots=True)
class Replay:
    """The books, the fate of every atom in line, and each project's grants in the order in which they are made."""

    case: Case
    fates: list[Fate]
    books: Books
    parts: defaultdict[ProjectId, list[Part]] = field(default_factory=lambda: defaultdict[ProjectId, list[Part]](list))

    def grant(self, fate: Fate, round_: Round, *, beforehand: bool = False) -> None:
        """Write one grant."""
        pool = pool_of(fate.atom, round_)
        fate.part = Part(phase=fate.atom.phase, round=round_, pool=pool, plan=fate.plan)
        self.books.grant(fate.atom, pool, fate.plan, beforehand=beforehand)
        self.parts[fate.atom.project_id].append(fate.part)


def certify(case: Case, grants: Grants) -> Mapping[ProjectId, Decided]:
    """The decision on every candidate, with its shortages.

    Raises `Unexplained` when the grants are not what the rules give.
    """
    replay = opened(case, grants)
    if not case.instance.stands_in_line:
        weigh(replay)
    elif case.instance.fill is Fill.GUARANTEE:
        replay.books.owed = first_round(case, grants)
        serve(replay, Round.FLEX)
    else:
        serve(replay, Round.OWN)
        replay.books.release()
        serve(replay, Round.FLEX)
    for fate in replay.fates:
        if (NUMBER[fate.part.round] if fate.part else REFUSED) != fate.got:
            raise Unexplained(f"{fate.atom.project_id} was granted in round {fate.got}, where it does not stand")
    stands = {placed.candidate.project_id: placed for placed in case.places}
    in_turn = sorted(replay.fates, key=lambda fate: (fate.atom.placed.position, fate.atom.phase))
    return {
        project: conclude(case, stands[project], list(fates), tuple(replay.parts[project]))
        for project, fates in groupby(in_turn, key=lambda fate: fate.atom.project_id)
    }


def opened(case: Case, grants: Grants) -> Replay:
    """What was granted beforehand, written into the books, and nothing else."""
    last: dict[ProjectId, Fate] = {}
    fates: list[Fate] = []
    for atom, got, plan in zip(case.atoms, grants.round.tolist(), grants.plan.tolist(), strict=True):
        fate = Fate(atom, got, plan, last.get(atom.project_id))
        last[atom.project_id] = fate
        fates.append(fate)
    replay = Replay(case, fates, Books(case))
    for fate in fates:
        if held := case.held.get(fate.atom.project_id):
            if (fate.got, fate.plan) != (held, fate.atom.plan):
                raise Unexplained(f"{fate.atom.project_id} is held on round {held}, and got {fate.plan} on {fate.got}")
            replay.grant(fate, ROUND[held], beforehand=True)
    return replay


def first_round(case: Case, grants: Grants) -> Mapping[str, int]:
    """What round 1 alone would grant from each share (r_k of `guarantee`), besides what is held."""
    replay = opened(case, grants)
    for fate in replay.fates:
        if fate.stands and fate.atom.candidate.application.category != FLEX:
            fate.plan = replay.books.grantable(fate.atom, Round.OWN)
            if not replay.books.shortages(fate.atom, Round.OWN):
                replay.grant(fate, Round.OWN)
    return replay.books.taken


def serve(replay: Replay, round_: Round) -> None:
    """One round: every atom that stands is granted if it fits and its needs are sourced, and the engine says the same.

    In `guarantee` there is one for both: a grant is booked on its own share while that holds it whole.
    """
    case, books = replay.case, replay.books
    closers: dict[str, ProjectId] = {}  # pool -> the project at which its line closed
    for fate in replay.fates:
        atom, pool = fate.atom, pool_of(fate.atom, round_)
        if not fate.stands or (round_ is Round.OWN and pool == FLEX):
            continue
        booked = round_ if books.owed is None else booked_on(replay, fate)
        if pool in closers:
            fate.closed_by[round_] = closers[pool]
        elif short := books.shortages(atom, round_):
            fate.shortages += short
            if closes(case, short):
                closers[pool] = atom.project_id
        elif fate.got == REFUSED and books.lacks(atom):  # the engine's word: no sums tell which exchanges there are
            fate.is_unexchanged = True
            if case.instance.fill is Fill.STOP_ON_ANY_NEED:
                closers[pool] = atom.project_id
        elif fate.got != NUMBER[booked]:
            raise Unexplained(f"{atom.project_id} fits in round {NUMBER[booked]}, and was granted in {fate.got}")
        elif fate.plan != (rest := books.grantable(atom, round_)):
            raise Unexplained(f"{atom.project_id} was granted {fate.plan} where {rest} fits")
        else:
            replay.grant(fate, booked)


def booked_on(replay: Replay, fate: Fate) -> Round:
    """The budget that a grant of the common walk is booked on."""
    home = fate.atom.candidate.application.category
    if home == FLEX:
        return Round.FLEX
    left = replay.books.balance(home) - replay.books.plan[home].sum
    return Round.OWN if replay.books.grantable(fate.atom, Round.FLEX) <= left else Round.FLEX


def closes(case: Case, short: Iterable[Shortage]) -> bool:
    """Whether a refusal with these shortages closes its line."""
    match case.instance.fill:
        case Fill.STOP_ON_ANY_NEED:
            return True
        case Fill.STOP_ON_PLAN:
            return any(shortage.kind in MISFITS for shortage in short)
        case Fill.SKIP | Fill.GUARANTEE | Fill.MAX_WEIGHT:
            return False


def weigh(replay: Replay) -> None:
    """Every grant is written and every bound tested; then each refused atom is held against all that was granted."""
    books = replay.books
    for fate in replay.fates:
        if fate.got != REFUSED and fate.part is None:
            in_time = fate.before is None or fate.before.got <= fate.got
            if not fate.stands or not in_time or not fate.atom.least <= fate.plan <= fate.atom.plan:
                raise Unexplained(f"{fate.atom.project_id} was granted {fate.plan}, which it cannot be")
            if ROUND[fate.got] is Round.OWN and fate.atom.candidate.application.category == FLEX:
                raise Unexplained(f"{fate.atom.project_id} has no share of its own")
            replay.grant(fate, ROUND[fate.got])
    books.release()
    if broken := [*books.overdrawn(), *(name for name, _ in broken_portions(replay))]:
        raise Unexplained(f"the grants do not keep: {broken}")
    for place, fate in enumerate(replay.fates):
        if fate.stands:
            home = fate.atom.candidate.application.category
            short = [books.shortages(fate.atom, round_) for round_ in Round if round_ is Round.FLEX or home != FLEX]
            if all(short):
                fate.shortages += (shortage for each in short for shortage in each)
            elif books.lacks(fate.atom):
                fate.is_unexchanged = True
            else:
                bounds = [rule for _, rule in broken_portions(replay, place)]
                fate.outweighed_by = bounds[0] if bounds else replay.case.policy.ranking.rule


def broken_portions(replay: Replay, one_more: int | None = None) -> Iterator[tuple[str, str]]:
    """Name and rule of each bound on portions that the grants break, or would with those of one more place."""
    granted = [(place, fate.plan) for place, fate in enumerate(replay.fates) if fate.part]
    if one_more is not None:
        granted.append((one_more, replay.fates[one_more].atom.least))
    whole = sum(plan for _, plan in granted)
    policy = replay.case.policy
    rules = {"region": policy.region and policy.region.rule, "phase": policy.phase and policy.phase.rule}
    for portion in replay.case.instance.portions:
        inside = sum(plan for place, plan in granted if portion.members[place])
        bound = Fraction(portion.numerator, portion.denominator) * whole
        if inside < bound if portion.at_least else inside > bound:
            yield portion.name, rules[portion.name.split(".")[0]] or policy.ranking.rule


def conclude(case: Case, placed: Placed, fates: list[Fate], parts: tuple[Part, ...]) -> Decided:
    """The decision on a project and its one reason: what was granted whole, or what refused its next phase."""
    refused = next((fate for fate in fates if fate.part is None), None)
    reason, rule = explain_refusal(case, refused) if refused else explain_grant(case, placed, parts)
    decision = Decision.GRANTED if reason != "REDUCED" and not refused else Decision.PARTIAL
    closed_by: dict[Round, ProjectId] = {}
    for fate in fates:
        closed_by |= fate.closed_by
    return Decided(
        project_id=placed.candidate.project_id,
        decision=decision if parts else Decision.WAITING,
        reason=reason,
        rule=rule,
        granted_plan=sum(part.plan for part in parts),
        round=parts[0].round if parts else None,
        pool=parts[0].pool if parts else "",
        parts=parts,
        shortages=tuple(shortage for fate in fates for shortage in fate.shortages),
        closed_by=closed_by,
    )


def explain_grant(case: Case, placed: Placed, parts: tuple[Part, ...]) -> tuple[str, str]:
    """Reason code and rule of a project of which nothing was refused."""
    candidate, policy = placed.candidate, case.policy
    if candidate.project_id in case.held:
        return "PINNED", PINNED_BY
    if sum(part.plan for part in parts) < candidate.plan:
        return "REDUCED", policy.grant.rule
    if candidate.trimmed:
        return "TRIMMED", policy.ledger.rule
    return "GRANTED", case.shares[parts[0].pool].rule


def explain_refusal(case: Case, fate: Fate) -> tuple[str, str]:
    """Reason code and rule: what decided in the last round in which the atom stood."""
    last = [shortage for shortage in fate.shortages if shortage.round is Round.FLEX]
    first = {kind: next((s.rule for s in last if s.kind is kind), "") for kind in ShortageKind}
    if Round.FLEX in fate.closed_by:
        return "LINE_CLOSED", case.policy.ranking.rule
    if fate.outweighed_by:
        return "OUTWEIGHED", fate.outweighed_by
    if fate.is_unexchanged and not last and case.policy.exchange:
        return "NO_EXCHANGE", case.policy.exchange.rule
    if any(shortage.kind in MISFITS for shortage in last):
        return "PLAN_MISFIT", case.policy.ranking.rule
    if rule := first[ShortageKind.CAP]:
        return "CAPPED", rule
    if rule := first[ShortageKind.STORE]:
        return "NO_POOL_ACCESS", rule
    law = case.policy.exchange
    code = "ALL_STORES_SHORT" if law and first[ShortageKind.POOL] == law.rule else "POOL_SHORT"
    return code, first[ShortageKind.POOL]


def dismiss(project: ProjectId, failures: tuple[Failure, ...]) -> Decided:
    """The decision on an application that failed a gate; the first failed gate decides."""
    first = failures[0]
    return Decided(project_id=project, decision=first.outcome, reason=first.reason, rule=first.rule)
