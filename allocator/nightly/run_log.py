"""What each night did, step by step, as JSON lines: only ever appended, and on the disk before the next step begins.

Every line is an object with the day (`as_of`), the run, the step, the clock (`at`, UTC; it decides nothing) and what
the step counted.
"""

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

from allocator.report.replace_folder import refusing

NAME = "nightly.jsonl"


class RunLog:
    """The log in a folder; without one nothing is written."""

    def __init__(self, folder: Path | None, as_of: date) -> None:
        self.path = folder / NAME if folder else None
        self.as_of = as_of
        self.run = ""  # known once the events are read
        if self.path and self.path.exists():
            with refusing(self.path):
                repair(self.path)

    def add(self, step: str, **counts: int | str) -> None:
        """One more line, flushed to the disk; raises `OutputRefused`."""
        if not self.path:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        line = {"as_of": self.as_of.isoformat(), "run": self.run, "step": step, "at": now, **counts}
        with refusing(self.path), self.path.open("ab") as log:
            log.write(json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
            log.flush()
            os.fsync(log.fileno())


def repair(path: Path) -> None:
    """Cut off what a killed run left of its last line, so that the next one begins on a line of its own."""
    with path.open("r+b") as log:
        content = log.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            log.truncate(whole)
            os.fsync(log.fileno())
