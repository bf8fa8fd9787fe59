"""The folder beside what was derived: every value of every file, and every hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from allocator.audit.values import Unreadable, Values, Way, read_values
from allocator.report.read_folder import MANIFEST

EXPLANATIONS = "explanations.json"

CLAIMS = frozenset({"tool", "python", "versions", "timings_ms", "outputs"})
"""Keys of the manifest that no input decides: by which hands and how fast it was made. Hashes are compared apart."""

WHAT_IF = frozenset({"changes", "together", "if_withdrawn", "paradoxes"})
"""Keys of the manifest and the explanations that speak of other questions. They are derived again where none was asked,
so that nothing stands there, and left unchecked where some were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not hold."""

    kind: str  # "value" | "missing" | "extra" | "order" | "hash" | "file_missing" | "file_extra" | "unreadable"
    file: str
    row: str = ""
    column: str = ""
    told: str = ""  # what the folder says
    derived: str = ""  # what follows from the inputs


@dataclass(frozen=True, slots=True)
class Derived:
    """The files as they must be; their values are read once, however many folders are held against them."""

    files: Mapping[str, bytes]
    read: dict[str, Values] = field(default_factory=dict[str, Values])

    def values(self, name: str) -> Values:
        """The values of one file."""
        if name not in self.read:
            self.read[name] = read_values(name, self.files[name])
        return self.read[name]


def compare(folder: Mapping[str, bytes], derived: Derived) -> list[Finding]:
    """Every difference between the files of a folder and those that were derived, hashes first."""
    findings, free = [*hashes(folder)], WHAT_IF if explores(folder) else frozenset[str]()
    for name in sorted({*folder, *derived.files}):
        if name not in folder:
            findings.append(Finding(kind="file_missing", file=name))
        elif name not in derived.files:
            findings.append(Finding(kind="file_extra", file=name))
        elif folder[name] != derived.files[name]:
            findings += of_file(name, folder[name], derived, free)
    return findings


def hashes(folder: Mapping[str, bytes]) -> Iterator[Finding]:
    """Files whose hash is not the one in the manifest, and files that it does not name, or names in vain."""
    try:
        manifest: Any = json.loads(folder[MANIFEST])
        listed = cast(dict[str, Any], dict(manifest["outputs"]))
    except (KeyError, TypeError, ValueError):
        yield Finding(kind="unreadable", file=MANIFEST)
        return
    found = {name: hashlib.sha256(content).hexdigest() for name, content in folder.items() if name != MANIFEST}
    for name in sorted({*listed, *found}):
        if listed.get(name) != found.get(name):
            told, is_so = str(listed.get(name, "")), found.get(name, "")
            yield Finding(kind="hash", file=MANIFEST, row="outputs", column=name, told=told, derived=is_so)


def explores(folder: Mapping[str, bytes]) -> bool:
    """Whether the result says what other questions would have been answered."""
    try:
        manifest: Any = json.loads(folder[MANIFEST])
        return manifest["changes"] != "not_asked"
    except (KeyError, TypeError, ValueError):
        return False


def of_file(name: str, content: bytes, derived: Derived, free: frozenset[str]) -> Iterator[Finding]:
    """The differences inside one file, but for the keys that are `free`."""
    try:
        told = compared(name, read_values(name, content), free)
    except Unreadable as wrong:
        yield Finding(kind="unreadable", file=name, told=str(wrong))
        return
    right = compared(name, derived.values(name), free)
    for key in dict.fromkeys((*right, *told)):
        if told.get(key) != right.get(key):
            kind = "missing" if key not in told else "extra" if key not in right else "value"
            row, column = stands(key)
            yield Finding(
                kind=kind, file=name, row=row, column=column, told=told.get(key, ""), derived=right.get(key, "")
            )
    rows, right_rows = (list(dict.fromkeys(stands(way)[0] for way in values)) for values in (told, right))
    if rows != right_rows and set(rows) == set(right_rows):
        first = next(n for n, (row, right_row) in enumerate(zip(rows, right_rows, strict=True)) if row != right_row)
        yield Finding(kind="order", file=name, row=str(first + 1), told=rows[first], derived=right_rows[first])


def stands(way: Way) -> tuple[str, str]:
    """Row and column: a record of a JSON file has its two outermost keys as its row."""
    return ".".join(way[:2] if len(way) > 2 else way[:1]), ".".join(way[2:] if len(way) > 2 else way[1:])


def compared(name: str, values: Values, free: frozenset[str]) -> Values:
    """The values that inputs decide."""
    if name == MANIFEST:
        return {key: value for key, value in values.items() if not (CLAIMS | free) & {*key[:1]}}
    if name == EXPLANATIONS:
        return {key: value for key, value in values.items() if not free & {*key[:1], *key[2:3]}}
    return values
