"""A comparison as rows, as one JSON document, and on a terminal."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from allocator.explanation import Explanation
from allocator.report.csv_files import write_csv
from allocator.report.json_files import write_json
from allocator.report.names import article, name, printable
from allocator.report.read_folder import SCHEMA_VERSION
from allocator.report.rows import Row, Table
from allocator.report.terminal import pad, text
from allocator.words import Language, say
from scenarios.comparison import BOOKS, KINDS, Comparison, Fared, Moved
from scenarios.comparison_attribution import Attributed, told
from scenarios.comparison_causes import Difference

ASPECTS = ("decision", "granted_plan_mu", "round", "pool", "reason", "rule")
"""What of a project stands before and after in a row."""

SHOWN = ("change", "project_id", "name", "granted_before", "granted_after", "reason_before", "reason_after")

MOST_ROWS = 40
"""So many rows of books are shown on a terminal."""

Attribution = Sequence[Attributed] | None
"""The steps of one comparison; None where they were not asked for."""


def table(comparisons: Sequence[Comparison]) -> Table:
    """One row for each folder and project that fares otherwise than in the base."""
    pairs = tuple(f"{aspect}_{when}" for aspect in ASPECTS for when in ("before", "after"))
    return Table(
        name="comparison",
        columns=("folder", "project_id", "name", "county", "category", "change", *pairs),
        rows=tuple(row(comparison, fared) for comparison in comparisons for fared in comparison.fared),
    )


def row(comparison: Comparison, fared: Fared) -> Row:
    """One project, before and after."""
    record = fared.record
    cells = [aspect(known, each) for each in ASPECTS for known in (fared.before, fared.after)]
    who = (fared.project_id, record["name"], record["county"], record["category"])
    return (str(comparison.other.path), *who, fared.kind, *cells)


def aspect(record: Explanation | None, key: str) -> str | Decimal | None:
    """One cell of one side."""
    if record is None:
        return None
    return Decimal(record["granted_plan_mu"]) if key == "granted_plan_mu" else str(dict(record)[key]) or None


def as_csv(comparisons: Sequence[Comparison]) -> str:
    """The rows of `table`."""
    return write_csv(table(comparisons)).decode("utf-8")


def as_json(comparisons: Sequence[Comparison], attributions: Sequence[Attribution]) -> str:
    """Everything, as codes and exact texts."""
    base = comparisons[0].base
    content = {
        "schema_version": SCHEMA_VERSION,
        "base": {"folder": str(base.path), "inputs_digest": base.manifest["inputs_digest"]},
        "comparisons": [record(comparison, steps) for comparison, steps in zip(comparisons, attributions, strict=True)],
    }
    return write_json(content).decode("utf-8")


def record(comparison: Comparison, steps: Attribution) -> dict[str, Any]:
    """One comparison as plain data."""
    rows = table([comparison])
    spelled = ([f"{cell:f}" if isinstance(cell, Decimal) else cell for cell in cells] for cells in rows.rows)
    return {
        "folder": str(comparison.other.path),
        "inputs_digest": comparison.other.manifest["inputs_digest"],
        "another_scenario": comparison.is_of_two_scenarios,
        "cause": comparison.cause,
        "asked": [asked(difference) for difference in comparison.asked],
        "counts": dict(comparison.counts),
        "projects": [dict(zip(rows.columns[1:], cells[1:], strict=True)) for cells in spelled],
        "books": [book(moved) for moved in comparison.moved],
        "attribution": None
        if steps is None
        else [{"made": [each.path for each in step.made], "changes": list(told(step))} for step in steps],
    }


def asked(difference: Difference) -> dict[str, Any]:
    """One difference as plain data."""
    return {
        "kind": difference.kind,
        "path": difference.path,
        "before": difference.before,
        "after": difference.after,
        "rules": list(difference.rules),
        "overridden": difference.overridden,
    }


def book(moved: Moved) -> dict[str, Any]:
    """One row of a book as plain data."""
    names, compared = BOOKS[moved.book]
    return {
        "table": moved.book,
        **dict(zip(names, moved.row, strict=True)),
        "before": dict(zip(compared, moved.before, strict=True)) if moved.before else None,
        "after": dict(zip(compared, moved.after, strict=True)) if moved.after else None,
    }


def page(comparison: Comparison, steps: Attribution, language: Language) -> Iterator[str]:
    """One comparison, line by line."""
    yield say("comparison.title", language, base=comparison.base.path, other=comparison.other.path)
    if comparison.is_of_two_scenarios:
        before, after = (printable(each.manifest["scenario"]) for each in (comparison.base, comparison.other))
        yield say("comparison.another_scenario", language, before=before, after=after)
    yield from causes(comparison, language, hint=steps is None and not comparison.is_of_two_scenarios)
    if steps is not None:
        yield from attributed(steps, language)
    counted = [(kind, count) for kind, count in comparison.counts.items() if count]
    named = ", ".join(say(f"comparison.counts.{kind}", language, count=count) for kind, count in counted)
    yield say("comparison.fared", language, counts=named) if counted else say("comparison.same", language)
    yield from align(comparison, language)
    for moved in comparison.moved[:MOST_ROWS]:
        yield moved_line(moved, language)
    if (left := len(comparison.moved) - MOST_ROWS) > 0:
        yield say("comparison.more", language, count=left)


def causes(comparison: Comparison, language: Language, *, hint: bool) -> Iterator[str]:
    """What was asked otherwise; where it is one thing it is the cause."""
    if not comparison.asked:
        yield say("comparison.asked_alike", language)
        return
    yield say("comparison.cause" if comparison.cause else "comparison.asked", language, hint=hint)
    for each in comparison.asked:
        facts = {"path": each.path, "before": each.before or "-", "after": each.after or "-"}
        rules = ", ".join(article(rule, language) for rule in each.rules[:1])
        yield "  " + say(f"comparison.kinds.{each.kind}", language, rules=rules, **facts)


def attributed(steps: Sequence[Attributed], language: Language) -> Iterator[str]:
    """What each change did, made one after the other."""
    yield say("comparison.attribution", language)
    for number, step in enumerate(steps, start=1):
        made = ", ".join(each.path for each in step.made) or say("comparison.rest", language)
        kinds = [change.kind for change in step.changes]
        counts = ", ".join(
            say(f"comparison.counts.{kind}", language, count=kinds.count(kind)) for kind in KINDS if kind in kinds
        )
        yield "  " + say(
            "comparison.step", language, number=number, made=made, counts=counts or say("comparison.nothing", language)
        )
        for kind in KINDS:
            who = [change.project_id for change in step.changes if change.kind == kind]
            if who:
                yield "     " + say(f"comparison.who.{kind}", language, who=", ".join(map(printable, who)))


def align(comparison: Comparison, language: Language) -> Iterator[str]:
    """The projects under their headings, by kind of change, the quantities to the right."""
    if not comparison.fared:
        return
    lines = [[name("columns", key, language, "comparison") for key in SHOWN]]
    for fared in sorted(comparison.fared, key=lambda each: KINDS.index(each.kind)):
        kind = name("changes", fared.kind, language, "comparison")
        sides = (fared.before, fared.after)
        plans = [text(aspect(side, "granted_plan_mu")) for side in sides]
        reasons = [
            "" if side is None else f"{name('reasons', side['reason'], language)} [{side['rule']}]" for side in sides
        ]
        lines.append([kind, text(fared.project_id), text(fared.record["name"]), *plans, *reasons])
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(SHOWN))]
    for line in lines:
        cells = (
            pad(cell, width, place in (3, 4)) for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()


def moved_line(moved: Moved, language: Language) -> str:
    """One row of a book: what of it changed."""
    row = " -> ".join(name("categories", part, language) for part in moved.row)
    compared = BOOKS[moved.book][1]
    before, after = moved.before or ("",) * len(compared), moved.after or ("",) * len(compared)
    parts = [
        f"{name('columns', key, language)} {old or '-'} -> {new or '-'}"
        for key, old, new in zip(compared, before, after, strict=True)
        if old != new
    ]
    return say(f"comparison.books.{moved.book}", language, row=printable(row), changes="; ".join(parts))
