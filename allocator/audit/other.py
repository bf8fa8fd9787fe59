"""The same question with one number changed, walked again: who gets what then, and who would fare otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import lcm

from allocator.audit.question import Key, Piece, Question
from allocator.audit.stores import Stores
from allocator.audit.walk import Walked, walk
from allocator.changes import Kind, Setting, Shift, Shifts
from allocator.outcome import Ceiling, Decision
from allocator.quantities import Indicator
from allocator.records import FLEX, Account, ProjectId
from allocator.records import Kind as Holder

Got = Mapping[Key, int]
"""Piece -> the plan it is granted; pieces that are refused are not there."""

Change = tuple[ProjectId, Setting, int]
"""Whose number, which one, and the value that it is given."""


@dataclass(slots=True)
class Others:
    """A question with its answer; what other questions were answered is kept, however often it is asked."""

    question: Question
    ceilings: Sequence[Ceiling]
    walked: Walked
    known: dict[object, Got] = field(default_factory=dict[object, Got])

    def after(self, *changes: Change) -> Got:
        """What everybody gets when these numbers have these values."""
        key = tuple((project, setting.key, value) for project, setting, value in changes)
        if key not in self.known:
            question, ceilings = self.question, self.ceilings
            for project, setting, value in changes:
                question, ceilings = changed(question, ceilings, project, setting, value)
            self.known[key] = got(walk(question, ceilings))
        return self.known[key]

    def without(self, project: ProjectId) -> Got:
        """What everybody else gets without this one."""
        if project not in self.known:
            left = tuple(piece for piece in self.question.pieces if piece.project != project)
            self.known[project] = got(walk(replace(self.question, pieces=left), self.ceilings))
        return self.known[project]

    def has_all(self, project: ProjectId, granted: Got) -> bool:
        """Whether a project gets every piece of itself."""
        return all(piece.key in granted for piece in self.question.pieces if piece.project == project)

    def shifts(self, granted: Got, besides: ProjectId = "") -> Shifts:
        """Who gets more and who gets less than in the answer, in the overall order."""
        mine = got(self.walked)
        pieces: dict[ProjectId, list[Key]] = {p.candidate.project_id: [] for p in self.question.order.places}
        for piece in self.question.pieces:
            pieces[piece.project].append(piece.key)
        gains: list[Shift] = []
        loses: list[Shift] = []
        for project, keys in pieces.items():
            old, new = (
                ([key for key in keys if key in g], sum(g.get(key, 0) for key in keys)) for g in (mine, granted)
            )
            before, after = (len(old[0]), old[1]), (len(new[0]), new[1])
            if before != after and project != besides:
                shift = Shift(
                    project_id=project,
                    before=fares(before[0], len(keys)),
                    after=fares(after[0], len(keys)),
                    plan_before=before[1],
                    plan_after=after[1],
                )
                (gains if after > before else loses).append(shift)
        return Shifts(gains=tuple(gains), loses=tuple(loses))


def got(walked: Walked) -> Got:
    """What a walk grants."""
    return {key: fate.part.plan for key, fate in walked.fates.items() if fate.part is not None}


def fares(granted: int, pieces: int) -> Decision:
    """All of it, some of it, nothing."""
    return Decision.GRANTED if granted == pieces else Decision.PARTIAL if granted else Decision.WAITING


def changed(
    question: Question, ceilings: Sequence[Ceiling], project: ProjectId, setting: Setting, value: int
) -> tuple[Question, Sequence[Ceiling]]:
    """The question with one number at another value."""
    match setting.kind:
        case Kind.PLAN | Kind.NEED:
            pieces = tuple(
                less(piece, setting, value) if piece.key == (project, setting.phase) else piece
                for piece in question.pieces
            )
            return replace(question, pieces=pieces), ceilings
        case Kind.POSITION:
            return moved(question, project, value), ceilings
        case Kind.SHARE | Kind.RESERVE | Kind.TOTAL:
            return larger(question, setting, value), ceilings
        case Kind.POOL | Kind.STORE:
            stores = dict(question.stores)
            if indicator := setting.indicator:
                stores[indicator] = fuller(stores[indicator], setting, value)
            return replace(question, stores=stores), ceilings
        case Kind.CAP:
            named = setting.holder.partition(":")[2]
            return question, [replace(c, most=value) if c.county == named else c for c in ceilings]


def less(piece: Piece, setting: Setting, value: int) -> Piece:
    """A piece that asks for another plan, or for another quantity of one indicator."""
    if setting.kind is Kind.PLAN:
        return replace(piece, plan=value, least=min(piece.least, value))
    needs = {i: value if i is setting.indicator else quantity for i, quantity in piece.needs.items()}
    return replace(piece, needs={i: quantity for i, quantity in needs.items() if quantity})


def moved(question: Question, project: ProjectId, position: int) -> Question:
    """The line with one project at another position, all others in their order."""
    line = [placed.candidate.project_id for placed in question.order.places]
    line.remove(project)
    line.insert(position - 1, project)
    turn = {each: number for number, each in enumerate(line)}
    phasing = question.run.policy.phase
    breadth = phasing is not None and phasing.order == "breadth"

    def key(piece: Piece) -> tuple[int, int, int]:
        return (max(piece.phase, 1) if breadth else 0), turn[piece.project], piece.phase

    return replace(question, pieces=tuple(sorted(question.pieces, key=key)))


def larger(question: Question, setting: Setting, value: int) -> Question:
    """A share or the reserve of another size, or another total of which each has its part."""
    more = value - setting.now
    parts = dict(question.parts)
    if setting.kind is not Kind.TOTAL:
        pool = setting.holder or FLEX
        parts[pool] = replace(parts[pool], budget=value)
        return replace(question, parts=parts)
    for leaf, part in question.parts.items():
        if leaf != FLEX:
            parts[leaf] = replace(part, budget=part.budget + int(part.of_total * more))
    given = sum(parts[leaf].budget - part.budget for leaf, part in question.parts.items())
    parts[FLEX] = replace(parts[FLEX], budget=parts[FLEX].budget + more - given)
    return replace(question, parts=parts)


def fuller(stores: Stores, setting: Setting, value: int) -> Stores:
    """A county's own store, or the pool, that holds another quantity."""
    if setting.kind is Kind.STORE:
        return replace(stores, held={**stores.held, setting.holder: value})
    extra = Account(
        account_id="",
        indicator=stores.indicator,
        kind=Holder.PREFECTURE,
        county="",
        balance=value - stores.pooled,
    )
    return replace(stores, pool=(*stores.pool, extra))


def stands_at(question: Question, ceilings: Sequence[Ceiling], project: ProjectId, setting: Setting) -> int | None:
    """The value that a number has in the question; None where there is no such number."""
    piece = next((p for p in question.pieces if p.key == (project, setting.phase)), None)
    indicator, holder = setting.indicator, setting.holder
    match setting.kind:
        case Kind.PLAN:
            return piece.plan if piece else None
        case Kind.NEED:
            return piece.needs.get(indicator) if piece and indicator else None
        case Kind.POSITION:
            line = [placed.candidate.project_id for placed in question.order.places]
            return line.index(project) + 1 if project in line else None
        case Kind.SHARE:
            return question.parts[holder].budget if holder in question.parts else None
        case Kind.RESERVE:
            return None if holder else question.parts[FLEX].budget
        case Kind.TOTAL:
            return None if holder else question.run.total
        case Kind.STORE:
            return (
                question.stores[indicator].held.get(holder, 0) if indicator and indicator in question.stores else None
            )
        case Kind.POOL:
            return question.stores[indicator].pooled if indicator and indicator in question.stores else None
        case Kind.CAP:
            return next((c.most for c in ceilings if f"penalty:{c.county}" == holder), None)


def step_at(question: Question, setting: Setting) -> int:
    """The smallest change of a number, grid units: one, and of the total the smallest that gives every share a whole
    number of its own steps (QY-5.1)."""
    if setting.kind is not Kind.TOTAL:
        return 1
    smallest = int(question.run.policy.units.area_resolution * Indicator.PLAN.grid)
    return lcm(*((part.of_total / smallest).denominator for leaf, part in question.parts.items() if leaf != FLEX))
