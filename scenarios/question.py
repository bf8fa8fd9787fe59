"""What a scenario asks, as a run: its settings, its policy and its tables, read and not yet answered.

It loads nothing that decides, so that whoever checks an answer reads the question by the same hand.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from allocator.intake.read import read_tables
from allocator.outcome import Run
from allocator.problems import Problem
from allocator.records import Tables
from allocator.report.replace_folder import refuse_if_inside
from scenarios.scenario import Scenario, read_scenario


def read_run(where: str, sets: Sequence[str], out: Path | None = None) -> tuple[Run, tuple[Problem, ...]]:
    """The question of the scenario at `where`, and the warnings met while reading it.

    Raises `InputRejected` with every problem found, `OutputRefused` when `out` lies among the data.
    """
    scenario = read_scenario(where, sets)
    if out:
        refuse_if_inside(out, scenario.data)
    tables = read_tables(scenario.data, scenario.policy.policy)
    run = ask(where, scenario, tables)
    return run, (*scenario.policy.warnings, *tables.notes)


def ask(where: str, scenario: Scenario, tables: Tables) -> Run:
    """The question of a scenario about these tables, as it was typed."""
    return Run(
        asked=where,
        scenario=scenario.name,
        title=scenario.title,
        policy=scenario.policy.policy,
        policy_files=scenario.policy.files,
        year=scenario.year,
        as_of=scenario.as_of,
        total=scenario.total,
        plan_submitted=scenario.plan_submitted,
        overrides=scenario.overrides,
        tables=replace(tables, sources=(scenario.source, *tables.sources)),
    )
