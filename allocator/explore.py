"""Everything that another question would have answered, as far as it is asked for and worth the work."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from allocator.changes import Changes, Kind, Nearest, Result, Scope, Setting, Shifts
from allocator.importance import withdrawals
from allocator.nearest import search, together
from allocator.outcome import Allocation, Decided, Decision, Run
from allocator.paradox import paradoxes
from allocator.records import ProjectId
from allocator.scene import Scene
from allocator.solve import prepare
from models.exact import walk

Asked = Literal["auto", "all", "none"]

WORTH_EXPLORING = 5_000_000
"""Needs (places times indicators, plan included) that all walks together may look at before `auto` leaves them out."""

PATIENCE = 20
"""Changes of the answer through which `auto` follows an enlargement on the average; `all` follows each to its end."""


def explored(run: Run, allocation: Allocation, asked: Asked) -> Allocation:
    """An allocation with all that is asked about other questions; unchanged in everything else.

    Caps of penalised counties stay as this solve has computed them, whatever is changed.
    """
    changes = Changes(scope=scope_of(run, allocation, asked))
    if changes.scope is Scope.COMPUTED:
        case = prepare(run, allocation.screening).case
        if case.instance.network is not None:
            return replace(allocation, changes=Changes(scope=Scope.NOT_NESTED))
        decided = {each.project_id: each for each in allocation.decided}
        changes = explore(Scene.of(case, walk(case.instance)), decided, PATIENCE if asked == "auto" else None)
    return replace(allocation, changes=changes)


def explore(scene: Scene, decided: Mapping[ProjectId, Decided], patience: int | None) -> Changes:
    """Nearest changes, withdrawals and paradoxes of an answer that a walk over nested sources gives."""
    found = search(scene, decided, patience)
    gone = withdrawals(scene)
    stuck = [project for project, levers in found.found.items() if not any(map(is_own_way, levers.values()))]
    joint = {project: settings for project in stuck if (settings := together(scene, project))}
    return Changes(
        scope=Scope.COMPUTED,
        nearest={project: tuple(levers.values()) for project, levers in found.found.items()},
        together=joint,
        withdrawals=gone,
        paradoxes=tuple(paradoxes(sorted(found.costs, key=in_order), gone)),
    )


def in_order(cost: tuple[Setting, int, Shifts]) -> tuple[int, str]:
    """Budgets before stores, in the order of `Kind`."""
    setting = cost[0]
    return list(Kind).index(setting.kind), f"{setting.indicator} {setting.holder}"


def is_own_way(nearest: Nearest) -> bool:
    """Whether asking for less of one thing alone is enough."""
    return nearest.result is Result.GRANTS and nearest.setting.kind.is_own


def scope_of(run: Run, allocation: Allocation, asked: Asked) -> Scope:
    """Whether to compute; `auto` leaves out what would take too long, by counting and never by the clock."""
    if asked == "none":
        return Scope.NOT_ASKED
    if (
        allocation.fill in ("max_weight", "tiered")
        or run.policy.exchange
        or run.policy.region
        or (run.policy.phase and run.policy.phase.min_share)
    ):
        return Scope.NOT_IN_THIS_MODE
    if allocation.test == "max_flow":
        return Scope.NOT_NESTED
    if not allocation.is_proved:
        return Scope.NOT_PROVED
    return Scope.TOO_MUCH_WORK if asked == "auto" and work(run, allocation) > WORTH_EXPLORING else Scope.COMPUTED


def work(run: Run, allocation: Allocation) -> int:
    """About how many needs all walks together look at: one walk for each withdrawal, some for what each waiting
    project may change of its own, and `PATIENCE` for each budget and store that may grow."""
    candidates = allocation.screening.candidates
    kinds = len(run.policy.indicators) if run.tables.has("accounts") else 0
    places = sum(max(len(candidate.phases), 1) for candidate in candidates)
    waiting = sum(each.decision in (Decision.WAITING, Decision.PARTIAL) for each in allocation.decided)
    moves = places.bit_length() if allocation.fill == "skip_and_fill" else places // 2
    walks = len(candidates) + waiting * (moves + 6 * (1 + kinds))
    counties = {candidate.application.county for candidate in candidates}
    levers = len(allocation.settlement.pools) + 1 + kinds * (1 + min(len(counties), waiting))
    return (walks + PATIENCE * levers) * places * (1 + kinds)
