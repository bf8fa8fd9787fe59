"""The line from rows to a checked answer: screen, rank, compile, decide, certify, settle, verify."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from allocator.certify import Unexplained, certify, dismiss
from allocator.choices import deciding_ties, other_fills
from allocator.compile import Case, compile_case
from allocator.eligibility import screen
from allocator.outcome import Allocation, Decided, Run, Screening, Settlement, UnitPrice
from allocator.pricing import price_window, prices
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator
from allocator.ranking import rank
from allocator.records import ProjectId
from allocator.settle import settle
from allocator.verify import verify
from models.answer import Answer
from models.exact import walk
from models.instance import SHAPES, Grants

Engine = Literal["auto", "exact", "mip"]


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


def prepare(run: Run, screening: Screening | None = None) -> Question:
    """Screen, rank and compile; raises `InputRejected` for input that cannot be decided.

    `screening` is the gates' answer where it is known already: it does not depend on the total.
    """
    screening = screening or screen(run.tables, run.policy, year=run.year, as_of=run.as_of)
    order = rank(screening.candidates, run.policy)
    return Question(screening=screening, case=compile_case(order, run.tables, run.policy, run.total))


def allocate(run: Run, *, engine: Engine = "auto") -> Allocation:
    """Divide the year's quota of one scenario, and check the answer.

    `auto` takes the exact engine, which imports no solver; `mip` the same decision as a mixed-integer program.
    Raises `InputRejected` for input that cannot be decided or priced, `RecountFailed` for an answer that does not hold.
    """
    question = prepare(run)
    return conclude(run, question, decide(question.case, engine), engine)


def conclude(run: Run, question: Question, answer: Answer, engine: Engine) -> Allocation:
    """From an engine's answer to a whole one: reasons, draws, payments, books; raises as `allocate` does."""
    case, screening, grants = question.case, question.screening, answer.grants
    try:
        reasons = certify(case, grants)
    except Unexplained as wrong:
        raise RecountFailed([str(wrong)], reproducer(case, grants)) from wrong
    refused = {project: dismiss(project, failures) for project, failures in screening.failures.items()}
    decided: Mapping[ProjectId, Decided] = {**reasons, **refused}
    settlement = settle(case, decided, platform_prices(run))
    refuse_unpriced(settlement, run)
    allocation = Allocation(
        screening=screening,
        order=case.order,
        decided=tuple(decided[application.project_id] for application in run.tables.applications),
        settlement=settlement,
        engine="mip" if engine == "mip" else "exact",
        fill=run.policy.ranking.fill,
        differs_under=other_fills(case, grants),
        deciding_ties=deciding_ties(case, grants),
    )
    if findings := verify(allocation, run):
        raise RecountFailed(findings, reproducer(case, grants))
    return allocation


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


def decide(case: Case, engine: Engine) -> Answer:
    """What each atom gets. `auto` takes the exact engine where it applies, which imports no solver."""
    if engine == "exact" or (engine == "auto" and case.instance.is_walkable):
        return Answer(grants=walk(case.instance))
    from models.cp_sat import solve

    return solve(case.instance)


def reproducer(case: Case, grants: Grants) -> Mapping[str, Any]:
    """What is needed to see the failure again: the instance in integers, the order, and the engine's answer."""
    given = {name: getattr(case.instance, name) for name in (*SHAPES, "reserve", "fill")}
    arrays = {name: np.asarray(value).tolist() for name, value in given.items() if value is not None}
    return {
        "instance": arrays,
        "projects": [atom.project_id for atom in case.atoms],
        "shares": list(case.shares),
        "indicators": [indicator.value for indicator in case.stocks],
        "counties": list(case.counties),
        "rounds": grants.round.tolist(),
    }
