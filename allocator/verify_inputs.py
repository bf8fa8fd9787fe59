"""The recount of what is decided before the engine: who competes, with what, and for which shares.

Said again from the rows and the law's words, in plain code that the steps it checks do not share.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from allocator.outcome import Run
from allocator.policy import Gate, Table
from allocator.quantities import Indicator
from allocator.records import FLEX, Application, ProjectId
from allocator.verify_ground import Ground

DECIDING = "QY-9.1"
"""The rule by which the committee decides on single projects."""


def gates(ground: Ground) -> Iterator[str]:
    """Each application fails the gates on its record and no others; the first decides; who fails none competes."""
    run, screening = ground.run, ground.allocation.screening
    tested = tested_gates(run)
    competing = {candidate.project_id for candidate in screening.candidates}
    denied = {
        pin.project_id: [("DENIED", "rejected", DECIDING, {"reason": pin.reason, "document": pin.document})]
        for pin in reversed(run.tables.pins)
        if pin.pin == "deny"
    }
    lists: defaultdict[ProjectId, set[str]] = defaultdict(set)
    for listing in run.tables.lists:
        lists[listing.project_id].add(listing.list)
    for application in run.tables.applications:
        project = application.project_id
        failed = [
            (gate.reason, gate.outcome, gate.rule, shown(gate, application, run))
            for gate in tested
            if concerns(gate, application.category) and fails(gate, application, lists[project], run)
        ]
        failed += denied.get(project, [])
        recorded = [(f.reason, f.outcome.value, f.rule, dict(f.facts)) for f in screening.failures.get(project, ())]
        decided = ground.decided[project]
        if failed != recorded:
            yield f"{project} fails {failed}, its record says {recorded}"
        if (project in competing) != (not failed):
            yield f"{project} fails {len(failed)} gates and {'competes' if failed else 'does not compete'}"
        if failed and (decided.reason, decided.decision.value, decided.rule) != failed[0][:3]:
            yield f"{project} is {decided.decision} for {decided.reason}, its first failed gate is {failed[0]}"


def tested_gates(run: Run) -> list[Gate]:
    """The gates in force that the files can answer: they hold the table, or the column of projects, it needs."""
    columns = run.tables.columns
    held = {"", *columns, *columns.get("projects", ())}
    return [gate for gate in run.policy.gates if is_in_force(gate, run.as_of) and gate.column in held]


def is_in_force(table: Table, day: date) -> bool:
    """Whether a table without dates, or with `day` between them, applies (0.3)."""
    span = table.valid
    return span is None or (span.since or day) <= day <= (span.until or day)


def concerns(gate: Gate, category: str) -> bool:
    """Whether the gate is for this category, for the group around it, or for all."""
    return not gate.categories or any(f"{category}.".startswith(f"{named}.") for named in gate.categories)


def fails(gate: Gate, application: Application, lists: Collection[str], run: Run) -> bool:
    """Whether the application does not pass; what the recount does not know, nobody passes."""
    given = gate.parameters
    match gate.predicate:
        case "carries_none_of":
            return not application.tags.isdisjoint(given["tags"])
        case "stands_in_the_ledger":
            return application.ledger is None or application.ledger == 0 < application.plan
        case "has_a_known_sector":
            return application.sector not in {sector.code for sector in run.policy.sectors}
        case "filed_in_time":
            day = application.filed_on
            last = (run.year, str(given["closes"]))
            return day is not None and (day.year + int(given["years_before"]), f"{day:%m-%d}") > last
        case "is_listed":
            return not set(given["lists"]) & set(lists)
        case "is_no_longer_preparatory":
            return given["before"] in lists and given["after"] not in lists
        case _:
            return True


def shown(gate: Gate, application: Application, run: Run) -> dict[str, str]:
    """What is said of an application that does not pass."""
    given = gate.parameters
    match gate.predicate:
        case "carries_none_of":
            return {"tag": ";".join(tag for tag in given["tags"] if tag in application.tags)}
        case "stands_in_the_ledger":
            return {"ledger": "0" if application.ledger == 0 else ""}
        case "has_a_known_sector":
            return {"sector": application.sector or ""}
        case "filed_in_time":
            return {
                "filed_on": str(application.filed_on),
                "last_day": f"{run.year - int(given['years_before'])}-{given['closes']}",
            }
        case "is_listed":
            return {"lists": ";".join(given["lists"])}
        case "is_no_longer_preparatory":
            return {"list": str(given["before"])}
        case _:
            return {}


def candidates(ground: Ground) -> Iterator[str]:
    """Each competes with what it filed: plan cut to the ledger, needs that a tier fills, the pool where a tag opens it.

    The order holds the candidates as they were screened.
    """
    run = ground.run
    filled = {i for tier in run.policy.tiers for i in tier.indicators if run.tables.has("accounts")}
    filed = {application.project_id: application for application in run.tables.applications}
    screened = {candidate.project_id: candidate for candidate in ground.allocation.screening.candidates}
    opening = [access for access in run.policy.access if is_in_force(access, run.as_of)]
    phases = admitted_phases(ground, filled)
    for placed in ground.allocation.order.places:
        candidate, application = placed.candidate, filed[placed.candidate.project_id]
        project = candidate.project_id
        if candidate != screened[project] or candidate.application != application:
            yield f"{project} stands in the order otherwise than it was filed and screened"
        if candidate.plan != min(q for q in (application.plan, application.ledger) if q is not None):
            yield f"{project} competes with {candidate.plan} of plan"
        needs = {i: quantity for i, quantity in application.needs.items() if i in filled and quantity}
        if candidate.needs != needs:
            yield f"{project} competes with the needs {dict(candidate.needs)}, it filed {needs}"
        if candidate.least != least_area(application, candidate.plan, run):
            yield f"{project} competes for no less than {candidate.least} of plan"
        if [(row.phase, row.plan, dict(row.needs)) for row in candidate.phases] != phases[project]:
            yield f"{project} competes in other phases than it filed"
        if candidate.filed_on != (day := counted_day(application, run)):
            yield f"{project} competes as filed on {candidate.filed_on}, it counts from {day}"
        rules = tuple(access.rule for access in opening if access.tag in application.tags)
        if candidate.access != rules:
            yield f"{project} has access by {candidate.access}, its tags say {rules}"


def least_area(application: Application, plan: int, run: Run) -> int | None:
    """QY-10.2: down to what an application can be granted; None where it is granted whole or not at all."""
    least = application.min_area
    if least is None or run.policy.grant.partial == "never" or max(least, 1) >= plan:
        return None
    return max(least, 1)


def admitted_phases(
    ground: Ground, filled: Collection[Indicator]
) -> Mapping[ProjectId, list[tuple[int, int, dict[Indicator, int]]]]:
    """QY-4.3.1: number, plan and needs of each phase; the ledger cuts the last ones first, and one that is left with
    nothing does not compete."""
    left = {candidate.project_id: candidate.plan for candidate in ground.allocation.screening.candidates}
    found: defaultdict[ProjectId, list[tuple[int, int, dict[Indicator, int]]]] = defaultdict(list)
    for row in sorted(ground.run.tables.phases, key=lambda row: row.phase):
        if row.project_id in left:
            needs = {i: quantity for i, quantity in row.needs.items() if i in filled and quantity}
            plan = min(row.plan, left[row.project_id])
            left[row.project_id] -= plan
            if plan or needs or not row.plan:
                found[row.project_id].append((row.phase, plan, needs))
    return found


def counted_day(application: Application, run: Run) -> date | None:
    """The day of filing; what came before the window opened counts as filed when it did (QY-6.2)."""
    day = application.filed_on
    for gate in tested_gates(run):
        if day and gate.predicate == "filed_in_time" and concerns(gate, application.category):
            opens = f"{run.year - int(gate.parameters['years_before'])}-{gate.parameters['opens']}"
            day = max(day, date.fromisoformat(opens))
    return day


def parts(ground: Ground) -> Iterator[str]:
    """QY-5.1 to 5.3: each leaf has the part that the policy gives it, and what is left is the reserve's."""
    law, books = ground.run.policy.shares, ground.allocation.settlement.pools
    shares = {book.pool: book.share for book in books}
    named = [f"{group}.{leaf}" for group, leaves in law.groups.items() for leaf in leaves.parts]
    if Counter(book.pool for book in books) != Counter([*named, FLEX]):
        yield f"the books are of {[book.pool for book in books]}, the shares of {named} and {FLEX}"
        return
    for group, leaves in law.groups.items():
        siblings, whole = sum(leaves.parts.values()), law.top.parts[group]
        for leaf, part in leaves.parts.items():
            share = shares[f"{group}.{leaf}"]
            match law.basis:
                case "parent_normalised":
                    right = share * siblings == whole * part
                case "parent":
                    right = share == whole * part
                case "total":
                    right = share == part
            if not right:
                yield f"the share of {group}.{leaf} is {share}, not what {law.rule} gives it"
    if shares[FLEX] != 1 - sum(shares[name] for name in named):
        yield f"the reserve has {shares[FLEX]}, not what the shares leave"
