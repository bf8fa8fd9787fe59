"""What a second opinion found otherwise, as records, and the exceptions that carry it to the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Matter(StrEnum):
    """What two answers may differ in."""

    GRANT = "grant"  # round and plan of an application, or of a phase of it
    LEVEL = "level"  # the value of a rung of the ladder
    POOL = "pool"  # what a share or the reserve got, gave on, and used
    DRAWN = "drawn"  # what a project, or a county's projects from their own store, drew of an indicator
    DONORS = "donors"  # how many counties must give
    CEILING = "ceiling"  # what a penalised county would be granted without penalties
    ROWS = "rows"  # whether the answer keeps every row at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing on which the two do not agree."""

    matter: Matter
    where: str  # a project, phase, pool, county and indicator, rung
    first: str  # what the answer says
    second: str  # what the second opinion says


class EnginesDisagree(Exception):
    """The answer and the second opinion differ: neither may be used before it is known which is right (exit 8)."""

    def __init__(self, differences: Sequence[Difference], reproducer: Mapping[str, Any]) -> None:
        self.differences = tuple(differences)
        self.reproducer = reproducer
        super().__init__("; ".join(f"{d.matter} {d.where}: {d.first} / {d.second}" for d in differences))


class NoSecondOpinion(Exception):
    """There is no solver for it, or none of its answers can be believed; the answer stands as it is (exit 2).

    `word` is the text of `words/second_opinion.toml` that says so.
    """

    def __init__(self, word: str, reason: str) -> None:
        self.word = word
        self.reason = reason
        super().__init__(reason)
