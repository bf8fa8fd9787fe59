"""The rows of a scenario's tables, after intake: frozen, on the integer grid, each with the place it came from."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction

from allocator.problems import Place, Problem
from allocator.quantities import Indicator

ProjectId = str
CountyCode = str
AccountId = str

FLEX = "flex"
"""The category of a project filed for the flexible reserve, and the name of that reserve as a pool (QY-5.3)."""


class Level(StrEnum):
    """The level that approved a project."""

    STATE = "state"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


class Kind(StrEnum):
    """Who holds an account: the county's store without what it pooled, what it pooled, or a higher holder."""

    OWN = "own"
    POOLED = "pooled"
    PREFECTURE = "prefecture"
    PROVINCE = "province"
    RESERVE_ZONE = "reserve_zone"


CRITERIA = ("scale", "intensity", "energy", "tax", "progress", "urgency")
"""The six criteria of QY-5.0; the columns are `<criterion>_score`."""


def canonical(project_id: ProjectId) -> str:
    """The form by which ids are put in order: NFKC, so that no width or row order of a file decides."""
    return unicodedata.normalize("NFKC", project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One row of `projects`. None means an empty cell or an absent column; `Tables.columns` tells which."""

    project_id: ProjectId
    county: CountyCode
    category: str
    plan: int  # grid units declared; 0 if the cell is empty
    name: str = ""
    sector: str | None = None  # a sector code of the policy, or the unknown text as it was written
    level: Level | None = None
    rank: int | None = None
    overall_rank: int | None = None
    band: int | None = None
    materials_complete: bool | None = None
    min_area: int | None = None
    ledger: int | None = None
    needs: Mapping[Indicator, int] = field(default_factory=dict[Indicator, int])  # other than plan; only above zero
    tags: frozenset[str] = frozenset()
    enterprise_class: str | None = None
    score: Fraction | None = None
    criteria: Mapping[str, Fraction] = field(default_factory=dict[str, Fraction])
    investment_wan: Fraction | None = None
    filed_on: date | None = None
    place: Place = field(default_factory=Place)  # cell of the project id
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """One row of `counties`."""

    code: CountyCode
    name: str = ""
    disposal_task: int | None = None
    disposal_done: int | None = None
    negative_list_until: date | None = None
    evaluation_score: Fraction | None = None
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One row of `accounts`: a balance of one indicator with one holder."""

    account_id: AccountId
    indicator: Indicator
    kind: Kind
    county: CountyCode  # "" for prefecture, province and reserve_zone
    balance: int
    allotted: int | None = None
    used: int | None = None
    cumulative_pooled: int | None = None
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One publicised deal of the provincial platform (QN-14.1)."""

    traded_on: date
    indicator: Indicator
    quantity: int
    unit_price_yuan: Fraction  # per mu, or per 100 kg of capacity
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One row of `lists`: a project on the key or the preparatory list (QY-3.1)."""

    list: str  # "key" | "preparatory"
    project_id: ProjectId
    document: str = ""
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One row of `phases`: a part of a project that is granted whole or not at all, after the phases before it."""

    project_id: ProjectId
    phase: int  # 1, 2, 3, ...
    plan: int
    needs: Mapping[Indicator, int] = field(default_factory=dict[Indicator, int])  # other than plan; only above zero
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One row of `pins`: what the committee decided beforehand for one project (QY-9.1)."""

    project_id: ProjectId
    pin: str  # "grant" | "deny"
    reason: str = ""
    document: str = ""
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    """One row of `penalties`: by how much a county's grants are cut (QY-14.3)."""

    county: CountyCode
    cut: int  # grid units of plan
    type: str = ""
    document: str = ""
    place: Place = field(default_factory=Place)
    cells: Mapping[str, Place] = field(default_factory=dict[str, Place])  # column -> its cell in this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that was read: its name inside the scenario folder, its SHA-256, and what read it."""

    name: str
    sha256: str
    reader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Everything a scenario's data files say, in canonical order (NFKC project id; county code; account id; date).

    `columns[table]` are the columns that stood in the file: a rule whose table or column is absent is not applied
    and is listed under "not checked". `notes` are warnings and notes of intake; errors never get here.
    """

    applications: tuple[Application, ...]
    counties: tuple[County, ...] = ()  # empty when the table is absent
    accounts: tuple[Account, ...] = ()
    trades: tuple[Trade, ...] = ()
    lists: tuple[Listing, ...] = ()
    phases: tuple[Phase, ...] = ()  # by project, then phase
    pins: tuple[Pin, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    sources: tuple[Source, ...] = ()
    notes: tuple[Problem, ...] = ()

    def has(self, table: str, column: str = "") -> bool:
        """Whether the table, or that column of it, stood in the files."""
        return table in self.columns and (not column or column in self.columns[table])
