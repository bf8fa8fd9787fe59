"""What the audit finds: a thousand changed results, stamped anew, and not one that passes."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from audited import MOST, SMALL, Answered, answered
from mutations import CHANGES, stamped
from paces import mostly_long

from allocator.audit.compare import Finding, compare
from allocator.outcome import Run
from allocator.problems import InputRejected
from allocator.report.folder import write_files
from allocator.solve import allocate

MUTATIONS = 1000
OTHER_QUESTIONS = 15


def test_the_small_scenarios_hold_every_kind_of_row() -> None:
    all_of_them = [answered(which) for which in SMALL]
    assert max(len(each.allocation.decided) for each in all_of_them) <= MOST
    met = Counter[str]()
    for each in all_of_them:
        settlement = each.allocation.settlement
        met.update(shortage.kind for decided in each.allocation.decided for shortage in decided.shortages)
        met.update(decided.reason for decided in each.allocation.decided)
        met.update(decided.decision for decided in each.allocation.decided)
        met["phases"] += sum(part.phase > 1 for decided in each.allocation.decided for part in decided.parts)
        met["ceilings"] += len(each.allocation.ceilings)
        met.update(draw.tier for draw in settlement.draws)
        met["donors"] += len(settlement.donors)
        met["donor proofs"] += len(settlement.donor_counts)
        met["payments with amounts"] += sum(payment.amount_fen is not None for payment in settlement.payments)
        met["payments without"] += sum(payment.amount_fen is None for payment in settlement.payments)
        met["ties"] += len(each.allocation.order.ties)
        met["deciding ties"] += len(each.allocation.deciding_ties)
        met["differs"] += sum(map(len, each.allocation.differs_under.values()))
        met[each.allocation.fill] += 1
        met["any_need"] += each.run.policy.ranking.stop_on == "any_need"
    wanted = {
        "share",
        "reserve",
        "store",
        "pool",
        "donors",
        "donor proofs",
        "payments with amounts",
        "payments without",
    }
    wanted |= {"ties", "deciding ties", "differs", "skip_and_fill", "stop_at_first_misfit", "any_need"}
    wanted |= {"GRANTED", "TRIMMED", "PLAN_MISFIT", "LINE_CLOSED", "NO_POOL_ACCESS", "POOL_SHORT", "LATE"}
    wanted |= {"phases", "ceilings", "partial", "cap", "PINNED", "DENIED", "REDUCED", "CAPPED", "guarantee"}
    wanted |= {"own_store", "own_pooled", "prefecture", "other_pooled", "fewest_donors", "share", "reserve"}
    assert not [name for name in sorted(wanted) if not met[name]]


@pytest.mark.parametrize("which", SMALL)
def test_the_unchanged_result_passes(which: Any) -> None:
    each = answered(which)
    assert compare(each.files, each.derived) == []


@pytest.mark.parametrize("number", [200, pytest.param(MUTATIONS, marks=pytest.mark.long)])
def test_every_one_of_many_changes_is_found_though_all_hashes_are_right(number: int) -> None:
    rng = Random(2026)
    weights = [often for _, often in CHANGES.values()]
    made, survivors = Counter[str](), list[str]()
    while made.total() < number:
        name, which = rng.choices(list(CHANGES), weights)[0], rng.choice(SMALL)
        each = answered(which)
        changed = CHANGES[name][0](rng, each.files)
        if changed is None:
            continue
        made[name] += 1
        findings = compare(stamped(each.files, changed), each.derived)
        if not findings or only_of_hashes(findings):
            survivors.append(f"{name} of {which}: {sorted(changed)}")
    assert not survivors, "\n".join(survivors)
    assert set(made) == set(CHANGES)


def only_of_hashes(findings: list[Finding]) -> bool:
    """Whether nothing but a hash is wrong: the stamps are right, so this must never be."""
    return all(finding.kind == "hash" for finding in findings)


@pytest.mark.parametrize("which", mostly_long(SMALL[1:7], every=3))
def test_the_right_answer_to_another_question_is_found(which: Any) -> None:
    """Every change of one row of the input gives a result that agrees with itself in everything, hashes included."""
    each, rng, made = answered(which), Random(str(which)), 0
    for _ in range(OTHER_QUESTIONS):
        try:
            run = asked_otherwise(rng, each)
            allocation = allocate(run)
        except InputRejected:
            continue
        if allocation == each.allocation:
            continue
        made += 1
        findings = compare(write_files(allocation, run, language="zh"), each.derived)
        assert findings, f"{which}: {run}"
    assert made >= 3


def asked_otherwise(rng: Random, each: Answered) -> Run:
    """The question with one number of one row changed; the sources keep the hashes of what stood there."""
    run, tables = each.run, each.run.tables
    match rng.randrange(5):
        case 0:
            return replace(run, total=run.total + rng.choice((-100, 100)))
        case 1:
            rows = list(tables.accounts)
            place = rng.randrange(len(rows))
            rows[place] = replace(rows[place], balance=max(0, rows[place].balance + rng.choice((-1, 1))))
            return replace(run, tables=replace(tables, accounts=tuple(rows)))
        case 2 if tables.trades:
            deals = list(tables.trades)
            place = rng.randrange(len(deals))
            deals[place] = replace(deals[place], unit_price_yuan=deals[place].unit_price_yuan + 500)
            return replace(run, tables=replace(tables, trades=tuple(deals)))
        case 3:
            return replace(run, plan_submitted=run.plan_submitted.replace(month=run.plan_submitted.month - 1, day=1))
        case _:
            asked = list(tables.applications)
            place = rng.randrange(len(asked))
            asked[place] = replace(asked[place], plan=asked[place].plan + 1, ledger=None)
            return replace(run, tables=replace(tables, applications=tuple(asked)))
