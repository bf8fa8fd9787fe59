"""The cases of a design: what is set in each, in the order of the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod

from allocator.problems import InputRejected, Problem
from allocator.report.manifest import settings
from scenarios.study_file import MOST_CASES, Factor, Study, fault
from scenarios.study_levers import as_fraction
from scenarios.study_numbers import spell
from scenarios.study_questions import Questions

BASE = "base"
"""The name of the case that sets nothing; the others are compared with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: its number from 1 on (0 is the base), its name, and what it sets."""

    number: int
    name: str
    sets: Mapping[str, str]


def list_cases(study: Study, questions: Questions) -> tuple[Case, ...]:
    """The base, then every case of the design.

    Each value of a factor is put to the scenario alone first. Raises `InputRejected` with every problem found. What a
    named case sets is judged when it is asked: it stands alone, and the others do not depend on it.
    """
    match study.design:
        case "cases":
            sets = [(named.name, named.sets) for named in study.cases]
        case "grid":
            choices = put(study, questions)
            if (count := prod(map(len, choices))) > MOST_CASES:
                raise InputRejected([fault("STUDY_TOO_LARGE", study.file, "factors", count, most=str(MOST_CASES))])
            sets = [
                ("", {path: value for part in parts for path, value in part.items()}) for parts in product(*choices)
            ]
        case _:
            sets = [("", part) for choice in put(study, questions) for part in choice]
    paths = {factor.path for factor in study.factors}
    listed = [Case(number=0, name=BASE, sets={})]
    for number, (name, given) in enumerate(sets, start=1):
        varied = ", ".join(f"{path}={value}" for path, value in given.items() if path in paths)
        listed.append(Case(number=number, name=name or varied, sets=given))
    return tuple(listed)


def put(study: Study, questions: Questions) -> list[list[Mapping[str, str]]]:
    """For each factor what each of its values sets, its complement included."""
    wrong: list[Problem] = []
    choices: list[list[Mapping[str, str]]] = []
    for number, factor in enumerate(study.factors, start=1):
        try:
            choice = list(settle(study, factor, questions, f"factors.{number}"))
            choices.append(choice)
            for sets in choice:
                questions.ask(sets)
        except InputRejected as rejected:
            wrong += [problem for problem in rejected.problems if problem not in wrong]
    if wrong:
        raise InputRejected(wrong)
    return choices


def settle(study: Study, factor: Factor, questions: Questions, at: str) -> Iterator[Mapping[str, str]]:
    """What each value of a factor sets: its path, and the complement, which takes up the difference."""
    if not factor.complement:
        for value in factor.values:
            yield {factor.path: value}
        return
    whole = whole_of(study, factor.path, factor.complement, questions, f"{at}.complement")
    for value in factor.values:
        number = as_fraction(value)
        if number is None or not 0 <= number <= whole:
            facts = {"path": factor.path, "complement": factor.complement, "whole": spell(whole)}
            raise InputRejected([fault("STUDY_NO_ROOM", study.file, at, value, **facts)])
        yield {factor.path: value, factor.complement: spell(whole - number)}


def whole_of(study: Study, path: str, complement: str, questions: Questions, at: str) -> Fraction:
    """What two settings of the policy are together; raises `InputRejected` where one of them is no number of it."""
    known = settings(questions.ask({}).policy)
    parts = [as_fraction(known.get(each, "")) for each in (path, complement)]
    if parts[0] is None or parts[1] is None or path == complement:
        raise InputRejected([fault("STUDY_NO_COMPLEMENT", study.file, at, complement, path=path)])
    return parts[0] + parts[1]
