"""Sources that are not nested, along the whole line: forbidden pairs, a class that stands in, tiers of other forms."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest
from oracle.walk import walk
from paces import mostly_long
from random_links import random_links, run_with, told
from random_parts import WALKS, random_parts
from random_runs import random_run

from allocator.eligibility import screen
from allocator.outcome import Allocation, Run, Screening, ShortageKind
from allocator.policy import Tier
from allocator.quantities import Indicator
from allocator.records import Kind
from allocator.solve import allocate, prepare
from models.exact import walk as pass_over

SEEDS = range(40)
FARMLAND = (Indicator.AREA, Indicator.PADDY, Indicator.CAPACITY)


@cache
def answered(seed: int) -> tuple[Run, Allocation]:
    run = random_links(seed)
    return run, allocate(run, engine="exact")  # which verifies it


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=4))
def test_the_walk_with_a_flow_grants_what_the_oracle_grants(seed: int) -> None:
    case = prepare(random_links(seed)).case
    assert pass_over(case.instance).round.tolist() == walk(told(case)).rounds(len(case.atoms))


@pytest.mark.parametrize("seed", SEEDS[::3])
def test_the_program_gives_the_same_answer_and_says_how_sources_were_tested(seed: int) -> None:
    run, exact = answered(seed)
    program = allocate(run, engine="mip")
    assert (exact.test, program.test) == ("max_flow", "program")
    assert program.decided == exact.decided
    assert program.settlement == exact.settlement


def test_the_runs_are_hard_enough() -> None:
    met: Counter[str] = Counter()
    for seed in SEEDS:
        run, answer = answered(seed)
        accounts = {account.account_id: account for account in run.tables.accounts}
        cuts = [s for decided in answer.decided for s in decided.shortages if s.groups]
        nested = replace(run, policy=run.policy.model_copy(update={"tiers": tuple(map(unlinked, run.policy.tiers))}))
        met["stands in"] += any(accounts[d.account_id].indicator is not d.indicator for d in farmland(answer))
        met["another answer"] += [d.round for d in allocate(nested).decided] != [d.round for d in answer.decided]
        met["two indicators"] += any(len({group.indicator for group in s.groups}) > 1 for s in cuts)
        met["some without access"] += any(len({g.access for g in s.groups}) == 1 < len(s.groups) for s in cuts)
        met["store"] += any(s.kind is ShortageKind.STORE for s in cuts)
        met["pool"] += any(s.kind is ShortageKind.POOL for s in cuts)
    assert min(met.values()) >= 3, met


@pytest.mark.parametrize("fill", [*WALKS, "max_weight", "tiered"])
def test_every_mode_and_part_is_carried_by_flows(fill: str) -> None:
    """With phases, pins, penalties and least areas, as everywhere; what does not hold, the recount refuses."""
    for seed in range(2):
        run = random_parts(seed, fill, most=14)
        run = run_with(run, list(random_links(seed).policy.tiers))
        answer = allocate(run)
        if fill in WALKS:
            program = allocate(run, engine="mip")
            assert (program.decided, program.settlement) == (answer.decided, answer.settlement)


def test_a_forbidden_county_that_the_data_do_not_know_is_pointed_out() -> None:
    run = random_links(0)
    tiers = [t.model_copy(update={"forbidden": (("A", "E"),)}) if t.forbidden else t for t in run.policy.tiers]
    found = {
        (w.place.cell, w.value) for w in screened(run_with(run, tiers)).warnings if w.code == "PAIR_COUNTY_UNKNOWN"
    }
    assert found == {("policy.tiers.other_pooled(area,paddy,capacity).forbidden", "E")}


def screened(run: Run) -> Screening:
    return screen(run.tables, run.policy, year=run.year, as_of=run.as_of)


def unlinked(tier: Tier) -> Tier:
    return tier.model_copy(update={"forbidden": ()})


def farmland(answer: Allocation) -> list:
    return [draw for draw in answer.settlement.draws if draw.indicator in FARMLAND]


@pytest.mark.parametrize("seed", range(12))
def test_nested_sources_told_as_a_network_are_drawn_on_alike(seed: int) -> None:
    """The class that stands in has no account: nothing changes but the test."""
    plain = random_run(seed, **{"ranking.fill": "skip_and_fill"})
    empty = [
        Tier(
            cite="QN-14.5", name="none", indicators=(i,), kind=Kind.OWN, holder="own_county", access=True,
            stands_in=Indicator.PBF,
        )
        for i in FARMLAND[:2]
    ]  # fmt: skip
    linked = run_with(plain, [*plain.policy.tiers, *empty])
    nested, flowing = allocate(plain), allocate(linked)
    assert (nested.test, flowing.test) == ("nested", "max_flow")
    assert [d.parts for d in flowing.decided] == [d.parts for d in nested.decided]
    assert flowing.settlement == nested.settlement
