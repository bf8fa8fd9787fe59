"""Days in cells: real dates, and texts that can only mean one day."""

import re
from datetime import date, timedelta

from allocator.intake.figures import narrowed
from allocator.intake.grid import Cell, CellKind
from allocator.intake.readings import Reading, Refusal, note

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheet serial numbers from 61 on; 60 is 29 February 1900, which never was."""

_TIME = r"(?:[T\s]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?"
DAY = re.compile(rf"(?P<y>[0-9]{{4}})(?P<sep>[-/.])(?P<m>[0-9]{{1,2}})(?P=sep)(?P<d>[0-9]{{1,2}}){_TIME}")
CHINESE_DAY = re.compile(rf"(?P<y>[0-9]{{4}})\s*年\s*(?P<m>[0-9]{{1,2}})\s*月\s*(?P<d>[0-9]{{1,2}})\s*[日号]?{_TIME}")
SHORT_YEAR = re.compile(r"[0-9]{1,2}\s*(?:[-/.]\s*[0-9]{1,2}\s*[-/.]\s*[0-9]{1,2}|年.*)")
INCOMPLETE = re.compile(
    r"[0-9]{4}\s*年?|(?:[0-9]{4}\s*[-/.年]\s*)?[0-9]{1,2}\s*月?|[0-9]{1,2}\s*月\s*[0-9]{1,2}\s*[日号]?"
)
SERIAL = re.compile(r"[0-9]{5}(?:\.[0-9]+)?")


def read_date(cell: Cell) -> Reading:
    """The day in a cell; a time of day is dropped with a note; raises `Refusal` for anything doubtful."""
    if cell.kind is CellKind.BOOLEAN:
        raise Refusal("NOT_A_DATE")
    text = narrowed(cell.text)
    if SERIAL.fullmatch(text):
        raise Refusal("DATE_SERIAL", day=str(SERIAL_ZERO + timedelta(days=int(text.split(".")[0]))))
    match = DAY.fullmatch(text) or CHINESE_DAY.fullmatch(text)
    if match is None:
        raise Refusal(_reason(text, cell.kind))
    try:
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        raise Refusal("NO_SUCH_DAY") from None
    if not EARLIEST <= day <= LATEST:
        raise Refusal("DATE_OUT_OF_RANGE", earliest=str(EARLIEST), latest=str(LATEST))
    if match["time"] and match["time"].strip("0:."):
        return Reading(day, (note("TIME_DROPPED", read=str(day)),))
    return Reading(day)


def _reason(text: str, kind: CellKind) -> str:
    """The code that says why a text is not a day."""
    if SHORT_YEAR.fullmatch(text):
        return "DATE_SHORT_YEAR"
    if kind is not CellKind.NUMBER and INCOMPLETE.fullmatch(text):
        return "DATE_INCOMPLETE"
    return "NOT_A_DATE"
