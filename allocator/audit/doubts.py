"""The warnings about applications that compete, found again: what a reader of the result is told to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from allocator import rules
from allocator.intake.nearest import nearest
from allocator.intake.vocabulary import CATEGORIES, INDICATORS, titled
from allocator.outcome import Candidate, Run
from allocator.problems import Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import CRITERIA, Application, CountyCode
from allocator.verify_inputs import concerns, tested_gates

RED_LINE = "redline"


def doubts(run: Run, candidates: Sequence[Candidate]) -> Iterator[Problem]:
    """What holds for a whole table first, then project by project."""
    yield from about_tables(run, candidates)
    for candidate in candidates:
        application = candidate.application
        yield from about_filing(run, application)
        yield from about_sector(run, application)
        yield from about_score(run, application)
        if candidate.plan != application.plan and candidate.needs:
            yield warning(
                "TRIMMED_NEEDS_STAY",
                application,
                "ledger_mu",
                run.policy.ledger.rule,
                asked=plain(application.plan, Indicator.PLAN.grid),
                ledger=plain(candidate.plan, Indicator.PLAN.grid),
                needs=", ".join(titled(indicator, INDICATORS) for indicator in candidate.needs),
            )
        if RED_LINE in application.tags:
            yield warning("REDLINE", application, "tags", "")


def about_tables(run: Run, candidates: Sequence[Candidate]) -> Iterator[Problem]:
    """Needs without accounts, pools without prices, and key projects whose sector nobody knows."""
    policy, tables = run.policy, run.tables
    needing = [c for c in candidates if not c.application.needs.keys().isdisjoint(policy.indicators)]
    if needing and not tables.has("accounts"):
        lacking = [i for i in policy.indicators if any(i in c.application.needs for c in needing)]
        told = {"count": str(len(needing)), "needs": ", ".join(titled(i.value, INDICATORS) for i in lacking)}
        yield about_sheet("NEEDS_NOT_TESTED", needing[0].application, **told)
    elif policy.price is not None and not tables.has("trades"):
        paying = [c for c in needing if c.access]
        yield from (about_sheet("PAYMENTS_NOT_PRICED", c.application) for c in paying[:1])
    if tables.has("projects", "sector"):
        codes = [sector.code for sector in policy.sectors]
        unknown = [c.application for c in candidates if c.application.sector not in codes]
        if unknown:
            rule = rules.reading(policy.ranking.cites, "projects.sector")
            yield warning("NO_SECTOR_PRIORITY", unknown[0], "sector", rule, count=str(len(unknown)))
    yield from about_counties(run, {candidate.application.county for candidate in candidates})


def about_counties(run: Run, competing: set[CountyCode]) -> Iterator[Problem]:
    """Bounds for counties that the files do not know (QY-7.1), cuts of counties with no project in line (QY-14.3)."""
    region, penalty, tables = run.policy.region, run.policy.penalty, run.tables
    known = {county.code for county in tables.counties} | {a.county for a in tables.applications}
    for side in ("min_share", "max_share") if region else ():
        for county in sorted(getattr(region, side)):
            if region and county not in known:
                yield Problem(
                    code="REGION_COUNTY_UNKNOWN",
                    severity=Severity.WARNING,
                    place=Place(cell=f"policy.region.{side}.{county}"),
                    value=county,
                    facts={"nearest": nearest(county, known)},
                    rule=region.rule,
                )
    for row in tables.penalties if penalty else ():
        if penalty and row.county not in competing:
            yield Problem(
                code="PENALTY_TAKES_NOTHING",
                severity=Severity.WARNING,
                place=row.place,
                value=row.county,
                facts={"cut": plain(row.cut, Indicator.PLAN.grid)},
                rule=penalty.rule,
            )


def about_filing(run: Run, application: Application) -> Iterator[Problem]:
    """No day of filing, or one before the window opened."""
    for gate in tested_gates(run):
        if gate.predicate != "filed_in_time" or not concerns(gate, application.category):
            continue
        opened = date.fromisoformat(f"{run.year - int(gate.parameters['years_before'])}-{gate.parameters['opens']}")
        if application.filed_on is None:
            yield warning("FILED_ON_EMPTY", application, "filed_on", gate.rule)
        elif application.filed_on < opened:
            told = {"filed": str(application.filed_on), "first": str(opened)}
            yield warning("FILED_EARLY", application, "filed_on", gate.rule, **told)


def about_sector(run: Run, application: Application) -> Iterator[Problem]:
    """A sector that belongs to another leaf of its group."""
    shares = run.policy.shares
    group, _, leaf = application.category.partition(".")
    other = shares.industry_map.get(application.sector or "", "")
    if leaf and other and other != leaf and other in shares.groups[group].parts:
        titles = {sector.code: (sector.title.zh,) for sector in run.policy.sectors}
        told = {"category": application.category, "mapped": f"{group}.{other}"}
        words = {name: titled(value, CATEGORIES) for name, value in told.items()}
        words["sector"] = titled(application.sector or "", titles)
        yield warning("SECTOR_POINTS_ELSEWHERE", application, "category", shares.groups[group].rule, **words)


def about_score(run: Run, application: Application) -> Iterator[Problem]:
    """Where a rank has to be made from a score, a score or a criterion that is empty."""
    if application.rank is not None and run.policy.ranking.source != "score_only":
        return
    missing: list[tuple[str, str]] = []
    if run.tables.has("projects", "score"):
        missing = [("SCORE_EMPTY", "score")] if application.score is None else []
    else:
        empty = [name for name in CRITERIA if name not in application.criteria]
        missing = [("CRITERION_EMPTY", f"{name}_score") for name in empty]
    for code, column in missing:
        if run.tables.has("projects", column):
            yield warning(code, application, column, rules.reading(run.policy.ranking.cites, f"projects.{column}"))


def warning(code: str, application: Application, column: str, rule: str, **facts: str) -> Problem:
    """A warning at a cell of the application's row, or at its id where the row has no such cell."""
    place = application.cells.get(column, application.place)
    return Problem(
        code=code, severity=Severity.WARNING, place=place, value=application.project_id, facts=facts, rule=rule
    )


def about_sheet(code: str, application: Application, **facts: str) -> Problem:
    """A warning about the table in which the application stands."""
    sheet = replace(application.place, cell="")
    return Problem(code=code, severity=Severity.WARNING, place=sheet, facts=facts)
