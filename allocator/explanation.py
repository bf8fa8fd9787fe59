"""The records of `explanations.json` and `certificates.json`: codes and exact numbers, no prose.

Quantities and amounts are texts of exact plain decimals, so that no reader turns them into binary fractions.
"""

from typing import TypedDict


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
    outcome: str  # "granted" | "misfit" | "short" | "closed"
    closed_by: str  # project at which the line had closed, or ""


class Quantity(TypedDict):
    """A need."""

    indicator: str
    quantity: str
    unit: str


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


class Explanation(TypedDict):
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
    granted_plan_mu: str
    trim_rule: str  # the rule that cut the request, or ""
    round: str
    pool: str
    failures: list[Failed]
    turns: list[Turn]
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


class Certificate(TypedDict):
    """One shortage by reference: `asked + ahead - balances = short`."""

    project_id: str
    kind: str  # "share" | "reserve" | "store" | "pool"
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


class DonorProof(TypedDict):
    """Why fewer donors cannot do: the `count - 1` largest remainders sum to less than `asked`."""

    indicator: str
    unit: str
    asked: str
    count: int
    largest: list[str]
    sum_without_last: str
    rule: str


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


class Certificates(TypedDict):
    """The whole of `certificates.json`."""

    schema_version: int
    recount: dict[str, str]
    accounts: dict[str, Holding]
    shortages: dict[str, Certificate]
    donor_counts: list[DonorProof]
    levels: list[Level]
