"""A result held against its question: derived again, rendered again, compared value by value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.audit.claims import document, read_claims, sequence
from allocator.audit.compare import Believed, Derived, Finding, compare
from allocator.audit.derive import derive_beside
from allocator.audit.donors import is_searched
from allocator.audit.refused import Infeasible, Refused
from allocator.outcome import Allocation, Run, Rung
from allocator.report.folder import write_files
from allocator.report.read_folder import MANIFEST
from allocator.words import Language

GRANTS = "explanations.json"

SEARCHED: Believed = frozenset({("certificates.json", "donor_unions"), ("certificates.json", "donor_levels")})
"""What is said of the choice of donors where it may be the finding of a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What does not hold, and how much was derived to find it."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict[str, int])  # what was derived -> how many
    unchecked: tuple[str, ...] = ()  # rules that were not applied for want of data
    plan_in_force: str = ""  # the earlier result that the manifest names, with its hash
    claims: tuple[Mapping[str, str], ...] = ()  # bounds that somebody else proved: level, value, bound, prover

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def audit(folder: Mapping[str, bytes], run: Run) -> Audit:
    """Every file of a result, by name, against what the rules make of its question."""
    language: Language = "zh" if document(folder, MANIFEST).get("language") == "zh" else "en"
    try:
        allocation, doubted = derive_beside(run, read_claims(folder))
    except Refused as refused:
        return Audit(findings=(Finding(kind="refused", file=MANIFEST, derived=refused.code),))
    except Infeasible as wrong:
        told = Finding(kind="infeasible", file=GRANTS, row=wrong.what, told=wrong.told, derived=wrong.most)
        return Audit(findings=(told,))
    derived = Derived(write_files(allocation, run, language=language))
    believed = SEARCHED if is_searched(run.policy) else frozenset[tuple[str, str]]()
    return Audit(
        findings=(*compare(folder, derived, believed), *doubted),
        counts=count(allocation, run, derived),
        unchecked=tuple(each.rule for each in allocation.screening.not_checked),
        plan_in_force=f"{plan.name} ({plan.sha256[:12]})" if (plan := run.plan_in_force) else "",
        claims=tuple(bounds_told(folder, allocation.rungs, believed)),
    )


def bounds_told(folder: Mapping[str, bytes], rungs: Sequence[Rung], believed: Believed) -> Iterator[Mapping[str, str]]:
    """The bounds that somebody else proved: of the levels of a mode that weighs, and of donors where a search chose."""
    for rung in rungs:
        yield {"level": rung.name, "value": f"{rung.value}", "bound": f"{rung.bound}", "prover": rung.proved_by}
    for name, key in sorted(believed):
        for told in sequence(document(folder, name).get(key)):
            value, level = told.get("value", told.get("count")), told.get("level", key)
            bound, prover = told.get("bound"), told.get("proved_by")
            yield {"level": f"{level}", "value": f"{value}", "bound": f"{bound}", "prover": f"{prover}"}


def count(allocation: Allocation, run: Run, derived: Derived) -> Mapping[str, int]:
    """How much of each kind was derived."""
    settlement, changes = allocation.settlement, allocation.changes
    return {
        "applications": len(run.tables.applications),
        "places": len(allocation.order.places),
        "ties": len(allocation.order.ties),
        "decisions": len(allocation.decided),
        "granted": sum(bool(decided.parts) for decided in allocation.decided),
        "shortages": sum(len(decided.shortages) for decided in allocation.decided),
        "draws": len(settlement.draws),
        "donors": len(settlement.donors),
        "proofs": len(settlement.donor_counts),
        "prices": len(settlement.prices),
        "payments": len(settlement.payments),
        "books": len(settlement.pools),
        "changes": sum(map(len, changes.nearest.values())) + len(changes.together) + len(changes.withdrawals),
        "hashes": len(run.tables.sources) + len(run.policy_files),
        "files": len(derived.files),
    }
