"""A finished study on a terminal: what was asked, and the first rows of its main table."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice

from rich.cells import cell_len

from allocator.report.names import name, printable
from allocator.report.rows import Table
from allocator.report.terminal import pad, text
from allocator.words import Language, say
from scenarios.study import Plan
from scenarios.study_tables import Found

MOST_ROWS = 40
MOST_REJECTED = 20
"""Of so many rejected cases the reasons are printed; of more, the table holds the codes."""

CASES = ("case", "name", "status", "granted", "granted_plan_mu", "gained", "lost", "more", "less", "moved")
BREAKS = ("at", "project_id", "name", "change", "plan_before_mu", "plan_after_mu")
TRANSLATED = ("status", "change")


def main_table(found: Found) -> Table:
    """The table that answers what was asked: the cases, or the break points."""
    return next(table for table in found.tables if table.name in ("cases", "breakpoints"))


def page(plan: Plan, found: Found, language: Language) -> Iterator[str]:
    """Line by line."""
    study, table = plan.study, main_table(found)
    design = name("designs", study.design, language, "study")
    yield say("study.title", language, title=study.title, scenario=found.facts["scenario"], design=design)
    if plan.walked is None:
        yield say("study.counted", language, cases=len(plan.cases), solved=found.solved)
    else:
        yield say("study.walked", language, **found.facts)
        if not found.complete:
            yield say("study.incomplete", language, limit=plan.walked.range.limit, **found.facts)
    yield ""
    yield from align(table, CASES if table.name == "cases" else BREAKS, language)
    if (left := len(table.rows) - MOST_ROWS) > 0:
        yield say("study.more", language, count=left)


def align(table: Table, columns: Sequence[str], language: Language) -> Iterator[str]:
    """The first rows under their headings, numbers to the right."""
    shown = [[text(cell) for cell in islice(table.column(key), MOST_ROWS)] for key in columns]
    numeric = [any(isinstance(cell, int | Decimal) for cell in islice(table.column(key), MOST_ROWS)) for key in columns]
    printed = [
        [heading(table, key, language), *(translated(key, cell, language) for cell in cells)]
        for key, cells in zip(columns, shown, strict=True)
    ]
    widths = [max(map(cell_len, cells)) for cells in printed]
    for line in zip(*printed, strict=True):
        cells = (pad(cell, width, right) for cell, width, right in zip(line, widths, numeric, strict=True))
        yield "  ".join(cells).rstrip()


def heading(table: Table, key: str, language: Language) -> str:
    """The name of a column; in a table of projects `name` is that of a project."""
    return name("columns", "project" if (table.name, key) == ("breakpoints", "name") else key, language, "study")


def translated(key: str, cell: str, language: Language) -> str:
    """A code in words."""
    return name("values", cell, language, "study") if key in TRANSLATED else cell


def listed(plan: Plan) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """What a dry run lists as columns and rows: each case with its key; of break points the range."""
    if plan.walked is not None:
        asked = plan.walked
        row = {"path": asked.range.path, "from": asked.text(0), "to": asked.text(asked.count - 1)}
        return (*row, "values"), [{**row, "values": str(asked.count)}]
    rows = [
        {"case": str(case.number), "name": case.name, "key": key}
        for case, key in zip(plan.cases, plan.keys, strict=True)
    ]
    return ("case", "name", "key"), rows


def names(plan: Plan, language: Language) -> Iterator[str]:
    """The cases of a dry run, one a line."""
    for case in plan.cases:
        shown = case.name if case.number else name("values", case.name, language, "study")
        yield f"{case.number:>6}  {printable(shown)}"


def would(plan: Plan, language: Language) -> str:
    """What a dry run found out."""
    if plan.walked is None:
        return say("study.would_solve", language, cases=len(plan.cases), known=plan.known)
    walked = plan.walked
    ends = {"from": walked.text(0), "to": walked.text(walked.count - 1)}
    return say("study.would_walk", language, path=walked.range.path, values=walked.count, known=plan.known, **ends)
