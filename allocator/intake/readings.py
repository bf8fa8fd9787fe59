"""What comes of reading one cell: a value, with remarks on what was changed, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allocator.problems import Severity


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning or note about a cell that was read all the same."""

    severity: Severity
    code: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """The value of a cell; None when it is empty."""

    value: Any = None
    remarks: tuple[Remark, ...] = ()


class Refusal(Exception):
    """A cell that cannot be read; the code's words say why and what to write instead."""

    def __init__(self, code: str, **facts: str) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


def note(code: str, **facts: str) -> Remark:
    """A remark on something that was changed."""
    return Remark(Severity.NOTE, code, facts)


def warning(code: str, **facts: str) -> Remark:
    """A remark on something doubtful."""
    return Remark(Severity.WARNING, code, facts)
