"""The line from rows to a checked answer: screen, rank, compile, decide, certify, settle, verify."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from allocator import penalties
from allocator.certify import Unexplained, certify, dismiss
from allocator.choices import deciding_ties, other_fills
from allocator.compile import Cap, Case, compile_case
from allocator.contradiction_search import refuse_contradictions
from allocator.eligibility import screen
from allocator.outcome import (
    Allocation,
    Ceiling,
    Decided,
    Order,
    Run,
    Rung,
    Screening,
    Settlement,
    UnitPrice,
    is_of_exchange,
)
from allocator.pins import hold
from allocator.policy import in_force
from allocator.pricing import price_window, prices
from allocator.problems import InputRejected, NothingFound, Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.ranking import rank
from allocator.records import CountyCode, ProjectId
from allocator.settle import settle
from allocator.uncountable import told
from allocator.verify import verify
from models.answer import Answer, Level, Limits
from models.exact import walk
from models.instance import FROM_RESERVE, FROM_SHARE, SHAPES, Bools, Fill, Grants
from models.program import Infeasible

Engine = Literal["auto", "exact", "mip"]

PlanInForce = Mapping[ProjectId, Collection[int]]
"""The projects that an earlier plan grants, each with the phases granted of it; 0: as one piece."""

WEIGHED = ("own_weight:", "reserve_weight:", "least_changes", "exchange_value")
"""How the rungs of an objective begin, apart from those that single one of equal answers out."""


class RecountFailed(Exception):
    """The answer does not survive the recount: an error of ours (exit 1). Nothing of it may be written."""

    def __init__(self, findings: Sequence[str], reproducer: Mapping[str, Any]) -> None:
        self.findings = tuple(findings)
        self.reproducer = reproducer
        super().__init__("; ".join(self.findings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A run as the engines see it: who competes, and the case they decide."""

    screening: Screening
    case: Case
    ceilings: tuple[Ceiling, ...] = ()  # of penalised counties
    unpenalised: Answer | None = None  # the solve without penalties, where they are in force


def prepare(
    run: Run, screening: Screening | None = None, *, engine: Engine = "auto", limits: Limits | None = None
) -> Question:
    """Screen, rank, hold what is pinned, cap who is penalised, and compile.

    Raises `InputRejected`, and `Contradiction` for rules that no answer keeps together.

    `screening` is the gates' answer where it is known already: it does not depend on the total. Penalties are taken
    from what a county would be granted without them (QY-14.3), so that they take a solve of their own. In a re-run
    with frozen grants the balances that are posted are divided (F.3); `ValueError` where the total is not their sum.
    """
    tables, policy, posted = run.tables, run.policy, run.posted
    if posted and sum(posted.budgets.values()) != run.total:
        raise ValueError(f"the total {run.total} is not the sum of the posted balances {dict(posted.budgets)}")
    screening = screening or screen(tables, policy, year=run.year, as_of=run.as_of)
    order = rank(screening.candidates, policy, posted)
    held = hold(order, tables, policy, run.total, posted)
    case = stated(run, order, held)
    if policy.penalty is None or not in_force(policy.penalty, run.as_of) or not tables.penalties:
        return Question(screening=screening, case=case)
    answer = decide(case, engine, limits)
    granted: Counter[ProjectId] = Counter()
    for atom, plan in zip(case.atoms, answer.grants.plan.tolist(), strict=True):
        granted[atom.project_id] += plan
    caps = penalties.caps(order, tables, policy, granted, posted)
    case = stated(run, order, held, caps)
    return Question(
        screening=screening,
        case=case,
        ceilings=tuple(
            Ceiling(
                county=cap.name.partition(":")[2],
                base=sum(granted[project] for project in cap.members),
                most=cap.most,
                rule=cap.rule,
            )
            for cap in caps
        ),
        unpenalised=answer,
    )


def stated(run: Run, order: Order, held: Mapping[ProjectId, int], caps: Sequence[Cap] = ()) -> Case:
    """The case of an order, compiled; raises `Contradiction` where no answer keeps all its rules."""
    with told(run.policy):
        case = compile_case(order, run.tables, run.policy, run.total, held=held, caps=caps, posted=run.posted)
        refuse_contradictions(case, run)
    return case


def allocate(
    run: Run,
    *,
    engine: Engine = "auto",
    limits: Limits | None = None,
    plan: PlanInForce | None = None,
    givers: Collection[CountyCode] | None = None,
) -> Allocation:
    """Divide the year's quota of one scenario, and check the answer.

    `auto` takes the exact engine where a walk finds the answer, which imports no solver; `mip` the same decision as a
    mixed-integer program. `limits` stop the program, whose best answer is then not proved; of answers of equal weight
    it takes the one nearest to the `plan` in force, of donors as good those nearest to the `givers` in it. Raises
    `InputRejected` for input that cannot be decided or priced, `RecountFailed` for an answer that does not hold,
    `NothingFound` when the limits leave no answer.
    """
    question = prepare(run, engine=engine, limits=limits)
    allocation = conclude(run, question, decide(question.case, engine, limits, plan), engine, limits, givers)
    stops = {"seconds": limits.seconds, "work": limits.work} if limits and allocation.engine == "mip" else {}
    return replace(allocation, limits={name: stop for name, stop in stops.items() if stop is not None})


def conclude(
    run: Run,
    question: Question,
    answer: Answer,
    engine: Engine,
    limits: Limits | None = None,
    givers: Collection[CountyCode] | None = None,
) -> Allocation:
    """From an engine's answer to a whole one: reasons, draws, payments, books; raises as `allocate` does.

    `limits` end the choice of donors, where the policy's settings ask a solver for it; `givers` are the counties that
    give in a plan in force.
    """
    case, screening, grants = question.case, question.screening, answer.grants
    try:
        reasons = certify(case, grants)
    except Unexplained as wrong:
        raise RecountFailed([str(wrong)], reproducer(case, grants)) from wrong
    refused = {project: dismiss(project, failures) for project, failures in screening.failures.items()}
    decided: Mapping[ProjectId, Decided] = {**reasons, **refused}
    settlement = settle(case, decided, platform_prices(run), before=givers, limits=limits, moved=answer.moved)
    refuse_unpriced(settlement, run)
    walked = is_walked(case, engine)
    allocation = Allocation(
        screening=screening,
        order=case.order,
        decided=tuple(decided[application.project_id] for application in run.tables.applications),
        settlement=settlement,
        engine="exact" if walked else "mip",
        fill=run.policy.ranking.fill,
        differs_under=other_fills(case, grants),
        deciding_ties=deciding_ties(case, grants),
        test=("max_flow" if case.instance.network else "nested") if walked else "program",
        rungs=tuple(rungs(question, answer)),
        ceilings=question.ceilings,
    )
    if findings := verify(allocation, run):
        raise RecountFailed(findings, reproducer(case, grants))
    return allocation


def is_walked(case: Case, engine: Engine) -> bool:
    """Whether the exact engine decides; raises `InputRejected` where it is asked for and no walk finds the answer."""
    if engine == "exact" and not case.instance.is_walkable:
        ranking = case.policy.ranking
        place, facts = Place(file=case.policy.name, cell="policy.ranking.fill"), {"bounds": ""}
        value = ranking.fill if case.instance.exchange is None else "exchange"
        if case.instance.portions:
            facts["bounds"] = ", ".join(portion.name for portion in case.instance.portions)
        raise InputRejected([
            Problem(
                code="NO_WALK",
                severity=Severity.ERROR,
                place=place,
                value=value,
                facts=facts,
                rule=ranking.rule,
            )
        ])  # fmt: skip
    return engine != "mip" and case.instance.is_walkable


def rungs(question: Question, answer: Answer) -> Iterator[Rung]:
    """The levels of a mode that no walk decides, and of the solve without penalties where it is not proved.

    A mode that walks has two levels, its rounds. The rungs of the order are told together, one for each round, once all
    are proved, and else the one whose proof is missing: that no answer stands before this one is the solver's word.
    """
    if question.case.instance.is_walkable:
        return
    if question.unpenalised:
        yield from (climbed(level, "unpenalised:") for level in question.unpenalised.levels if not level.proved)
    levels = [level for level in answer.levels if level.name.startswith(WEIGHED) or not level.proved]
    yield from (climbed(level) for level in levels if not is_of_exchange(level.name))
    if all(level.proved for level in answer.levels if not is_of_exchange(level.name)):
        for name, mark in (("order_own", FROM_SHARE), ("order_reserve", FROM_RESERVE)):
            count = int((answer.grants.round == mark).sum())
            yield Rung(name=name, value=count, bound=count, proved=True, proved_by="cp_sat")
    yield from (climbed(level) for level in levels if is_of_exchange(level.name))


def climbed(level: Level, of: str = "") -> Rung:
    """A level of the solver's."""
    name = f"{of}{level.name}"
    return Rung(name=name, value=level.value, bound=level.bound, proved=level.proved, proved_by="cp_sat")


def platform_prices(run: Run) -> Mapping[Indicator, UnitPrice]:
    """QN-14.1; none where the policy prices nothing or the files hold no trades."""
    if run.policy.price is None or not run.tables.has("trades"):
        return {}
    return prices(run.tables.trades, run.policy.price, run.plan_submitted)


def refuse_unpriced(settlement: Settlement, run: Run) -> None:
    """A class that must be paid for, and no deal of it in the window: the price is the law's, not ours to guess."""
    unpriced = dict.fromkeys(payment.indicator for payment in settlement.payments if payment.amount_fen is None)
    if run.policy.price is None or not run.tables.has("trades") or not unpriced:
        return
    first, last = price_window(run.plan_submitted, run.policy.price.window)
    sheet = run.tables.trades[0].place if run.tables.trades else Place(sheet="trades")
    raise InputRejected(
        Problem(
            code="NO_PRICE",
            severity=Severity.ERROR,
            place=replace(sheet, cell=""),
            value=indicator.value,
            facts={"indicator": indicator.value, "first": str(first), "last": str(last)},
            rule=run.policy.price.rule,
        )
        for indicator in unpriced
    )


def decide(case: Case, engine: Engine, limits: Limits | None = None, plan: PlanInForce | None = None) -> Answer:
    """What each atom gets. `auto` takes the exact engine where it applies, which imports no solver.

    `limits` and the `plan` in force reach the program alone. Raises `InputRejected` where the exact engine is asked for
    and no walk finds the answer, and where numbers are too large for the solver, `NothingFound` when the program stops
    without an answer, `RecountFailed` when it calls rules contradictory that were found to be none. In a mode that
    walks, half of an order is none: what is not proved there is not found.
    """
    instance = case.instance
    if is_walked(case, engine):
        return Answer(grants=walk(instance))
    from models.cp_sat import solve

    start = None if instance.is_walkable else walk(replace(instance, fill=Fill.SKIP, portions=(), exchange=None))
    with told(case.policy):
        try:
            answer = solve(instance, limits=limits, start=start, incumbent=None if plan is None else marked(case, plan))
        except Infeasible as wrong:  # a contradiction would have been named before
            raise RecountFailed([str(wrong)], reproducer(case)) from wrong
    if instance.stands_in_line and not all(level.proved for level in answer.levels if not is_of_exchange(level.name)):
        raise NothingFound("the walk was not proved to its end")
    return answer


def marked(case: Case, plan: PlanInForce) -> Bools:
    """(P,) what the plan in force grants; a project that it grants as one piece is granted with all its phases."""
    phases = [(atom.phase, plan.get(atom.project_id, ())) for atom in case.atoms]
    return np.array([phase in granted or 0 in granted for phase, granted in phases], dtype=np.bool_)


def reproducer(case: Case, grants: Grants | None = None) -> Mapping[str, Any]:
    """What is needed to see the failure again: the instance in integers, the order, and the engine's answer if any."""
    given = {name: getattr(case.instance, name) for name in (*SHAPES, "reserve", "fill")}
    arrays = {name: np.asarray(value).tolist() for name, value in given.items() if value is not None}
    return {
        "instance": arrays,
        "projects": [atom.project_id for atom in case.atoms],
        "shares": list(case.shares),
        "indicators": [indicator.value for indicator in case.stocks],
        "counties": list(case.counties),
        "rounds": grants.round.tolist() if grants else [],
    }
