"""What every application came to, and every balance: the tables beside the libraries."""

from collections.abc import Iterator, Mapping

from allocator.ledger.accounts import LedgerAccount
from allocator.ledger.lives import Life
from allocator.quantities import Indicator
from allocator.records import AccountId, ProjectId
from allocator.report.ledger_tables import place
from allocator.report.rows import Row, Table, quantity

BESIDE_PLAN = tuple(indicator for indicator in Indicator if indicator is not Indicator.PLAN)

COLUMNS = (
    *("project_id", "granted_plan_mu", "state", "pool", "county", "category", "granted_on", "due_on", "document"),
    *("phases", *(f"{indicator}_{indicator.unit}" for indicator in BESIDE_PLAN)),
    *(f"linked_{indicator}_{indicator.unit}" for indicator in BESIDE_PLAN),
)


def grants_table(
    lives: Mapping[ProjectId, Life], categories: Mapping[ProjectId, str], due: Mapping[ProjectId, str]
) -> Table:
    """One row a project. `due`: by when its materials are to be filed, where they are still to be."""
    return Table(name="grants", columns=COLUMNS, rows=tuple(rows(lives, categories, due)))


def rows(
    lives: Mapping[ProjectId, Life], categories: Mapping[ProjectId, str], due: Mapping[ProjectId, str]
) -> Iterator[Row]:
    """The rows of the grants, in the order of `lives`."""
    for project, life in lives.items():
        granting = life.granting
        yield (
            project,
            quantity(life.granted_plan, Indicator.PLAN),
            life.state,
            ";".join(life.pools),
            life.county,
            categories.get(project, ""),
            granting.on.isoformat() if granting else "",
            due.get(project, ""),
            granting.document if granting else "",
            ";".join(map(str, life.granted_phases)),
            *(quantity(life.quantity(each), each) for each in BESIDE_PLAN),
            *(quantity(life.quantity(each, is_linked=True), each) for each in BESIDE_PLAN),
        )


def balances_table(accounts: Mapping[AccountId, LedgerAccount], balances: Mapping[AccountId, int]) -> Table:
    """Every account and its balance, a project's only when something moved it; an indicator's sum to zero."""
    known = [row for row in accounts.values() if not row.project or row.account_id in balances]
    return Table(
        name="balances",
        columns=("account_id", "indicator", "account_kind", "county", "project_id", "balance", "unit"),
        rows=tuple(
            (
                row.account_id,
                row.indicator.value,
                row.kind,
                row.county,
                row.project,
                quantity(balances.get(row.account_id, 0), row.indicator),
                row.indicator.unit,
            )
            for row in sorted(known, key=place)
        ),
    )
