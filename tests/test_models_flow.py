"""The walk with flows: nested sources as a network, and sources that no pool describes."""

from dataclasses import replace

import numpy as np
import pytest
from cases_of_models import crowd, ints, plan_only

from models import cp_sat, exact
from models.feasible import feasible
from models.flow import Flow
from models.instance import FROM_RESERVE, REFUSED, Fill, Instance
from models.network import Network


def as_network(instance: Instance) -> Instance:
    """The same sources, told as accounts and who may draw on them: stores, and a pool for those with access."""
    groups, kinds = instance.own.shape
    balance = np.concatenate([instance.own.T.ravel(), instance.pool])
    # Groups of needs: indicator, county, access or none.
    opened = np.zeros((kinds * groups * 2, len(balance)), dtype=bool)
    for i in range(kinds):
        for c in range(groups):
            for access in (0, 1):
                opened[(i * groups + c) * 2 + access, i * groups + c] = True
                opened[(i * groups + c) * 2 + access, kinds * groups + i] = bool(access)
    group = (np.arange(kinds)[None, :] * groups + instance.county[:, None]) * 2 + instance.access[:, None]
    return replace(instance, network=Network(balance=balance, open=opened, group=group.astype(np.int64)))


@pytest.mark.parametrize("seed", range(12))
def test_nested_sources_told_as_a_network_give_the_same_grants(seed: int) -> None:
    instance = crowd(seed, projects=120)
    nested, flowing = exact.walk(instance), exact.walk(as_network(instance))
    assert flowing.round.tolist() == nested.round.tolist()
    assert flowing.plan.tolist() == nested.plan.tolist()


def random_network(seed: int) -> Instance:
    """Any group may be open to any account: forbidden pairs, and accounts of one class that stand in for another."""
    dice = np.random.default_rng(seed)
    places, accounts, groups = int(dice.integers(3, 10)), int(dice.integers(1, 5)), int(dice.integers(1, 6))
    need = dice.integers(0, 9, (places, 2)) * dice.integers(0, 2, (places, 2))
    network = Network(
        balance=dice.integers(0, 14, accounts),
        open=dice.random((groups, accounts)) < 0.6,
        group=dice.integers(0, groups, (places, 2)),
    )
    projects = [(int(dice.integers(-1, 2)), int(dice.integers(0, 9))) for _ in range(places)]
    bare = plan_only([20, 15], 10, projects, Fill(seed % 4))
    return replace(bare, need=need, own=ints([[0, 0]]), pool=ints([0, 0]), network=network)


@pytest.mark.parametrize("seed", range(60))
def test_the_walk_with_flows_and_the_program_agree_on_any_network(seed: int) -> None:
    instance = random_network(seed)
    walked, solved = exact.walk(instance), cp_sat.solve(instance).grants
    assert walked.round.tolist() == solved.round.tolist(), seed
    assert walked.plan.tolist() == solved.plan.tolist(), seed


def test_the_networks_are_hard_enough() -> None:
    instances = [random_network(seed) for seed in range(60)]
    free = [replace(instance, network=None, need=0 * instance.need) for instance in instances]
    refused = [
        exact.walk(without).granted.sum() > exact.walk(instance).granted.sum()
        for without, instance in zip(free, instances, strict=True)
    ]
    assert sum(refused) >= 20


def test_a_grant_is_moved_to_another_account_to_make_room() -> None:
    flow = Flow(Network(balance=ints([5, 5]), open=np.array([[True, True], [True, False]]), group=ints([[0]])))
    assert flow.carry([(0, 5)])  # from the first account
    assert flow.carry([(1, 5)])  # which the second group needs: the first moves on
    assert flow.drawn[0][1] == flow.drawn[1][0] == 5


def test_a_need_that_cannot_be_carried_changes_nothing_and_names_what_is_empty() -> None:
    flow = Flow(
        Network(balance=ints([5, 5, 9]), open=np.array([[True, True, False], [True, False, False]]), group=ints([[0]]))
    )
    assert flow.carry([(0, 8)])
    room, drawn = list(flow.room), [dict(d) for d in flow.drawn]
    assert not flow.carry([(1, 3)])
    assert (flow.room, [{a: q for a, q in d.items() if q} for d in flow.drawn]) == (room, drawn)
    assert flow.carry([(1, 2)])
    assert flow.stuck_with(1) == ([0, 1], [0, 1])


def test_the_cut_of_a_need_counts_what_is_carried_of_it() -> None:
    flow = Flow(Network(balance=ints([5, 5]), open=np.array([[True, False], [True, True]]), group=ints([[0]])))
    assert flow.carry([(1, 4)])
    room, drawn = list(flow.room), [dict(d) for d in flow.drawn]
    assert flow.cut([(0, 5)]) is None  # the second group moves on
    assert flow.cut([(0, 6)]) == ([0], [0])
    assert flow.cut([(0, 3), (1, 4)]) == ([0, 1], [0, 1])
    assert (flow.room, [{a: q for a, q in d.items() if q} for d in flow.drawn]) == (room, drawn)


@pytest.mark.parametrize("seed", range(40))
def test_a_cut_is_too_small_for_those_who_can_draw_nowhere_else(seed: int) -> None:
    dice = np.random.default_rng(seed)
    instance = random_network(seed)
    network = instance.network
    assert network is not None
    flow, carried = Flow(network), ints([0] * len(network.open))
    for group in dice.integers(0, len(network.open), 12).tolist():
        needs = [
            (group, int(dice.integers(1, 9))),
            (int(dice.integers(0, len(network.open))), int(dice.integers(1, 5))),
        ]
        cut = flow.cut(needs)
        assert (cut is None) == flow.carry(needs)
        if cut is None:
            for g, quantity in needs:
                carried[g] += quantity
            continue
        groups, accounts = cut
        assert set(np.flatnonzero(network.open[groups].any(axis=0)).tolist()) <= set(accounts)
        asked = next(sum(q for g, q in needs[:n] if g in groups) for n in (1, 2) if flow.cut(needs[:n]) is not None)
        assert carried[groups].sum() + asked > network.balance[accounts].sum()


def test_a_network_follows_its_places_into_another_order() -> None:
    instance = as_network(crowd(3, projects=20))
    places = np.random.default_rng(3).permutation(20)
    moved = instance.reordered(places)
    assert moved.network is not None
    assert instance.network is not None
    assert moved.network.group.tolist() == instance.network.group[places].tolist()


@pytest.mark.parametrize(("need", "possible"), [(5, True), (6, False)])
def test_what_is_held_beforehand_is_sourced_by_a_flow(need: int, possible: bool) -> None:
    network = Network(balance=ints([5, 9]), open=np.array([[True, False]]), group=ints([[0], [0]]))
    bare = plan_only([9], 0, [(0, 1), (0, 1)], Fill.SKIP)
    held = replace(
        bare,
        need=ints([[need], [9]]),
        own=ints([[0]]),
        pool=ints([0]),
        network=network,
        held=ints([FROM_RESERVE, REFUSED]),
    )
    assert feasible(held) is possible
