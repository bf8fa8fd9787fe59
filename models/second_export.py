"""One rung of an instance as a program for any solver: the rungs above it are rows, held at what the engine reached."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from models.instance import Fill, Grants, Instance
from models.second_draft import Draft, times, total
from models.second_opinion import Step, first_round, guaranteed, stated, steps
from models.second_pulp import Form, write
from models.second_rows import Statement

PLACES = 16
"""Places of the order in one rung: what every solver in floating point still distinguishes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A rung, its program, and the engine's answer to it."""

    name: str
    draft: Draft
    aim: dict[int, int]
    value: int  # of the rung, at the engine's answer
    columns: dict[int, int]  # the engine's values of the columns that grants decide


def rungs(instance: Instance, grants: Grants, alone: Grants) -> Iterator[Exported]:
    """Every rung, in order, lazily.

    `grants` are the engine's answer; `alone`, read in GUARANTEE only, what round 1 grants when nothing is kept. There
    the rungs `kept` say what is kept for each share, and those behind them are of the one walk.
    """
    if instance.fill is not Fill.GUARANTEE:
        s = stated(instance)
        yield from _climbed(s, list(steps(s, PLACES)), grants)
        return
    s = stated(first_round(instance))
    own = [step for step in steps(s, PLACES) if step.name.startswith("own:")]
    yield from _climbed(s, [replace(step, name=step.name.replace("own", "kept")) for step in own], alone)
    s = guaranteed(instance, alone)
    walk = [replace(step, name=step.name.replace("reserve", "grant")) for step in steps(s, PLACES)]
    yield from _climbed(s, walk, grants)


def _climbed(s: Statement, ladder: list[Step], grants: Grants) -> Iterator[Exported]:
    values = s.columns(grants)
    whole = [values.get(column, 0) for column in range(len(s.draft.columns))]
    for number, step in enumerate(ladder):
        value = total(step.terms, whole)
        draft = Draft(columns=list(s.draft.columns), rows=list(s.draft.rows))
        yield Exported(name=step.name, draft=draft, aim=dict(step.terms), value=value, columns=values)
        s.draft.demand(("held", number), times(-1, step.terms), -value)


def write_rung(rung: Exported, file: Path, form: Form) -> None:
    """Write a rung to `file`; raises `Unbelievable` for numbers with more digits than a file holds."""
    write(rung.draft, rung.aim, file, form)
