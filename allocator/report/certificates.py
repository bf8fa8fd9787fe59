"""Proofs by reference: every shortage once, every account once, and how to recount them.

Lists of the projects ahead are not stored; they follow from `allocation.csv` and `draws.csv`.
"""

from collections.abc import Iterable, Mapping

from allocator.explanation import Certificate, Certificates, DonorProof, Holding, Level
from allocator.explanation import Rung as Climbed
from allocator.outcome import Allocation, Decided, DonorCount, Round, Run, Rung, Shortage, is_of_exchange
from allocator.quantities import Indicator, plain
from allocator.records import Account
from allocator.report.donor_proofs import donor_proofs
from allocator.words import texts

SCHEMA_VERSION = 1

IN_ORDER = "lexicographic_in_overall_order"


def measure(steps: int, indicator: Indicator) -> str:
    """Grid steps of an indicator as an exact plain decimal in its unit."""
    return plain(steps, indicator.grid)


def number_shortages(decided: Iterable[Decided]) -> Mapping[str, Shortage]:
    """`S0001`, `S0002`, ... in the order of the applications, and of the rounds within one."""
    met = (shortage for decision in decided for shortage in decision.shortages)
    return {f"S{number:04}": shortage for number, shortage in enumerate(met, start=1)}


def certificates(allocation: Allocation, run: Run) -> Certificates:
    """The content of `certificates.json`."""
    numbered = number_shortages(allocation.decided)
    return {
        "schema_version": SCHEMA_VERSION,
        "recount": dict(texts("explain")["recount"]),
        "accounts": hold(numbered.values(), {account.account_id: account for account in run.tables.accounts}),
        "shortages": {reference: certify(shortage) for reference, shortage in numbered.items()},
        "donor_counts": [prove(count) for count in allocation.settlement.donor_counts],
        "levels": levels(allocation, run),
        **donor_proofs(allocation.settlement, run.policy),
    }


def hold(shortages: Iterable[Shortage], known: Mapping[str, Account]) -> dict[str, Holding]:
    """Every account that some certificate names, once. Two balances for one account are an error of ours."""
    held: dict[str, Holding] = {}
    for shortage in shortages:
        for account_id, balance in shortage.balances.items():
            account = known.get(account_id)
            holding: Holding = {
                "indicator": account.indicator if account else shortage.indicator,
                "holder": account.kind if account else shortage.kind,
                "county": account.county if account else "",
                "balance": measure(balance, shortage.indicator),
                "unit": shortage.indicator.unit,
            }
            if held.setdefault(account_id, holding) != holding:
                raise ValueError(f"certificates disagree on {account_id}: {held[account_id]} and {holding}")
    return dict(sorted(held.items()))


def certify(shortage: Shortage) -> Certificate:
    """One shortage without its balances, which stand with the accounts."""
    proof: Certificate = {
        "project_id": shortage.project,
        "kind": shortage.kind,
        "indicator": shortage.indicator,
        "unit": shortage.indicator.unit,
        "round": shortage.round,
        "position": shortage.position,
        "asked": measure(shortage.asked, shortage.indicator),
        "accounts": sorted(shortage.balances),
        "counties": list(shortage.counties),
        "ahead_count": shortage.ahead_count,
        "ahead": measure(shortage.ahead, shortage.indicator),
        "short": measure(shortage.short, shortage.indicator),
        "rule": shortage.rule,
    }
    if shortage.phase:
        proof["phase"] = shortage.phase
    if shortage.kept:
        proof["kept"] = measure(shortage.kept, shortage.indicator)
    if shortage.groups:
        proof["groups"] = [{"indicator": g.indicator, "county": g.county, "access": g.access} for g in shortage.groups]
    return proof


def status(allocation: Allocation) -> str:
    """Whether no other answer is better, or this is the best that was found before the search had to stop."""
    return "proved" if allocation.is_proved else "best found"


def prove(count: DonorCount) -> DonorProof:
    """That one donor fewer cannot do."""
    proof: DonorProof = {
        "indicator": count.indicator,
        "unit": count.indicator.unit,
        "asked": measure(count.asked, count.indicator),
        "count": count.count,
        "largest": [measure(remainder, count.indicator) for remainder in count.largest],
        "sum_without_last": measure(sum(count.largest[: count.count - 1]), count.indicator),
        "rule": count.rule,
    }
    if count.project:
        proof["project_id"] = count.project
    return proof


def levels(allocation: Allocation, run: Run) -> list[Level | Climbed]:
    """Where no walk decides, the rungs that were climbed; else the two rounds."""
    rungs: list[Level | Climbed] = [rung(each, run) for each in allocation.rungs]
    return rungs or [climb(allocation, run, round_) for round_ in Round]


def rung(reached: Rung, run: Run) -> Climbed:
    """One rung: its value, the most it can be, and what is between them."""
    ranking, exchange = run.policy.ranking, run.policy.exchange if is_of_exchange(reached.name) else None
    return {
        "level": reached.name,
        "objective": objective(reached.name, run),
        "value": str(reached.value),
        "bound": str(reached.bound),
        "gap": str(reached.bound - reached.value),
        "status": "proved" if reached.proved else "best found",
        "proved_by": reached.proved_by,
        "rule": exchange.rule if exchange else ranking.rule,
    }


def objective(level: str, run: Run) -> str:
    """What a level makes the most of; a level of the order counts the grants of its round, phase by phase."""
    if is_of_exchange(level):
        return "least_exchange"
    in_order = level.removeprefix("unpenalised:").startswith(("order_", "x:", "z:", "g:"))
    return IN_ORDER if in_order else run.policy.ranking.weight


def climb(allocation: Allocation, run: Run, round_: Round) -> Level:
    """One round as a level: the lexicographic maximum in the overall order, which the rules leave only one of."""
    made = [[part for part in decision.parts if part.round is round_] for decision in allocation.decided]
    granted = [parts for parts in made if parts]
    plan = measure(sum(part.plan for parts in granted for part in parts), Indicator.PLAN)
    return {
        "level": round_,
        "objective": IN_ORDER,
        "granted_count": len(granted),
        "granted_plan_mu": plan,
        "bound": plan,
        "status": status(allocation),
        "proved_by": allocation.engine,
        "rule": run.policy.ranking.rule,
    }
