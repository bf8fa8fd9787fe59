"""Random runs of the shipped `prefecture` policy, small enough that everything binds."""

from random import Random

from runs import account, application, run_of, trade

from allocator.outcome import Run
from allocator.quantities import Indicator
from allocator.records import Account, Application

CATEGORIES = ("key.industry", "key.other", "general.commercial", "general.livelihood", "general.three_old", "flex")
COUNTIES = ("A", "B", "C", "D")
INDICATORS = ("area", "paddy", "capacity", "boundary")


def random_run(seed: int, **overrides: object) -> Run:
    """Up to 30 applications of four counties, supplies of about half to all of what is asked."""
    rng = Random(seed)
    projects = [random_application(rng, number) for number in range(rng.randint(3, 30))]
    total = max(60, int(sum(p.plan for p in projects) * rng.uniform(0.5, 1.1)) // 10_000)
    return run_of(
        projects,
        total=total,
        accounts=random_accounts(rng, projects),
        trades=[trade(i, "2026-02-03", rng.randint(1, 99) * 1_000 + rng.randint(0, 1)) for i in INDICATORS[:3]],
        overrides=overrides,
    )


def random_application(rng: Random, number: int) -> Application:
    """One application; two in three need something besides plan."""
    needs = {i: f"{rng.randint(1, 4000)}/100" for i in INDICATORS if rng.random() < 0.4}
    return application(
        f"P{number:03}",
        rng.choice(CATEGORIES),
        f"{rng.randint(0, 4000)}/100",
        county=rng.choice(COUNTIES),
        needs=needs,
        tags=frozenset({"province_key"}) if rng.random() < 0.6 else frozenset(),
        score=None,
        rank=number + 1,
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
