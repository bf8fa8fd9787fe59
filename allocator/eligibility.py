"""Which applications compete, and with what: the policy's gates, the cut to the ledger, access to the pool.

Every gate an application fails is recorded, in the policy's order. A rule whose column or table is absent is not
applied and is named once; a column that no rule in force reads is named as having no effect.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from allocator import rules
from allocator.doubts import doubt
from allocator.gate_parameters import Window
from allocator.gates import PREDICATES, Setting, looks_at, parameters
from allocator.intake.columns import TABLE
from allocator.outcome import POLICY, Candidate, Decision, Failure, Screening, Unchecked
from allocator.pins import DENY, denial, pinned, unfit
from allocator.policy import Gate, Policy, in_force
from allocator.policy_checks import idle_rules
from allocator.problems import InputRejected
from allocator.quantities import Indicator
from allocator.records import Application, Phase, ProjectId, Tables, canonical
from allocator.region_checks import unknown_regions

STANDING: Mapping[str, frozenset[str]] = {
    "projects": frozenset({"project_id", "name", "county", "category", "rank", "overall_rank", "plan_mu"}),
    "counties": frozenset({"county", "name"}),
    "accounts": frozenset({"account_id", "indicator", "kind", "county", "balance"}),
    "trades": frozenset({"traded_on", "indicator", "quantity", "unit_price_yuan"}),
    "lists": frozenset({"list", "project_id", "document"}),
    "phases": frozenset({"project_id", "phase", "plan_mu"}),
    "pins": frozenset({"project_id", "pin", "reason", "document"}),
    "penalties": frozenset({"county", "cut_mu", "type", "document"}),
}
"""Columns that are read as soon as their table is; every other column only by the rules that name it."""

Tests = tuple[tuple[Gate, Any], ...]
"""Gates, each with its parameters as its predicate takes them."""

ALWAYS_READ = frozenset({"projects", "counties", "phases", "pins"})


def screen(tables: Tables, policy: Policy, *, year: int, as_of: date) -> Screening:
    """Test every application against the gates in force on `as_of`, for plan year `year`; a denied one fails last.

    Raises `InputRejected` when a project that is to be granted (QY-9.1) fails a gate, or a bounded county (QY-7.1) is
    not in the data.
    """
    gates = tuple(gate for gate in policy.gates if in_force(gate, as_of) and _answerable(gate, tables))
    tests = tuple((gate, parameters(gate)) for gate in gates)
    setting = Setting(
        year=year,
        sectors=frozenset(sector.code for sector in policy.sectors),
        listed=_listed(tables),
    )
    applications = sorted(tables.applications, key=lambda a: canonical(a.project_id))
    denied = pinned(tables, DENY)
    failures = {
        a.project_id: (*_failures(a, tests, setting), *(denial(pin) for pin in (denied.get(a.project_id),) if pin))
        for a in applications
    }
    if wrong := (*unfit(failures, tables), *unknown_regions(tables, policy)):
        raise InputRejected(wrong)
    phases = _phased(tables)
    candidates = tuple(
        _admit(a, phases.get(a.project_id, ()), tables, policy, as_of, _counts_as_filed(a, tests, year))
        for a in applications
        if not failures[a.project_id]
    )
    return Screening(
        candidates=candidates,
        failures={project: failed for project, failed in failures.items() if failed},
        not_checked=tuple(_not_checked(tables, policy, as_of)),
        not_applied=tuple(_not_applied(tables, policy)),
        warnings=tuple(doubt(tables, candidates, policy, gates, year)),
    )


def _failures(application: Application, tests: Tests, setting: Setting) -> Iterator[Failure]:
    for gate, given in tests:
        if looks_at(gate, application.category):
            facts = PREDICATES[gate.predicate](application, given, setting)
            if facts is not None:
                yield Failure(reason=gate.reason, rule=gate.rule, outcome=Decision(gate.outcome), facts=facts)


def _admit(
    application: Application,
    phases: tuple[Phase, ...],
    tables: Tables,
    policy: Policy,
    as_of: date,
    filed_on: date | None,
) -> Candidate:
    """The request as it competes: plan cut to the ledger, the needs this policy fills, the rules that give access."""
    filled = policy.indicators if tables.has("accounts") else ()
    ledger = application.ledger
    plan = application.plan if ledger is None else min(application.plan, ledger)
    return Candidate(
        application=application,
        plan=plan,
        needs=_filled(application.needs, filled),
        least=_least(application, plan, policy),
        phases=tuple(_cut(phases, plan, filled)),
        access=tuple(a.rule for a in policy.access if a.tag in application.tags and in_force(a, as_of)),
        sector_priority=sector_priority(application.sector, policy),
        filed_on=filed_on,
    )


def _filled(needs: Mapping[Indicator, int], filled: tuple[Indicator, ...]) -> Mapping[Indicator, int]:
    """Those needs that some tier fills, in the order of the policy's indicators."""
    return {indicator: needs[indicator] for indicator in filled if needs.get(indicator, 0) > 0}


def _least(application: Application, plan: int, policy: Policy) -> int | None:
    """QY-10.2: the smallest plan that may be granted where that is less than all; a least area of 0 is one step."""
    if policy.grant.partial == "never" or application.min_area is None:
        return None
    least = max(application.min_area, 1)
    return least if least < plan else None


def _phased(tables: Tables) -> Mapping[ProjectId, tuple[Phase, ...]]:
    """The phases of each project, in order."""
    phases: dict[ProjectId, tuple[Phase, ...]] = {}
    for phase in tables.phases:
        phases[phase.project_id] = (*phases.get(phase.project_id, ()), phase)
    return phases


def _cut(phases: tuple[Phase, ...], plan: int, filled: tuple[Indicator, ...]) -> Iterator[Phase]:
    """QY-4.3.1: the phases that together ask for `plan`; what the ledger cuts off is taken from the last ones.

    A phase of which the cut leaves nothing belongs to a later year and does not compete.
    """
    left = plan
    for phase in phases:
        admitted = replace(phase, plan=min(phase.plan, left), needs=_filled(phase.needs, filled))
        left -= admitted.plan
        if admitted.plan == phase.plan or admitted.plan or admitted.needs:
            yield admitted


def _counts_as_filed(application: Application, tests: Tests, year: int) -> date | None:
    """The day of filing; one before the window opens counts as its first day (QY-6.2)."""
    windows = [given for gate, given in tests if looks_at(gate, application.category) if isinstance(given, Window)]
    filed = application.filed_on
    return filed and max([filed, *(window.first(year) for window in windows)])


def sector_priority(sector: str | None, policy: Policy) -> int:
    """QY-4.2: 0 is served first. The place in `ranking.sector_order`, else one tier of priority sectors."""
    order = policy.ranking.sector_order
    if order:
        return order.index(sector) if sector in order else len(order)
    return 0 if sector in policy.ranking.priority_sectors else 1


def _answerable(gate: Gate, tables: Tables) -> bool:
    return not gate.column or tables.has(gate.column) or tables.has("projects", gate.column)


def _needed(gate: Gate) -> str:
    """The table, or the column of projects with its table, without which a gate is not applied."""
    return gate.column if gate.column in TABLE else f"projects.{gate.column}"


def _listed(tables: Tables) -> Mapping[ProjectId, frozenset[str]]:
    lists: dict[ProjectId, set[str]] = {}
    for listing in tables.lists:
        lists.setdefault(listing.project_id, set()).add(listing.list)
    return {project: frozenset(names) for project, names in lists.items()}


def _not_checked(tables: Tables, policy: Policy, as_of: date) -> Iterator[Unchecked]:
    """Each switched-on rule that nothing in force carries out, or with the first table or column it lacks."""
    idle = idle_rules(policy, as_of)
    for id in policy.rules:
        if id in idle:
            yield Unchecked(rule=id, missing=POLICY)
            continue
        needed = (_needed(gate) for gate in policy.gates if gate.column and id in gate.cites and in_force(gate, as_of))
        for choice in (*rules.find(id).reads, *needed):
            if not any(tables.has(*name.split(".")) for name in choice.split("|")):
                yield Unchecked(rule=id, missing=choice.partition("|")[0])
                break


def unread(policy: Policy) -> frozenset[str]:
    """Tables and columns that a rule reads only under a setting which this policy does not choose."""
    read = {
        "projects.min_area_mu": policy.grant.partial != "never",
        "projects.band": policy.ranking.fill == "tiered",
        "penalties": policy.penalty is not None,
    }
    return frozenset(name for name, is_read in read.items() if not is_read)


def _not_applied(tables: Tables, policy: Policy) -> Iterator[str]:
    """Tables and columns in the files that no switched-on rule reads, and rows of accounts and deals likewise."""
    switched_on = [rules.find(id) for id in policy.rules]
    read = {name for rule in switched_on for choice in (*rule.reads, *rule.may_read) for name in choice.split("|")}
    read -= unread(policy)
    read_tables = ALWAYS_READ | {name for name in read if "." not in name}
    for table in sorted(tables.columns):
        if table not in read_tables:
            yield table
            continue
        for column in sorted(tables.columns[table] - STANDING.get(table, frozenset())):
            if f"{table}.{column}" not in read:
                yield f"{table}.{column}"
    drawn = {(indicator, tier.kind) for tier in policy.tiers for indicator in tier.indicators}
    held = {(account.indicator, account.kind) for account in tables.accounts}
    if "accounts" in read_tables:
        yield from sorted(f"accounts ({indicator} {kind})" for indicator, kind in held - drawn)
    priced = {indicator for tier in policy.tiers if tier.price != "free" for indicator in tier.indicators}
    if "trades" in read_tables:
        yield from sorted({f"trades ({trade.indicator})" for trade in tables.trades if trade.indicator not in priced})
