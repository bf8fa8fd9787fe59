"""A result held against its question: derived again, rendered again, compared value by value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from allocator.audit.claims import document, read_claims
from allocator.audit.compare import Derived, Finding, compare
from allocator.audit.derive import derive_beside
from allocator.audit.refused import Refused
from allocator.outcome import Allocation, Run
from allocator.report.folder import write_files
from allocator.report.read_folder import MANIFEST
from allocator.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What does not hold, and how much was derived to find it."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict[str, int])  # what was derived -> how many
    unchecked: tuple[str, ...] = ()  # rules that were not applied for want of data
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
    derived = Derived(write_files(allocation, run, language=language))
    return Audit(
        findings=(*compare(folder, derived), *doubted),
        counts=count(allocation, run, derived),
        unchecked=tuple(each.rule for each in allocation.screening.not_checked),
    )


def count(allocation: Allocation, run: Run, derived: Derived) -> Mapping[str, int]:
    """How much of each kind was derived."""
    settlement = allocation.settlement
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
        "hashes": len(run.tables.sources) + len(run.policy_files),
        "files": len(derived.files),
    }
