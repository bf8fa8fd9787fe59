"""Problems found in what a user gave us: records with an address; the words come last, in `words`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem weighs: an error stops the run, a warning and a note do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: a file, a sheet or table in it, and a cell or a dotted key path."""

    file: str = ""
    sheet: str = ""
    cell: str = ""  # "D7" in a sheet or CSV, "policy.shares.top.key" in TOML

    def __str__(self) -> str:
        inner = f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or self.cell
        return f"{self.file}: {inner}" if self.file and inner else self.file or inner


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong (or doubtful) with the input: where, which value, and the facts its words need.

    `code` is stable and may be counted on; `words/problems/` holds, for each code, `why` (what is wrong) and
    `do` (what to do about it) in both languages. `facts` fill the braces of these texts.
    """

    code: str
    severity: Severity
    place: Place
    value: str = ""
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    rule: str = ""


class InputRejected(Exception):
    """The input cannot be used (exit 5); carries every problem found, warnings included."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.place}: {p.code} {p.value}" for p in self.problems))


class DatabaseRejected(InputRejected):
    """The database is what cannot be used, whatever else was given with it (exit 5)."""


class OutputRefused(Exception):
    """A result cannot be put where it was to go (exit 2); carries why, and nothing was changed."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(f"{problem.place}: {problem.code}")


class NothingFound(Exception):
    """A search was stopped, by a limit or by hand, before it had an answer (exit 4); nothing was written."""


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those problems that stop a run."""
    return tuple(p for p in problems if p.severity is Severity.ERROR)
