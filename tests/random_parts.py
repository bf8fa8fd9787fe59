"""Random runs in which everything happens that may: phases, least areas, pins, penalties, bands, any mode."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from random_runs import COUNTIES, random_run

from allocator.eligibility import screen
from allocator.outcome import Run
from allocator.policy import Penalties, Phasing, Policy
from allocator.records import Application, Penalty, Phase, Pin, Tables

WALKS = ("skip_and_fill", "stop_at_first_misfit", "guarantee")
"""The modes in which one pass over the order finds the answer."""


def random_parts(seed: int, fill: str, *, most: int = 30) -> Run:
    """A random run of at most so many projects under this mode."""
    rng = Random(seed)
    run = random_run(seed * 6 + rng.randrange(5), **{"ranking.fill": "skip_and_fill"})
    applications = tuple(varied(rng, a) for a in run.tables.applications[:most])
    phases = tuple(row for a in applications for row in split(rng, a))
    columns = run.tables.columns | {name: frozenset[str]() for name in ("phases", "pins", "penalties")}
    tables = replace(run.tables, applications=applications, phases=phases, columns=columns)
    tables = replace(
        tables, lists=tuple(r for r in tables.lists if r.project_id in {a.project_id for a in applications})
    )
    policy = moded(rng, run.policy, fill)
    total = max(60, sum(a.plan for a in applications) * rng.randint(2, 7) // 100_000) * 10_000
    run = replace(run, tables=tables, policy=policy, total=total)
    pins = tuple(pinned(rng, run))
    held = {pin.project_id for pin in pins if pin.pin == "grant"}
    free = [c for c in COUNTIES if not any(a.county == c and a.project_id in held for a in applications)]
    cuts = [Penalty(county=c, cut=rng.randint(1, max(2, total // 4))) for c in rng.sample(free, rng.randrange(3))]
    return replace(run, tables=replace(tables, pins=pins, penalties=tuple(cuts)))


def moded(rng: Random, policy: Policy, fill: str) -> Policy:
    """The policy in another mode, with penalties."""
    ranking = {
        "fill": fill,
        "stop_on": rng.choice(("plan", "plan", "any_need")),
        "weight": rng.choice(("plan_mu", "count")),
    }
    return policy.model_copy(
        update={
            "ranking": policy.ranking.model_copy(update=ranking),
            "phase": Phasing(cite="QY-4.5", order=rng.choice(("depth", "breadth"))),
            "penalty": Penalties(cite="QY-14.3"),
        }
    )


def varied(rng: Random, application: Application) -> Application:
    """With a band; one in four can do with less than it asks for."""
    divisible = application.plan and rng.random() < 0.25
    least = rng.randint(0, application.plan) if divisible else None
    return replace(application, min_area=least, band=rng.choice((None, 1, 2, 5)), overall_rank=None)


def split(rng: Random, application: Application) -> Iterator[Phase]:
    """Two or three phases of one project in three, each with a part of every need."""
    if application.min_area is not None or not application.plan or rng.random() > 0.35:
        return
    count = rng.randint(2, 3)
    wants: dict[Any, int] = {None: application.plan, **application.needs}
    cuts = {what: sorted(rng.randint(0, quantity) for _ in range(count - 1)) for what, quantity in wants.items()}
    for n in range(count):
        got = {what: ([*cuts[what], q][n]) - ([0, *cuts[what]][n]) for what, q in wants.items()}
        plan = got.pop(None)
        needs = {what: quantity for what, quantity in got.items() if quantity and what}
        yield Phase(project_id=application.project_id, phase=n + 1, plan=plan, needs=needs)


def pinned(rng: Random, run: Run) -> Iterator[Pin]:
    """One project denied in most runs, and in some one granted that needs nothing but a little plan."""
    tables: Tables = run.tables
    passing = screen(tables, run.policy, year=run.year, as_of=run.as_of).candidates
    easy = [c.project_id for c in passing if not c.needs and c.plan * 4 < run.total]
    granted = rng.choice(easy) if easy and rng.random() < 0.7 else ""
    if granted:
        yield Pin(project_id=granted, pin="grant", reason="tested")
    others = [c.project_id for c in passing if c.project_id != granted]
    if others and rng.random() < 0.7:
        yield Pin(project_id=rng.choice(others), pin="deny", reason="tested")
