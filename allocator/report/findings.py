"""What an official must know besides the result: warnings, rules not checked, data not used, ties, the other mode."""

from collections.abc import Iterator

from allocator.messages import describe
from allocator.outcome import Allocation, Run
from allocator.report.names import name, sentence
from allocator.report.rows import Table
from allocator.words import Language, say


def findings_table(allocation: Allocation, run: Run, language: Language) -> Table:
    """The sheet `problems`: kind, rule, text."""
    return Table(name="problems", columns=("kind", "rule", "text"), rows=tuple(findings(allocation, run, language)))


def findings(allocation: Allocation, run: Run, language: Language) -> Iterator[tuple[str, str, str]]:
    """Kind, rule id and words of each finding."""

    def finding(kind: str, rule: str, **facts: str) -> tuple[str, str, str]:
        return name("findings", kind, language), rule, say(f"report.finding.{kind}", language, **facts)

    screening, tie_rule = allocation.screening, run.policy.ranking.rule
    for problem in (*run.tables.notes, *screening.warnings):
        yield name("findings", problem.severity, language), problem.rule, describe(problem, language)
    for unchecked in screening.not_checked:
        rule, kind = unchecked.rule, "not_carried_out" if unchecked.is_idle else "not_checked"
        yield finding(kind, rule, missing=unchecked.missing, sentence=sentence(rule, language))
    for column in screening.not_applied:
        yield finding("not_applied", "", what=column)
    for tie in allocation.order.ties:
        yield finding("tie", tie_rule, projects=", ".join(tie))
    for tie in allocation.deciding_ties:
        yield finding("deciding_tie", tie_rule, projects=", ".join(tie))
    for fill, projects in sorted(allocation.differs_under.items()):
        if projects:
            words = name("fills", fill, language)
            yield finding("other_fill", tie_rule, fill=words, projects=", ".join(projects))
