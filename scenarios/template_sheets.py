"""Writes a data workbook: one sheet a table, headed and checked as `allocator.intake.columns` describes it.

Sheets, headers and choices are Chinese, with the English names in comments; the sheet of notes speaks both languages.
The template and the synthetic scenarios are written here, so that what we ship looks like what a user fills in; the
same rows give the same bytes.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from allocator import rules
from allocator.intake.columns import TABLE, ColumnSpec, TableSpec, Value
from allocator.intake.vocabulary import Spellings, choices
from allocator.policy import Policy
from allocator.words import Language, say

Cell = str | int | Decimal | date | bool | None
Row = Mapping[str, Cell]
"""Column -> value, in the names of files; what a row does not name stays empty."""

CREATED = datetime(2026, 1, 1)
"""The same in every workbook, so that a file depends on its rows alone."""

LAST_ROW = 2000
"""Drop-downs and number checks reach down to this row."""

FORMATS: Mapping[str, Mapping[str, object]] = {
    "head": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
        "bg_color": "#D9E2F3",
        "border": 1,
    },
    "must": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "align": "center",
        "bg_color": "#F8CBAD",
        "border": 1,
    },
    "text": {"num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd"},
    "number": {"num_format": "#,##0.####"},
    "whole": {"num_format": "0"},
    "title": {"bold": True, "font_size": 14},
    "wrap": {"text_wrap": True, "valign": "top"},
}
NUMBERS = {Value.SCORE, Value.QUANTITY, Value.MONEY, Value.PRICE}
LANGUAGES: tuple[Language, ...] = ("zh", "en")
HEADS = ("table", "column", "name", "unit", "fill", "meaning", "meaning_en", "rule")
"""The columns of the sheet of notes."""

CHOSEN = {Value.CATEGORY, Value.SECTOR, Value.LEVEL, Value.KIND, Value.INDICATOR, Value.LIST, Value.PIN, Value.YES_NO}


def write_book(
    file: Path,
    rows: Mapping[str, Sequence[Row]],
    columns: Mapping[str, Sequence[ColumnSpec]],
    policy: Policy,
    notes: Sequence[str],
    *,
    explained: bool = True,
) -> None:
    """A workbook with one sheet for each table of `columns`, and a last one that explains them after `notes`.

    Not explained, it bears the notes and the English names alone, and no word that may be put better some day.
    """
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": notes[0], "created": CREATED})
        formats = {name: book.add_format(dict(parts)) for name, parts in FORMATS.items()}
        spellings = choices(policy)
        for table, specs in columns.items():
            sheet = book.add_worksheet(TABLE[table].zh)
            _write_head(sheet, specs, formats, policy if explained else None)
            _write_checks(sheet, specs, spellings, columns)
            for number, row in enumerate(rows.get(table, ()), start=1):
                for index, spec in enumerate(specs):
                    _write_cell(sheet, number, index, spec, row.get(spec.name), spellings, formats)
        _write_notes(book, columns if explained else {}, policy, notes, formats)


def label(text: str, spellings: Mapping[str, Sequence[str]]) -> str:
    """How a value of a fixed choice is written: its first Chinese spelling; a value that is no choice, as it is."""
    return spellings[text][0] if spellings.get(text) else text


def _write_head(
    sheet: Worksheet, specs: Sequence[ColumnSpec], formats: Mapping[str, Format], policy: Policy | None
) -> None:
    """Headers with units, required ones coloured; a comment has the English name and, with a policy, the meaning."""
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 36)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(0, 0, 0, len(specs) - 1)
    for index, spec in enumerate(specs):
        sheet.set_column(index, index, 32 if spec.name in ("name", "document") else 14, formats[_kind(spec)])
        sheet.write_string(0, index, spec.header("zh"), formats["must" if spec.required else "head"])
        meaning = [_meaning(spec, policy, language) for language in LANGUAGES] if policy else []
        comment = "\n".join((spec.name, *meaning))
        sheet.write_comment(0, index, comment, {"x_scale": 2.5, "y_scale": 4 if spec.value is Value.TAGS else 2})


def _kind(spec: ColumnSpec) -> str:
    """The format of a column's cells."""
    match spec.value:
        case Value.DATE:
            return "date"
        case Value.WHOLE:
            return "whole"
        case value:
            return "number" if value in NUMBERS else "text"


def _write_checks(
    sheet: Worksheet,
    specs: Sequence[ColumnSpec],
    spellings: Mapping[Value, Spellings],
    columns: Mapping[str, Sequence[ColumnSpec]],
) -> None:
    """Drop-downs for fixed choices and for counties; numbers that cannot be negative."""
    for index, spec in enumerate(specs):
        if spec.value in CHOSEN:
            known = spellings[spec.value]
            check = {"validate": "list", "source": [label(text, known) for text in known]}
        elif spec.value is Value.COUNTY and "counties" in columns:
            check = {"validate": "list", "source": f"='{TABLE['counties'].zh}'!$A$2:$A${LAST_ROW}"}
        elif spec.value in NUMBERS and spec.value is not Value.SCORE:
            check = {"validate": "decimal", "criteria": ">=", "value": 0}
        else:
            continue
        sheet.data_validation(1, index, LAST_ROW - 1, index, {"ignore_blank": True, **check})


def _write_cell(
    sheet: Worksheet,
    row: int,
    index: int,
    spec: ColumnSpec,
    value: Cell,
    spellings: Mapping[Value, Spellings],
    formats: Mapping[str, Format],
) -> None:
    match value:
        case None | "":
            return
        case bool():
            text = label("true" if value else "false", spellings[Value.YES_NO])
            sheet.write_string(row, index, text, formats["text"])
        case date():
            sheet.write_datetime(row, index, datetime(value.year, value.month, value.day), formats["date"])
        case int() | Decimal() if spec.value in NUMBERS or spec.value is Value.WHOLE:
            sheet.write_number(row, index, float(value), formats["whole" if spec.value is Value.WHOLE else "number"])
        case _ if spec.value in CHOSEN or spec.value is Value.TAGS:
            known = spellings[spec.value]
            texts = str(value).split(";") if spec.value is Value.TAGS else [str(value)]
            sheet.write_string(row, index, ";".join(label(text, known) for text in texts), formats["text"])
        case _:
            sheet.write_string(row, index, str(value), formats["text"])


def _write_notes(
    book: Workbook,
    columns: Mapping[str, Sequence[ColumnSpec]],
    policy: Policy,
    notes: Sequence[str],
    formats: Mapping[str, Format],
) -> None:
    """What the workbook is, then each table and column: names, unit, whether it must be filled, meaning, rule."""
    sheet = book.add_worksheet(say("scenario.notes.sheet", "zh"))
    for index, width in enumerate((10, 16, 22, 14, 16, 50, 60, 60)):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, notes[0], formats["title"])
    for number, note in enumerate(notes[1:], start=1):
        sheet.merge_range(number, 0, number, 7, note, formats["wrap"])
        sheet.set_row(number, 32)
    heads = [say(f"scenario.notes.{head}", "zh") for head in HEADS] if columns else []
    lines = [line for table, specs in columns.items() for line in _explain(TABLE[table], specs, policy)]
    for number, line in enumerate([heads, *lines], start=len(notes) + 1):
        for index, text in enumerate(line):
            sheet.write_string(number, index, text, formats["head" if line is heads else "wrap"])


def _explain(table: TableSpec, specs: Sequence[ColumnSpec], policy: Policy) -> list[list[str]]:
    """One line for the table, one for each of its columns, in the order of `HEADS`."""
    about = [table.zh, "", table.name, "", "", table.explanation("zh"), table.explanation("en"), ""]
    return [about, *([table.zh, *_explain_column(spec, policy)] for spec in specs)]


def _explain_column(spec: ColumnSpec, policy: Policy) -> list[str]:
    fill = say(f"scenario.notes.{'always' if spec.filled else 'needed' if spec.required else 'open'}", "zh")
    meaning = [_meaning(spec, policy, language) for language in LANGUAGES]
    return [spec.zh, spec.name, spec.unit("zh"), fill, *meaning, _rule(spec, policy)]


def _meaning(spec: ColumnSpec, policy: Policy, language: Language) -> str:
    """What a column is for; of tags also which ones there are, since no drop-down offers several at once."""
    if spec.value is not Value.TAGS:
        return spec.explanation(language)
    known, opening = choices(policy)[Value.TAGS], [access.tag for access in policy.access]
    written = {tag: label(tag, known) if language == "zh" else tag for tag in known}
    between = "、" if language == "zh" else ", "
    pool = between.join(written[tag] for tag in opening)
    others = between.join(text for tag, text in written.items() if tag not in opening)
    return f"{spec.explanation(language)}{say('scenario.notes.tags', language, pool=pool, others=others)}"


def _rule(spec: ColumnSpec, policy: Policy) -> str:
    """The rule behind a column, in one sentence; or that this policy reads the column for no rule."""
    if spec.rule not in policy.rules:
        return say("scenario.notes.not_applied", "zh", rule=spec.rule)
    rule = rules.find(spec.rule)
    return f"{rule.sentence['zh']}（{rule.cited('zh')}）"
