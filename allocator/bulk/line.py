"""Who competes, in which order, with what: the columns of a scenario as one instance for the engine.

The gates, the access to the pool and the keys of the order are the ordinary line's own. They look at a few columns
only, so they are asked once for every combination of values that occurs, and the answer holds for all rows alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from allocator.bulk.checks import refuse_wrong
from allocator.bulk.roll import NONE, Roll, needs_of
from allocator.bulk.stores import Stores, open_stores, own, pool, stocks, translated
from allocator.compile import FILLS
from allocator.eligibility import screen
from allocator.intake.file_problems import error
from allocator.nesting import stands_alone
from allocator.outcome import Decision, Screening
from allocator.policy import Donor, Policy
from allocator.problems import InputRejected, Place, Problem
from allocator.quantities import Indicator
from allocator.ranking import key
from allocator.records import CRITERIA, FLEX, Application, Level, Tables
from allocator.shares import Share, divide
from allocator.stock import Stock
from models.instance import Fill, Instance, Ints

KEYS = ("category", "tags", "sector", "filed_on", "materials_complete", "level")
"""The columns that gates, access and order look at, besides ranks, scores and the ledger."""

LINES = (Fill.SKIP, Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """The candidates in the overall order, as arrays; rows are those of the file."""

    screening: Screening  # of one application for each combination
    kinds: tuple[Application, ...]  # the combinations
    kind: Ints  # (N,) the combination of each row
    outcome: tuple[tuple[Decision, str, str] | None, ...]  # of each combination that failed a gate
    rank: Ints  # (N,) inside its category; NONE of a row that neither has one nor competes
    row: Ints  # (P,) the row of each place
    counties: tuple[str, ...]
    county: Ints  # (N,) of each row
    shares: Mapping[str, Share]
    stores: Stores
    stocks: Mapping[Indicator, Stock]  # tiers and rules of the indicators tested besides plan
    trimmed: Ints  # (N,) plan admitted: the request, cut to the ledger
    instance: Instance


def form(rolls: Mapping[str, Roll], policy: Policy, *, year: int, as_of: date, total: int) -> Line:
    """The line of a year; raises `InputRejected` for what this line does not carry."""
    projects = rolls["projects"]
    refuse_unbuilt(rolls, policy)
    refuse_wrong(rolls, policy)
    kinds, kind = combine(projects)
    columns = {name: roll.columns for name, roll in rolls.items()}
    screening = screen(Tables(applications=kinds, columns=columns), policy, year=year, as_of=as_of)
    plan = projects.numbers["plan_mu"].clip(0)
    ledger = projects.numbers.get("ledger_mu")
    trimmed = plan if ledger is None else np.where(ledger == NONE, plan, np.minimum(plan, ledger))
    outcome = tuple(
        (failed[0].outcome, failed[0].reason, failed[0].rule)
        if (failed := screening.failures.get(a.project_id))
        else None
        for a in kinds
    )
    competes = np.array([failed is None for failed in outcome])[kind]
    rank = complete(projects, kinds, kind, competes, policy)
    row = overall(projects, screening, kinds, kind, competes, rank, policy)
    counties = all_counties(rolls)
    county = translated(projects, "county", {name: place for place, name in enumerate(counties)})
    stores = open_stores(rolls.get("accounts"), counties)
    shares = divide(total, policy)
    filled = stocks(policy) if "accounts" in rolls else dict[Indicator, Stock]()
    leaves = [leaf for leaf in shares if leaf != FLEX]
    line = {leaf: number for number, leaf in enumerate(leaves)} | {FLEX: NONE}
    access = {c.project_id: bool(c.access) for c in screening.candidates}
    at = kind[row]
    held = [own(stores, stock) for stock in filled.values()]
    instance = Instance(
        share=np.array([shares[leaf].budget for leaf in leaves], dtype=np.int64),
        reserve=shares[FLEX].budget,
        category=np.array([line[a.category] for a in kinds], dtype=np.int64)[at],
        plan=trimmed[row],
        county=county[row],
        access=np.array([access.get(a.project_id, False) for a in kinds], dtype=np.bool_)[at],
        need=needs_of(projects, tuple(filled))[row],
        own=np.stack(held, axis=1) if held else np.zeros((len(counties), 0), dtype=np.int64),
        pool=np.array([pool(stores, stock) for stock in filled.values()], dtype=np.int64),
        fill=FILLS[policy.ranking.fill, policy.ranking.stop_on],
    )
    return Line(
        screening=screening,
        kinds=kinds,
        kind=kind,
        outcome=outcome,
        rank=rank,
        row=row,
        counties=counties,
        county=county,
        shares=shares,
        stores=stores,
        stocks=filled,
        trimmed=trimmed,
        instance=instance,
    )


def refuse_unbuilt(rolls: Mapping[str, Roll], policy: Policy) -> None:
    """What the ordinary line does and this one does not."""
    problems: list[Problem] = []
    if FILLS[policy.ranking.fill, policy.ranking.stop_on] not in LINES:
        problems.append(error("BULK_NOT_BUILT", Place(cell="policy.ranking.fill"), policy.ranking.fill))
    for table in ("phases", "pins", "lists", "penalties"):
        if table in rolls:
            problems.append(error("BULK_NOT_BUILT", Place(sheet=table), table))
    plain = Donor.model_validate({"cite": policy.donor.cite}) if policy.donor else None
    if loose := [indicator.value for indicator in policy.indicators if not stands_alone(indicator, policy)]:
        problems.append(error("BULK_NOT_BUILT", Place(cell="policy.tiers"), ", ".join(loose)))
    shared = policy.phase and policy.phase.min_share
    if policy.penalty or policy.region or policy.exchange or shared or (policy.donor and policy.donor != plain):
        problems.append(error("BULK_NOT_BUILT", Place(cell="policy"), "penalty, region, exchange, donor, min_share"))
    if "min_area_mu" in rolls["projects"].numbers:
        problems.append(error("BULK_NOT_BUILT", Place(sheet="projects"), "min_area_mu"))
    scores = {"score", *(f"{criterion}_score" for criterion in CRITERIA)} & rolls["projects"].columns
    problems += [error("BULK_NOT_BUILT", Place(sheet="projects"), name) for name in sorted(scores)]
    for name, value, built in (
        ("source", policy.ranking.source, "given_then_score"),
        ("ties", policy.ranking.ties, "by_id"),
    ):
        if value != built:
            problems.append(error("BULK_NOT_BUILT", Place(cell=f"policy.ranking.{name}"), value))
    if problems:
        raise InputRejected(problems)


def combine(projects: Roll) -> tuple[tuple[Application, ...], Ints]:
    """One application for every combination of values that occurs, and each row's combination.

    What a gate asks of the ledger is part of it: whether there is an entry, and whether it is one of nothing.
    """
    present = [name for name in KEYS if name in projects.texts]
    code = np.zeros(projects.rows, dtype=np.int64)
    for name in present:
        texts = projects.texts[name]
        code = code * (len(texts.values) + 1) + texts.code + 1
    if (ledger := projects.numbers.get("ledger_mu")) is not None:
        code = code * 3 + np.where(ledger > 0, 2, np.where(ledger == NONE, 0, 1))
    code = code * 2 + (projects.numbers["plan_mu"] > 0)
    _, first, kind = distinct(code)
    return tuple(application(projects, int(row), present) for row in first), kind


def distinct(code: Ints) -> tuple[Ints, Ints, Ints]:
    """The distinct values, the first row of each, and each row's value: by counting where codes are small."""
    top = int(code.max(initial=0)) + 1
    if top > 4 * len(code) + 1_000_000:
        values, first, inverse = np.unique(code, return_index=True, return_inverse=True)
        return values, first, inverse.astype(np.int64)
    seen = np.zeros(top, dtype=np.bool_)
    seen[code] = True
    values = np.flatnonzero(seen)
    place = np.zeros(top, dtype=np.int64)
    place[values] = np.arange(len(values))
    inverse = place[code]
    first = np.empty(len(values), dtype=np.int64)
    first[inverse[::-1]] = np.arange(len(code))[::-1]
    return values, first, inverse


def application(projects: Roll, row: int, present: list[str]) -> Application:
    """One row as the ordinary line has it, as far as gates and order look."""

    def text(name: str) -> str | None:
        """The value of a column in this row."""
        if name not in present:
            return None
        texts = projects.texts[name]
        code = int(texts.code[row])
        return texts.values[code] if code != NONE else None

    def number(name: str) -> int | None:
        """The same of numbers."""
        values = projects.numbers.get(name)
        value = NONE if values is None else int(values[row])
        return None if value == NONE else value

    filed, level, complete = text("filed_on"), text("level"), text("materials_complete")
    return Application(
        project_id=projects.ids[row].as_py(),
        county="",
        category=text("category") or "",
        plan=number("plan_mu") or 0,
        sector=text("sector"),
        level=Level(level) if level else None,
        materials_complete=None if complete is None else complete == "true",
        ledger=number("ledger_mu"),
        tags=frozenset((text("tags") or "").split(";")) - {""},
        filed_on=date.fromisoformat(filed[:10]) if filed else None,
    )


def complete(projects: Roll, kinds: tuple[Application, ...], kind: Ints, competes: Ints, policy: Policy) -> Ints:
    """(N,) the rank of each row: as given; of a candidate without one, behind the last given one of its category."""
    rank = projects.numbers.get("rank", np.full(projects.rows, NONE)).copy()
    leaves = (*policy.leaves(), FLEX)
    category = np.array([leaves.index(a.category) for a in kinds], dtype=np.int64)[kind]
    last = np.zeros(len(leaves), dtype=np.int64)
    np.maximum.at(last, category[competes], np.maximum(rank[competes], 0))
    open_ = competes & (rank == NONE)
    rank[open_] = last[category[open_]] + 1
    return rank


def overall(
    projects: Roll,
    screening: Screening,
    kinds: tuple[Application, ...],
    kind: Ints,
    competes: Ints,
    rank: Ints,
    policy: Policy,
) -> Ints:
    """(P,) the rows of the candidates in the overall order; the same keys as the ordinary ranking, each as an array."""
    rows = np.flatnonzero(competes)
    overall_rank = projects.numbers.get("overall_rank")
    if overall_rank is not None and (overall_rank[rows] != NONE).all():
        return rows[by_distinct(overall_rank[rows])]
    candidates = {c.project_id: c for c in screening.candidates}
    turns = [key(candidates[a.project_id], 0, None, policy) if a.project_id in candidates else None for a in kinds]
    keys = [
        (turn[0], int(turn[1]), turn[3], int(turn[4]), turn[5].toordinal(), turn[7]) if turn else (0,) * 6
        for turn in turns
    ]
    column = np.array(keys, dtype=np.int64)[kind[rows]].T
    return rows[np.lexsort((column[5], column[4], column[3], column[2], rank[rows], column[1], column[0]))]


def by_distinct(rank: Ints) -> Ints:
    """The places of distinct numbers in their order. Ranks are nearly a permutation: they are laid out, not sorted."""
    top = int(rank.max(initial=0)) + 1
    if top > 4 * len(rank) + 1_000_000:
        return np.argsort(rank, kind="stable")
    place = np.full(top, NONE, dtype=np.int64)
    place[rank] = np.arange(len(rank))
    return place[place != NONE]


def all_counties(rolls: Mapping[str, Roll]) -> tuple[str, ...]:
    """Every county that has a project or an account, by code."""
    named = [rolls[table].texts["county"].values for table in ("projects", "accounts") if table in rolls]
    return tuple(sorted({value for values in named for value in values} - {""}))
