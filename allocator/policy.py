"""A policy as frozen types: what a jurisdiction decided, each table with the rule it comes from.

Keys are those of the rule catalogue letter for letter, so that a dotted path (`policy.ranking.fill`) names the same
thing in a file, in `--set` and in a report. A value that is not built is not a member of its type and is refused.
Loading, `extends` and overrides live in `policy_files`.
"""

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from allocator.month_days import MonthDay
from allocator.quantities import Indicator
from allocator.records import Kind

EXACT = r"[0-9]{1,12}(\.[0-9]{1,12})?|[0-9]{1,12}/0*[1-9][0-9]{0,11}"
"""A plain decimal or a fraction. No exponents: `1e999999999` is short to write and long to compute."""


def _fraction(value: Any) -> Fraction:
    """An exact number from the text of a decimal or a fraction; TOML floats never get here (parse_float=Decimal)."""
    plain = isinstance(value, str | int | Decimal | Fraction) and not isinstance(value, bool)
    if not plain or not re.fullmatch(EXACT, str(value), re.ASCII):
        raise PydanticCustomError("exact_number", "not a plain decimal or a fraction")
    return Fraction(str(value))


Exact = Annotated[
    Fraction,
    BeforeValidator(_fraction),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^({EXACT})$"}, {"type": "number", "minimum": 0}]}),
]


MOST = 1000
"""Months or days beyond which a span is a slip of the pen."""

Count = Annotated[int, Field(strict=True, ge=1, le=MOST)]


def _term(value: Any) -> int | str:
    """Whole months, or the word for no end."""
    if value == "until_removed" or (type(value) is int and 1 <= value <= MOST):
        return value
    raise PydanticCustomError("term", "neither a number of months nor until_removed")


Term = Annotated[int | Literal["until_removed"], BeforeValidator(_term)]


class Span(BaseModel):
    """The days on which a table is in force; only where a document prints them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    since: date | None = Field(default=None, alias="from")
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether `day` lies in the span, both ends included."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Table(BaseModel):
    """Any policy table: without a citation it is not law, and does not load."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    cite: str | tuple[str, ...]
    valid: Span | None = None

    @property
    def rule(self) -> str:
        """The first cited rule id."""
        return self.cites[0]

    @property
    def cites(self) -> tuple[str, ...]:
        """Every cited rule id."""
        return (self.cite,) if isinstance(self.cite, str) else self.cite


def in_force(table: Table, as_of: date) -> bool:
    """Whether a table applies on `as_of`; one without dates always does (0.3)."""
    return table.valid is None or table.valid.covers(as_of)


class Title(BaseModel):
    """A name in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class Validity(Table):
    """0.3: since when the documents are in force; `valid` stays out where a document prints no date."""

    ignore_sunset: Literal[False] = False


class Units(Table):
    """0.3: the step to which shares are floored, in mu."""

    area_resolution: Exact = Fraction(1, 100)


class Coupling(Table):
    """0.6: whether the quota kinds of one project are granted together."""

    quota_kinds: Literal["all_or_nothing"] = "all_or_nothing"


class Parts(Table):
    """Shares by name; which names exist is decided by the policy (`key general flex`, `industry other`, ...)."""

    model_config = ConfigDict(frozen=True, extra="allow", arbitrary_types_allowed=True)
    __pydantic_extra__: dict[str, Exact]  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def parts(self) -> dict[str, Fraction]:
        """Name -> part, in the order of the file."""
        return dict(self.__pydantic_extra__)


class Shares(Table):
    """QY-5.1 to 5.3: the parts of the year's total. Leaves are `<group>.<name>`; `flex` has no leaves."""

    basis: Literal["parent_normalised", "parent", "total"] = "parent_normalised"
    scope: Literal["own_pool"] = "own_pool"
    top: Parts
    groups: dict[str, Parts]  # one per part of `top` except flex: `[shares.groups.key]`
    industry_map: dict[str, str] = {}  # sector code -> leaf name inside `key`


class Flex(Table):
    """QY-5.3, 5.4: who may draw on the reserve, and what reaches it."""

    eligible: Literal["all_ranked"] = "all_ranked"
    order: Literal["key_first"] = "key_first"
    residual_path: Literal["leaf_to_flex"] = "leaf_to_flex"
    residual_when: Literal["same_solve"] = "same_solve"
    split_project: Literal[False] = False


class Ranking(Table):
    """QY-5.0, 4.2, 10.2: where ranks come from, and what happens at a project that does not fit."""

    source: Literal["given_then_score", "score_only", "given_only"] = "given_then_score"
    weights: dict[str, Exact] = {}  # criterion -> weight; empty: equal
    sector_order: tuple[str, ...] = ()  # empty: the priority sectors are one tier
    priority_sectors: tuple[str, ...] = ()
    materials: Literal["tie_break", "first_key"] = "tie_break"
    fill: Literal["skip_and_fill", "stop_at_first_misfit", "max_weight", "tiered", "guarantee"] = "skip_and_fill"
    weight: Literal["score", "plan_mu", "count"] = "score"  # of a grant in max_weight and tiered
    stop_on: Literal["plan", "any_need"] = "plan"
    ties: Literal["by_id", "stop"] = "by_id"


class Grant(Table):
    """QY-10.2: whether a project that declares a `min_area_mu` below its request may be granted in part."""

    partial: Literal["declared_divisible_only", "never"] = "declared_divisible_only"


class Phasing(Table):
    """QY-4.3.1, QY-4.5: the order of phases, and the parts of all grants kept for continuing and new projects."""

    order: Literal["depth", "breadth"] = "depth"  # a project's phases together, or all first phases first
    min_share: dict[Literal["continuing", "new_start"], Exact] = {}  # tag -> part of all plan granted


class Region(Table):
    """QY-7.1: bounds on the part of all plan granted that goes to a county."""

    min_share: dict[str, Exact] = {}  # county -> part
    max_share: dict[str, Exact] = {}


class Penalties(Table):
    """QY-14.3: the cuts of the table `penalties`, against what the county would be granted without them."""

    year: Literal["next_solve"] = "next_solve"
    base: Literal["unpenalised_solve"] = "unpenalised_solve"


class Exchange(Table):
    """GX-2.3.6, E.4: indicators of one class for those of another between counties, of equal value, without money."""

    price: Literal["guide"] = "guide"
    guide_wan: dict[Indicator, Exact]  # 10,000 yuan a mu, or a 100 kg of capacity
    tolerance: Exact = Fraction(1, 100)  # 10,000 yuan: by how much the values of one exchange may differ


class Ledger(Table):
    """QY-4.3.1: whether a later year's need may be granted now."""

    allow_advance_years: Literal[False] = False


class Upper(Table):
    """QY-13.1: whether a project with state or provincial quota may use the city's."""

    use_city_quota: Literal["never"] = "never"


class Sector(Table):
    """QY-7.1.1: one of the industries of key projects."""

    code: str
    title: Title
    synonyms: tuple[str, ...] = ()


class Gate(Table):
    """A test that an application passes or fails; `predicate` is a name in `gates.PREDICATES`."""

    reason: str  # the reason code of a failure
    outcome: Literal["rejected", "returned", "routed"]
    predicate: str
    categories: tuple[str, ...] = ()  # leaves or groups the gate looks at; empty: all
    column: str = ""  # optional column (of projects) or table it needs; absent there: listed as not checked
    parameters: dict[str, Any] = {}


class Access(Table):
    """QN-11.x: a tag that opens the pool, that is every tier after the county's own store."""

    tag: str


class Tier(Table):
    """Which accounts may fill a need, for whom, in which order and at what price."""

    name: str
    indicators: tuple[Indicator, ...]
    kind: Kind
    holder: Literal["own_county", "prefecture", "other_counties"]
    access: bool  # True: only for projects with pool access
    order: Literal["by_account", "pooled_desc", "min_donors"] = "by_account"
    price: Literal["free", "platform_mean"] = "free"
    stands_in: Indicator | None = None  # draw on accounts of this other indicator, unit for unit
    forbidden: tuple[tuple[str, str], ...] = ()  # (giving county, receiving county) between which nothing moves


class Price(Table):
    """QN-14.1: the platform price."""

    window: Literal["six_full_months", "rolling_six_months"] = "six_full_months"
    mean: Literal["simple", "area_weighted", "mean_of_monthly_means"] = "simple"
    anchor: Literal["plan_submitted"] = "plan_submitted"
    per_class: Literal[True] = True
    no_data: Literal["error"] = "error"


class Farmland(Table):
    """QN-14.5: what `from the county with most pooled to the least` measures."""

    tier3_measure: Literal["current_pooled_balance", "cumulative_pooled"] = "current_pooled_balance"
    tier3_scope: Literal["per_class", "area_for_all"] = "per_class"
    own_reserve_keep: Literal[0] = 0
    partial: Literal[False] = False


class Donor(Table):
    """QN-6.4, 6.5: which counties give boundary scale."""

    preference: Literal["remaining_then_rate", "rate_then_remaining", "weighted"] = "remaining_then_rate"
    objective_order: Literal["count_then_preference", "preference_then_count", "weighted"] = "count_then_preference"
    count_scope: Literal["per_solve", "per_request"] = "per_solve"
    count_over: Literal["indicator", "union"] = "indicator"
    stock: Literal["pool_origin_only", "all_remaining"] = "pool_origin_only"
    min_retain: Exact = Fraction(0)  # mu that a county keeps
    weights: dict[Literal["remaining", "rate", "count", "order"], Exact] = {}  # for the values "weighted"


class Materials(Table):
    """QY-11.1: by when the approval materials of a granted project are filed, and how many days before it is told."""

    months: Count  # from the approval of the plan
    replacement_clock: Literal["own_grant_date", "original_plan_date"] = "own_grant_date"  # of a grant made later
    remind_days: tuple[Count, ...] = ()


class Autofill(Table):
    """QY-10.3: whether the next in order takes the place of an overdue project at once, and where that one goes."""

    post: Literal["automatic", "proposal"] = "automatic"
    overdue_project: Literal["waitlist_bottom", "out_for_year"] = "waitlist_bottom"


class Rerun(Table):
    """QY-10.4: quota follows the project; a run within the year leaves what is granted alone."""

    freeze: Literal["granted"] = "granted"


class Recall(Table):
    """QY-10.5, QY-12.1: by when the year's quota is used, what counts as used, and what is taken back from when on."""

    used_when: Literal["materials_filed", "approved"] = "materials_filed"
    mode: Literal["all_unused", "keep_if_filed", "manual_list"] = "all_unused"
    date: MonthDay  # the first day on which quota is taken back
    use_by: MonthDay  # the last day on which it may be used


class Readjust(Table):
    """QY-12.2, QY-12.3: who competes for what was taken back and for the province's extra quota, until when to use."""

    shares: Literal["none"] = "none"
    recalled_eligible: Literal["last_tier", "equal", "no"] = "last_tier"
    efficiency_tiebreak: StrictBool = True  # of equals, the unit that used more of its grants stands first
    use_by: MonthDay


class Extra(Table):
    """QY-12.2: extra provincial quota that comes before the day of the recall."""

    before_recall: Literal["hold", "to_flex_now"] = "hold"


class Report(Table):
    """QY-14.1: by how many days after a quarter its report is due."""

    quarter_due_days: Count


class Udb(Table):
    """QN-8.1: by when a county that gives boundary scale has transferred it."""

    transfer_clock: Literal["government_approval"] = "government_approval"
    transfer_months: Count


class NegativeList(Table):
    """QN-20.2: what a county on the negative list may not ask for, and for how long."""

    effect: Literal["block"] = "block"
    scope: Literal["plan_quota"] = "plan_quota"
    months: Term = "until_removed"


class Policy(BaseModel):
    """One jurisdiction's law. Tables that are None are rules this policy does not switch on."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    extends: str = ""  # a shipped policy, or a path beside this file: what this one does not say is taken from it
    without: tuple[str, ...] = ()  # what this file leaves out of the policy it extends: `gates.LATE`, `price`
    name: str
    title: Title
    rules: tuple[str, ...]  # the rule ids that are switched on
    validity: Validity
    units: Units
    coupling: Coupling
    shares: Shares
    flex: Flex
    ranking: Ranking
    grant: Grant
    ledger: Ledger
    upper: Upper
    sectors: tuple[Sector, ...] = ()
    gates: tuple[Gate, ...] = ()
    access: tuple[Access, ...] = ()
    tiers: tuple[Tier, ...] = ()
    price: Price | None = None
    farmland: Farmland | None = None
    donor: Donor | None = None
    phase: Phasing | None = None
    region: Region | None = None
    penalty: Penalties | None = None
    exchange: Exchange | None = None
    materials: Materials | None = None  # this and what follows: for the books alone, a solve reads none of it
    autofill: Autofill | None = None
    rerun: Rerun | None = None
    recall: Recall | None = None
    readjust: Readjust | None = None
    extra: Extra | None = None
    report: Report | None = None
    udb: Udb | None = None
    negative_list: NegativeList | None = None

    def leaves(self) -> tuple[str, ...]:
        """The categories that have a share, in the order of the file, without `flex`."""
        return tuple(f"{group}.{name}" for group, parts in self.shares.groups.items() for name in parts.parts)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """The indicators other than plan that some tier of this policy fills, in the order of `Indicator`."""
        filled = {indicator for tier in self.tiers for indicator in tier.indicators}
        return tuple(indicator for indicator in Indicator if indicator in filled)
