"""Whole-table and cross-table checks: what no single cell can show. Pure: tables in, problems out.

An unknown county is found earlier, where names become codes (`intake.counties`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from allocator.check_problems import SUGGESTED, cell, error, warning
from allocator.intake.addresses import position
from allocator.intake.columns import RANKING_COLUMNS
from allocator.intake.nearest import folded, nearest
from allocator.intake.vocabulary import CATEGORIES, KINDS, titled
from allocator.outcome import PREFECTURE
from allocator.phase_checks import check_least_areas, check_phases
from allocator.pin_checks import check_pins
from allocator.policy import Policy
from allocator.problems import Place, Problem
from allocator.quantities import Indicator, plain
from allocator.records import Account, Application, County, CountyCode, Kind, Listing, Tables

COUNTY_KINDS = (Kind.OWN, Kind.POOLED)
"""The kinds of account that a county holds; the others have no county."""

RESERVED = "plan:"
"""How the account of a share begins (`plan:key.industry`), which no table may hold."""

LISTED = 50
"""So many gaps of the overall ranks are named one by one; the last of them counts those behind it."""


def check(tables: Tables, policy: Policy) -> tuple[Problem, ...]:
    """Everything that contradicts itself inside one table or between two."""
    applications = sorted(tables.applications, key=_row)
    return (
        *_duplicates("PROJECT_TWICE", "QY-4.3", ((a.project_id, a.place) for a in applications)),
        *_duplicates("COUNTY_TWICE", "QY-6.2", ((c.code, c.place) for c in sorted(tables.counties, key=_row))),
        *_duplicates("ACCOUNT_TWICE", "QN-10.2", ((a.account_id, a.place) for a in sorted(tables.accounts, key=_row))),
        *_reserved(tables),
        *_unranked(applications),
        *_ranked_alike(applications),
        *_overall_order(applications),
        *_doubtful_needs(applications),
        *_holders(sorted(tables.accounts, key=_row)),
        *_without_account(tables, applications),
        *_use_rates(tables),
        *_listed(tables),
        *check_least_areas(tables, policy),
        *check_phases(tables),
        *check_pins(tables),
    )


def _row(record: Application | County | Account | Listing) -> tuple[int, int]:
    return position(record.place.cell)


def _duplicates(code: str, rule: str, ids: Iterable[tuple[str, Place]]) -> Iterator[Problem]:
    """An id given twice, also when only width or case differ."""
    first: dict[str, tuple[str, Place]] = {}
    for name, place in ids:
        other, where = first.setdefault(folded(name), (name, place))
        if where is not place:
            yield error(code, place, name, rule, other=other, where=where.cell)


def _reserved(tables: Tables) -> Iterator[Problem]:
    """Names that the result needs for itself: the accounts of the shares, the prefecture as a payee (QN-14.2)."""
    for account in sorted(tables.accounts, key=_row):
        if folded(account.account_id).startswith(RESERVED):
            yield error("ACCOUNT_RESERVED", account.place, account.account_id, "QN-10.2", reserved=RESERVED)
    if tables.has("counties"):
        named = [(county.code, county.place) for county in tables.counties]
    else:
        named = [(record.county, cell(record, "county")) for record in (*tables.applications, *tables.accounts)]
    for code, place in named:
        if folded(code) == PREFECTURE:
            yield error("COUNTY_RESERVED", place, code, "QN-14.2")


def _unranked(applications: Iterable[Application]) -> Iterator[Problem]:
    """A project with neither a rank nor anything to compute one from (QY-5.0)."""
    for a in applications:
        if a.cells.keys().isdisjoint(RANKING_COLUMNS):
            return
        if a.rank is None and a.overall_rank is None and a.score is None and not a.criteria:
            yield error(
                "RANK_AND_CRITERIA_MISSING", cell(a, "rank", "score", "overall_rank"), "", "QY-5.0", who=a.project_id
            )


def _ranked_alike(applications: Iterable[Application]) -> Iterator[Problem]:
    """A rank given twice inside a category (QY-10.2)."""
    first: dict[tuple[str, int], Application] = {}
    for a in applications:
        if a.rank is None or not a.category:
            continue
        other = first.setdefault((a.category, a.rank), a)
        if other is not a:
            category = titled(a.category, CATEGORIES)
            facts = {"who": a.project_id, "category": category, "other": other.project_id}
            yield error("RANK_TWICE", cell(a, "rank"), a.rank, "QY-10.2", where=cell(other, "rank").cell, **facts)


def _overall_order(applications: list[Application]) -> Iterator[Problem]:
    """`overall_rank`, once filled, is complete, distinct, and agrees with `rank` inside each category (QY-10.2)."""
    if all(a.overall_rank is None for a in applications):
        return
    gaps = [a for a in applications if a.overall_rank is None]
    for number, a in enumerate(gaps[:LISTED], start=1):
        more = len(gaps) - LISTED if number == LISTED and len(gaps) > LISTED else ""
        yield error("OVERALL_RANK_GAP", cell(a, "overall_rank"), "", "QY-10.2", who=a.project_id, more=more)
    first: dict[int, Application] = {}
    categories: defaultdict[str, list[tuple[int, int, Application]]] = defaultdict(list)
    for a in applications:
        if a.overall_rank is None:
            continue
        other = first.setdefault(a.overall_rank, a)
        if other is not a:
            facts = {"who": a.project_id, "other": other.project_id, "where": cell(other, "overall_rank").cell}
            yield error("OVERALL_RANK_TWICE", cell(a, "overall_rank"), a.overall_rank, "QY-10.2", **facts)
        elif a.rank is not None:
            categories[a.category].append((a.rank, a.overall_rank, a))
    for category, ranked in categories.items():
        ahead, *rest = sorted(ranked, key=lambda item: item[:2])
        for item in rest:
            rank, overall, a = item
            if rank > ahead[0] and overall < ahead[1]:
                facts = {
                    "who": a.project_id,
                    "rank": rank,
                    "category": titled(category, CATEGORIES),
                    "where": cell(ahead[2], "overall_rank").cell,
                }
                others = {"other": ahead[2].project_id, "other_rank": ahead[0], "other_overall": ahead[1]}
                yield error("OVERALL_RANK_DISAGREES", cell(a, "overall_rank"), overall, "QY-10.2", **facts, **others)
            else:
                ahead = item


def _doubtful_needs(applications: Iterable[Application]) -> Iterator[Problem]:
    """More paddy than cultivated land (QN-9.1), or nothing asked for at all."""
    for a in applications:
        paddy, area = a.needs.get(Indicator.PADDY, 0), a.needs.get(Indicator.AREA, 0)
        if paddy > area and "area_mu" in a.cells:
            grid = Indicator.AREA.grid
            place, facts = cell(a, "paddy_mu"), {"who": a.project_id, "area": plain(area, grid)}
            yield warning(
                "PADDY_ABOVE_AREA", place, plain(paddy, grid), "QN-9.1", where=a.cells["area_mu"].cell, **facts
            )
        if not a.plan and not a.needs and "plan_mu" in a.cells:
            yield warning("NOTHING_ASKED", cell(a, "plan_mu"), "", "QY-4.3.1", who=a.project_id)


def _holders(accounts: Iterable[Account]) -> Iterator[Problem]:
    """A county's account names its county, any other account names none (QN-14.3)."""
    for a in accounts:
        facts = {"who": a.account_id, "kind": titled(a.kind, KINDS)}
        if a.kind in COUNTY_KINDS and not a.county:
            yield error("ACCOUNT_NEEDS_COUNTY", cell(a, "county"), "", "QN-14.3", **facts)
        elif a.kind not in COUNTY_KINDS and a.county:
            yield error("ACCOUNT_HAS_COUNTY", cell(a, "county"), a.county, "QN-14.3", **facts)


def _without_account(tables: Tables, applications: Iterable[Application]) -> Iterator[Problem]:
    """A project's county that no account names while accounts name others (QN-14.3); a table of counties settles it."""
    named = {account.county for account in tables.accounts if account.county}
    if tables.has("counties") or not named:
        return
    first: dict[CountyCode, Application] = {}
    for a in applications:
        if a.county and a.county not in named:
            first.setdefault(a.county, a)
    for number, (county, a) in enumerate(first.items()):
        near = nearest(county, named) if number < SUGGESTED else ""
        yield warning("COUNTY_WITHOUT_ACCOUNT", cell(a, "county"), county, "QN-14.3", nearest=near)


def _use_rates(tables: Tables) -> Iterator[Problem]:
    """What a county was allotted and used of boundary scale, from which its use rate follows (QN-6.4)."""
    held: defaultdict[CountyCode, list[Account]] = defaultdict(list)
    for account in sorted(tables.accounts, key=_row):
        if account.indicator is Indicator.BOUNDARY and account.county:
            held[account.county].append(account)
    grid = Indicator.BOUNDARY.grid
    for county, accounts in held.items():
        allotted, used = _sum(a.allotted for a in accounts), _sum(a.used for a in accounts)
        pooled = next((a for a in accounts if a.kind is Kind.POOLED and a.balance > 0), None)
        if pooled and allotted is None and tables.has("accounts", "allotted"):
            yield warning("BOUNDARY_RATE_UNKNOWN", cell(pooled, "allotted"), "", "QN-6.4", county=county)
        elif pooled and allotted == 0:
            facts = {"county": county, "balance": plain(pooled.balance, grid)}
            yield error("BOUNDARY_NOT_ALLOTTED", cell(pooled, "allotted"), 0, "QN-6.4", **facts)
        elif allotted is not None and used is not None and used > allotted:
            row = next(a for a in accounts if a.used)
            facts: Mapping[str, str] = {"county": county, "allotted": plain(allotted, grid), "used": plain(used, grid)}
            yield error("BOUNDARY_OVERUSED", cell(row, "used"), plain(used, grid), "QN-6.4", **facts)


def _sum(quantities: Iterable[int | None]) -> int | None:
    """The sum of those that are given; None when none is."""
    given = [quantity for quantity in quantities if quantity is not None]
    return sum(given) if given else None


def _listed(tables: Tables) -> Iterator[Problem]:
    """A list that names a project that is not there (QY-3.1); without any project the list is not to blame."""
    if not tables.applications:
        return
    known = {a.project_id: a for a in tables.applications}
    unknown = (listing for listing in sorted(tables.lists, key=_row) if listing.project_id not in known)
    for number, listing in enumerate(unknown):
        near = nearest(listing.project_id, known) if number < SUGGESTED else ""  # each one compares with every id
        yield error("LISTED_PROJECT_UNKNOWN", listing.place, listing.project_id, "QY-3.1", nearest=near)
