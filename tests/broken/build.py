"""Builds a scenario folder from the small valid one and the description of what is broken in it.

A description names nothing but data: cells, sheets, merged or hidden ranges, parts of the workbook's zip, whole files,
and texts to be exchanged in `scenario.toml`. README.md lists its keys.
"""

import csv
import io
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

HERE = Path(__file__).parent
Cause = Mapping[str, Any]
Rows = list[list[Any]]


def described(name: str) -> dict[str, Any]:
    """One file of descriptions."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


BASE = described("base.toml")


def build(folder: Path, cause: Cause) -> None:
    """Write the scenario that `cause` describes into `folder`."""
    (folder / "scenario.toml").write_bytes(scenario(cause))
    form = cause.get("form", "xlsx")
    tables: dict[str, bytes] = {}
    if form == "csv":
        tables = {f"data/{name}.csv": as_csv(rows) for name, rows in sheets(cause).items()}
    elif form == "xlsx":
        tables = {"data.xlsx": with_parts(workbook(cause), cause.get("part", {}))}
    files = tables | {name: content(how, tables.get(name, b"")) for name, how in cause.get("file", {}).items()}
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            path.mkdir()
        else:
            path.write_bytes(data)
    for name in cause.get("without", ()):
        (folder / name).unlink()


def scenario(cause: Cause) -> bytes:
    """`scenario.toml`, with `scenario` = pairs of old and new text, or with `set` added at its end."""
    text = BASE["scenario"].lstrip()
    if cause.get("form") in ("csv", "parquet"):
        text = text.replace("data.xlsx", "data")
    for old, new in cause.get("scenario", ()):
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the base"
        text = text.replace(old, new)
    if settings := cause.get("set"):
        text += "\n[set]\n" + "".join(f'"{path}" = "{value}"\n' for path, value in settings.items())
    return text.encode()


def sheets(cause: Cause) -> dict[str, Rows]:
    """The rows of every sheet: `sheet` replaces or adds whole ones, `rename` renames,
    `insert_row` inserts empty rows, `cells` then changes single cells."""
    rows: dict[str, Rows] = {name: [list(row) for row in base] for name, base in BASE["sheets"].items()}
    rows |= {name: [list(row) for row in written] for name, written in cause.get("sheet", {}).items()}
    names = cause.get("rename", {})
    rows = {names.get(name, name): written for name, written in rows.items()}
    for where in cause.get("insert_row", ()):  # "projects!2"
        name, _, number = where.partition("!")
        rows[name].insert(int(number) - 1, [])
    for where, value in cause.get("cells", {}).items():
        name, _, address = where.partition("!")
        column, row = position(address)
        while len(rows[name]) < row:
            rows[name].append([])
        line = rows[name][row - 1]
        line += [""] * (column - len(line))
        line[column - 1] = value
    return rows


def position(address: str) -> tuple[int, int]:
    """Column and row of an address, from 1."""
    letters, row = coordinate_from_string(address)
    return column_index_from_string(letters), row


def as_csv(rows: Rows) -> bytes:
    """These rows as a CSV file."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def workbook(cause: Cause) -> bytes:
    """`data.xlsx`; texts stay texts, and a text that begins with `=` is a formula without a stored result."""
    book = Workbook()
    del book["Sheet"]
    for name, rows in sheets(cause).items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value != "":
                    write(sheet.cell(number, column), value)
    for where in cause.get("merge", ()):
        name, _, area = where.partition("!")
        book[name].merge_cells(area)
    for where in cause.get("hide", ()):  # "projects!3", "projects!F", "projects"
        name, _, line = where.partition("!")
        if not line:
            book[name].sheet_state = "hidden"
        elif line.isdigit():
            book[name].row_dimensions[int(line)].hidden = True
        else:
            book[name].column_dimensions[get_column_letter(column_index_from_string(line))].hidden = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def write(cell: Cell, value: Any) -> None:
    """One value as a spreadsheet program would store it."""
    cell.value = value
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"


def with_parts(data: bytes, changes: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A workbook with parts of its zip changed: `old` to `new` in one that is there, else a new one from `text`."""
    if not changes:
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, bytes] = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        text = repeated(change)
        if "old" in change:
            assert parts[name].decode().count(change["old"]) == 1, f"{change['old']!r} in {name}"
            text = parts[name].decode().replace(change["old"], change.get("new", text.decode())).encode()
        parts[name] = text
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def repeated(change: Mapping[str, Any]) -> bytes:
    """`text` written `times` times between `before` and `after`; `{n}` in it counts from `first`."""
    text, times, first = change.get("text", ""), change.get("times", 1), change.get("first", 1)
    numbers: Sequence[int] = range(first, first + times)
    inner = "".join(text.replace("{n}", str(n)) for n in numbers) if "{n}" in text else text * times
    return (change.get("before", "") + inner + change.get("after", "")).encode()


def content(how: Mapping[str, Any], before: bytes) -> bytes | None:
    """A whole file: bytes in `hex`, then `text` in `encoding`, or what stood there without its last `cut` bytes, or
    with `old` exchanged for `new`; None for a folder."""
    if how.get("folder"):
        return None
    if "cut" in how:
        return before[: -how["cut"]]
    encoding = how.get("encoding", "utf-8")
    if "old" in how:
        assert before.decode().count(how["old"]) == 1, f"{how['old']!r}"
        return before.decode().replace(how["old"], how["new"]).encode(encoding)
    if "keep" in how:  # what stood there, in another encoding
        return bytes.fromhex(how.get("hex", "")) + before.decode().encode(encoding)
    return bytes.fromhex(how.get("hex", "")) + how.get("text", "").encode(encoding)
