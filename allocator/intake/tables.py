"""Records from rows: the cells of a book become the tables that the steps read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from allocator.checks import check
from allocator.intake.columns import TABLE, TABLES, Value
from allocator.intake.counties import CountyNames
from allocator.intake.findings import Findings
from allocator.intake.grid import Book, Sheet
from allocator.intake.headers import Head, read_header
from allocator.intake.roles import find_sheets
from allocator.intake.rows import Row, first_row, read_rows
from allocator.intake.sheets import is_empty
from allocator.intake.vocabulary import readings
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, errors
from allocator.quantities import Indicator
from allocator.records import (
    CRITERIA,
    Account,
    Application,
    County,
    CountyCode,
    Kind,
    Level,
    Listing,
    Penalty,
    Phase,
    Pin,
    Tables,
    Trade,
)

NEEDS = {
    spec.name: Indicator(spec.name.rpartition("_")[0])
    for spec in TABLE["projects"].columns
    if spec.value is Value.QUANTITY and spec.name.rpartition("_")[0] in set(Indicator) - {Indicator.PLAN}
}
"""The columns of needs other than plan: `area_mu`, `paddy_mu`, `capacity_kg`, `boundary_mu`, `pbf_mu`."""


def build_tables(book: Book, policy: Policy) -> Tables:
    """The records of a book in canonical order; raises `InputRejected` with every problem, sorted as in the files.

    Warnings and notes, the readers' own included, end in `Tables.notes` in the same order.
    """
    findings = Findings(book.notes)
    heads = _heads(find_sheets(book, findings), findings)
    vocabulary = readings(policy)
    rows = {name: read_rows(sheet, head, vocabulary, findings) for name, (sheet, head) in heads.items()}
    tables = _records(rows, {name: head for name, (_, head) in heads.items()}, book, findings)
    for problem in check(tables, policy):
        findings.take(problem)
    problems = findings.in_file_order(book.sheets)
    if errors(problems):
        raise InputRejected(problems)
    return replace(tables, notes=problems)


def _heads(sheets: Mapping[str, Sheet], findings: Findings) -> dict[str, tuple[Sheet, Head]]:
    """Sheet and header of every table that holds rows, in the order of `TABLES`."""
    heads: dict[str, tuple[Sheet, Head]] = {}
    for table in TABLES:
        sheet = sheets.get(table.name)
        if sheet is None:
            continue
        place = Place(file=sheet.file, sheet=sheet.name)
        head = None if is_empty(sheet) else read_header(sheet, table, findings)
        first = first_row(sheet, head) if head else None
        if head and (first is not None or table.tells_when_empty):
            heads[table.name] = sheet, head
        elif table.name == "projects" and (head or is_empty(sheet)):
            findings.error("TABLE_EMPTY", place, table=table.title)
        elif head or is_empty(sheet):
            findings.warn("TABLE_UNUSED", place, table=table.title)
    return heads


def _records(rows: Mapping[str, tuple[Row, ...]], heads: Mapping[str, Head], book: Book, findings: Findings) -> Tables:
    """Records of every row whose key could be read, whatever else is wrong with it."""
    counties = [_county(row) for row in rows.get("counties", ()) if row.values.get("county")]
    names = CountyNames(counties, complete=len(counties) == len(rows.get("counties", ())))
    applications = [
        _application(row, names.code(row, findings, TABLE["projects"]["county"].rule))
        for row in rows.get("projects", ())
        if row.values.get("project_id")
    ]
    accounts = [
        _account(row, names.code(row, findings, TABLE["accounts"]["county"].rule))
        for row in rows.get("accounts", ())
        if row.values.get("account_id") and row.values.get("indicator") and row.values.get("kind")
    ]
    trades = [
        _trade(row) for row in rows.get("trades", ()) if all(row.values.get(c) for c in ("traded_on", "indicator"))
    ]
    lists = [_listing(row) for row in rows.get("lists", ()) if row.values.get("project_id")]
    phases = [_phase(row) for row in _whole(rows.get("phases", ()), findings)]
    pins = [_pin(row) for row in rows.get("pins", ()) if row.values.get("project_id") and row.values.get("pin")]
    penalties = [
        _penalty(row, names.code(row, findings, TABLE["penalties"]["county"].rule))
        for row in rows.get("penalties", ())
        if row.values.get("county") and row.values.get("cut_mu") is not None
    ]
    return Tables(
        applications=tuple(sorted(applications, key=lambda a: a.project_id)),
        counties=tuple(sorted(counties, key=lambda c: c.code)),
        accounts=tuple(sorted(accounts, key=lambda a: a.account_id)),
        trades=tuple(sorted(trades, key=lambda t: (t.traded_on, t.indicator, t.quantity, t.unit_price_yuan))),
        lists=tuple(sorted(lists, key=lambda item: (item.project_id, item.list, item.document))),
        phases=tuple(sorted(phases, key=lambda phase: (phase.project_id, phase.phase))),
        pins=tuple(sorted(pins, key=lambda pin: (pin.project_id, pin.pin, pin.reason, pin.document))),
        penalties=tuple(sorted(penalties, key=lambda p: (p.county, p.cut, p.type, p.document))),
        columns={name: frozenset(column.spec.name for column in head.columns) for name, head in heads.items()},
        sources=book.sources,
    )


def _application(row: Row, county: CountyCode) -> Application:
    got = row.values.get
    level = got("level")
    scores = {name: got(f"{name}_score") for name in CRITERIA}
    return Application(
        project_id=row.values["project_id"],
        county=county,
        category=got("category") or "",
        plan=got("plan_mu") or 0,
        name=got("name") or "",
        sector=got("sector"),
        level=Level(level) if level else None,
        rank=got("rank"),
        overall_rank=got("overall_rank"),
        band=got("band"),
        materials_complete=got("materials_complete"),
        min_area=got("min_area_mu"),
        ledger=got("ledger_mu"),
        needs=_needs(row),
        tags=got("tags") or frozenset(),
        enterprise_class=got("enterprise_class"),
        score=got("score"),
        criteria={name: score for name, score in scores.items() if score is not None},
        investment_wan=got("investment_wan"),
        filed_on=got("filed_on"),
        place=row.cells["project_id"],
        cells=row.cells,
    )


def _needs(row: Row) -> Mapping[Indicator, int]:
    """What a project, or a phase of it, needs besides plan."""
    got = row.values.get
    return {indicator: got(column, 0) for column, indicator in NEEDS.items() if got(column)}


def _county(row: Row) -> County:
    got = row.values.get
    return County(
        code=row.values["county"],
        name=got("name") or "",
        disposal_task=got("disposal_task_mu"),
        disposal_done=got("disposal_done_mu"),
        negative_list_until=got("negative_list_until"),
        evaluation_score=got("evaluation_score"),
        place=row.cells["county"],
        cells=row.cells,
    )


def _account(row: Row, county: CountyCode) -> Account:
    got = row.values.get
    return Account(
        account_id=row.values["account_id"],
        indicator=row.values["indicator"],
        kind=Kind(row.values["kind"]),
        county=county,
        balance=got("balance") or 0,
        allotted=got("allotted"),
        used=got("used"),
        cumulative_pooled=got("cumulative_pooled"),
        place=row.cells["account_id"],
        cells=row.cells,
    )


def _trade(row: Row) -> Trade:
    got = row.values.get
    return Trade(
        traded_on=row.values["traded_on"],
        indicator=row.values["indicator"],
        quantity=got("quantity") or 0,
        unit_price_yuan=got("unit_price_yuan") or Fraction(0),
        place=row.cells["traded_on"],
        cells=row.cells,
    )


def _listing(row: Row) -> Listing:
    got = row.values.get
    return Listing(
        list=got("list") or "",
        project_id=row.values["project_id"],
        document=got("document") or "",
        place=row.cells["project_id"],
        cells=row.cells,
    )


def _whole(rows: Sequence[Row], findings: Findings) -> Iterator[Row]:
    """The rows of every project whose phases could all be read: of others neither number nor sum would be true."""
    projects = [row.values.get("project_id") for row in rows]
    broken = {
        project
        for project, row in zip(projects, rows, strict=True)
        if not row.values.get("phase") or any(findings.refused(place) for place in row.cells.values())
    }
    if None not in projects:
        yield from (row for project, row in zip(projects, rows, strict=True) if project not in broken)


def _phase(row: Row) -> Phase:
    return Phase(
        project_id=row.values["project_id"],
        phase=row.values["phase"],
        plan=row.values.get("plan_mu") or 0,
        needs=_needs(row),
        place=row.cells["project_id"],
        cells=row.cells,
    )


def _pin(row: Row) -> Pin:
    got = row.values.get
    return Pin(
        project_id=row.values["project_id"],
        pin=row.values["pin"],
        reason=got("reason") or "",
        document=got("document") or "",
        place=row.cells["project_id"],
        cells=row.cells,
    )


def _penalty(row: Row, county: CountyCode) -> Penalty:
    got = row.values.get
    return Penalty(
        county=county,
        cut=row.values["cut_mu"],
        type=got("type") or "",
        document=got("document") or "",
        place=row.cells["county"],
        cells=row.cells,
    )
