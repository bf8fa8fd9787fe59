"""Small runs built by hand: applications, accounts and trades beside a shipped policy."""

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from allocator.outcome import Run
from allocator.policy_files import load
from allocator.quantities import Indicator
from allocator.records import Account, Application, Kind, Tables, Trade

MU = Indicator.PLAN.grid
KG = Indicator.CAPACITY.grid
COLUMNS = {
    "projects": frozenset({"project_id", "name", "county", "category", "sector", "rank", "overall_rank", "plan_mu"})
    | {"ledger_mu", "area_mu", "paddy_mu", "capacity_kg", "boundary_mu", "tags", "filed_on", "materials_complete"}
}


def mu(value: int | str) -> int:
    """Grid units of an area."""
    return int(Fraction(value) * MU)


def application(project_id: str, category: str, plan: int | str, *, county: str = "A", **more: Any) -> Application:
    """An application that passes every gate, `plan` in mu; `needs` in units, by indicator name."""
    needs = {Indicator(name): int(Fraction(q) * Indicator(name).grid) for name, q in more.pop("needs", {}).items()}
    given = {
        "sector": "modern_industry" if category.startswith("key.") else None,
        "ledger": mu(plan),
        "tags": frozenset[str](),
        "filed_on": date(2025, 10, 15),
        "materials_complete": True,
    }
    return Application(
        project_id=project_id, county=county, category=category, plan=mu(plan), needs=needs, **{**given, **more}
    )


def account(indicator: str, kind: str, county: str, balance: int | str, **more: Any) -> Account:
    """An account named after what it is; `balance`, `allotted`, `used` in units."""
    grid = Indicator(indicator).grid
    counts = {name: int(Fraction(value) * grid) for name, value in more.items()}
    return Account(
        account_id=f"{indicator}-{kind}-{county or 'prefecture'}",
        indicator=Indicator(indicator),
        kind=Kind(kind),
        county=county,
        balance=int(Fraction(balance) * grid),
        **counts,
    )


def trade(indicator: str, day: str, yuan: int | str, quantity: int = 1) -> Trade:
    """A deal at `yuan` a mu, or a 100 kg."""
    kind = Indicator(indicator)
    return Trade(
        traded_on=date.fromisoformat(day),
        indicator=kind,
        quantity=quantity * kind.grid,
        unit_price_yuan=Fraction(yuan),
    )


def run_of(
    applications: Iterable[Application],
    *,
    total: int | str = 10_000,
    accounts: Iterable[Account] | None = None,
    trades: Iterable[Trade] | None = None,
    policy: str = "prefecture",
    as_of: date = date(2026, 3, 31),
    overrides: Mapping[str, object] | None = None,
) -> Run:
    """A run of plan year 2026; a table that is None does not stand in the files."""
    loaded = load(policy, overrides=overrides or {})
    columns = dict(COLUMNS)
    if accounts is not None:
        columns["accounts"] = frozenset({"account_id", "indicator", "kind", "county", "balance", "allotted", "used"})
    if trades is not None:
        columns["trades"] = frozenset({"traded_on", "indicator", "quantity", "unit_price_yuan"})
    return Run(
        scenario="test",
        title="test",
        policy=loaded.policy,
        policy_files=loaded.files,
        year=2026,
        as_of=as_of,
        total=mu(total),
        plan_submitted=as_of,
        overrides={key: str(value) for key, value in (overrides or {}).items()},
        tables=Tables(
            applications=tuple(sorted(applications, key=lambda a: a.project_id)),
            accounts=tuple(sorted(accounts or (), key=lambda a: a.account_id)),
            trades=tuple(trades or ()),
            columns=columns,
        ),
    )
