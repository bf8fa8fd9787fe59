"""The journal of a study: one line for each answer, written as it is found; a killed study goes on where it was.

A line holds the key of its question, which stands for everything the answer depends on. A line that was cut short is
passed over.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from allocator.report.json_files import spell
from allocator.report.read_folder import TOOL
from allocator.report.replace_folder import lock_folder, refuse, refusing
from scenarios.study_questions import STUDY_VERSION

JOURNAL = "journal.jsonl"
SUMMARY = "summary.json"
HEAD = {"tool": TOOL, "study": STUDY_VERSION}
"""The first line."""

FILES = (JOURNAL, SUMMARY, "cases.csv", "changes.csv", "payments.csv", "donors.csv", "pieces.csv", "breakpoints.csv")
"""Everything a study writes."""


class Journal:
    """The answers in one folder, by key. Without a folder they are kept for this run alone."""

    def __init__(self, out: Path | None, *, fresh: bool) -> None:
        self.out = out
        self.answers: dict[str, list[Any]] = {}
        if out and not fresh:
            self.answers = read_journal(out / JOURNAL)
        self.stream = None

    def begin(self) -> None:
        """Make the folder, and write down what is known; what is found is added behind it."""
        if self.out:
            self.out.mkdir(exist_ok=True)
            write_whole(self.out / JOURNAL, lines(self.answers))
            self.stream = (self.out / JOURNAL).open("ab")

    def add(self, key: str, answer: Mapping[str, Any]) -> None:
        """One more answer under a key."""
        self.answers.setdefault(key, []).append(answer)
        if self.stream:
            self.stream.write(line(key, answer))
            self.stream.flush()

    def end(self, keys: Mapping[str, object]) -> None:
        """Keep the answers of these keys, in this order, and no others."""
        self.close()
        if self.out:
            write_whole(self.out / JOURNAL, lines({key: self.answers[key] for key in keys if key in self.answers}))

    def close(self) -> None:
        """Write nothing more."""
        if self.stream:
            self.stream.close()
            self.stream = None


def read_journal(path: Path) -> dict[str, list[Any]]:
    """Key -> its answers, in order; nothing where there is no journal of ours."""
    found: dict[str, list[Any]] = {}
    for record in records(path):
        if isinstance(record, dict) and isinstance(record.get("key"), str) and isinstance(record.get("answer"), dict):
            found.setdefault(record["key"], []).append(record["answer"])
    return found


def records(path: Path) -> Iterator[Any]:
    """The lines behind the first, if that is ours; reading ends at a line that was cut short."""
    try:
        whole = path.read_bytes().split(b"\n")
        if json.loads(whole[0]) != HEAD:
            return
        for text in whole[1:-1]:
            yield json.loads(text)
    except (OSError, ValueError):
        return


def is_ours(path: Path) -> bool:
    """Whether a file begins as a journal does."""
    try:
        with path.open("rb") as stream:
            return json.loads(stream.readline()) == HEAD
    except (OSError, ValueError):
        return False


def lines(answers: Mapping[str, list[Any]]) -> bytes:
    """A whole journal."""
    found = [line(key, answer) for key, several in answers.items() for answer in several]
    return b"".join([spell(HEAD).encode() + b"\n", *found])


def line(key: str, answer: Mapping[str, Any]) -> bytes:
    """One answer."""
    return spell({"key": key, "answer": answer}).encode() + b"\n"


def look(out: Path) -> None:
    """Raise `OutputRefused` unless `out` is absent, empty, or holds a study of ours and nothing else."""
    with refusing(out):
        if not out.parent.is_dir():
            raise refuse("OUTPUT_NO_PARENT", out, parent=str(out.parent))
        if not out.exists():
            return
        if not out.is_dir():
            raise refuse("OUTPUT_IS_A_FILE", out)
        names = {entry.name for entry in out.iterdir()}
        if names and not is_ours(out / JOURNAL):
            raise refuse("OUTPUT_NOT_OURS", out)
        if foreign := sorted(names - {*FILES, *(f"{name}{PART}" for name in FILES)}):
            raise refuse("OUTPUT_HOLDS_OTHERS", out, names=", ".join(foreign[:5]))


def refuse_if_lost(out: Path, keys: Mapping[str, object]) -> None:
    """Raise `OutputRefused` if the folder holds answers that this study does not ask for: they would be lost."""
    lost = [key for key in read_journal(out / JOURNAL) if key not in keys]
    if lost:
        raise refuse("STUDY_WOULD_LOSE", out, count=str(len(lost)))


PART = ".part"


def write_whole(path: Path, content: bytes) -> None:
    """A file that is the old one or the new one, never half."""
    part = path.with_name(path.name + PART)
    with part.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


@contextmanager
def alone(out: Path | None) -> Iterator[None]:
    """Hold the folder against another run of a study, where the system can."""
    lock = lock_folder(out) if out else None
    if out and lock is None and sys.platform != "win32":
        raise refuse("STUDY_UNDER_WAY", out)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)
