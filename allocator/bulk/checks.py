"""What the ordinary line refuses at the door, asked of whole columns: the rule is named, not the cell."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

import numpy as np

from allocator.bulk.roll import NONE, Roll
from allocator.intake.columns import TABLE, Value
from allocator.intake.file_problems import error
from allocator.intake.vocabulary import known_tags
from allocator.outcome import PREFECTURE
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem
from allocator.quantities import Indicator
from allocator.records import FLEX, Kind, Level
from allocator.report.csv_files import guard
from models.instance import Ints

SHOWN = 5
"""How many wrong values a message names."""


def refuse_wrong(rolls: Mapping[str, Roll], policy: Policy) -> None:
    """Raise `InputRejected` with everything that `solve` would refuse too."""
    problems = [
        *wrong_texts(rolls, policy),
        *wrong_ranks(rolls["projects"], (*policy.leaves(), FLEX)),
        *wrong_needs(rolls["projects"]),
        *(wrong_accounts(rolls["accounts"]) if "accounts" in rolls else ()),
        *(wrong_trades(rolls["trades"]) if "trades" in rolls else ()),
    ]
    if problems:
        raise InputRejected(problems)


def wrong(table: str, column: str, values: Collection[str] = ()) -> Problem:
    """A column with values that are not taken."""
    return error("BULK_VALUE", Place(sheet=table), column, detail=", ".join(sorted(values)[:SHOWN]) or "?")


def wrong_texts(rolls: Mapping[str, Roll], policy: Policy) -> Iterator[Problem]:
    """Values with a fixed choice are spelled as the program spells them; what must be given is given."""
    choices = {
        Value.CATEGORY: {*policy.leaves(), FLEX},
        Value.LEVEL: set(Level),
        Value.KIND: set(Kind),
        Value.INDICATOR: set(Indicator),
        Value.YES_NO: {"true", "false"},
    }
    counties = set(rolls["counties"].texts["county"].values) if "counties" in rolls else None
    for name, roll in rolls.items():
        for column, texts in roll.texts.items():
            spec = TABLE[name][column]
            values = {value for value in texts.values if value}
            bad = values - choices[spec.value] if spec.value in choices else set[str]()
            if spec.value is Value.COUNTY:
                bad |= {v for v in values if v == PREFECTURE or guard(v) != v or (counties and v not in counties)}
            if spec.value is Value.TAGS:
                bad |= {tag for v in values for tag in v.split(";")} - {*known_tags(policy), ""}
            if spec.value is Value.DATE:
                bad |= {v for v in values if not is_a_day(v)}
            if bad:
                yield wrong(name, column, bad)
            if spec.filled and (texts.code == NONE).any():
                yield wrong(name, column)
        for column, values in roll.numbers.items():
            if TABLE[name][column].filled and (values == NONE).any():
                yield wrong(name, column)


def is_a_day(text: str) -> bool:
    """Whether a text is a day, alone or with midnight behind it."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return text[10:] in ("", " 00:00:00", "T00:00:00")


def wrong_ranks(projects: Roll, categories: tuple[str, ...]) -> Iterator[Problem]:
    """QY-10.2: every project has a rank or an overall one; no rank stands twice in a category; an overall rank, once
    filled, is complete, distinct and agrees with the ranks."""
    empty = np.full(projects.rows, NONE, dtype=np.int64)
    rank, overall = projects.numbers.get("rank", empty), projects.numbers.get("overall_rank", empty)
    texts = projects.texts["category"]
    number = [categories.index(value) if value in categories else NONE for value in texts.values]
    category = np.array([*number, NONE], dtype=np.int64)[texts.code]
    place = Place(sheet="projects")
    if ((rank == NONE) & (overall == NONE)).any() or (rank == 0).any() or (overall == 0).any():
        yield error("BULK_RANKS", place, "rank")
    for k in range(len(categories)):
        if is_doubled(rank[(category == k) & (rank != NONE)]):
            yield error("BULK_RANKS", place, "rank")
            break
    if (overall == NONE).all():
        return
    if (overall == NONE).any() or is_doubled(overall):
        yield error("BULK_RANKS", place, "overall_rank")
        return
    order = np.argsort(overall, kind="stable") if "rank" in projects.numbers else np.zeros(0, dtype=np.int64)
    for k in range(len(categories)):
        line = rank[order][category[order] == k]
        if (np.diff(line[line != NONE]) <= 0).any():
            yield error("BULK_RANKS", place, "overall_rank")
            return


def is_doubled(numbers: Ints) -> bool:
    """Whether a number, not below zero, stands twice; by counting where numbers are small."""
    if numbers.max(initial=0) > 4 * len(numbers) + 1_000_000:
        return len(np.unique(numbers)) < len(numbers)
    return bool((np.bincount(numbers) > 1).any()) if len(numbers) else False


def wrong_needs(projects: Roll) -> Iterator[Problem]:
    """A project that asks for nothing is a mistake of whoever filled the row in."""
    asked = np.zeros(projects.rows, dtype=np.bool_)
    for column in ("plan_mu", "area_mu", "paddy_mu", "capacity_kg", "boundary_mu", "pbf_mu"):
        if (quantity := projects.numbers.get(column)) is not None:
            asked |= quantity > 0
    if not asked.all():
        yield wrong("projects", "plan_mu", {"0"})


def wrong_accounts(accounts: Roll) -> Iterator[Problem]:
    """Counties hold own and pooled stock, higher holders have none; who was allotted nothing has nothing to give."""
    kind, indicator = accounts.texts["kind"], accounts.texts["indicator"]
    local = np.array([*(value in (Kind.OWN, Kind.POOLED) for value in kind.values), False])[kind.code]
    held = accounts.texts["county"].code != NONE if "county" in accounts.texts else np.zeros(accounts.rows, dtype=bool)
    if (local != held).any():
        yield wrong("accounts", "county")
    if "allotted" in accounts.numbers:
        boundary = np.array([*(value == Indicator.BOUNDARY for value in indicator.values), False])[indicator.code]
        if (boundary & (accounts.numbers["allotted"] == 0) & (accounts.numbers["balance"] > 0)).any():
            yield wrong("accounts", "allotted", {"0"})


def wrong_trades(trades: Roll) -> Iterator[Problem]:
    """A deal is of something, at a price."""
    for column in ("quantity", "unit_price_yuan"):
        if (trades.numbers[column] <= 0).any():
            yield wrong("trades", column)
