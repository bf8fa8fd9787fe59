"""What a night tells, as plain data: stored with the run, printed as a page, written as JSON.

Quantities are exact plain decimals in the unit beside them (plan: mu); days are ISO texts; codes are stable.
"""

from collections.abc import Mapping
from typing import TypedDict

from allocator.quantities import Indicator, plain
from allocator.records import CountyCode, ProjectId

NIGHT_VERSION = 1


class Project(TypedDict):
    """Whom a line is about."""

    project_id: str
    name: str
    county: str
    county_name: str


class Reported(TypedDict):
    """One event of the file."""

    occurred_on: str
    kind: str
    project_id: str  # or a county
    quantity_mu: str  # "": none given
    document: str


class Lost(Project):
    """A grant that ends, or would end."""

    plan_mu: str
    kept_mu: str  # what is granted again, where the grant becomes smaller; "0": nothing is left
    reason: str  # OVERDUE | WITHDRAWN | RECALLED | DENIED | PENALTY | TOTAL_CUT | ROOM_FOR_PIN | FRESH
    rule: str


class Gain(Project):
    """A grant that is made, or would be."""

    plan_mu: str


class Risen(Gain):
    """A project that moves up, and why."""

    position: int  # in the waiting line, 1 first
    pool: str  # the pool of its first part; "" for a grant without plan
    left_mu: str  # what that pool had left behind it, by its place in the line
    reason: str  # as in a solve: GRANTED, TRIMMED, PINNED, REDUCED ...
    rule: str


class Passed(Project):
    """A waiting project that stands in front of one that moves up, and does not."""

    position: int
    reason: str
    rule: str
    indicator: str  # "": it is not short of anything
    short: str


class Back(TypedDict):
    """What an account got back."""

    account_id: str
    indicator: str
    unit: str
    quantity: str


class Reminder(Project):
    """What somebody has to do soon, or since today too late."""

    what: str  # materials | use | transfer
    rule: str
    due_on: str
    days_left: int  # -1: overdue since today


class Course(TypedDict):
    """What one mode does, or would do."""

    mode: str  # keep | least-change | fresh
    same_as: str  # another mode that does the same; "": none does
    impossible: str  # "": it has an answer; else a code of [causes]
    granted: list[Gain]
    hurt: list[Lost]  # who has a grant and would lose it, or some of it


class Pool(TypedDict):
    """The balance of one pool of plan quota."""

    pool: str
    before_mu: str
    after_mu: str


class Warned(TypedDict):
    """A warning in both languages."""

    code: str
    zh: str
    en: str


class Night(TypedDict):
    """One night, whole."""

    schema_version: int
    as_of: str
    mode: str
    actor: str
    title: str
    year: int
    run: str  # "" where nothing was written
    head_before: str
    head_after: str
    dry_run: bool
    refill: str  # a code of [refill]
    kind: str  # replacement | adjustment
    rule: str  # by which who waits moves up
    proposal: str
    events_taken: list[Reported]
    events_skipped: list[Reported]
    overdue: list[Lost]
    withdrawn: list[Lost]
    recalled: list[Lost]
    used: list[Project]
    closed: int
    returned: list[Back]
    risen: list[Risen]
    passed: list[Passed]
    taken_back: list[Lost]
    reminders: list[Reminder]  # those that are reached on this very day
    courses: list[Course]  # of the three modes; none where no plan is approved yet
    pools: list[Pool]
    warnings: list[Warned]


def mu(steps: int) -> str:
    """Grid units of plan as a plain decimal."""
    return plain(steps, Indicator.PLAN.grid)


def project(
    project_id: ProjectId,
    names: Mapping[ProjectId, str],
    counties: Mapping[ProjectId, CountyCode],
    titles: Mapping[CountyCode, str],
) -> Project:
    """Whom a line is about; a project that stands in no file any more has no name."""
    county = counties.get(project_id, "")
    return Project(
        project_id=project_id,
        name=names.get(project_id, ""),
        county=county,
        county_name=titles.get(county, ""),
    )
