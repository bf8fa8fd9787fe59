"""Small scenarios with an answer, the folder it is written to, and what the audit derives for each, made once."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from random_folders import write_scenario

from allocator.audit.compare import Derived
from allocator.audit.derive import derive
from allocator.outcome import Allocation, Run
from allocator.report.folder import write_files
from scenarios.solving import Solved, solve

MOST = 40
"""Projects of the largest one."""

SMALL = ("worked-example", 7, 12, 13, 30, 36, 45)
"""A shipped scenario, and seeds of random ones: together they hold every kind of row that a result can have."""


@dataclass(frozen=True)
class Answered:
    run: Run
    allocation: Allocation
    files: dict[str, bytes]
    derived: Derived


def solved(which: str | int) -> Solved:
    """A shipped scenario by its name, or the random one of a seed."""
    with TemporaryDirectory() as folder:
        where = str(which)
        if isinstance(which, int):
            where = str(Path(folder) / "scenario")
            write_scenario(Path(where), which)
        return solve(where, (), engine="auto", announce=lambda _: None)


@cache
def answered(which: str | int) -> Answered:
    """Its result, and the one that the audit derives."""
    known = solved(which)
    files = dict(write_files(*known.answer, language="zh"))
    again = derive(known.run, engine=known.allocation.engine)
    return Answered(known.run, known.allocation, files, Derived(write_files(again, known.run, language="zh")))
