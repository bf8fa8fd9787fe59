"""The tables of the output folder as columns, and the shortages by reference."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownArgumentType=false, reportUnknownParameterType=false, reportMissingImports=false

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from allocator.books import plan_account
from allocator.bulk.line import Line
from allocator.bulk.roll import NONE, Roll
from allocator.bulk.settle import Poured
from allocator.bulk.stores import use_rates
from allocator.outcome import PREFECTURE, Decision, Round
from allocator.policy import Policy
from allocator.quantities import Indicator
from allocator.records import FLEX
from allocator.report.rows import Cell, Table, decimal, quantity
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Grants, Ints
from models.replay import CLOSED, PLAN, POOL, STORE, Refusals

DONORS = ("county", "indicator", "given", "remaining_before", "remaining_after", "usage_rate")
KINDS = {PLAN: "plan", STORE: "store", POOL: "pool", CLOSED: "closed"}


def coded(code: Ints, values: Sequence[str]) -> Any:
    """A column of texts from codes; NONE is an empty cell."""
    import pyarrow

    mask = code == NONE
    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array(code.astype(np.int32), mask=mask if mask.any() else None),
        pyarrow.array(list(values), pyarrow.string()),
    )


def decimals(steps: Ints, grid: int) -> Any:
    """Grid units as exact decimals, without the zeros that no value needs."""
    import pyarrow

    while grid and not (steps % 10).any():
        steps, grid = steps // 10, grid - 1
    halves = np.zeros((len(steps), 2), dtype=np.int64)
    halves[:, 0] = steps
    return pyarrow.Array.from_buffers(pyarrow.decimal128(18, grid), len(steps), [None, pyarrow.py_buffer(halves)])


def allocation(roll: Roll, line: Line, grants: Grants, refusals: Refusals, policy: Policy) -> Any:
    """`allocation.csv`, one row a project, without the sentence of the reason: the register of rules has it."""
    import pyarrow

    rows, row = roll.rows, line.row
    leaves = list(line.shares)
    position, round_, pool = (np.full(rows, NONE, dtype=np.int64) for _ in range(3))
    granted = np.zeros(rows, dtype=np.int64)
    position[row] = np.arange(1, len(row) + 1)
    category = np.array([leaves.index(a.category) for a in line.kinds], dtype=np.int64)[line.kind]
    round_[row] = grants.round - 1
    round_[round_ < 0] = NONE
    pool[row] = np.where(
        grants.round == FROM_SHARE, category[row], np.where(grants.round == FROM_RESERVE, leaves.index(FLEX), NONE)
    )
    granted[row] = grants.plan
    why, whys = reasons(roll, line, grants, refusals, policy)
    ends = [
        Decision.GRANTED,
        Decision.WAITING,
        *dict.fromkeys(decision for decision, _, _ in whys if decision not in (Decision.GRANTED, Decision.WAITING)),
    ]
    decision = np.array([ends.index(d) for d, _, _ in whys], dtype=np.int64)[why]
    columns = {
        "project_id": roll.ids,
        "name": pyarrow.nulls(rows, pyarrow.string()) if roll.names is None else roll.names,
        "county": coded(line.county, line.counties),
        "category": coded(category, leaves),
        "rank": integers(line.rank),
        "overall_position": integers(position),
        "decision": coded(decision, [d.value for d in ends]),
        "round": coded(round_, [r.value for r in Round]),
        "pool": coded(pool, leaves),
        "granted_plan_mu": decimals(granted, 4),
        "reason_code": coded(why, [code for _, code, _ in whys]),
        "rule": coded(why, [rule for _, _, rule in whys]),
    }
    return pyarrow.table(columns)


def integers(values: Ints) -> Any:
    """Whole numbers; NONE is an empty cell."""
    import pyarrow

    return pyarrow.array(values, mask=values == NONE)


def reasons(
    roll: Roll, line: Line, grants: Grants, refusals: Refusals, policy: Policy
) -> tuple[Ints, list[tuple[Decision, str, str]]]:
    """(N,) the reason of each row, and the reasons: decision, code, rule. The ordinary line's own words for each."""
    leaves = list(line.shares)
    ways: list[tuple[Decision, str, str]] = [(Decision.GRANTED, "GRANTED", line.shares[leaf].rule) for leaf in leaves]
    ways.append((Decision.GRANTED, "TRIMMED", policy.ledger.rule))
    trimmed = len(ways) - 1
    misfit, closed = len(ways), len(ways) + 1
    ways += [
        (Decision.WAITING, "PLAN_MISFIT", policy.ranking.rule),
        (Decision.WAITING, "LINE_CLOSED", policy.ranking.rule),
    ]
    store = len(ways)
    ways += [(Decision.WAITING, "NO_POOL_ACCESS", stock.store_rule) for stock in line.stocks.values()]
    pooled = len(ways)
    ways += [(Decision.WAITING, "POOL_SHORT", stock.pool_rule) for stock in line.stocks.values()]
    failed = {kind: len(ways) + n for n, kind in enumerate(k for k, end in enumerate(line.outcome) if end)}
    ways += [end for end in line.outcome if end]

    why = np.array([failed.get(kind, NONE) for kind in range(len(line.kinds))], dtype=np.int64)[line.kind]
    category = line.instance.category
    by_pool = np.where(grants.round == FROM_SHARE, category, leaves.index(FLEX))
    cut = line.trimmed[line.row] < roll.numbers["plan_mu"][line.row]
    at = np.where(cut, trimmed, by_pool)
    waiting = np.flatnonzero(grants.round == REFUSED)
    # Of what was met in the last round the closed line comes first, then the plan, then a store, then the pool.
    last = np.flatnonzero(refusals.round == FROM_RESERVE)
    where, kind, indicator = refusals.place[last], refusals.kind[last], np.maximum(refusals.indicator[last], 0)
    code = np.select(
        [kind == CLOSED, kind == PLAN, kind == STORE], [closed, misfit, store + indicator], pooled + indicator
    )
    weight = np.select([kind == CLOSED, kind == PLAN, kind == STORE], [0, 1, 2 + indicator], 99 + indicator)
    best = np.full(len(at), 1_000)
    np.minimum.at(best, where, weight)
    chosen = weight == best[where]
    found = np.full(len(at), NONE)
    found[where[chosen]] = code[chosen]
    at[waiting] = found[waiting]
    why[line.row] = at
    return why, ways


def draws(roll: Roll, accounts_ids: Any, line: Line, grants: Grants, poured: Sequence[Poured]) -> Any:
    """`draws.csv`: plan quota and every other need, by position, indicator, tier and account."""
    import pyarrow

    leaves = list(line.shares)
    planned = np.flatnonzero(grants.plan)
    tiers = ["share", "reserve"]
    places, accounts, quantities, indicators = [planned], [], [grants.plan[planned]], [np.zeros_like(planned)]
    accounts.append(np.where(grants.round[planned] == FROM_SHARE, line.instance.category[planned], leaves.index(FLEX)))
    tier_codes = [grants.round[planned] - 1]
    prices, amounts = [np.zeros_like(planned)], [np.zeros_like(planned)]
    base = len(leaves)
    shares = pyarrow.array([plan_account(leaf) for leaf in leaves])
    ids = shares if accounts_ids is None else pyarrow.concat_arrays([shares, accounts_ids])
    for each in poured:
        tiers.append(each.tier.name)
        places.append(each.place)
        accounts.append(each.account + base)
        quantities.append(each.quantity)
        indicators.append(np.full_like(each.place, list(Indicator).index(each.indicator)))
        tier_codes.append(np.full_like(each.place, len(tiers) - 1))
        prices.append(np.full_like(each.place, NONE if each.price is None else each.price))
        amounts.append(each.fen)
    place, indicator, quantity = np.concatenate(places), np.concatenate(indicators), np.concatenate(quantities)
    order = np.argsort(place * len(Indicator) + indicator, kind="stable")
    indicator = indicator[order]
    kilograms = indicator == list(Indicator).index(Indicator.CAPACITY)
    price, amount = np.concatenate(prices)[order], np.concatenate(amounts)[order]
    return pyarrow.table(
        {
            "project_id": roll.ids.take(pyarrow.array(line.row[place[order]])),
            "indicator": coded(indicator, [i.value for i in Indicator]),
            "account_id": pyarrow.DictionaryArray.from_arrays(
                pyarrow.array(np.concatenate(accounts)[order].astype(np.int32)), ids
            ),
            "tier": coded(np.concatenate(tier_codes)[order], tiers),
            "quantity": decimals(np.where(kilograms, 100, 1) * quantity[order], 4),
            "unit": coded(kilograms.astype(np.int64), ["mu", "kg"]),
            "unit_price_yuan": integers(price),
            "amount_yuan": money(amount),
        }
    )


def money(amounts: Ints) -> Any:
    """Fen as yuan; NONE is an empty cell."""
    import pyarrow
    from pyarrow import compute

    return compute.if_else(pyarrow.array(amounts != NONE), decimals(np.maximum(amounts, 0), 2), None)


def shortages(roll: Roll, line: Line, refusals: Refusals) -> Any:
    """`shortages.csv`: asked + ahead - balance = short, one row a shortage; a closed line names who closed it.

    The accounts follow from the kind: the share or the reserve; the store of the county; the pool with the stores of
    the counties whose needs exceed theirs at this place.
    """
    import pyarrow

    instance = line.instance
    plan = refusals.kind == PLAN
    closed = refusals.kind == CLOSED
    number = np.array([list(Indicator).index(i) for i in line.stocks] or [0], dtype=np.int64)
    indicator = np.where(refusals.indicator < 0, 0, number[np.maximum(refusals.indicator, 0)])
    asked = np.where(refusals.indicator < 0, instance.plan[refusals.place], 0)
    if len(line.stocks):
        needs = instance.need[refusals.place, np.maximum(refusals.indicator, 0)]
        asked = np.where(refusals.indicator < 0, asked, needs)
    scale = np.where(indicator == list(Indicator).index(Indicator.CAPACITY), 100, 1)
    leaves = list(line.shares)
    share = np.where(refusals.round == FROM_SHARE, instance.category[refusals.place], leaves.index(FLEX))
    closer = line.row[np.where(closed, refusals.ahead_count, 0)] if len(line.row) else np.zeros(0, dtype=np.int64)
    return pyarrow.table(
        {
            "project_id": roll.ids.take(pyarrow.array(line.row[refusals.place])),
            "round": coded(refusals.round - 1, [r.value for r in Round]),
            "kind": coded(refusals.kind + 1, [KINDS[k] for k in (PLAN, STORE, POOL, CLOSED)]),
            "indicator": coded(indicator, [i.value for i in Indicator]),
            "pool": coded(np.where(plan | closed, share, NONE), leaves),
            "county": coded(np.where(refusals.kind == STORE, instance.county[refusals.place], NONE), line.counties),
            "asked": decimals(scale * asked, 4),
            "ahead_count": integers(np.where(closed, NONE, refusals.ahead_count)),
            "ahead": decimals(scale * refusals.ahead, 4),
            "balance": decimals(scale * refusals.balance, 4),
            "closed_by": roll.ids.take(pyarrow.array(np.where(closed, closer, 0), mask=~closed)),
        }
    )


def payments(line: Line, poured: Sequence[Poured]) -> Any:
    """`payments.csv`: one payment for each payer, payee and indicator, the sum of its draws (QN-14.2)."""
    import pyarrow

    paid = [each for each in poured if each.tier.price != "free"]
    payees = sorted([*line.counties, PREFECTURE])
    code = np.array([payees.index(name) for name in (*line.counties, PREFECTURE)], dtype=np.int64)
    keys = [
        (line.instance.county[each.place] * len(payees) + code[line.stores.county[each.account]]) * len(Indicator)
        + list(Indicator).index(each.indicator)
        for each in paid
    ]
    key, pair = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *keys]), return_inverse=True)
    quantity, cost, price = (np.zeros(len(key), dtype=np.int64) for _ in range(3))
    for name, values in ((quantity, "quantity"), (cost, "fen")):
        np.add.at(name, pair, np.concatenate([np.zeros(0, dtype=np.int64), *(getattr(each, values) for each in paid)]))
    known = {list(Indicator).index(each.indicator): each.price for each in paid}
    indicator = key % len(Indicator)
    price = np.array([NONE if p is None else p for p in (known.get(i) for i in range(len(Indicator)))])[indicator]
    kilograms = indicator == list(Indicator).index(Indicator.CAPACITY)
    return pyarrow.table(
        {
            "payer": coded(key // len(Indicator) // len(payees), line.counties),
            "payee": coded(key // len(Indicator) % len(payees), payees),
            "indicator": coded(indicator, [i.value for i in Indicator]),
            "quantity": decimals(np.where(kilograms, 100, 1) * quantity, 4),
            "unit_price_yuan": integers(price),
            "amount_yuan": money(np.where(price == NONE, NONE, cost)),
        }
    )


def donors(line: Line, poured: Sequence[Poured]) -> Table:
    """`donors.csv`: what counties gave to others, after their own use."""
    rows: list[tuple[Cell, ...]] = []
    for each in poured:
        used, allotted = use_rates(line.stores, each.indicator)
        for county, given, held in zip(each.givers.tolist(), each.given.tolist(), each.held.tolist(), strict=True):
            rate = Fraction(int(used[county]), int(allotted[county])) if allotted[county] else None
            rows.append((
                line.counties[county],
                each.indicator.value,
                quantity(given, each.indicator),
                quantity(held, each.indicator),
                quantity(held - given, each.indicator),
                decimal(rate) if rate is not None and each.tier.order == "min_donors" else None,
            ))  # fmt: skip
    return Table(name="donors", columns=DONORS, rows=tuple(rows))
