"""Who competes, and with what: the policy's gates tested again on the rows, with the facts of each failure.

Said again beside `allocator.eligibility`, of which it uses nothing; what a gate asks is read as the recount reads it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from allocator import rules
from allocator.audit.doubts import doubts
from allocator.audit.refused import Refused
from allocator.outcome import POLICY, Candidate, Decision, Failure, Run, Screening, Unchecked
from allocator.policy import Gate
from allocator.policy_checks import idle_rules
from allocator.quantities import Indicator
from allocator.records import Application, Phase, ProjectId
from allocator.verify_inputs import DECIDING, concerns, counted_day, fails, is_in_force, tested_gates
from allocator.verify_order import sector_turn

NAMING: Mapping[str, Collection[str]] = {
    "projects": ("project_id", "name", "county", "category", "rank", "overall_rank", "plan_mu"),
    "counties": ("county", "name"),
    "accounts": ("account_id", "indicator", "kind", "county", "balance"),
    "trades": ("traded_on", "indicator", "quantity", "unit_price_yuan"),
    "lists": ("list", "project_id", "document"),
    "phases": ("project_id", "phase", "plan_mu"),
    "pins": ("project_id", "pin", "reason", "document"),
    "penalties": ("county", "cut_mu", "type", "document"),
}
"""The columns without which a table says nothing; every other one is read by a rule that names it, or by nobody."""

TABLES = frozenset({"projects", "counties", "accounts", "trades", "lists", "phases", "pins", "penalties"})


def screen(run: Run) -> Screening:
    """Every application against every gate that is in force and that the files can answer."""
    gates = tested_gates(run)
    lists: defaultdict[ProjectId, set[str]] = defaultdict(set)
    for listing in run.tables.lists:
        lists[listing.project_id].add(listing.list)
    denied = denials(run)
    failed = {
        a.project_id: (*failures(a, gates, lists[a.project_id], run), *filter(None, [denied.get(a.project_id)]))
        for a in run.tables.applications
    }
    if any(pin.pin == "grant" and failed.get(pin.project_id) for pin in run.tables.pins):
        raise Refused("PIN_FAILS_GATE")
    phases: defaultdict[ProjectId, list[Phase]] = defaultdict(list)
    for phase in run.tables.phases:
        phases[phase.project_id].append(phase)
    candidates = tuple(admit(a, phases[a.project_id], run) for a in run.tables.applications if not failed[a.project_id])
    return Screening(
        candidates=candidates,
        failures={project: found for project, found in failed.items() if found},
        not_checked=tuple(not_checked(run)),
        not_applied=tuple(not_applied(run)),
        warnings=tuple(doubts(run, candidates)),
    )


def failures(application: Application, gates: Sequence[Gate], lists: Collection[str], run: Run) -> tuple[Failure, ...]:
    """Each gate that the application does not pass, in the policy's order, with what it failed on."""
    return tuple(
        Failure(
            reason=gate.reason,
            rule=gate.rule,
            outcome=Decision(gate.outcome),
            facts=facts(gate, application, run.year),
        )
        for gate in gates
        if concerns(gate, application.category) and fails(gate, application, lists, run)
    )


def denials(run: Run) -> Mapping[ProjectId, Failure]:
    """QY-9.1: what the committee denied beforehand, by the first row of each project."""
    found: dict[ProjectId, Failure] = {}
    for pin in run.tables.pins:
        if pin.pin == "deny":
            told = {"reason": pin.reason, "document": pin.document}
            failure = Failure(reason="DENIED", rule=DECIDING, outcome=Decision.REJECTED, facts=told)
            found.setdefault(pin.project_id, failure)
    return found


def facts(gate: Gate, application: Application, year: int) -> Mapping[str, str]:
    """What the application showed where the gate asks for something else."""
    given = gate.parameters
    match gate.predicate:
        case "carries_none_of":
            return {"tag": ";".join(tag for tag in given["tags"] if tag in application.tags)}
        case "stands_in_the_ledger":
            return {"ledger": "" if application.ledger is None else str(application.ledger)}
        case "has_a_known_sector":
            return {"sector": application.sector or ""}
        case "filed_in_time":
            return {
                "filed_on": f"{application.filed_on}",
                "last_day": f"{year - int(given['years_before'])}-{given['closes']}",
            }
        case "is_listed":
            return {"lists": ";".join(given["lists"])}
        case "is_no_longer_preparatory":
            return {"list": given["before"]}
        case _:
            return {}


def admit(application: Application, phases: Sequence[Phase], run: Run) -> Candidate:
    """With what an application competes: plan cut to its ledger, the needs that a tier fills, what opens the pool."""
    policy = run.policy
    opening = [access for access in policy.access if is_in_force(access, run.as_of)]
    plan = min(limit for limit in (application.plan, application.ledger) if limit is not None)
    least = None
    if policy.grant.partial != "never" and application.min_area is not None and max(application.min_area, 1) < plan:
        least = max(application.min_area, 1)
    return Candidate(
        application=application,
        plan=plan,
        least=least,
        phases=tuple(cut(phases, plan, run)),
        needs=tested(application.needs, run),
        access=tuple(access.rule for access in opening if access.tag in application.tags),
        sector_priority=sector_turn(application, policy),
        filed_on=counted_day(application, run),
    )


def tested(needs: Mapping[Indicator, int], run: Run) -> Mapping[Indicator, int]:
    """The needs that a tier of the policy fills from accounts that are known, in the order of the indicators."""
    indicators = run.policy.indicators if run.tables.has("accounts") else ()
    return {indicator: needs[indicator] for indicator in indicators if needs.get(indicator)}


def cut(phases: Sequence[Phase], plan: int, run: Run) -> Iterator[Phase]:
    """The phases up to what the ledger admits, the last ones cut first (QY-4.3.1); one that is left with nothing
    although it asked for something does not compete."""
    asked = 0
    for phase in phases:
        admitted = min(asked + phase.plan, plan) - min(asked, plan)
        asked += phase.plan
        needs = tested(phase.needs, run)
        if admitted or needs or not phase.plan:
            yield replace(phase, plan=admitted, needs=needs)


def not_checked(run: Run) -> Iterator[Unchecked]:
    """The rules that are switched on and were not applied, each with the first thing it lacks."""
    idle = idle_rules(run.policy, run.as_of)
    for id in run.policy.rules:
        if id in idle:
            yield Unchecked(rule=id, missing=POLICY)
        elif lacking := next((choice for choice in asked_for(id, run) if not stands(choice, run)), ""):
            yield Unchecked(rule=id, missing=lacking.split("|")[0])


def asked_for(id: str, run: Run) -> Iterator[str]:
    """What a rule must find, each as one name or as several of which one will do; its gates' columns last."""
    yield from rules.find(id).reads
    for gate in run.policy.gates:
        if id in gate.cites and gate.column and is_in_force(gate, run.as_of):
            yield gate.column if gate.column in TABLES else f"projects.{gate.column}"


def stands(choice: str, run: Run) -> bool:
    """Whether one of these tables or columns stood in the files."""
    return any(run.tables.has(*name.split(".")) for name in choice.split("|"))


def not_applied(run: Run) -> Iterator[str]:
    """What stands in the files and no rule that is switched on reads: tables, columns, kinds of accounts, classes."""
    policy, tables = run.policy, run.tables
    found = (rules.find(id) for id in policy.rules)
    read = {name for rule in found for choice in (*rule.reads, *rule.may_read) for name in choice.split("|")}
    idle = {"projects.min_area_mu": policy.grant.partial == "never", "projects.band": policy.ranking.fill != "tiered"}
    idle["penalties"] = policy.penalty is None
    read -= {name for name, is_idle in idle.items() if is_idle}
    used = {"projects", "counties", "phases", "pins"} | {name for name in read if "." not in name}
    for table, columns in sorted(tables.columns.items()):
        if table not in used:
            yield table
        else:
            named = {*NAMING.get(table, ()), *(name.partition(".")[2] for name in read if name.startswith(f"{table}."))}
            yield from (f"{table}.{column}" for column in sorted(columns) if column not in named)
    if "accounts" in used:
        filled = [(indicator, tier.kind) for tier in policy.tiers for indicator in tier.indicators]
        kinds = {(a.indicator, a.kind) for a in tables.accounts if (a.indicator, a.kind) not in filled}
        yield from sorted(f"accounts ({indicator} {kind})" for indicator, kind in kinds)
    if "trades" in used:
        paid = [indicator for tier in policy.tiers if tier.price != "free" for indicator in tier.indicators]
        yield from sorted({f"trades ({t.indicator})" for t in tables.trades if t.indicator not in paid})
