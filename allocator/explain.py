"""From an allocation to one record a project: what was asked, where it stood, what it got, what stood in the way.

Records hold codes and exact numbers; `allocator.report.page` turns them into words.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from allocator.explain_changes import what_if
from allocator.explain_turns import need, phases, pin, turns
from allocator.explanation import Drawn, Due, Explanation, Failed, Remark, Turn
from allocator.outcome import PREFECTURE, Allocation, Candidate, Decided, Draw, Placed, Run
from allocator.problems import Problem
from allocator.quantities import FEN_A_YUAN, Indicator, plain
from allocator.records import FLEX, Account, Application, ProjectId
from allocator.report.certificates import measure, number_shortages


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """An allocation by project, so that each record is put together without searching."""

    applications: Mapping[ProjectId, Application]
    candidates: Mapping[ProjectId, Candidate]
    places: Mapping[ProjectId, Placed]
    turns: Mapping[ProjectId, list[Turn]]
    draws: Mapping[ProjectId, list[Draw]]
    shortages: Mapping[ProjectId, list[str]]
    accounts: Mapping[str, Account]
    counties: Mapping[str, str]
    remarks: Mapping[ProjectId, list[Remark]]
    ties: Mapping[ProjectId, list[list[ProjectId]]]
    deciding: frozenset[ProjectId]


def explain(allocation: Allocation, run: Run) -> tuple[Explanation, ...]:
    """One record for every application, in canonical order."""
    files = arrange(allocation, run)
    return tuple(record(decided, files, allocation, run) for decided in allocation.decided)


def arrange(allocation: Allocation, run: Run) -> Files:
    """Index everything by project."""
    draws: defaultdict[ProjectId, list[Draw]] = defaultdict(list)
    for draw in allocation.settlement.draws:
        draws[draw.project_id].append(draw)
    shortages: defaultdict[ProjectId, list[str]] = defaultdict(list)
    for reference, shortage in number_shortages(allocation.decided).items():
        shortages[shortage.project].append(reference)
    ties: defaultdict[ProjectId, list[list[ProjectId]]] = defaultdict(list)
    for tie in allocation.order.ties:
        for project in tie:
            ties[project].append(list(tie))
    return Files(
        applications={application.project_id: application for application in run.tables.applications},
        candidates={candidate.project_id: candidate for candidate in allocation.screening.candidates},
        places={placed.candidate.project_id: placed for placed in allocation.order.places},
        turns=turns(allocation, run),
        draws=draws,
        shortages=shortages,
        accounts={account.account_id: account for account in run.tables.accounts},
        counties={county.code: county.name for county in run.tables.counties},
        remarks=remark((*run.tables.notes, *allocation.screening.warnings), run.tables.applications),
        ties=ties,
        deciding=frozenset(project for tie in allocation.deciding_ties for project in tie),
    )


def record(decided: Decided, files: Files, allocation: Allocation, run: Run) -> Explanation:
    """Everything that decided one application."""
    project = decided.project_id
    application, candidate = files.applications[project], files.candidates.get(project)
    placed = files.places.get(project)
    draws = files.draws.get(project, [])
    told: Explanation = {
        "project_id": project,
        "name": application.name,
        "county": application.county,
        "county_name": files.counties.get(application.county, ""),
        "category": application.category,
        "decision": decided.decision,
        "reason": decided.reason,
        "rule": decided.rule,
        "position": placed.position if placed else None,
        "rank": placed.rank if placed else application.rank,
        "rank_source": ("computed" if placed.computed else "given") if placed else "given" if application.rank else "",
        "score": exact(placed.score) if placed and placed.score is not None else None,
        "declared_plan_mu": measure(application.plan, Indicator.PLAN),
        "admitted_plan_mu": measure(candidate.plan, Indicator.PLAN) if candidate else None,
        "granted_plan_mu": measure(decided.granted_plan, Indicator.PLAN),
        "trim_rule": run.policy.ledger.rule if candidate and candidate.trimmed else "",
        "round": decided.round or "",
        "pool": decided.pool,
        "pin": pin(project, run),
        "failures": [
            Failed(reason=failure.reason, rule=failure.rule, outcome=failure.outcome, facts=dict(failure.facts))
            for failure in allocation.screening.failures.get(project, ())
        ],
        "phases": phases(decided, candidate),
        "turns": files.turns.get(project, []),
        "access": list(candidate.access) if candidate else [],
        "needs": [need(i, quantity) for i, quantity in (candidate or application).needs.items()],
        "untested": [
            need(i, application.needs[i])
            for i in run.policy.indicators
            if candidate and i in application.needs and i not in candidate.needs
        ],
        "sources": [describe_draw(draw, files.accounts) for draw in draws],
        "payments": add_up(draws, files),
        "shortages": files.shortages.get(project, []),
        "ties": files.ties.get(project, []),
        "deciding_tie": project in files.deciding,
        "other_fill": sorted(fill for fill, projects in allocation.differs_under.items() if project in projects),
        "warnings": files.remarks.get(project, []),
        **what_if(project, allocation.changes),
    }
    if candidate and candidate.least is not None and not candidate.phases:
        told["least_plan_mu"] = measure(candidate.least, Indicator.PLAN)
    return told


def describe_draw(draw: Draw, accounts: Mapping[str, Account]) -> Drawn:
    """One draw with the holder of its account; the accounts of plan quota stand in no file."""
    account = accounts.get(draw.account_id)
    holder = "reserve" if draw.account_id == f"{Indicator.PLAN}:{FLEX}" else "share"
    return {
        "indicator": draw.indicator,
        "quantity": measure(draw.quantity, draw.indicator),
        "unit": draw.indicator.unit,
        "account_id": draw.account_id,
        "holder": account.kind if account else holder,
        "county": account.county if account else "",
        "tier": draw.tier,
        "unit_price_yuan": None if draw.unit_price_yuan is None else str(draw.unit_price_yuan),
        "amount_yuan": None if draw.amount_fen is None else plain(draw.amount_fen, FEN_A_YUAN),
        "rule": draw.rule,
    }


def add_up(draws: Iterable[Draw], files: Files) -> list[Due]:
    """What the draws of one project cost, by payee and indicator (QN-14.2); free draws cost nothing."""
    paid: defaultdict[tuple[str, Indicator], list[Draw]] = defaultdict(list)
    for draw in draws:
        if draw.account_id in files.accounts and draw.unit_price_yuan != 0:
            paid[files.accounts[draw.account_id].county or PREFECTURE, draw.indicator].append(draw)
    return [
        {
            **need(indicator, sum(draw.quantity for draw in group)),
            "payee": payee,
            "payee_name": files.counties.get(payee, ""),
            "unit_price_yuan": None if group[0].unit_price_yuan is None else str(group[0].unit_price_yuan),
            "amount_yuan": sum_up([draw.amount_fen for draw in group]),
        }
        for (payee, indicator), group in paid.items()
    ]


def sum_up(amounts: list[int | None]) -> str | None:
    """A sum of fen in yuan; unknown as soon as one of them is."""
    known = [amount for amount in amounts if amount is not None]
    return plain(sum(known), FEN_A_YUAN) if len(known) == len(amounts) else None


def remark(problems: Iterable[Problem], applications: Iterable[Application]) -> Mapping[ProjectId, list[Remark]]:
    """Warnings by project: those that name it, and those on a cell of its row."""
    homes = {
        place: application.project_id
        for application in applications
        for place in (application.place, *application.cells.values())
        if str(place)
    }
    found: defaultdict[ProjectId, list[Remark]] = defaultdict(list)
    for problem in problems:
        if project := problem.facts.get("project") or homes.get(problem.place):
            found[project].append(note(problem))
    return found


def note(problem: Problem) -> Remark:
    """A problem as a record."""
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.place.file,
        "sheet": problem.place.sheet,
        "cell": problem.place.cell,
        "value": problem.value,
        "facts": dict(problem.facts),
        "rule": problem.rule,
    }


def exact(value: Fraction) -> str:
    """A score: as a plain decimal where eight decimals hold it, else as a fraction."""
    scaled = value * 10**8
    return plain(scaled.numerator, 10**8) if scaled.denominator == 1 else f"{value.numerator}/{value.denominator}"
