"""Warnings about applications that are taken as they stand: what an official should look at before relying on them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from allocator import rules
from allocator.check_problems import warning
from allocator.gate_parameters import Window
from allocator.gates import looks_at, parameters
from allocator.intake.nearest import nearest
from allocator.intake.vocabulary import CATEGORIES, INDICATORS, titled
from allocator.outcome import Candidate
from allocator.policy import Gate, Policy
from allocator.policy_faults import name_of
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import CRITERIA, Application, Tables

REDLINE = "redline"
"""The tag of a project on an ecological red line: approval comes later, so a solve only warns."""


def doubt(
    tables: Tables, candidates: Sequence[Candidate], policy: Policy, gates: Sequence[Gate], year: int
) -> Iterator[Problem]:
    """What the files leave open, then every warning about an application that competes, in canonical order."""
    yield from _untested(tables, candidates, policy)
    yield from _nameless_sectors(tables, candidates, policy)
    yield from _unknown_pairs(tables, policy)
    yield from _empty_penalties(tables, candidates, policy)
    for candidate in candidates:
        application = candidate.application
        yield from _filing(application, gates, year)
        yield from _sector(application, policy)
        yield from _criteria(application, tables, policy)
        if candidate.trimmed and candidate.needs:
            grid = Indicator.PLAN.grid
            facts = {"asked": plain(application.plan, grid), "ledger": plain(candidate.plan, grid)}
            facts["needs"] = ", ".join(titled(need, INDICATORS) for need in candidate.needs)
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


def _untested(tables: Tables, candidates: Sequence[Candidate], policy: Policy) -> Iterator[Problem]:
    """Needs that no account is there to fill, and paid tiers without a price: granted or billed on trust."""
    asking = [c for c in candidates if any(i in c.application.needs for i in policy.indicators)]
    if asking and not tables.has("accounts"):
        lacking = [i.value for i in policy.indicators if any(i in c.application.needs for c in asking)]
        needs = ", ".join(titled(indicator, INDICATORS) for indicator in lacking)
        yield _on_sheet("NEEDS_NOT_TESTED", asking[0].application, count=str(len(asking)), needs=needs)
    elif policy.price and not tables.has("trades") and (paying := [c.application for c in asking if c.access]):
        yield _on_sheet("PAYMENTS_NOT_PRICED", paying[0])


def _nameless_sectors(tables: Tables, candidates: Sequence[Candidate], policy: Policy) -> Iterator[Problem]:
    """Projects that name no sector the policy knows are served behind those of priority sectors (QY-4.2)."""
    known = {sector.code for sector in policy.sectors}
    unknown = [c.application for c in candidates if c.application.sector not in known]
    if unknown and tables.has("projects", "sector"):
        rule = rules.reading(policy.ranking.cites, "projects.sector")
        yield _warning("NO_SECTOR_PRIORITY", unknown[0], "sector", rule, count=str(len(unknown)))


def _unknown_pairs(tables: Tables, policy: Policy) -> Iterator[Problem]:
    """Counties between which nothing may move, and that the data do not know."""
    known = {county.code for county in tables.counties} | {
        row.county for row in (*tables.applications, *tables.accounts)
    }
    for tier in policy.tiers:
        for county in sorted({county for pair in tier.forbidden for county in pair} - known):
            place = Place(cell=f"policy.tiers.{name_of(dict(tier))}.forbidden")
            yield warning("PAIR_COUNTY_UNKNOWN", place, county, tier.rule, nearest=nearest(county, known - {""}))


def _empty_penalties(tables: Tables, candidates: Sequence[Candidate], policy: Policy) -> Iterator[Problem]:
    """Cuts of counties of which no project competes (QY-14.3)."""
    if policy.penalty is None:
        return
    competing = {candidate.application.county for candidate in candidates}
    for penalty in tables.penalties:
        if penalty.county not in competing:
            cut = plain(penalty.cut, Indicator.PLAN.grid)
            yield warning("PENALTY_TAKES_NOTHING", penalty.place, penalty.county, policy.penalty.rule, cut=cut)


def _sector(application: Application, policy: Policy) -> Iterator[Problem]:
    """A sector points to a leaf of the key share (QY-5.1.1)."""
    group, _, leaf = application.category.partition(".")
    mapped = policy.shares.industry_map.get(application.sector or "")
    if mapped and leaf and mapped != leaf and mapped in policy.shares.groups[group].parts:
        sectors = {sector.code: (sector.title.zh,) for sector in policy.sectors}
        yield _warning(
            "SECTOR_POINTS_ELSEWHERE",
            application,
            "category",
            policy.shares.groups[group].rule,
            category=titled(application.category, CATEGORIES),
            mapped=titled(f"{group}.{mapped}", CATEGORIES),
            sector=titled(application.sector or "", sectors),
        )


def _criteria(application: Application, tables: Tables, policy: Policy) -> Iterator[Problem]:
    """Where a score must stand in for a rank, an empty one comes last, an empty criterion counts nothing (QY-5.0)."""
    computed = application.rank is None or policy.ranking.source == "score_only"
    if not computed:
        return
    if tables.has("projects", "score"):
        if application.score is None:
            yield _warning("SCORE_EMPTY", application, "score", rules.reading(policy.ranking.cites, "projects.score"))
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


def _on_sheet(code: str, application: Application, **facts: str) -> Problem:
    """A warning about a table as a whole, told once, on the sheet of the applications."""
    place = replace(application.place, cell="")
    return Problem(code=code, severity=Severity.WARNING, place=place, facts=facts)
