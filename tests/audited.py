"""Small scenarios with an answer, the folder it is written to, and what the audit derives for each, made once."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from random_folders import write_scenario
from random_parts import WALKS, random_parts

from allocator.audit.compare import Derived
from allocator.audit.derive import derive
from allocator.outcome import Allocation, Run
from allocator.report.folder import write_files
from allocator.solve import allocate
from scenarios.solving import Solved, solve

MOST = 40
"""Projects of the largest one."""

SMALL = ("worked-example", 7, 12, 13, 30, 36, 45, "parts 12", "parts 22", "parts 35")
"""A shipped scenario, seeds of random folders, and of random runs with phases, rests, pins and ceilings: together they
hold every kind of row that a result can have."""


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
    run, allocation = parted(which) if str(which).startswith("parts ") else reversed(solved(which).answer)
    files = dict(write_files(allocation, run, language="zh"))
    again = derive(run, engine=allocation.engine)
    return Answered(run, allocation, files, Derived(write_files(again, run, language="zh")))


def parted(which: str | int) -> tuple[Run, Allocation]:
    """A random run in which projects are granted in parts, beforehand, or under a ceiling."""
    seed = int(str(which).split()[1])
    run = random_parts(seed, WALKS[seed % len(WALKS)])
    return run, allocate(run)
