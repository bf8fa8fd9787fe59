"""The three answers to one night: nobody loses a grant, as few as possible do, or everything is divided afresh.

Each is a set of grants taken back and the ordinary question on what the books would then hold.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from allocator.books import plan_account
from allocator.contradiction import Contradiction
from allocator.ledger.book import Book
from allocator.ledger.proposal import Considered, Mode, propose
from allocator.ledger.question import restate
from allocator.nightly.take_back import Taken, for_the_year, in_force, may_go, smallest
from allocator.outcome import Ceiling, Run
from allocator.pin_checks import RULE
from allocator.problems import InputRejected, NothingFound, Problem
from allocator.records import FLEX, CountyCode, ProjectId
from allocator.shares import divide
from allocator.solve import decide, prepare
from models.instance import REFUSED
from models.program import Infeasible

MODES: tuple[Mode, ...] = ("keep", "least-change", "fresh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a night has to answer: the books behind tonight's entries, and what is asked of them besides."""

    run: Run  # the whole scenario
    book: Book
    as_of: date
    cut: int = 0  # grid units of plan that the province takes and that are not there
    ceilings: Mapping[CountyCode, int] | None = None  # of penalised counties, counted before anything is taken back
    resting: frozenset[ProjectId] = frozenset()  # overdue just now: nobody is his own successor (QY-10.3)
    is_asked: bool = True  # whether the waiting line is asked at all; where it is not, `keep` grants nothing

    def question(self, taken: Collection[ProjectId] = (), *, afresh: bool = False) -> Run:
        """What is open on the books without these grants, asked of everybody in the line.

        Before the recall those that rest are left out; what was recalled is divided among all (QY-12.2).
        """
        resting = frozenset[ProjectId]() if self.book.is_recalled else self.resting
        asked = restate(self.run, self.book.without(taken) if taken else self.book, afresh=afresh)
        tables = asked.tables
        return replace(
            asked,
            tables=replace(
                tables,
                applications=tuple(a for a in tables.applications if a.project_id not in resting),
                phases=tuple(p for p in tables.phases if p.project_id not in resting),
                pins=tuple(p for p in tables.pins if p.project_id not in resting),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one mode does, or would do."""

    mode: Mode
    taken: tuple[Taken, ...] = ()
    granted: Mapping[ProjectId, int] = field(default_factory=dict[ProjectId, int])  # anew: grid units of plan
    hurt: tuple[Taken, ...] = ()  # those of `taken` that are not granted again, or not all of it
    kept: Mapping[ProjectId, int] = field(default_factory=dict[ProjectId, int])  # what is left of `hurt`: plan
    considered: Considered | None = None  # where the answer is drafted, so that it can be posted or proposed
    impossible: str = ""  # CONTRADICTION | NOT_ENOUGH | CUT | REJECTED | UNPROVED
    trouble: Contradiction | None = None
    problems: tuple[Problem, ...] = ()
    same_as: str = ""  # the mode whose answer this one is

    @property
    def ceilings(self) -> tuple[Ceiling, ...]:
        """What penalised counties would be granted anew without their penalties."""
        return self.considered.allocation.ceilings if self.considered else ()


def answer(asked: Situation, mode: Mode) -> tuple[Answered, ...]:
    """All three modes in their order; the one that is asked for with its draft.

    Least change that takes nothing back is the answer of `keep`, and so is its draft.
    """
    kept = keep(asked) if asked.is_asked or asked.cut else Answered(mode="keep")
    least = least_change(asked, kept, drafted=mode == "least-change")
    afresh = fresh(asked, drafted=mode == "fresh")
    return kept, least, afresh


def keep(asked: Situation) -> Answered:
    """Nobody loses a grant; a cut that is not there cannot be made."""
    if asked.cut:
        return Answered(mode="keep", impossible="CUT")
    return answered(asked, "keep", (), drafted=True)


def least_change(asked: Situation, kept: Answered, *, drafted: bool) -> Answered:
    """The fewest grants taken back so that total, stocks, caps and pins carry the others; none: the same as `kept`."""
    question = asked.question()
    try:
        taken = smallest(asked.run, asked.book, question, cut=asked.cut, ceilings=kept.ceilings)
    except Infeasible:
        return Answered(mode="least-change", impossible="NOT_ENOUGH")
    if not taken and not kept.impossible:
        return replace(kept, mode="least-change", same_as="keep")
    asked = replace(asked, ceilings=for_the_year(question, kept.ceilings))
    return answered(asked, "least-change", taken, drafted=drafted)


def fresh(asked: Situation, *, drafted: bool) -> Answered:
    """Every grant that is neither used nor linked goes back, and shares are whole again."""
    going = may_go(asked.book)
    taken = (Taken(project_id=p, reason="FRESH", rule=RULE) for p in in_force(asked.book) if p in going)
    return answered(asked, "fresh", tuple(taken), drafted=drafted)


def answered(asked: Situation, mode: Mode, taken: Sequence[Taken], *, drafted: bool) -> Answered:
    """The answer of a mode, drafted or only looked at; the troubles of an answer that there is not, as data."""
    projects = [each.project_id for each in taken]
    question = stated(asked, mode, projects)
    considered: Considered | None = None
    try:
        if question is None:
            return Answered(mode=mode, taken=tuple(taken), impossible="CUT")
        if drafted:
            considered = propose(
                asked.run,
                asked.book,
                as_of=asked.as_of,
                inputs=asked.book.inputs,
                mode=mode,
                taken=projects,
                asked=question,
            )
            granted, phases = drafted_grants(considered)
        else:
            granted, phases = seen_grants(question)
    except Contradiction as found:
        return Answered(mode=mode, taken=tuple(taken), impossible="CONTRADICTION", trouble=found)
    except InputRejected as found:
        return Answered(mode=mode, taken=tuple(taken), impossible="REJECTED", problems=found.problems)
    except NothingFound:
        return Answered(mode=mode, taken=tuple(taken), impossible="UNPROVED")
    before = frozenset(projects)
    hurt = tuple(each for each in taken if is_less(each.project_id, asked.book, granted, phases))
    return Answered(
        mode=mode,
        taken=tuple(taken),
        granted={project: plan for project, plan in granted.items() if project not in before},
        hurt=hurt,
        kept={each.project_id: granted.get(each.project_id, 0) for each in hurt},
        considered=considered,
    )


def is_less(
    project: ProjectId, book: Book, granted: Mapping[ProjectId, int], phases: Mapping[ProjectId, frozenset[int]]
) -> bool:
    """Whether a grant in force becomes smaller: gone, with less plan, or without one of its phases."""
    if project not in granted or granted[project] < book.granted_plan(project):
        return True
    return not book.phases.get(project, frozenset()) <= phases[project]


def drafted_grants(considered: Considered) -> tuple[Mapping[ProjectId, int], Mapping[ProjectId, frozenset[int]]]:
    """Plan and phases of each project that is granted something."""
    made = [each for each in considered.allocation.decided if each.parts]
    return (
        {each.project_id: each.granted_plan for each in made},
        {each.project_id: frozenset(part.phase for part in each.parts) - {0} for each in made},
    )


def seen_grants(question: Run) -> tuple[Mapping[ProjectId, int], Mapping[ProjectId, frozenset[int]]]:
    """The same without reasons, draws and a draft."""
    case = prepare(question).case
    grants = decide(case, "auto").grants
    plans, phases = defaultdict[ProjectId, int](int), defaultdict[ProjectId, set[int]](set)
    for atom, round_, plan in zip(case.atoms, grants.round.tolist(), grants.plan.tolist(), strict=True):
        if round_ != REFUSED:
            plans[atom.project_id] += plan
            phases[atom.project_id] |= {atom.phase} - {0}
    return plans, {project: frozenset(numbers) for project, numbers in phases.items()}


def stated(asked: Situation, mode: Mode, taken: Sequence[ProjectId]) -> Run | None:
    """The question without these grants; None where what is left is less than what the province takes.

    After the recall there is one line without shares (QY-12.2). `fresh` divides the year's total into shares again,
    each less what the grants that stay drew from it; what the reserve lent them beyond its part, shares bear, the last
    in the policy first. What the province takes, the reserve gives first, then the shares, the last first.
    """
    question = asked.question(taken, afresh=mode == "fresh")
    posted, budgets = question.posted, dict(asked.book.without(taken).plan_balances())
    total = sum(budgets.values()) - asked.cut
    if posted is None or total < 0:
        return None
    if asked.book.is_recalled:
        budgets = dict.fromkeys(budgets, 0) | {FLEX: total}
    else:
        if mode == "fresh":
            budgets = whole_shares(asked, taken, sum(budgets.values()))
        budgets[FLEX] -= asked.cut
        for pool in reversed([pool for pool in budgets if pool != FLEX]):
            lent = min(budgets[pool], max(0, -budgets[FLEX]))
            budgets[pool] -= lent
            budgets[FLEX] += lent
    ceilings = posted.ceilings if asked.ceilings is None else asked.ceilings
    return replace(question, total=total, posted=replace(posted, budgets=budgets, ceilings=ceilings))


def whole_shares(asked: Situation, taken: Sequence[ProjectId], free: int) -> dict[str, int]:
    """The shares of the year's total less what the grants that stay drew; the reserve, which may be below zero, holds
    what is free beside them."""
    gone = frozenset(taken)
    stay = [project for project in asked.book.holdings if project not in gone]
    total = free + sum(asked.book.granted_plan(project) for project in stay)
    budgets = {pool: share.budget for pool, share in divide(total, asked.run.policy).items() if pool != FLEX}
    pools = {plan_account(pool): pool for pool in budgets}
    for project in stay:
        for held in asked.book.holdings[project]:
            if pool := pools.get(held.account_id):
                budgets[pool] = max(0, budgets[pool] - held.quantity)
    return budgets | {FLEX: free - sum(budgets.values())}
