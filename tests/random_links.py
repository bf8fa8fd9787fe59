"""Random runs whose sources are not nested: forbidden pairs, a class that stands in, tiers of other forms."""

from dataclasses import replace
from random import Random
from typing import Any

from oracle.case import SKIP, STOP_ON_PLAN, Case, Project
from random_runs import COUNTIES, random_run

from allocator import compile as compiling
from allocator.outcome import Run
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import FLEX, Account, Kind

AREA, PADDY, CAPACITY = Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY


def random_links(seed: int) -> Run:
    """A random run under the prefecture's tiers with these changes; one seed in four stops at the first misfit."""
    rng = Random(seed)
    fill = "stop_at_first_misfit" if seed % 4 == 3 else "skip_and_fill"
    run = random_run(seed, **{"ranking.fill": fill})
    tiers = list(run.policy.tiers)
    pairs = [(a, b) for a in COUNTIES for b in COUNTIES if a != b]
    for place, tier in enumerate(tiers):
        if tier.order == "pooled_desc":
            chosen = tuple(sorted(rng.sample(pairs, rng.randint(1, 8))))
            tiers[place] = tier.model_copy(update={"forbidden": chosen})
    if seed % 5:
        holder = rng.choice(("own_county", "other_counties"))
        tiers.append(stand_in(rng, holder, (AREA,), PADDY))
    if seed % 7 == 0:
        tiers.append(stand_in(rng, "own_county", (PADDY,), AREA))
    if seed % 3 == 0:  # the prefecture's part opens before the counties' own pooled one
        farmland = [t for t in tiers if CAPACITY in t.indicators]
        prefecture = next(t for t in farmland if t.holder == "prefecture")
        tiers.remove(prefecture)
        tiers.insert(tiers.index(farmland[1]), prefecture)
    return run_with(run, tiers)


def stand_in(rng: Random, holder: str, indicators: tuple[Indicator, ...], lender: Indicator) -> Tier:
    kind = rng.choice((Kind.OWN, Kind.POOLED))
    more: dict[str, Any] = {"order": "pooled_desc"} if holder == "other_counties" else {}
    return Tier(
        cite="QN-14.5",
        name=f"{lender}_stands_in",
        indicators=indicators,
        kind=kind,
        holder=holder,  # pyright: ignore[reportArgumentType]
        access=rng.random() < 0.7,
        stands_in=lender,
        **more,
    )


def run_with(run: Run, tiers: list[Tier]) -> Run:
    return replace(run, policy=run.policy.model_copy(update={"tiers": tuple(tiers)}))


def told(case: compiling.Case) -> Case:
    """The same for the oracle; who may draw on what is read from the tiers again."""
    instance, accounts = case.instance, sorted(case_accounts(case), key=lambda a: a.account_id)
    leaves = [leaf for leaf in case.shares if leaf != FLEX]
    projects = tuple(
        Project(
            share=None if line == FLEX else leaves.index(line),
            plan=atom.plan,
            group=0,
            access=bool(atom.candidate.access),
            needs=tuple(atom.needs.get(i, 0) for i in case.stocks),
        )
        for atom in case.atoms
        for line in [atom.candidate.application.category]
    )
    reach = tuple(
        tuple(
            tuple(n for n, account in enumerate(accounts) if any(opens(t, i, account, atom) for t in case.policy.tiers))
            for i in case.stocks
        )
        for atom in case.atoms
    )
    return Case(
        shares=tuple(instance.share.tolist()),
        reserve=instance.reserve,
        projects=projects,
        stores=(),
        pool=(0,) * len(case.stocks),
        mode=STOP_ON_PLAN if case.policy.ranking.fill == "stop_at_first_misfit" else SKIP,
        balances=tuple(account.balance for account in accounts),
        reach=reach,
    )


def case_accounts(case: compiling.Case) -> list[Account]:
    """Every account that some indicator may draw on."""
    stocks = case.stocks.values()
    found = {a.account_id: a for stock in stocks for a in (*stock.store_accounts, *stock.pool_accounts)}
    return list(found.values())


def opens(tier: Tier, indicator: Indicator, account: Account, atom: compiling.Atom) -> bool:
    """Whether a tier lets an atom draw on an account for a need of this indicator."""
    county = atom.candidate.application.county
    if indicator not in tier.indicators or (tier.access and not atom.candidate.access):
        return False
    if account.kind != tier.kind or account.indicator != (tier.stands_in or indicator):
        return False
    if tier.holder == "own_county":
        return account.county == county
    if tier.holder == "prefecture":
        return True
    return account.county != county and (account.county, county) not in set(tier.forbidden)
