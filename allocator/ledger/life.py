"""The life of an application and of its requests: `life.toml`, read. What it does not list does not happen."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from allocator.ledger.entry import Track
from allocator.words import Language, say

ANY_OPEN = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of a life, and the rules behind it."""

    track: Track
    from_state: str  # "": the books did not know it
    to_state: str
    event: str  # what happened; two steps between the same states differ in it
    rules: tuple[str, ...]
    reason: str = ""  # why a step stands here that no document knows; "": a document does

    @property
    def rule(self) -> str:
        """The rule that an entry names."""
        return self.rules[0]

    @property
    def is_ours(self) -> bool:
        """Whether no document knows this step."""
        return bool(self.reason)


class NotListed(ValueError):
    """A step that no life takes."""


@cache
def _raw() -> Mapping[str, Any]:
    return tomllib.loads((files("allocator") / "ledger" / "life.toml").read_text(encoding="utf-8"))


@cache
def terminal() -> frozenset[str]:
    """The states that only a correction leaves."""
    return frozenset(_raw()["terminal"])


@cache
def transitions() -> tuple[Transition, ...]:
    """Every step of every track, in the order of the file; `*` stands for each open state of its track."""
    rows = _raw()["transitions"]
    return tuple(
        Transition(
            track=Track(row["track"]),
            from_state=before,
            to_state=row["to"],
            event=row["event"],
            rules=(row["rule"],) if isinstance(row["rule"], str) else tuple(row["rule"]),
            reason=row["reason"] if row.get("ours") else "",
        )
        for row in rows
        for before in _befores(row, rows)
    )


def _befores(row: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    if row["from"] != [ANY_OPEN]:
        return tuple(row["from"])
    named = (state for other in rows if other["track"] == row["track"] for state in (*other["from"], other["to"]))
    return tuple(dict.fromkeys(state for state in named if state not in {"", ANY_OPEN, *terminal()}))


@cache
def pairs() -> frozenset[tuple[str, str, str]]:
    """Track, from and to of every step: what the database lets happen."""
    return frozenset((step.track.value, step.from_state, step.to_state) for step in transitions())


@cache
def states(track: Track) -> tuple[str, ...]:
    """Every state of a track, in the order in which the file names them."""
    steps = [step for step in transitions() if step.track is track]
    named = (state for step in steps for state in (step.from_state, step.to_state))
    return tuple(dict.fromkeys(state for state in named if state))


@cache
def is_listed(track: Track, from_state: str, to_state: str) -> bool:
    """Whether a life may go this way."""
    return (track.value, from_state, to_state) in pairs()


@cache
def step(track: Track, from_state: str, to_state: str, event: str = "") -> Transition:
    """The step between two states, the first in the file unless `event` names one; raises `NotListed`."""
    for found in transitions():
        same = (found.track, found.from_state, found.to_state) == (track, from_state, to_state)
        if same and event in ("", found.event):
            return found
    raise NotListed(f"{track.value}: {from_state or '-'} -> {to_state} {event}".rstrip())


def rule_of(track: Track, from_state: str, to_state: str, event: str = "") -> str:
    """The rule of the step between two states; raises `NotListed`."""
    return step(track, from_state, to_state, event).rule


@cache
def befores(track: Track, event: str) -> tuple[str, ...]:
    """The states from which an event leads on."""
    return tuple(dict.fromkeys(s.from_state for s in transitions() if s.track is track and s.event == event))


def titled(state: str, language: Language | None = None) -> str:
    """A state with its name: `已安排 GRANTED`, or the name alone in one language."""
    if not state:
        return "-"
    return say(f"life.states.{state}", language) if language else f"{say(f'life.states.{state}', 'zh')} {state}"
