"""A problem as a sentence, or as plain data."""

from allocator.problems import Problem
from allocator.words import Language, say

BETWEEN = {"zh": ("：", "。"), "en": (": ", ": ")}
"""What stands between place, cause and remedy."""


def why(problem: Problem, language: Language) -> str:
    """What is wrong."""
    return say(f"problems.{problem.code}.why", language, value=problem.value, **problem.facts)


def remedy(problem: Problem, language: Language) -> str:
    """What to do about it."""
    return say(f"problems.{problem.code}.do", language, value=problem.value, **problem.facts)


def describe(problem: Problem, language: Language) -> str:
    """Where, what, why and what to do, in one breath: `projects!F41: P-104 needs -3 mu ...: write 0 ...`."""
    after_place, after_why = BETWEEN[language]
    place = f"{problem.place}{after_place}" if str(problem.place) else ""
    rule = f" [{problem.rule}]" if problem.rule else ""
    return f"{place}{why(problem, language)}{after_why}{remedy(problem, language)}{rule}"


def as_dict(problem: Problem, language: Language) -> dict[str, str]:
    """The same as plain data: code, severity, file, sheet, cell, value, rule, why, do."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "file": problem.place.file,
        "sheet": problem.place.sheet,
        "cell": problem.place.cell,
        "value": problem.value,
        "rule": problem.rule,
        "why": why(problem, language),
        "do": remedy(problem, language),
    }
