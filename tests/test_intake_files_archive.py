"""What is refused before any parser sees it: a workbook as a file."""

import zipfile
from pathlib import Path

import pytest
from workbook_parts import MAIN, packed, parts, read, refused_bytes, sheet, told

from allocator.intake import archive
from allocator.intake.contents import OLE
from allocator.words import say

GOOD = parts(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'))


def test_the_workbook_that_the_hostile_ones_are_made_from_is_read(tmp_path: Path) -> None:
    book = read(tmp_path, packed(GOOD))
    assert [(c.address, c.text) for row in book.sheets[0].rows for c in row] == [("A1", "1")]
    assert (book.notes, book.sources[0].name, book.sources[0].reader[:9]) == ((), "data.xlsx", "openpyxl ")


@pytest.mark.parametrize(
    ("data", "code", "looks"),
    [
        ("项目编号,用地\nP1,3\n".encode(), "WORKBOOK_NOT_ZIP", "CSV / text"),
        ("项目编号,用地\nP1,3\n".encode("gb18030"), "WORKBOOK_NOT_ZIP", "CSV / text"),
        (b"\xef\xbb\xbf <html><table></table></html>", "WORKBOOK_NOT_ZIP", "HTML / XML"),
        (b"%PDF-1.7", "WORKBOOK_NOT_ZIP", "PDF"),
        (b"PAR1....PAR1", "WORKBOOK_NOT_ZIP", "Parquet"),
        (b"\x00\x01\x02\x03", "WORKBOOK_NOT_ZIP", "?"),
        (OLE + b"\0" * 600 + "Workbook".encode("utf-16-le"), "WORKBOOK_LEGACY", None),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "WORKBOOK_ENCRYPTED", None),
        (packed(GOOD)[:-40], "WORKBOOK_TRUNCATED", None),
        (b"", "FILE_EMPTY", None),
    ],
)
def test_a_file_that_is_no_workbook_is_told_what_it_is(
    tmp_path: Path, data: bytes, code: str, looks: str | None
) -> None:
    (problem,) = refused_bytes(tmp_path, data)
    assert (problem.code, str(problem.place), problem.facts.get("looks")) == (code, "data.xlsx", looks)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("xl/workbook.bin", "[Content_Types].xml"), "WORKBOOK_OTHER_FORMAT"),
        (("mimetype", "content.xml"), "WORKBOOK_OTHER_FORMAT"),
        (("[Content_Types].xml", "word/document.xml"), "WORKBOOK_INCOMPLETE"),
        (("xl/workbook.xml",), "WORKBOOK_INCOMPLETE"),
        ((*GOOD, "xl/vbaProject.bin"), "WORKBOOK_MACROS"),
        ((*GOOD, "xl/../../evil.xml"), "WORKBOOK_PART_NAME"),
        ((*GOOD, "/etc/passwd"), "WORKBOOK_PART_NAME"),
        ((*GOOD, "C:\\evil.xml"), "WORKBOOK_PART_NAME"),
        ((*GOOD, "..\\evil.xml"), "WORKBOOK_PART_NAME"),
        ((*GOOD, "XL/Worksheets/Sheet1.xml"), "WORKBOOK_PART_TWICE"),
    ],
)
def test_a_zip_with_the_wrong_parts_is_refused(tmp_path: Path, names: tuple[str, ...], code: str) -> None:
    problems = refused_bytes(tmp_path, packed({name: GOOD.get(name, "<x/>") for name in names}))
    assert told(problems) == [(code, "data.xlsx")]


def test_a_part_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = [*GOOD.items(), ("xl/worksheets/sheet1.xml", sheet(""))]
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = packed(twice)
    assert told(refused_bytes(tmp_path, data)) == [("WORKBOOK_PART_TWICE", "data.xlsx")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "declaration",
    ['<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY b "&a;&a;">]>'],
)
def test_a_document_type_is_refused_in_any_encoding(tmp_path: Path, encoding: str, declaration: str) -> None:
    name = "xl/worksheets/sheet1.xml"
    problems = refused_bytes(tmp_path, packed({**GOOD, name: (declaration + GOOD[name]).encode(encoding)}))
    assert [(problem.code, problem.value) for problem in problems] == [("WORKBOOK_ENTITY", name)]


def test_a_document_type_cut_by_the_end_of_a_chunk_is_found(tmp_path: Path) -> None:
    late = "<a>" + " " * (2**20 - 7) + "<!DOCTYPE x><b/></a>"
    problems = refused_bytes(tmp_path, packed({**GOOD, "xl/odd.xml": late}))
    assert [(problem.code, problem.value) for problem in problems] == [("WORKBOOK_ENTITY", "xl/odd.xml")]


def test_a_picture_may_declare_a_document_type(tmp_path: Path) -> None:
    assert read(tmp_path, packed({**GOOD, "xl/media/image1.svg": "<!DOCTYPE svg><svg/>"})).sheets


@pytest.mark.parametrize("count", ["4000000000", "9" * 18])
def test_a_false_count_of_texts_is_refused(tmp_path: Path, count: str) -> None:
    strings = f'<sst xmlns="{MAIN}" count="1" uniqueCount="{count}"><si><t>x</t></si></sst>'
    problems = refused_bytes(tmp_path, packed(parts(sheet(""), strings=strings)))
    assert [(p.code, p.value) for p in problems] == [("WORKBOOK_FALSE_COUNT", "xl/sharedStrings.xml")]


@pytest.mark.parametrize("filler", [b"\0" * 2**20, b"<c/>" * 2**18])
def test_a_zip_bomb_stops_at_the_limit(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, text in GOOD.items():
            bomb.writestr(name, text)
        with bomb.open("xl/bomb.xml", "w") as part:
            for _ in range(64):
                part.write(filler)
    problems = refused_bytes(tmp_path, path.read_bytes())
    assert [(problem.code, problem.value) for problem in problems] == [("WORKBOOK_BOMB", "xl/bomb.xml")]


@pytest.mark.parametrize(("limit", "amount"), [("UNPACKED_BYTES", 2**20), ("TAGS", 1_000)])
def test_many_parts_below_the_ratio_are_stopped_by_their_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, amount: int
) -> None:
    monkeypatch.setattr(archive, limit, amount)
    content = {**GOOD, **{f"xl/part{n}.xml": "<c/>" * (amount // 9) for n in range(10)}}
    ((code, part),) = ((problem.code, problem.value) for problem in refused_bytes(tmp_path, packed(content)))
    assert code == "WORKBOOK_TOO_LARGE"
    assert part > "xl/part1.xml"


def test_a_directory_of_countless_parts_is_not_even_opened(tmp_path: Path) -> None:
    data = packed(GOOD) + b"PK\x01\x02" * 10_001
    assert told(refused_bytes(tmp_path, data)) == [("WORKBOOK_TOO_LARGE", "data.xlsx")]


def test_a_damaged_part_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "stored.zip", "w", zipfile.ZIP_STORED) as bomb:
        for name, text in GOOD.items():
            bomb.writestr(name, text)
    data = (tmp_path / "stored.zip").read_bytes().replace(b"<v>1</v>", b"<v>7</v>")
    problems = refused_bytes(tmp_path, data)
    assert [(problem.code, problem.value) for problem in problems] == [("WORKBOOK_DAMAGED", "xl/worksheets/sheet1.xml")]


def test_an_encrypted_part_is_a_password(tmp_path: Path) -> None:
    data = bytearray(packed(GOOD))
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    assert told(refused_bytes(tmp_path, bytes(data))) == [("WORKBOOK_ENCRYPTED", "data.xlsx")]


def test_strict_open_xml_is_named_as_such(tmp_path: Path) -> None:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    content = {name: text.replace(MAIN, strict) for name, text in GOOD.items()}
    assert {problem.code for problem in refused_bytes(tmp_path, packed(content))} == {"WORKBOOK_STRICT"}


def test_all_that_is_wrong_with_an_archive_is_said_at_once(tmp_path: Path) -> None:
    content = {**GOOD, "xl/vbaProject.bin": "x", "../evil.xml": "<!DOCTYPE x><x/>"}
    codes = {problem.code for problem in refused_bytes(tmp_path, packed(content))}
    assert codes == {"WORKBOOK_MACROS", "WORKBOOK_PART_NAME", "WORKBOOK_ENTITY"}


def test_a_refusal_says_why_and_what_to_do_in_both_languages(tmp_path: Path) -> None:
    (problem,) = refused_bytes(tmp_path, b"a,b\n")
    words = {
        (part, language): say(f"problems.{problem.code}.{part}", language, value=problem.value, **problem.facts)
        for part in ("why", "do")
        for language in ("zh", "en")
    }
    assert "CSV / text" in words["why", "en"]
    assert "另存为" in words["do", "zh"]
