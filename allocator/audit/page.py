"""An audit as people and programs read it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from allocator.audit.audit import Audit
from allocator.audit.compare import Finding
from allocator.words import Language, say, texts

SHOWN = 20
"""Differences that are printed; the total is told."""

LONGEST = 120
"""Characters of a value that are printed."""

POSITIONS = re.compile(r"([xzg]):(\d+)(?:\.\.\1:(\d+))?")
"""A level that chooses along the order: on the own share (x), on the reserve (z) or how much (g), places from 0 on."""

COLUMNS = ("kind", "file", "row", "column", "told", "derived")
"""The columns of findings as CSV."""


def lines(audit: Audit, out: Path, language: Language) -> Iterator[str]:
    """What holds and how it was checked, or what does not."""
    if audit.holds:
        yield say("audit.holds", language, out=out, files=audit.counts["files"])
        yield say("audit.why", language)
        yield from (f"  {say(f'audit.derived.{what}', language, **facts)}" for what, facts in derived(audit.counts))
        yield say("audit.believed.title", language)
        yield from (f"  {text}" for text in believed(audit, language))
        return
    count = len(audit.findings)
    yield say("audit.fails", language, out=out, count=count, shown=SHOWN if count > SHOWN else "")
    yield from (f"  {sentence(finding, language)}" for finding in audit.findings[:SHOWN])


def derived(counts: Mapping[str, int]) -> Iterator[tuple[str, dict[str, int]]]:
    """What was derived, each with its count and those beside it."""
    beside = {"places": ("ties",), "decisions": ("granted",), "donors": ("proofs",), "hashes": ("files",)}
    for what in texts("audit")["derived"]:
        yield what, {"count": counts[what], **{name: counts[name] for name in beside.get(what, ())}}


def believed(audit: Audit, language: Language) -> Iterator[str]:
    """What the audit takes on trust."""
    yield from (say(f"audit.believed.{what}", language) for what in ("inputs", "hands", "looks"))
    if audit.counts["changes"]:
        yield say("audit.believed.smaller", language)
    if audit.plan_in_force:
        yield say("audit.believed.plan_in_force", language, plan=audit.plan_in_force)
    if audit.unchecked:
        yield say("audit.believed.unchecked", language, rules=", ".join(audit.unchecked))
    for claim in audit.claims:
        yield claimed(claim, language)


def claimed(claim: Mapping[str, str], language: Language) -> str:
    """Whose word it is that nothing is better. A choice in the order is told by its positions, not by the number that
    stands for it; any other level by its value and bound."""
    level = claim["level"].removeprefix("unpenalised:")
    if found := POSITIONS.fullmatch(level):
        kind, first, last = found[1], int(found[2]) + 1, int(found[3] or found[2]) + 1
        return say(f"audit.believed.positions.{kind}", language, first=first, last=last, prover=claim["prover"])
    if level in texts("audit")["believed"]["order"]:
        return say(f"audit.believed.order.{level}", language, **claim)
    return say("audit.believed.bound", language, **claim)


def sentence(finding: Finding, language: Language) -> str:
    """One difference in words."""
    form = "column" if finding.column else "row" if finding.row else "file"
    where = say(f"audit.where.{form}", language, file=finding.file, row=finding.row, column=finding.column)
    told, right = (short(text) or say("audit.nothing", language) for text in (finding.told, finding.derived))
    return say(f"audit.kind.{finding.kind}", language, where=where, told=told, derived=right)


def short(text: str) -> str:
    """A value on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def document(audit: Audit) -> Mapping[str, object]:
    """The audit as plain data."""
    return {
        "holds": audit.holds,
        "findings": rows(audit.findings),
        "derived": dict(audit.counts),
        "not_checked": list(audit.unchecked),
        "plan_in_force": audit.plan_in_force,
        "claims": [dict(claim) for claim in audit.claims],
    }


def rows(findings: Sequence[Finding]) -> list[dict[str, str]]:
    """Every difference as plain data."""
    return [{column: getattr(finding, column) for column in COLUMNS} for finding in findings]
