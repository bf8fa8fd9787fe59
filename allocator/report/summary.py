"""The head of every report: what was asked, what came of it, and the totals by category and decision."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from allocator.explanation import Explanation
from allocator.outcome import Allocation, Run
from allocator.quantities import Indicator
from allocator.report.manifest import digest
from allocator.report.names import name
from allocator.report.rows import Cell, Table, add, quantity
from allocator.words import Language, say


def outcome(allocation: Allocation, run: Run, language: Language) -> list[tuple[str, Cell]]:
    """What an official looks for first: key of the label and value, line by line; quantities in mu."""
    granted = sum(decided.granted_plan for decided in allocation.decided)
    return [
        ("policy", run.policy.title.zh if language == "zh" else run.policy.title.en),
        ("year", str(run.year)),
        ("as_of", run.as_of.isoformat()),
        ("total", quantity(run.total, Indicator.PLAN)),
        ("granted", quantity(granted, Indicator.PLAN)),
        ("left", quantity(run.total - granted, Indicator.PLAN)),
        ("decided", len(allocation.decided)),
        ("projects", sum(decided.round is not None for decided in allocation.decided)),
    ]


def method(allocation: Allocation, run: Run, language: Language) -> list[tuple[str, Cell]]:
    """How it was computed, from what: key of the label and value, line by line."""
    told: list[tuple[str, Cell]] = []
    if allocation.test != "nested":
        told.append(("test", name("tests", allocation.test, language)))
    if not allocation.is_proved:
        told.append(("status", say("report.head.best_found", language)))
    overrides = ", ".join(f"{path} = {value}" for path, value in run.overrides.items())
    return [
        ("scenario", run.scenario),
        ("fill", name("fills", allocation.fill, language)),
        ("overrides", overrides or say("report.head.none", language)),
        ("engine", allocation.engine),
        *told,
        ("inputs", digest(run)),
    ]


def by_category(allocation: Allocation, records: Sequence[Explanation]) -> Table:
    """Applications and grants of each category, in the order of the policy's shares."""
    filed = {record["category"] for record in records}
    shares = [book.pool for book in allocation.settlement.pools if book.pool in filed]
    categories = [*shares, *sorted(filed.difference(shares))]
    return Table(
        name="by_category",
        columns=("category", "applied", "asked_mu", "granted", "granted_plan_mu", "flex_mu"),
        rows=tuple(
            (
                category,
                len(own := [record for record in records if record["category"] == category]),
                add(Decimal(record["declared_plan_mu"]) for record in own),
                sum(bool(record["round"]) for record in own),
                add(Decimal(record["granted_plan_mu"]) for record in own),
                add(Decimal(record["granted_plan_mu"]) for record in own if record["round"] == "flex"),
            )
            for category in categories
        ),
    )


def by_decision(records: Sequence[Explanation]) -> Table:
    """How many applications met each decision, and by which reason."""
    counted = Counter((record["decision"], record["reason"]) for record in records)
    return Table(
        name="by_decision",
        columns=("decision", "reason_name", "reason_code", "count"),
        rows=tuple((decision, reason, reason, count) for (decision, reason), count in sorted(counted.items())),
    )
