"""A very large scenario of Parquet files, from its folder to its answer in columns."""

from collections.abc import Sequence
from pathlib import Path

from allocator.bulk.folder import Told, divide
from allocator.records import Tables
from allocator.report.replace_folder import refuse_if_inside
from scenarios.question import ask
from scenarios.scenario import read_scenario


def divide_in_columns(where: str, sets: Sequence[str], out: Path, *, force: bool) -> Told:
    """Divide the quota of the scenario at `where` and write `out`; raises as `allocator.bulk.folder.divide` does."""
    scenario = read_scenario(where, sets)
    refuse_if_inside(out, scenario.data)
    run = ask(where, scenario, Tables(applications=()))
    return divide(run, scenario.data, out, force=force)
