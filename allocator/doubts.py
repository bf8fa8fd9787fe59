"""Warnings about applications that are taken as they stand: what an official should look at before relying on them."""

from collections.abc import Iterator, Sequence

from allocator import rules
from allocator.gates import Window, looks_at, parameters
from allocator.outcome import Candidate
from allocator.policy import Gate, Policy
from allocator.problems import Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import CRITERIA, Application, Tables

REDLINE = "redline"
"""The tag of a project on an ecological red line: approval comes later, so a solve only warns."""


def doubt(
    tables: Tables, candidates: Sequence[Candidate], policy: Policy, gates: Sequence[Gate], year: int
) -> Iterator[Problem]:
    """Every warning about an application that competes, project by project in canonical order."""
    for candidate in candidates:
        application = candidate.application
        yield from _filing(application, gates, year)
        yield from _sector(application, tables, policy)
        yield from _criteria(application, tables, policy)
        if candidate.trimmed and candidate.needs:
            grid = Indicator.PLAN.grid
            facts = {"asked": plain(application.plan, grid), "ledger": plain(candidate.plan, grid)}
            facts["needs"] = ", ".join(need.value for need in candidate.needs)
            yield _warning("TRIMMED_NEEDS_STAY", application, "ledger_mu", policy.ledger.rule, **facts)
        if REDLINE in application.tags:
            yield _warning("REDLINE", application, "tags", "")


def _filing(application: Application, gates: Sequence[Gate], year: int) -> Iterator[Problem]:
    """A day before the window counts as its first day; an empty day is not tested."""
    for gate in gates:
        window = parameters(gate)
        if not isinstance(window, Window) or not looks_at(gate, application.category):
            continue
        if application.filed_on is None:
            yield _warning("FILED_ON_EMPTY", application, "filed_on", gate.rule)
        elif application.filed_on < (first := window.first(year)):
            filed = application.filed_on.isoformat()
            yield _warning("FILED_EARLY", application, "filed_on", gate.rule, filed=filed, first=first.isoformat())


def _sector(application: Application, tables: Tables, policy: Policy) -> Iterator[Problem]:
    """A sector the policy does not know has no priority (QY-4.2); a known one points to a leaf (QY-5.1.1)."""
    if not tables.has("projects", "sector"):
        return
    if application.sector not in {sector.code for sector in policy.sectors}:
        rule = rules.reading(policy.ranking.cites, "projects.sector")
        yield _warning("NO_SECTOR_PRIORITY", application, "sector", rule, sector=application.sector or "")
        return
    group, _, leaf = application.category.partition(".")
    mapped = policy.shares.industry_map.get(application.sector or "")
    if mapped and leaf and mapped != leaf and mapped in policy.shares.groups[group].parts:
        yield _warning(
            "SECTOR_POINTS_ELSEWHERE",
            application,
            "category",
            policy.shares.groups[group].rule,
            category=application.category,
            mapped=f"{group}.{mapped}",
            sector=application.sector or "",
        )


def _criteria(application: Application, tables: Tables, policy: Policy) -> Iterator[Problem]:
    """An empty criterion counts as the lowest of its pool where a score must stand in for a rank (QY-5.0)."""
    computed = application.rank is None or policy.ranking.source == "score_only"
    if not computed or tables.has("projects", "score"):
        return
    for criterion in CRITERIA:
        column = f"{criterion}_score"
        if tables.has("projects", column) and criterion not in application.criteria:
            rule = rules.reading(policy.ranking.cites, f"projects.{column}")
            yield _warning("CRITERION_EMPTY", application, column, rule)


def _warning(code: str, application: Application, column: str, rule: str, **facts: str) -> Problem:
    return Problem(
        code=code,
        severity=Severity.WARNING,
        place=application.cells.get(column, application.place),
        value=application.project_id,
        facts=facts,
        rule=rule,
    )
