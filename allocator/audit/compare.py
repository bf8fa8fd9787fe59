"""The folder beside what was derived: every value of every file, and every hash."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from allocator.audit.values import Unreadable, Values, Way, read_values
from allocator.report.read_folder import MANIFEST

CLAIMS = frozenset({"tool", "python", "versions", "timings_ms", "outputs"})
"""Keys of the manifest that no input decides: by which hands and how fast it was made. Hashes are compared apart."""

Believed = frozenset[tuple[str, str]]
"""File and outermost key of what is the word of somebody who searched."""


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


def compare(folder: Mapping[str, bytes], derived: Derived, believed: Believed = frozenset()) -> list[Finding]:
    """Every difference between the files of a folder and those that were derived, hashes first."""
    findings = [*hashes(folder)]
    for name in sorted({*folder, *derived.files}):
        if name not in folder:
            findings.append(Finding(kind="file_missing", file=name))
        elif name not in derived.files:
            findings.append(Finding(kind="file_extra", file=name))
        elif folder[name] != derived.files[name]:
            findings += of_file(name, folder[name], derived, believed)
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


def of_file(name: str, content: bytes, derived: Derived, believed: Believed) -> Iterator[Finding]:
    """The differences inside one file."""
    try:
        told = compared(name, read_values(name, content), believed)
    except Unreadable as wrong:
        yield Finding(kind="unreadable", file=name, told=str(wrong))
        return
    right = compared(name, derived.values(name), believed)
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


def compared(name: str, values: Values, believed: Believed) -> Values:
    """The values that inputs decide."""
    keys = {key for file, key in believed if file == name} | (CLAIMS if name == MANIFEST else set[str]())
    return {way: value for way, value in values.items() if not keys.intersection(way[:1])} if keys else values
