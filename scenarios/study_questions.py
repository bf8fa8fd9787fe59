"""From the settings of a case to a question: the scenario is read once, and again only as far as a setting changes it.

A policy is read once for each set of its overrides, the data once for each policy that reads them differently, and the
gates are asked once for each of both; so a thousand totals cost a thousand walks and little more.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from allocator.intake.open import open_book
from allocator.intake.tables import build_tables
from allocator.outcome import Run, Screening
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem
from allocator.records import Tables
from allocator.report.json_files import write_json
from allocator.report.manifest import describe_source, settings
from allocator.solve import Question, prepare
from allocator.version import tool_version
from scenarios.document import Quota
from scenarios.overrides import FLAG
from scenarios.scenario import Scenario, read_scenario
from scenarios.study_levers import is_lever, pull

STUDY_VERSION = 1
"""Version of what a study writes; answers of another one are not taken as known."""

TOTAL = "quota.plan_mu"


class Questions:
    """The cases of one scenario as questions; what two of them share is read and asked once."""

    def __init__(self, scenario: str, common: Mapping[str, str], file: str) -> None:
        self.scenario, self.common, self.file = scenario, common, file
        self.scenarios: dict[tuple[str, ...], Scenario] = {}
        self.books: dict[str, Any] = {}
        self.tables: dict[tuple[str, str], Tables] = {}
        self.runs: dict[tuple[str, ...], Run] = {}
        self.screenings: dict[tuple[str, ...], Screening] = {}
        self.digests: dict[tuple[str, ...], str] = {}

    def ask(self, sets: Mapping[str, str]) -> Run:
        """The run of one case; raises `InputRejected`, every problem at its place in the study."""
        sets = {**self.common, **sets}
        try:
            return self.run(sets)
        except InputRejected as rejected:
            raise InputRejected(self.placed(rejected.problems, sets)) from None

    def run(self, sets: Mapping[str, str]) -> Run:
        """The same, with problems where they were found."""
        rest = spelled(pair for pair in sets.items() if pair[0] != TOTAL)
        if rest not in self.runs:
            self.runs[rest] = self.read(sets)
        run = self.runs[rest]
        if TOTAL not in sets:
            return run
        try:
            total = Quota.model_validate({"plan_mu": sets[TOTAL]}).plan_mu
        except ValidationError:
            read_scenario(self.scenario, spelled(pair for pair in sets.items() if not is_lever(pair[0])))
            raise
        return replace(run, total=total, overrides={**run.overrides, TOTAL: sets[TOTAL]})

    def read(self, sets: Mapping[str, str]) -> Run:
        """A run from its files, as far as they are not known yet; its total is that of the scenario."""
        flags = spelled(pair for pair in sets.items() if not is_lever(pair[0]) and pair[0] != TOTAL)
        if flags not in self.scenarios:
            self.scenarios[flags] = read_scenario(self.scenario, flags)
        scenario = self.scenarios[flags]
        policy = scenario.policy.policy
        key = (str(scenario.data), vocabulary(policy))
        if key not in self.tables:
            if key[0] not in self.books:
                self.books[key[0]] = open_book(scenario.data)
            self.tables[key] = build_tables(self.books[key[0]], policy)
        levers = {path: value for path, value in sets.items() if is_lever(path)}
        tables = pull(self.tables[key], levers, policy)
        return Run(
            asked=self.scenario,
            scenario=scenario.name,
            title=scenario.title,
            policy=policy,
            policy_files=scenario.policy.files,
            year=scenario.year,
            as_of=scenario.as_of,
            total=scenario.total,
            plan_submitted=scenario.plan_submitted,
            overrides={**scenario.overrides, **levers},
            tables=replace(tables, sources=(scenario.source, *tables.sources)),
        )

    def prepare(self, run: Run) -> Question:
        """Screened, ranked and compiled; the gates do not look at the total."""
        key = spelled(pair for pair in run.overrides.items() if pair[0] != TOTAL)
        question = prepare(run, self.screenings.get(key))
        self.screenings[key] = question.screening
        return question

    def key(self, run: Run, told: Iterable[str]) -> str:
        """What stands for everything a case's answer depends on, and for what is told of it: 64 hexadecimal digits."""
        rest = spelled(pair for pair in run.overrides.items() if pair[0] != TOTAL)
        if rest not in self.digests:
            asked = {
                "version": [STUDY_VERSION, tool_version()],
                "inputs": [describe_source(source) for source in run.tables.sources],
                "policy": [source.sha256 for source in run.policy_files],
                "settings": settings(run.policy),
                "overrides": dict(sorted(pair for pair in run.overrides.items() if pair[0] != TOTAL)),
                "asked": [run.year, run.as_of.isoformat(), run.plan_submitted.isoformat()],
                "told": list(told),
            }
            self.digests[rest] = hashlib.sha256(write_json(asked)).hexdigest()
        return hashlib.sha256(f"{self.digests[rest]} {run.total}".encode()).hexdigest()

    def placed(self, problems: Iterable[Problem], sets: Mapping[str, str]) -> tuple[Problem, ...]:
        """Problems of what stood on no command line, at the study in which it stands."""
        return tuple(
            replace(problem, place=Place(file=self.file, cell=problem.place.cell))
            if problem.place.file == FLAG or (not problem.place.file and problem.place.cell in sets)
            else problem
            for problem in problems
        )


def spelled(sets: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Settings as texts `PATH=VALUE`, in the order of their paths."""
    return tuple(f"{path}={value}" for path, value in sorted(sets))


def vocabulary(policy: Policy) -> str:
    """What of a policy decides how tables are read and checked: all but the size of its shares."""
    return f"{policy.leaves()} {policy.model_copy(update={'shares': None})!r}"
