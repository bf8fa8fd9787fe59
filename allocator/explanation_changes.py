"""The records of `explanations.json` about other questions: codes and exact numbers, no prose."""

from typing import TypedDict


class Shifted(TypedDict):
    """Another project that would fare otherwise."""

    project_id: str
    before: str  # "granted" | "partial" | "waiting", in the answer
    after: str  # if the change were made
    before_mu: str
    after_mu: str


class Shifting(TypedDict):
    """Who would fare otherwise, in the overall order."""

    gains: list[Shifted]
    loses: list[Shifted]


class Changed(TypedDict):
    """One number of the question."""

    lever: str  # "plan" | "need" | "position" | "share" | "reserve" | "total" | "pool" | "store" | "cap"
    indicator: str  # "" for a position
    unit: str  # "mu" | "kg" | "place"
    holder: str  # category, county or cap, or ""
    phase: int  # 0: the project is one piece
    now: str
    nearest: str | None
    step: str  # the smallest change that was tried


class Change(Changed, Shifting):
    """What one number alone can do for a waiting project."""

    result: str  # "grants" | "enough" | "never" | "not_up_to" | "several"


class Joint(Shifting):
    """What a waiting project would have to ask less of at once."""

    parts: list[Changed]


class WhatIf(TypedDict):
    """What would change one project's decision, and what its own withdrawal would change."""

    changes: list[Change]
    together: list[Joint]  # at most one
    if_withdrawn: list[Shifted]  # of a granted project: gains, then losses


class ParadoxRecord(Shifting):
    """A larger budget or store (`changed`), or a withdrawal, that costs somebody a grant."""

    changed: Changed | None
    withdrawn: str
