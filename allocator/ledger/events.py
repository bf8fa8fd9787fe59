"""The file of events: a CSV file, or the sheet `events` (事件), else the first, of a workbook.

It is read by the readers of scenarios: the same encodings, separators, headers, units and days, and the same words
about what is wrong. Whether an event suits the books is decided in `effects`.
"""

from dataclasses import dataclass
from pathlib import Path

from allocator.intake.columns import EVENTS, Value
from allocator.intake.csv_folder import read_csv_files
from allocator.intake.findings import Findings
from allocator.intake.grid import Book, Sheet
from allocator.intake.headers import read_header
from allocator.intake.nearest import folded
from allocator.intake.open import CSV, WORKBOOK
from allocator.intake.roles import plain_name
from allocator.intake.rows import Row, read_rows
from allocator.intake.vocabulary import EVENTS as KINDS
from allocator.ledger.event import Event, EventKind
from allocator.problems import InputRejected, Place, Problem, Severity, errors

VOCABULARY = {Value.EVENT: {folded(text): kind for kind, texts in KINDS.items() for text in (*texts, kind)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a file of events says, in the order of its rows, and what its readers had to say of it."""

    events: tuple[Event, ...]
    notes: tuple[Problem, ...]


def read_events(path: Path) -> tuple[Event, ...]:
    """The events of a file, in the order of its rows; raises `InputRejected` with every problem of the file."""
    return read_reported(path).events


def read_reported(path: Path) -> Reported:
    """The same, with the warnings and notes of reading it."""
    book = _open(path)
    findings = Findings(book.notes)
    sheet = _choose(book.sheets, findings)
    rows: tuple[Row, ...] = ()
    if head := read_header(sheet, EVENTS, findings):
        rows = read_rows(sheet, head, VOCABULARY, findings)
    problems = findings.in_file_order(book.sheets)
    if errors(problems):
        raise InputRejected(problems)
    return Reported(events=tuple(map(_event, rows)), notes=problems)


def _open(path: Path) -> Book:
    """All sheets of the file; the reader of workbooks is loaded for a workbook only."""
    suffix = path.suffix.lower()
    if suffix == WORKBOOK:
        from allocator.intake.workbook import read_workbook

        return read_workbook(path, path.name)
    if suffix == CSV:
        return read_csv_files([path], "")
    place = Place(file=path.name)
    raise InputRejected([Problem(code="EVENTS_FILE", severity=Severity.ERROR, place=place, value=suffix or "-")])


def _choose(sheets: tuple[Sheet, ...], findings: Findings) -> Sheet:
    """The sheet that bears the table's name, else the first."""
    names = {plain_name(name) for name in (EVENTS.name, EVENTS.zh, *EVENTS.synonyms)}
    named = [sheet for sheet in sheets if plain_name(sheet.name) in names]
    chosen = named[0] if named else sheets[0]
    place = Place(file=chosen.file, sheet=chosen.name)
    if len(named) > 1:
        other = Place(file=named[1].file, sheet=named[1].name)
        findings.error("SHEET_TWICE", place, chosen.name, other=other, table=EVENTS.title)
    elif not named and len(sheets) > 1:
        findings.note("EVENTS_FIRST_SHEET", place, chosen.name, count=len(sheets))
    if chosen.hidden:
        findings.warn("SHEET_HIDDEN", place, chosen.name)
    return chosen


def _event(row: Row) -> Event:
    got = row.values.get
    return Event(
        occurred_on=row.values["occurred_on"],
        kind=EventKind(row.values["kind"]),
        project_id=got("project_id") or "",
        quantity=got("quantity_mu"),
        document=got("document") or "",
        note=got("note") or "",
        place=row.cells["occurred_on"],
        cells=dict(row.cells),
    )
