"""Builds small workbooks part by part, so that a test can write what no spreadsheet program would."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from allocator.intake.grid import Book, Cell
from allocator.intake.open import open_book
from allocator.problems import InputRejected, Problem

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def sheet(rows: str, *, before: str = "", after: str = "") -> str:
    """The XML of a sheet around its rows."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def parts(
    *sheets: str, strings: str = f'<sst xmlns="{MAIN}"/>', state: str = "visible", extra: str = ""
) -> dict[str, str]:
    """The parts of a workbook whose sheets are called S1, S2 and so on."""
    numbers = range(1, len(sheets) + 1)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{KIND}.worksheet+xml"/>' for n in numbers
    )
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="rId{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{extra}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><fonts><font/></fonts><fills><fill><patternFill/>'
        "</fill></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": strings,
        **{f"xl/worksheets/sheet{n}.xml": xml for n, xml in zip(numbers, sheets, strict=True)},
    }


def packed(content: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]) -> bytes:
    """These parts as a zip; a list may name a part twice."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items() if isinstance(content, Mapping) else content:
            archive.writestr(name, text)
    return stream.getvalue()


def read(folder: Path, data: bytes) -> Book:
    """The book that these bytes are, as `data.xlsx` in `folder`."""
    path = folder / "data.xlsx"
    path.write_bytes(data)
    return open_book(path)


def refused(path: Path) -> tuple[Problem, ...]:
    """The problems for which intake rejects what stands at `path`; fails when it does not."""
    try:
        book = open_book(path)
    except InputRejected as rejected:
        return rejected.problems
    raise AssertionError(f"{path} was read: {book}")


def refused_bytes(folder: Path, data: bytes) -> tuple[Problem, ...]:
    """The problems for which these bytes are rejected as `data.xlsx`."""
    (folder / "data.xlsx").write_bytes(data)
    return refused(folder / "data.xlsx")


def told(problems: Sequence[Problem]) -> list[tuple[str, str]]:
    """Code and place of each problem."""
    return [(problem.code, str(problem.place)) for problem in problems]


def cell(book: Book, where: str) -> Cell:
    """The cell of the first sheet at an address."""
    return next(cell for row in book.sheets[0].rows for cell in row if cell.address == where)
