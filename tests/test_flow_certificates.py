"""A refusal where sources are not nested: recounted by hand, on the page, and after tampering."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from golden_text import assert_golden
from random_links import random_links
from runs import MU, account, application, run_of

from allocator.outcome import Allocation, Draw, Group, Run, Shortage
from allocator.policy_files import load
from allocator.quantities import Indicator
from allocator.report.ahead import ahead
from allocator.report.folder import write_folder
from allocator.report.page import page
from allocator.report.read_folder import Folder, read_folder
from allocator.report.terminal import table
from allocator.solve import allocate
from allocator.verify import verify
from allocator.words import Language

AREA, PADDY = Indicator.AREA, Indicator.PADDY
OURS = """
extends = "prefecture"
name    = "ours"
title   = { zh = "本州", en = "Ours" }

[[tiers]]                # B does not give to A
name       = "other_pooled"
indicators = ["area", "paddy", "capacity"]
forbidden  = [["B", "A"]]

[[tiers]]                # a county's own paddy stands in for its area, when nothing else does
cite       = "QN-11.0"
name       = "own_paddy"
indicators = ["area"]
kind       = "own"
holder     = "own_county"
access     = false
stands_in  = "paddy"
"""


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Allocation, Folder]:
    folder = tmp_path_factory.mktemp("ours")
    (folder / "ours.toml").write_text(OURS, encoding="utf-8")
    major = frozenset({"province_key"})
    asked: Sequence[tuple[str, str, Mapping[str, int], bool]] = (
        ("P1", "B", {"area": 4}, True),
        ("P2", "A", {"area": 12}, True),
        ("P3", "A", {"area": 8}, True),  # 2 short: B's 16 mu are not for A
        ("P4", "A", {"area": 5}, True),
        ("Q1", "C", {"paddy": 4}, False),
        ("Q2", "C", {"area": 14}, False),  # 2 short: C has 10 of area and 6 of paddy, of which Q1 took 4
        ("Q3", "C", {"area": 12}, False),
    )
    projects = [
        application(
            name, "key.industry", 1, county=county, rank=rank, needs=needs, tags=major if access else frozenset()
        )
        for rank, (name, county, needs, access) in enumerate(asked, start=1)
    ]
    accounts = [
        account("area", "own", "A", 10), account("area", "pooled", "B", 20), account("area", "pooled", "D", 5),
        account("area", "prefecture", "", 3), account("area", "own", "C", 10), account("paddy", "own", "C", 6),
    ]  # fmt: skip
    loaded = load("ours.toml", base=folder)
    run = replace(run_of(projects, total=100, accounts=accounts), policy=loaded.policy, policy_files=loaded.files)
    answer = allocate(run)
    write_folder(folder / "out", answer, run, language="zh", force=False)
    return run, answer, read_folder(folder / "out")


def refusal(answer: Allocation, project: str) -> Shortage:
    """Why it was refused in round 1."""
    decided = next(d for d in answer.decided if d.project_id == project)
    assert decided.round is None
    return decided.shortages[0]


def test_a_forbidden_pair_leaves_too_little_for_a_county(worked: tuple[Run, Allocation, Folder]) -> None:
    short = refusal(worked[1], "P3")
    assert short.balances == {"area-own-A": 10 * MU, "area-pooled-D": 5 * MU, "area-prefecture-prefecture": 3 * MU}
    assert short.groups == (Group(indicator=AREA, county="A", access=True),)
    assert (short.asked, short.ahead, short.ahead_count, short.short) == (8 * MU, 12 * MU, 1, 2 * MU)


def test_a_class_that_stands_in_is_counted_with_the_one_it_stands_for(worked: tuple[Run, Allocation, Folder]) -> None:
    short = refusal(worked[1], "Q2")
    assert short.balances == {"area-own-C": 10 * MU, "paddy-own-C": 6 * MU}
    assert short.groups == tuple(Group(indicator=i, county="C", access=False) for i in (AREA, PADDY))
    assert (short.kind, short.asked, short.ahead, short.short) == ("store", 14 * MU, 4 * MU, 2 * MU)


def test_draws_stand_in_the_order_of_the_tiers(worked: tuple[Run, Allocation, Folder]) -> None:
    drawn = [
        (d.project_id, d.account_id, d.tier, d.quantity // MU)
        for d in worked[1].settlement.draws
        if d.indicator is not Indicator.PLAN
    ]
    assert drawn == [
        ("P1", "area-pooled-B", "own_pooled", 4),
        ("P2", "area-own-A", "own_store", 10),
        ("P2", "area-prefecture-prefecture", "prefecture", 2),
        ("P4", "area-prefecture-prefecture", "prefecture", 1),
        ("P4", "area-pooled-D", "other_pooled", 4),
        ("Q1", "paddy-own-C", "own_store", 4),
        ("Q3", "area-own-C", "own_store", 10),
        ("Q3", "paddy-own-C", "own_paddy", 2),
    ]
    assert [(d.county, d.indicator, d.given // MU, d.remaining_before // MU) for d in worked[1].settlement.donors] == [
        ("D", AREA, 4, 5)
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_names_who_is_counted(language: Language, worked: tuple[Run, Allocation, Folder]) -> None:
    folder = worked[2]
    text = page("Q2", folder, language).replace(folder.manifest["inputs_digest"], "0" * 12)
    assert_golden(f"explain_flow_{language}.txt", text)
    for shortage in folder.certificates["shortages"].values():
        counted = ahead(shortage, folder.explanations.values(), folder.manifest)
        assert len(counted) == shortage["ahead_count"]
        assert sum(Fraction(need) for _, need in counted) == Fraction(shortage["ahead"])


def test_the_result_says_which_test_was_used(worked: tuple[Run, Allocation, Folder]) -> None:
    run, answer, folder = worked
    assert folder.manifest["test"] == "max_flow"
    assert "maximum flow" in table(answer, run, "en")
    assert "最大流" in table(answer, run, "zh")


def altered(answer: Allocation, draws: Sequence[Draw]) -> Allocation:
    return replace(answer, settlement=replace(answer.settlement, draws=tuple(draws)))


@pytest.mark.parametrize(
    ("project", "changes", "says"),
    [
        ("P4", {"area-pooled-D": {"account_id": "area-pooled-B"}}, "forbidden in tier other_pooled"),
        ("Q3", {"paddy-own-C": {"tier": "own_store", "rule": "QN-11.0"}}, "from paddy-own-C in tier own_store"),
        ("P1", {"area-pooled-B": {"quantity": 3 * MU}}, "needs and draws differ"),
    ],
)
def test_a_draw_that_the_tiers_do_not_allow_is_found(
    project: str, changes: Mapping[str, Mapping[str, Any]], says: str, worked: tuple[Run, Allocation, Folder]
) -> None:
    run, answer, _ = worked
    draws = [
        replace(d, **changes[d.account_id]) if d.project_id == project and d.account_id in changes else d
        for d in answer.settlement.draws
    ]
    assert any(says in finding for finding in verify(altered(answer, draws), run))


def test_draws_in_another_order_are_found(worked: tuple[Run, Allocation, Folder]) -> None:
    """P2 and P4 trade a mu of what they draw; then P4 draws on the pool while the prefecture has something left."""
    run, answer, _ = worked
    draws = {(d.project_id, d.account_id): d for d in answer.settlement.draws}

    def moved(*steps: tuple[tuple[str, str], int]) -> Allocation:
        found = dict(draws)
        for key, quantity in steps:
            other = next(d for d in draws.values() if d.account_id == key[1])
            base = draws.get(key, replace(other, project_id=key[0], quantity=0))
            found[key] = replace(base, quantity=base.quantity + quantity)
        return altered(answer, [d for d in found.values() if d.quantity])

    prefecture, giver = "area-prefecture-prefecture", "area-pooled-D"
    traded = moved(
        (("P2", prefecture), -MU), (("P2", giver), MU), (("P4", giver), -MU), (("P4", prefecture), MU)
    )  # fmt: skip
    assert any("later projects of" in finding for finding in verify(traded, run))
    passed = moved((("P4", prefecture), -MU), (("P4", giver), MU))
    assert any("is not empty, and" in finding for finding in verify(passed, run))
    assert any("donors of area" in finding for finding in verify(passed, run))


@pytest.mark.parametrize("what", ["groups", "balances", "ahead"])
def test_a_certificate_that_says_otherwise_is_found(what: str) -> None:
    run = random_links(1)
    answer = allocate(run)
    place, decided = next((n, d) for n, d in enumerate(answer.decided) if any(s.groups for s in d.shortages))
    number, short = next((n, s) for n, s in enumerate(decided.shortages) if s.groups)
    other: dict[str, Any] = {
        "groups": {"groups": short.groups[:-1]},
        "balances": {"balances": dict(list(short.balances.items())[1:])},
        "ahead": {"ahead": short.ahead + 1},
    }[what]
    shortages = list(decided.shortages)
    shortages[number] = replace(short, **other)
    told = list(answer.decided)
    told[place] = replace(decided, shortages=tuple(shortages))
    assert any("shortages is" in finding for finding in verify(replace(answer, decided=tuple(told)), run))
