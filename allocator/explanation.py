"""The records of `explanations.json` and `certificates.json`: codes and exact numbers, no prose.

Quantities and amounts are texts of exact plain decimals, so that no reader turns them into binary fractions.
"""

from typing import NotRequired, TypedDict

from allocator.explanation_changes import WhatIf
from allocator.explanation_donors import DonorProofs


class Failed(TypedDict):
    """One gate that was not passed."""

    reason: str
    rule: str
    outcome: str
    facts: dict[str, str]


class Turn(TypedDict):
    """One round in which a project stood in line."""

    round: str  # "own" | "flex"
    pool: str
    asked_mu: str
    left_mu: str  # what the pool still held at its turn
    outcome: str  # "granted" | "misfit" | "capped" | "short" | "closed"
    closed_by: str  # project at which the line had closed, or ""
    phase: NotRequired[int]  # of a project in phases


class Quantity(TypedDict):
    """A need."""

    indicator: str
    quantity: str
    unit: str


class Phased(TypedDict):
    """One phase: what it asked for, what it was granted, and why not."""

    phase: int
    decision: str  # "granted" | "waiting"
    round: str
    pool: str
    plan_mu: str
    granted_mu: str
    reason: str
    needs: list[Quantity]  # other than plan


class Pinned(TypedDict):
    """What was decided beforehand (QY-9.1)."""

    decision: str  # "grant" | "deny"
    reason: str
    document: str


class Drawn(Quantity):
    """One draw: account -> project."""

    account_id: str
    holder: str  # kind of the account: "share", "reserve", "own", "pooled", "prefecture", ...
    county: str
    tier: str
    unit_price_yuan: str | None  # "0": free; None: no price was known
    amount_yuan: str | None
    rule: str


class Due(Quantity):
    """What a project pays to one treasury for one indicator."""

    payee: str  # a county code, or "prefecture"
    payee_name: str  # the county's name, or ""
    unit_price_yuan: str | None
    amount_yuan: str | None


class Remark(TypedDict):
    """A warning or note of intake or screening about this project."""

    code: str
    severity: str
    file: str
    sheet: str
    cell: str
    value: str
    facts: dict[str, str]
    rule: str


class Explanation(WhatIf):
    """Everything that decided one application."""

    project_id: str
    name: str
    county: str
    county_name: str
    category: str
    decision: str
    reason: str
    rule: str
    position: int | None  # overall; None when a gate was not passed
    rank: int | None
    rank_source: str  # "given" | "computed" | ""
    score: str | None
    declared_plan_mu: str
    admitted_plan_mu: str | None
    least_plan_mu: NotRequired[str]  # of a divisible project: the least that can be granted
    granted_plan_mu: str
    trim_rule: str  # the rule that cut the request, or ""
    round: str
    pool: str
    pin: Pinned | None
    failures: list[Failed]
    phases: list[Phased]  # empty: the project is one piece
    turns: list[Turn]  # empty where no project has a turn of its own
    access: list[str]  # rules that open the pool
    needs: list[Quantity]  # other than plan
    untested: list[Quantity]  # declared, and not tested because the data hold no accounts
    sources: list[Drawn]
    payments: list[Due]
    shortages: list[str]  # ids in certificates.json
    ties: list[list[str]]
    deciding_tie: bool
    other_fill: list[str]  # fill modes that would decide otherwise
    warnings: list[Remark]


class Holding(TypedDict):
    """One account of a certificate."""

    indicator: str
    holder: str
    county: str
    balance: str
    unit: str


class Counted(TypedDict):
    """Whose needs a certificate counts, where sources are not nested."""

    indicator: str
    county: str
    access: bool  # of projects with access to the pool, or of those without


class Certificate(TypedDict):
    """One shortage by reference: `asked + ahead - balances = short`."""

    project_id: str
    kind: str  # "share" | "reserve" | "total" | "cap" | "store" | "pool"
    indicator: str
    unit: str
    round: str
    position: int
    asked: str
    accounts: list[str]
    counties: list[str]
    ahead_count: int
    ahead: str
    short: str
    rule: str
    phase: NotRequired[int]  # the refused phase
    kept: NotRequired[str]  # kept for the other shares: `asked + ahead + kept - balances = short`
    groups: NotRequired[list[Counted]]  # where sources are not nested: all needs of these count, and no others


class DonorProof(TypedDict):
    """Why fewer donors cannot do: the `count - 1` largest remainders sum to less than `asked`."""

    indicator: str
    unit: str
    asked: str
    count: int
    largest: list[str]
    sum_without_last: str
    rule: str
    project_id: NotRequired[str]  # whose request it is, where each is settled by itself


class Level(TypedDict):
    """One level of the objective: what was reached, what is the most that can be, and who proved it."""

    level: str
    objective: str
    granted_count: int
    granted_plan_mu: str
    bound: str  # the same as granted_plan_mu when proved
    status: str
    proved_by: str
    rule: str


class Rung(TypedDict):
    """One level of a mode that weighs: what was reached, what is the most that can be, and who proved it."""

    level: str  # "own_weight:0", "reserve_weight:0", ..., "least_changes", "order_own", "order_reserve"
    objective: str  # "score" | "plan_mu" | "count": a weight; "lexicographic_in_overall_order"; "least_exchange"
    value: str
    bound: str
    gap: str  # bound - value: "0" when proved
    status: str  # "proved" | "best found"
    proved_by: str
    rule: str


class Certificates(DonorProofs):
    """The whole of `certificates.json`."""

    schema_version: int
    recount: dict[str, str]
    accounts: dict[str, Holding]
    shortages: dict[str, Certificate]
    donor_counts: list[DonorProof]
    levels: list[Level | Rung]
