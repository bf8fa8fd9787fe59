"""A result held against its question: derived again, rendered again, compared value by value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from allocator.audit.compare import Derived, Finding, compare
from allocator.audit.derive import derive
from allocator.audit.refused import Refused
from allocator.outcome import Allocation, Decision, Run
from allocator.report.folder import write_files
from allocator.report.read_folder import MANIFEST
from allocator.words import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What does not hold, and how much was derived to find it."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int] = field(default_factory=dict[str, int])  # what was derived -> how many

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def audit(folder: Mapping[str, bytes], run: Run) -> Audit:
    """Every file of a result, by name, against what the rules make of its question."""
    manifest = read_claims(folder)
    try:
        allocation = derive(run, engine=str(manifest.get("engine")))
    except Refused as refused:
        return Audit(findings=(Finding(kind="refused", file=MANIFEST, derived=refused.code),))
    language: Language = "zh" if manifest.get("language") == "zh" else "en"
    derived = Derived(write_files(allocation, run, language=language))
    return Audit(findings=tuple(compare(folder, derived)), counts=count(allocation, derived))


def read_claims(folder: Mapping[str, bytes]) -> Mapping[str, Any]:
    """The manifest, or nothing where it cannot be read: the comparison then says so."""
    try:
        manifest = json.loads(folder[MANIFEST])
    except (KeyError, ValueError):
        return {}
    return cast(dict[str, Any], manifest) if isinstance(manifest, dict) else {}


def count(allocation: Allocation, derived: Derived) -> Mapping[str, int]:
    """How much of each kind was derived."""
    settlement = allocation.settlement
    return {
        "decisions": len(allocation.decided),
        "granted": sum(decided.decision in (Decision.GRANTED, Decision.PARTIAL) for decided in allocation.decided),
        "shortages": sum(len(decided.shortages) for decided in allocation.decided),
        "draws": len(settlement.draws),
        "donors": len(settlement.donors),
        "donor_counts": len(settlement.donor_counts),
        "prices": len(settlement.prices),
        "payments": len(settlement.payments),
        "books": len(settlement.pools),
        "ties": len(allocation.order.ties),
        "files": len(derived.files),
    }
