"""Looks into a workbook's zip before any parser may, and says why it should not.

Streams every part once within fixed limits and never believes a declared size, so a hostile file costs what the
limits allow. Knows nothing of sheets and cells; a cell placed absurdly far away is the reader's to refuse.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from lzma import LZMAError
from zipfile import BadZipFile, ZipFile, ZipInfo

from allocator.intake.contents import OLE, PARQUET, ZIP, Contents
from allocator.intake.file_problems import error
from allocator.intake.limits import PACKED_RATIO, PARTS, RATIO_FROM_BYTES, TAGS, UNPACKED_BYTES
from allocator.problems import Problem

CHUNK = 2**20
OVERLAP = 512  # bytes looked at again, so that a mark cut by a chunk's end is found
DAMAGE = (BadZipFile, zlib.error, LZMAError, struct.error, EOFError, OSError, NotImplementedError, ValueError)
ENCRYPTED = 0x1  # bit of a zip entry's flags
CONTENT_TYPES = "[content_types].xml"
SMALLEST_STRING = len("<si/>")
PICTURES = "xl/media/"  # drawings in SVG may lawfully declare a document type
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"

_BOOK = re.compile(r"(?:^|/)workbook\w*\.xml$")
_COUNT = re.compile(rb"<(?:\w+:)?sst\s[^<>]*\buniqueCount\s*=\s*[\"'](\d{1,18})")
_MARKUP = re.compile(rb"\s*<")


def find_archive_problems(contents: Contents) -> tuple[Problem, ...]:
    """All that forbids handing these bytes to a reader of workbooks; empty when nothing does."""
    data = contents.data
    if not data.startswith(ZIP):
        return (_name_what_it_is(contents),)
    if data.count(b"PK\x01\x02") > PARTS:
        return (error("WORKBOOK_TOO_LARGE", contents.place, limit=f"{PARTS:,} parts"),)
    try:
        archive = ZipFile(io.BytesIO(data))
    except DAMAGE:
        return (error("WORKBOOK_TRUNCATED", contents.place),)
    with archive:
        refused = (*_find_name_problems(contents, archive), *_find_kind_problems(contents, archive))
        return (*refused, *_find_part_problems(contents, archive))


def _name_what_it_is(contents: Contents) -> Problem:
    """What a file without a zip's first bytes really is, as far as its own first bytes tell."""
    data, place = contents.data, contents.place
    if data.startswith(OLE):
        protected = "EncryptedPackage".encode("utf-16-le") in data
        return error("WORKBOOK_ENCRYPTED" if protected else "WORKBOOK_LEGACY", place)
    head = data[:CHUNK]
    if head.startswith(PARQUET):
        return error("WORKBOOK_NOT_ZIP", place, looks="Parquet")
    if head.startswith(b"%PDF"):
        return error("WORKBOOK_NOT_ZIP", place, looks="PDF")
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return error("WORKBOOK_NOT_ZIP", place, looks="HTML / XML")
    if b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return error("WORKBOOK_NOT_ZIP", place, looks="CSV / text")
    return error("WORKBOOK_NOT_ZIP", place, looks="?")


def _find_name_problems(contents: Contents, archive: ZipFile) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in archive.namelist():
        steps = name.replace("\\", "/").split("/")
        if steps[0] == "" or ".." in steps or ":" in name:
            yield error("WORKBOOK_PART_NAME", contents.place, name)
        if name.casefold() in seen:  # part names are equal without regard to case
            yield error("WORKBOOK_PART_TWICE", contents.place, name)
        seen.add(name.casefold())


def _find_kind_problems(contents: Contents, archive: ZipFile) -> Iterator[Problem]:
    """What kind of document the parts make: only a plain workbook passes."""
    names = {name.casefold().replace("\\", "/") for name in archive.namelist()}
    if "xl/workbook.bin" in names:
        yield error("WORKBOOK_OTHER_FORMAT", contents.place, format=".xlsb")
    elif "mimetype" in names and "content.xml" in names:
        yield error("WORKBOOK_OTHER_FORMAT", contents.place, format=".ods")
    elif missing := [
        part
        for part, there in (
            ("[Content_Types].xml", CONTENT_TYPES in names),
            ("xl/workbook.xml", any(map(_BOOK.search, names))),
        )
        if not there
    ]:
        yield error("WORKBOOK_INCOMPLETE", contents.place, missing=", ".join(missing))
    if any(name.endswith("vbaproject.bin") for name in names):
        yield error("WORKBOOK_MACROS", contents.place)


def _find_part_problems(contents: Contents, archive: ZipFile) -> Iterator[Problem]:
    """Unpacks every part once; stops at the first that goes beyond a limit."""
    spent = _Spent()
    for entry in archive.infolist():
        if entry.flag_bits & ENCRYPTED:
            yield error("WORKBOOK_ENCRYPTED", contents.place)
            return
        try:
            for code in _scan(archive, entry, spent):
                yield error(code, contents.place, entry.filename)
        except _OverLimit as over:
            yield error(over.code, contents.place, entry.filename, limit=over.limit)
            return
        except DAMAGE as cause:
            yield error("WORKBOOK_DAMAGED", contents.place, entry.filename, detail=cause)


@dataclass(slots=True)
class _Spent:
    """What the parts of one archive have cost so far."""

    unpacked: int = 0
    tags: int = 0


class _OverLimit(Exception):
    def __init__(self, code: str, limit: str) -> None:
        self.code, self.limit = code, limit
        super().__init__(code, limit)


def _scan(archive: ZipFile, entry: ZipInfo, spent: _Spent) -> tuple[str, ...]:
    """Codes of what is wrong inside one part; adds its cost to `spent`, raises `_OverLimit` or one of `DAMAGE`."""
    codes: set[str] = set()
    size, claimed, tail = 0, 0, b""
    with archive.open(entry) as stream:
        while chunk := stream.read(CHUNK):
            text = chunk.replace(b"\0", b"")  # so that UTF-16 and UTF-32 can be searched like UTF-8
            size += len(chunk)
            spent.unpacked += len(chunk)
            spent.tags += text.count(b"<")
            if size > RATIO_FROM_BYTES and size > PACKED_RATIO * entry.compress_size:
                raise _OverLimit("WORKBOOK_BOMB", f"1 : {PACKED_RATIO}")
            if spent.unpacked > UNPACKED_BYTES:
                raise _OverLimit("WORKBOOK_TOO_LARGE", f"{UNPACKED_BYTES // 2**20} MB")
            if spent.tags > TAGS:
                raise _OverLimit("WORKBOOK_TOO_LARGE", f"{TAGS:,} XML tags")
            window, tail = tail + text, text[-OVERLAP:]
            if (b"<!DOCTYPE" in window or b"<!ENTITY" in window) and not entry.filename.startswith(PICTURES):
                codes.add("WORKBOOK_ENTITY")
            if STRICT in window:
                codes.add("WORKBOOK_STRICT")
            if (count := _COUNT.search(window)) is not None:
                claimed = int(count[1])
    if claimed * SMALLEST_STRING > size:
        codes.add("WORKBOOK_FALSE_COUNT")
    return tuple(sorted(codes))
