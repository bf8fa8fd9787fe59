"""What a count of the books found, as sentences for a person and as rows for a script."""

from collections.abc import Iterable, Iterator

from allocator.ledger.entry import Head
from allocator.ledger.finding import Finding
from allocator.words import Language, say

COLUMNS = ("code", "entry", "subject", "expected", "found", "text")


def sentence(finding: Finding, language: Language) -> str:
    """What is wrong, with the number of the entry in front."""
    facts = {"subject": finding.subject, "expected": finding.expected, "found": finding.found}
    text = say(f"ledger_verify.findings.{finding.code}", language, **facts)
    return say("ledger_verify.at", language, seq=finding.seq, text=text) if finding.seq else text


def as_rows(findings: Iterable[Finding], language: Language) -> list[dict[str, str]]:
    """Plain data; `entry` is empty where it is about no entry."""
    return [
        {
            "code": finding.code,
            "entry": str(finding.seq or ""),
            "subject": finding.subject,
            "expected": finding.expected,
            "found": finding.found,
            "text": sentence(finding, language),
        }
        for finding in findings
    ]


def page(findings: tuple[Finding, ...], head: Head, language: Language) -> Iterator[str]:
    """A line for each finding, and one for the whole."""
    yield from (sentence(finding, language) for finding in findings)
    said = "broken" if findings else "whole"
    yield say(f"ledger_verify.{said}", language, findings=len(findings), entries=head.seq, head=head)
