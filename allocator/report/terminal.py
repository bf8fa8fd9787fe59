"""The result on a terminal or in a pipe: a few lines of totals, then one line a project; also as JSON and CSV."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.cells import cell_len

from allocator.explain import explain
from allocator.explain_changes import paradox
from allocator.explanation import Certificates, Explanation
from allocator.outcome import Allocation, Decision, Run
from allocator.quantities import Indicator
from allocator.records import ProjectId
from allocator.report import page_changes
from allocator.report.certificates import certificates, levels, measure, rung, status
from allocator.report.csv_files import write_csv
from allocator.report.donor_proofs import donor_proofs
from allocator.report.json_files import write_json
from allocator.report.level_names import level_name, unproved
from allocator.report.names import name, printable
from allocator.report.printed import in_line, in_words
from allocator.report.read_folder import SCHEMA_VERSION
from allocator.report.reasons import reason
from allocator.report.rows import Cell, Cite, Table, allocation_table, cite, pools_table
from allocator.words import Language, say

SHOWN = (
    *("overall_position", "project_id", "name", "county", "category", "decision", "round", "granted_plan_mu"),
    "reason",
)


def table(allocation: Allocation, run: Run, language: Language) -> str:
    """Totals, pools, and the projects in the order of the line, aligned for wide and narrow characters alike."""
    projects = in_line(projects_table(allocation, run, language, cite=brief))
    printed = in_words(projects, run.tables.counties, language)
    return "\n".join([*totals(allocation, run, language), "", *align(printed, language)]) + "\n"


def projects_table(allocation: Allocation, run: Run, language: Language, cite: Cite = cite) -> Table:
    """The rows of `allocation.csv`."""
    return allocation_table(explain(allocation, run), certificates(allocation, run), language, cite)


def brief(record: Explanation, proofs: Certificates, language: Language) -> str:
    """The reason with the rule id alone, for one line of a terminal."""
    return f"{reason(record, proofs['shortages'], language)} [{record['rule']}]"


def totals(allocation: Allocation, run: Run, language: Language) -> Iterator[str]:
    """What was asked, what was granted, and the book of each pool."""
    granted = sum(decided.granted_plan for decided in allocation.decided)
    counts = count_grants(allocation)
    policy = run.policy.title.zh if language == "zh" else run.policy.title.en
    yield say("report.terminal.title", language, title=run.title or run.scenario, year=run.year, policy=policy)
    yield say(
        f"report.terminal.totals{'_in_part' if counts['partial'] else ''}",
        language,
        total=measure(run.total, Indicator.PLAN),
        granted=measure(granted, Indicator.PLAN),
        left=measure(run.total - granted, Indicator.PLAN),
        **counts,
    )
    for pool, _, budget, used, released, received, closing in pools_table(allocation.settlement).rows:
        yield say(
            "report.terminal.pool",
            language,
            pool=name("categories", str(pool), language),
            budget=text(budget),
            used=text(used),
            released=text(released),
            received=text(received),
            closing=text(closing),
        )
    yield say("report.terminal.fill", language, fill=name("fills", allocation.fill, language))
    if allocation.test != "nested":
        yield say("report.terminal.test", language, test=name("tests", allocation.test, language))
    for each in (each for each in allocation.rungs if not each.proved):
        reached = rung(each, run)
        facts = {"value": reached["value"], "bound": reached["bound"], "gap": reached["gap"]}
        level = level_name(each.name, allocation.fill, language)
        yield say(f"report.terminal.{unproved(each.name, allocation.fill)}", language, level=level, **facts)
    for each in donor_proofs(allocation.settlement, run.policy).get("donor_levels", ()):
        if each["status"] != "proved":
            facts = {"level": each["level"], "value": each["value"], "bound": each["bound"]}
            yield say("report.terminal.donors_unproved", language, **facts)
    for fill, projects in allocation.differs_under.items():
        key = "differs" if projects else "same"
        facts = {"fill": name("fills", fill, language), "count": len(projects), "projects": few(projects)}
        yield say(f"report.terminal.{key}", language, **facts)
    for first, second in allocation.deciding_ties:
        yield say("report.terminal.deciding_tie", language, first=first, second=second)
    yield from page_changes.example([paradox(found) for found in allocation.changes.paradoxes], language)
    unchecked = allocation.screening.not_checked
    if idle := [each.rule for each in unchecked if each.is_idle]:
        yield say("report.terminal.not_carried_out", language, rules=", ".join(idle))
    if missing := dict.fromkeys(each.missing for each in unchecked if not each.is_idle):
        rules = [each.rule for each in unchecked if not each.is_idle]
        yield say("report.terminal.not_checked", language, rules=", ".join(rules), missing=", ".join(missing))


def count_grants(allocation: Allocation) -> dict[str, int]:
    """How many projects applied, were granted at all, in full, and in part."""
    granted = [decided.decision for decided in allocation.decided if decided.round is not None]
    partial = granted.count(Decision.PARTIAL)
    return {
        "applications": len(allocation.decided),
        "projects": len(granted),
        "whole": len(granted) - partial,
        "partial": partial,
    }


def few(projects: Sequence[ProjectId]) -> str:
    """The first ten ids, and a sign that there are more."""
    return ", ".join(projects[:10]) + (", ..." if len(projects) > 10 else "")


def align(projects: Table, language: Language) -> Iterator[str]:
    """Columns padded to one width; numbers to the right."""
    columns = [[name("columns", key, language), *map(text, projects.column(key))] for key in SHOWN]
    numeric = [any(isinstance(cell, int | Decimal) for cell in projects.column(key)) for key in SHOWN]
    widths = [max(map(cell_len, column)) for column in columns]
    for line in zip(*columns, strict=True):
        padded = (pad(cell, width, right) for cell, width, right in zip(line, widths, numeric, strict=True))
        yield "  ".join(padded).rstrip()


def pad(cell: str, width: int, right: bool) -> str:
    """`cell` in `width` columns of a terminal, where a Chinese character takes two."""
    blanks = " " * (width - cell_len(cell))
    return blanks + cell if right else cell + blanks


def text(cell: Cell) -> str:
    """A cell on a terminal."""
    if cell is None:
        return ""
    return f"{cell:f}" if isinstance(cell, Decimal) else printable(str(cell))


def as_json(allocation: Allocation, run: Run, language: Language) -> str:
    """The allocation as one JSON document; decimals are texts, so that none is rounded on the way."""
    granted = sum(decided.granted_plan for decided in allocation.decided)
    content = {
        "schema_version": SCHEMA_VERSION,
        "scenario": run.scenario,
        "policy": run.policy.name,
        "year": run.year,
        "as_of": run.as_of.isoformat(),
        "engine": allocation.engine,
        "fill": allocation.fill,
        "test": allocation.test,
        "status": status(allocation),
        "levels": levels(allocation, run),
        "differs_under": allocation.differs_under,
        "deciding_ties": allocation.deciding_ties,
        "not_checked": [{"rule": each.rule, "missing": each.missing} for each in allocation.screening.not_checked],
        "total_plan_mu": measure(run.total, Indicator.PLAN),
        "granted_plan_mu": measure(granted, Indicator.PLAN),
        "pools": as_records(pools_table(allocation.settlement)),
        "projects": as_records(projects_table(allocation, run, language)),
    }
    return write_json(content).decode("utf-8")


def as_csv(allocation: Allocation, run: Run, language: Language) -> str:
    """The content of `allocation.csv`."""
    return write_csv(projects_table(allocation, run, language)).decode("utf-8")


def as_records(rows: Table) -> list[dict[str, str | int | None]]:
    """A table as JSON objects."""
    return [
        {key: f"{cell:f}" if isinstance(cell, Decimal) else cell for key, cell in zip(rows.columns, row, strict=True)}
        for row in rows.rows
    ]
