"""Random runs of the shipped `prefecture` policy, small enough that everything binds."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random
from typing import Any

from runs import account, application, mu, run_of, trade

from allocator.outcome import Run
from allocator.quantities import Indicator
from allocator.records import CRITERIA, Account, Application, Listing

CATEGORIES = ("key.industry", "key.other", "general.commercial", "general.livelihood", "general.three_old", "flex")
COUNTIES = ("A", "B", "C", "D")
INDICATORS = ("area", "paddy", "capacity", "boundary")
SECTORS = ("modern_industry", "transport", "eco_tourism", "culture_education")
DAYS = (None, date(2025, 9, 20), date(2025, 10, 1), date(2025, 10, 8), date(2025, 10, 30))
LATE = date(2025, 10, 31)
FULL_MONTHS = ("2025-09-01", "2025-12-31", "2026-02-28")
"""Days that count for a plan submitted on 31 March 2026."""
OTHER_DAYS = ("2025-08-31", "2026-03-01", "2026-03-30", "2026-03-31")


def random_run(seed: int, **overrides: object) -> Run:
    """Up to 30 applications of four counties, supplies of about half to all of what is asked.

    One seed in three gives scores, one criteria, one ranks alone; one in six an overall rank; one in two lists.
    """
    rng = Random(seed)
    count = rng.randint(3, 30)
    overall = rng.sample(range(1, count + 1), count) if seed % 6 == 5 else [None] * count
    projects = [random_application(rng, number, seed % 3, overall[number]) for number in range(count)]
    total = max(60, int(sum(p.plan for p in projects) * rng.uniform(0.5, 1.1)) // 10_000)
    deals = [(i, day) for i in INDICATORS[:3] for day in (FULL_MONTHS[2], *rng.sample(FULL_MONTHS + OTHER_DAYS, 3))]
    run = run_of(
        projects,
        total=total,
        accounts=random_accounts(rng, projects),
        trades=[trade(i, day, rng.randint(1, 99) * 1_000 + rng.randint(0, 1), rng.randint(1, 9)) for i, day in deals],
        overrides=overrides,
    )
    return listed(rng, run) if seed % 2 else run


def listed(rng: Random, run: Run) -> Run:
    """The same with the key and the preparatory list; one project in ten stands on none, or on the latter alone."""
    kinds = (("key",), ("key", "preparatory"))
    rows = [
        Listing(list=name, project_id=a.project_id)
        for a in run.tables.applications
        for name in (rng.choice(kinds) if rng.random() < 0.9 else rng.choice(((), ("preparatory",))))
    ]
    columns = {**run.tables.columns, "lists": frozenset({"list", "project_id", "document"})}
    return replace(run, tables=replace(run.tables, lists=tuple(rows), columns=columns))


def random_application(rng: Random, number: int, ranking: int, overall: int | None) -> Application:
    """One application; two in three need something besides plan, one in ten fails a gate, one in ten is cut.

    `ranking` 0: a rank; 1: a rank or a score; 2: a rank or criteria.
    """
    needs = {i: f"{rng.randint(1, 4000)}/100" for i in INDICATORS if rng.random() < 0.4}
    tags = {"province_key"} if rng.random() < 0.6 else set[str]()
    plan = f"{rng.randint(0, 4000)}/100"
    more: dict[str, Any] = {"rank": number + 1, "score": None, "filed_on": rng.choice(DAYS)}
    if ranking and rng.random() < 0.4:
        more["rank"] = None
    if ranking == 1 and (more["rank"] is None or rng.random() < 0.5):
        more["score"] = Fraction(rng.randint(0, 6))
    if ranking == 2:
        more["criteria"] = {name: Fraction(rng.randint(0, 3)) for name in CRITERIA if rng.random() < 0.8}
    category = rng.choice(CATEGORIES)
    if category.startswith("key."):
        more["sector"] = rng.choice(SECTORS)
    match rng.randrange(50):
        case 0 | 1:
            tags.add(rng.choice(("two_high", "upper_quota")))
        case 2:
            more["ledger"] = None
        case 3:
            more["filed_on"] = LATE
        case 4 | 5:
            more["sector"] = "unheard_of"
        case 6 | 7 | 8 | 9 | 10:
            more["ledger"] = mu(plan) // 2
    return application(
        f"P{number:03}",
        category,
        plan,
        county=rng.choice(COUNTIES),
        needs=needs,
        tags=frozenset(tags),
        overall_rank=overall,
        materials_complete=rng.choice((True, True, False, None)),
        **more,
    )


def random_accounts(rng: Random, projects: list[Application]) -> list[Account]:
    """Own, pooled and prefecture accounts of every class."""
    asked = {i: sum(p.needs.get(Indicator(i), 0) for p in projects) for i in INDICATORS}
    accounts: list[Account] = []
    for indicator in INDICATORS:
        grid = 100 if indicator == "capacity" else 10_000
        for county in COUNTIES:
            for kind, part in (("own", 8), ("pooled", 10)):
                balance = f"{rng.randint(0, max(1, asked[indicator] // part))}/{grid}"
                rate = {"allotted": 1000, "used": rng.randint(0, 999)} if indicator == "boundary" else {}
                accounts.append(account(indicator, kind, county, balance, **rate))
        accounts.append(account(indicator, "prefecture", "", f"{rng.randint(0, asked[indicator] // 8)}/{grid}"))
    return accounts
