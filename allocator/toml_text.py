"""TOML as people write it: exact decimals, and every slip refused with its line.

Python's reader says what is wrong in English and in its own words; here each slip gets a code that can be explained.
"""

import re
import tomllib
from decimal import Decimal
from typing import Any, cast

from allocator.problems import InputRejected, Place, Problem, Severity

BOM = b"\xef\xbb\xbf"

BARE_KEY = re.compile(
    r"""\s*\[{0,2}\s*(?:[A-Za-z0-9_\-]+\s*\.\s*)*(?P<key>[^\s"'#=\[\].]*[^\x00-\x7f\s][^\s"'#=\[\].]*)"""
)
"""A key with a letter outside ASCII and no quotes around it."""

FOREIGN_MARKS = {"“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "＝": "=", "，": ",", "［": "[", "］": "]"}
"""Marks that a Chinese keyboard or a word processor puts down, and the ones that TOML wants."""


def parse(content: bytes, file: str) -> dict[str, Any]:
    """The tables of a TOML file, numbers as `Decimal` or `int`; raises `InputRejected` with line and column."""
    if content.startswith(BOM):
        raise _rejected("TOML_BOM", file, "")
    try:
        return tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _rejected("TOML_NOT_UTF8", file, f"0x{content[error.start]:02x}", line=line) from error
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), content.decode("utf-8"), file) from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits; brackets a thousand deep
        raise _rejected("TOML_BEYOND_LIMITS", file, str(error)[:80]) from error


def parse_value(text: str) -> Any:
    """The value that `text` is in TOML (`0.65`, `true`, `["a"]`); a text that is none is itself."""
    try:
        raw = tomllib.loads(f"value = {text}", parse_float=Decimal)
    except (ValueError, RecursionError):
        return text
    return raw["value"] if raw.keys() == {"value"} else text


def written(value: object) -> str:
    """A value as it would stand in a file, cut short."""
    return _written(value)[:80]


def _written(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return f"[{', '.join(map(_written, cast('list[object]', value)))}]"
        case dict():
            pairs = (f"{key} = {_written(inner)}" for key, inner in cast("dict[str, object]", value).items())
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        case _:
            return str(value)


def foreign_mark(line: str) -> str:
    """The first mark of Chinese typesetting that stands where TOML wants one of ASCII, or nothing."""
    outside = re.sub(r"""("[^"]*("|$)|'[^']*('|$))|#.*""", "", line)
    found = re.search(f"[{re.escape(''.join(FOREIGN_MARKS))}]", outside)
    return found[0] if found else ""


def _explained(message: str, text: str, file: str) -> InputRejected:
    """The slip behind one message of Python's reader."""
    lines = text.split("\n")
    where = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line, column = (int(where[1]), int(where[2])) if where else (len(lines), 1)
    slip = lines[line - 1].strip()[:80] if line <= len(lines) else ""
    if mark := foreign_mark(slip):
        return _rejected("TOML_FOREIGN_MARK", file, slip, line=line, mark=mark, plain=FOREIGN_MARKS[mark])
    bare = BARE_KEY.match(lines[line - 1]) if line <= len(lines) else None
    if bare and column <= bare.end() + 1:
        return _rejected("TOML_BARE_KEY", file, bare["key"], line=line)
    if "overwrite" in message or "twice" in message or "Cannot mutate" in message:
        return _rejected("TOML_DUPLICATE_KEY", file, slip, line=line)
    return _rejected("TOML_SYNTAX", file, slip, line=line, column=column)


def _rejected(code: str, file: str, value: str, **facts: int | str) -> InputRejected:
    place = Place(file=file, cell=str(facts.get("line", "")))
    texts = {name: str(fact) for name, fact in facts.items()}
    return InputRejected([Problem(code=code, severity=Severity.ERROR, place=place, value=value, facts=texts)])
