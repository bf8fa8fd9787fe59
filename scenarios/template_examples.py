"""The example rows of a template: a complete small scenario that `landquota check` accepts as it stands."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from scenarios.examples_left import EXAMPLE
from scenarios.template_sheets import Row

COUNTY = "示例县"
"""No county's code: whoever leaves the examples in will see them in every report."""


def example_rows(year: int, as_of: date) -> Mapping[str, Sequence[Row]]:
    """Example rows of each table, dated so that they are in time for `year` and inside the price window of `as_of`."""
    filed = date(year - 1, 10, 15)
    traded = (as_of.replace(day=1) - timedelta(days=1)).replace(day=10)
    key: Row = {
        "project_id": f"{EXAMPLE}1",
        "name": "示例（填表时请删除）·标准厂房",
        "county": COUNTY,
        "category": "key.industry",
        "sector": "modern_industry",
        "rank": 1,
        "materials_complete": True,
        "plan_mu": Decimal("120.5"),
        "ledger_mu": Decimal("120.5"),
        "area_mu": Decimal(80),
        "paddy_mu": Decimal(20),
        "capacity_kg": Decimal(48_000),
        "boundary_mu": Decimal(60),
        "tags": "province_key",
        "score": Decimal("86.5"),
        "filed_on": filed,
    }
    general: Row = {
        "project_id": f"{EXAMPLE}2",
        "name": "示例（填表时请删除）·农贸市场改造",
        "county": COUNTY,
        "category": "general.livelihood",
        "sector": "social_livelihood",
        "rank": 1,
        "materials_complete": False,
        "plan_mu": Decimal(12),
        "ledger_mu": Decimal(12),
        "score": Decimal(71),
        "filed_on": filed,
    }
    return {
        "projects": [key, general],
        "counties": [{"county": COUNTY, "name": COUNTY}],
        "accounts": [
            {
                "account_id": f"{EXAMPLE}{indicator}-{kind}",
                "indicator": indicator,
                "kind": kind,
                "county": COUNTY if kind != "prefecture" else None,
                "balance": Decimal(balance),
                "allotted": Decimal(400) if indicator == "boundary" and kind != "prefecture" else None,
                "used": Decimal(150) if indicator == "boundary" and kind != "prefecture" else None,
            }
            for indicator, balances in {
                "area": (50, 10, 100),
                "paddy": (15, 5, 20),
                "capacity": (30_000, 5_000, 60_000),
                "boundary": (50, 20, 10),
            }.items()
            for kind, balance in zip(("own", "pooled", "prefecture"), balances, strict=True)
        ],
        "trades": [
            {
                "traded_on": traded,
                "indicator": indicator,
                "quantity": Decimal(quantity),
                "unit_price_yuan": Decimal(price),
            }
            for indicator, quantity, price in (
                ("area", 100, 45_000),
                ("paddy", 40, 120_000),
                ("capacity", 50_000, 6_000),
            )
        ],
        "lists": [{"list": "key", "project_id": f"{EXAMPLE}1", "document": "示例（填表时请删除）"}],
    }
