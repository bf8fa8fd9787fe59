# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""`allocation.xlsx`, to be handed on: a summary, the tables of the output folder in words, and the rules they cite.

No cell runs. Equal content gives equal bytes: the creation date is the run's `as_of`.
"""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import xlsxwriter

from allocator.explanation import Certificates, Explanation
from allocator.outcome import Allocation, Run
from allocator.report.findings import findings_table
from allocator.report.layout import LINE, lay_out, lines, number_format
from allocator.report.legend import rules_table
from allocator.report.manifest import digest
from allocator.report.names import article, name
from allocator.report.printed import in_line, in_words, with_names, with_units
from allocator.report.reasons import reason
from allocator.report.rows import (
    Cell,
    Table,
    allocation_table,
    donors_table,
    draws_table,
    exchanges_table,
    payments_table,
    pools_table,
)
from allocator.report.sheets import Pen, set_up_print, write_sheet, write_table
from allocator.report.summary import by_category, by_decision, method, outcome
from allocator.words import Language, say

ROWS = 1_048_576 - 2  # of a sheet, without its header and its last row
AS_TEXTS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FONTS = {"zh": "宋体", "en": "Calibri"}
WIDTHS = (30, 28, 20, 16, 18, 18)  # of the summary, whose tables share their columns


def write_workbook(
    allocation: Allocation, run: Run, records: Sequence[Explanation], proofs: Certificates, language: Language
) -> bytes:
    """The whole workbook."""
    memory = io.BytesIO()
    font = {"font_name": FONTS[language], "font_size": 10}
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "default_format_properties": font} | AS_TEXTS)
    title = run.title or run.scenario
    book.set_properties({"title": title, "created": datetime.combine(run.as_of, time()), "comments": digest(run)})
    stamp = say("report.head.stamp", language, digest=digest(run))
    pen = Pen(book=book, language=language, heading=f"{title} · {say('report.head.title', language)}", stamp=stamp)
    write_summary(pen, allocation, run, records)
    tables = (
        in_line(allocation_table(records, proofs, language, cite_article)),
        pools_table(allocation.settlement),
        with_names(draws_table(allocation.settlement), records),
        with_units(donors_table(allocation.settlement)),
        with_units(payments_table(allocation.settlement)),
        *([exchanges_table(allocation.settlement)] if run.policy.exchange else ()),
        findings_table(allocation, run, language),
    )
    rules = rules_table(tables, language)
    for table in (without_rule(tables[0]), *tables[1:], rules):
        write_sheet(pen, in_words(shorten(table, language), run.tables.counties, language))
    book.close()
    return memory.getvalue()


def cite_article(record: Explanation, proofs: Certificates, language: Language) -> str:
    """The reason of one decision with its article and rule id; the sheet `rules` names the document."""
    why = reason(record, proofs["shortages"], language)
    return say("explain.reason.cited", language, reason=why, article=article(record["rule"], language))


def without_rule(table: Table) -> Table:
    """The table without its rule ids, which its reasons end with."""
    place = table.columns.index("rule")
    rows = tuple((*row[:place], *row[place + 1 :]) for row in table.rows)
    return replace(table, columns=(*table.columns[:place], *table.columns[place + 1 :]), rows=rows)


def shorten(table: Table, language: Language, rows: int = ROWS) -> Table:
    """What a sheet can hold of a table; the last row then says where the rest is."""
    if len(table.rows) <= rows:
        return table
    rest = say("report.head.cut", language, count=len(table.rows) - rows + 1, table=table.name)
    return replace(table, rows=(*table.rows[: rows - 1], (rest, *(None,) * (len(table.columns) - 1))), cut=True)


def write_summary(pen: Pen, allocation: Allocation, run: Run, records: Sequence[Explanation]) -> None:
    """The first sheet: title, unit, outcome, totals by category and by decision, and how it was computed."""
    sheet = pen.book.add_worksheet(name("sheets", "summary", pen.language))
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    whole = (0, len(WIDTHS) - 1)
    sheet.set_row(0, 2 * LINE * lines(pen.heading, sum(WIDTHS) * 10 // 16))  # in letters of 16 points, not of 10
    pen.write_across(sheet, 0, whole, pen.heading, "title")
    pen.write_across(sheet, 1, whole, say("report.head.unit", pen.language), "unit")
    row = write_lines(pen, sheet, outcome(allocation, run, pen.language), 2)
    for table in (by_category(allocation, records), by_decision(records)):
        pen.write(sheet, row + 1, 0, say(f"report.head.{table.name}", pen.language), "subtitle")
        columns = lay_out(in_words(table, (), pen.language), pen.language, WIDTHS[: len(table.columns)])
        row = write_table(pen, sheet, columns, row + 2)
    pen.write(sheet, row + 1, 0, say("report.head.method", pen.language), "subtitle")
    write_lines(pen, sheet, method(allocation, run, pen.language), row + 2)
    set_up_print(pen, sheet, pages=1)


def write_lines(pen: Pen, sheet: Any, told: Sequence[tuple[str, Cell]], top: int) -> int:
    """Label and value, line by line from row `top` on, the value over the rest of the page; the row after them."""
    label, *rest = WIDTHS
    for row, (key, value) in enumerate(told, start=top):
        words = say(f"report.head.{key}", pen.language)
        most = max(lines(words, label - 1), lines(value, sum(rest) - 1) if isinstance(value, str) else 1)
        sheet.set_row(row, most * LINE + 2)
        pen.write(sheet, row, 0, words, "label")
        pen.write_across(sheet, row, (1, len(rest)), value, "value", number_format(key, [value]))
    return top + len(told)
