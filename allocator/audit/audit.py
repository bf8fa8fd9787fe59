"""A result held against its question: derived again, rendered again, compared value by value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from allocator.audit.claims import document, read_claims
from allocator.audit.compare import Derived, Finding, compare
from allocator.audit.derive import derive_beside
from allocator.audit.refused import Infeasible, Refused
from allocator.outcome import Allocation, Run
from allocator.report.folder import write_files
from allocator.report.read_folder import MANIFEST
from allocator.words import Language

GRANTS = "explanations.json"


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
    return Audit(
        findings=(*compare(folder, derived), *doubted),
        counts=count(allocation, run, derived),
        unchecked=tuple(each.rule for each in allocation.screening.not_checked),
        plan_in_force=f"{plan.name} ({plan.sha256[:12]})" if (plan := run.plan_in_force) else "",
        claims=tuple(bounds_told(allocation)),
    )


def bounds_told(allocation: Allocation) -> Iterator[Mapping[str, str]]:
    """The bounds that somebody else proved: of every level, and of donors where no sum and no weights do."""
    settlement = allocation.settlement
    donors = [rung for rung in settlement.rungs if rung.proved_by not in ("closed_form", "bound")]
    for rung in (*allocation.rungs, *donors):
        yield {"level": rung.name, "value": f"{rung.value}", "bound": f"{rung.bound}", "prover": rung.proved_by}
    for union in settlement.donor_unions:
        if union.proved_by not in ("closed_form", "bound"):
            level = f"donors:union:{union.project}".rstrip(":")
            yield {"level": level, "value": f"{union.count}", "bound": f"{union.bound}", "prover": union.proved_by}


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
        "proofs": len(settlement.donor_counts) + len(settlement.donor_unions),
        "prices": len(settlement.prices),
        "payments": len(settlement.payments),
        "books": len(settlement.pools),
        "changes": sum(map(len, changes.nearest.values())) + len(changes.together) + len(changes.withdrawals),
        "hashes": len(run.tables.sources) + len(run.policy_files),
        "files": len(derived.files),
    }
