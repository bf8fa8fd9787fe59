"""Nearest changes held against asking again with every value, on questions of a few grid units."""

from dataclasses import replace
from functools import cache
from random import Random

import pytest
from paces import mostly_long
from random_parts import random_parts
from runs import account, application, mu, run_of

from allocator.changes import Kind, Nearest, Result, Scope, Setting
from allocator.compile import Case
from allocator.explore import explored
from allocator.outcome import Allocation, Run, Rung
from allocator.quantities import Indicator
from allocator.records import Application, Phase, ProjectId
from allocator.report.terminal import totals
from allocator.scene import Scene
from allocator.solve import allocate, prepare
from models.exact import walk
from models.instance import Grants, Instance

MODES = (
    {"ranking.fill": "skip_and_fill"},
    {"ranking.fill": "stop_at_first_misfit"},
    {"ranking.fill": "stop_at_first_misfit", "ranking.stop_on": "any_need"},
    {"ranking.fill": "guarantee"},
)
CATEGORIES = ("key.industry", "key.other", "general.livelihood", "flex")
SEEDS = range(24)
BEYOND = 45  # grid units: more than all projects ask for


def units(count: int) -> str:
    """So many grid units of an area, in mu."""
    return f"{count / 10_000:.4f}"


@cache
def asked(seed: int) -> Run:
    """Five or six projects of two counties that ask for up to nine grid units each; the mode follows the seed."""
    dice = Random(seed)
    size = 5 + seed % 2
    line = [dice.choice(CATEGORIES) for _ in range(size)]
    projects = [
        application(
            f"P{place}",
            category,
            units(dice.randint(0, 9)),
            county=dice.choice("AB"),
            needs={"area": units(dice.randint(1, 6))} if dice.random() < 0.6 else {},
            tags=frozenset({"province_key"}) if dice.random() < 0.6 else frozenset(),
            overall_rank=place + 1,
            rank=line[: place + 1].count(category),
        )
        for place, category in enumerate(line)
    ]
    accounts = [account("area", "own", county, units(dice.randint(0, 6))) for county in "AB"]
    accounts += [account("area", "pooled", "C", units(dice.randint(0, 6)), allotted=1, used=0)]
    overrides = {**MODES[seed % 4], "units.area_resolution": "0.0001"}
    run = run_of(projects, total=units(dice.randint(12, 24)), accounts=accounts, overrides=overrides)
    columns = {
        name: names | {"overall_rank"} if name == "projects" else names for name, names in run.tables.columns.items()
    }
    run = replace(run, tables=replace(run.tables, columns=columns))
    return phased(run) if seed % 3 == 0 else run


def phased(run: Run) -> Run:
    """The same with every project of more than four units of plan in two phases."""
    rows = [
        Phase(project_id=a.project_id, phase=number, plan=plan, needs=a.needs if number == 2 else {})
        for a in run.tables.applications
        if a.plan > 4
        for number, plan in ((1, 3), (2, a.plan - 3))
    ]
    columns = {**run.tables.columns, "phases": frozenset({"project_id", "phase", "plan_mu", "area_mu"})}
    return replace(run, tables=replace(run.tables, phases=tuple(rows), columns=columns))


@cache
def answered(seed: int) -> Allocation:
    return explored(asked(seed), allocate(asked(seed)), "all")


@cache
def case_of(seed: int) -> Case:
    return prepare(asked(seed)).case


def granted(case: Case, project: ProjectId, instance: Instance | None = None) -> bool:
    """Whether all of a project is granted, in the case or in a changed instance of it."""
    return Scene.of(case, grants := walk(instance or case.instance)).has_all(project, grants)


def again(seed: int, project: ProjectId, setting: Setting, value: int) -> bool:
    """Whether a project is granted when one number of the question has another value."""
    run, case = asked(seed), case_of(seed)
    match setting.kind:
        case Kind.PLAN | Kind.NEED:
            return granted(prepare(asking(run, project, setting, value)).case, project)
        case Kind.POSITION:
            return granted(prepare(standing(run, project, value)).case, project)
        case Kind.TOTAL:
            return granted(prepare(replace(run, total=value)).case, project)
        case Kind.RESERVE:
            return granted(case, project, replace(case.instance, reserve=value))
        case Kind.SHARE:
            index = [leaf for leaf in case.shares if leaf != "flex"].index(setting.holder)
            return granted(case, project, with_one(case.instance, "share", (index,), value))
        case _:
            number = list(case.stocks).index(Indicator.AREA)
            where = ("own", ("ABC".index(setting.holder), number)) if setting.holder else ("pool", (number,))
            return granted(case, project, with_one(case.instance, *where, value))


def with_one(instance: Instance, name: str, index: tuple[int, ...], value: int) -> Instance:
    array = getattr(instance, name).copy()
    array[index] = value
    return replace(instance, **{name: array})


def asking(run: Run, project: ProjectId, setting: Setting, value: int) -> Run:
    """The same with a project that asks for another quantity, in one of its phases where it has some."""
    assert setting.indicator is not None

    def less(row: Application | Phase) -> Application | Phase:
        if setting.kind is Kind.PLAN:
            more = {"ledger": value} if isinstance(row, Application) else {}
            return replace(row, plan=value, **more)
        needs = {i: q for i, q in {**row.needs, setting.indicator: value}.items() if q}
        return replace(row, needs=needs)

    def is_meant(row: Application | Phase) -> bool:
        return row.project_id == project and getattr(row, "phase", 0) == setting.phase

    tables = run.tables
    if not setting.phase:
        rows = tuple(less(row) if is_meant(row) else row for row in tables.applications)
        return replace(run, tables=replace(tables, applications=rows))
    phases = tuple(less(row) if is_meant(row) else row for row in tables.phases)
    rows = tuple(
        replace(row, plan=sum(p.plan for p in phases if p.project_id == project)) if row.project_id == project else row
        for row in tables.applications
    )
    return replace(run, tables=replace(tables, phases=phases, applications=rows))


def standing(run: Run, project: ProjectId, position: int) -> Run:
    """The same with a project at another position; ranks in the categories follow."""
    line = sorted(run.tables.applications, key=lambda a: a.overall_rank or 0)
    moved = next(a for a in line if a.project_id == project)
    line.remove(moved)
    line.insert(position - 1, moved)
    rows = [
        replace(a, overall_rank=turn, rank=[b.category for b in line[:turn]].count(a.category))
        for turn, a in enumerate(line, start=1)
    ]
    rows.sort(key=lambda a: a.project_id)
    return replace(run, tables=replace(run.tables, applications=tuple(rows)))


def before(nearest: Nearest) -> list[int]:
    """Every value that is a smaller change than the nearest; where there is none, every value there is."""
    setting, end = nearest.setting, nearest.nearest
    if setting.kind is Kind.TOTAL:
        return list(range(setting.now, end or setting.now + 8 * setting.step, setting.step))
    if setting.kind.is_own or setting.kind is Kind.POSITION:
        least = 0 if setting.kind is Kind.NEED else 1
        return list(range(setting.now, least - 1 if end is None else end, -1))
    return list(range(setting.now, end or setting.now + BEYOND))


@pytest.mark.parametrize("seed", mostly_long(SEEDS, every=4))
def test_no_smaller_change_than_the_nearest_grants_and_the_nearest_does(seed: int) -> None:
    allocation = answered(seed)
    assert allocation.changes.scope is Scope.COMPUTED
    for project, levers in allocation.changes.nearest.items():
        for each in levers:
            if each.result is Result.SEVERAL:
                assert MODES[seed % 4]["ranking.fill"] == "skip_and_fill"
                continue
            assert each.result in (Result.GRANTS, Result.NEVER)
            for value in before(each):
                assert not again(seed, project, each.setting, value), (project, each, value)
            if each.nearest is not None:
                assert again(seed, project, each.setting, each.nearest), (project, each)


def test_the_questions_hold_every_lever_and_every_result() -> None:
    met = {(e.setting.kind, e.result) for s in SEEDS for n in answered(s).changes.nearest.values() for e in n}
    granting = {kind for kind, result in met if result is Result.GRANTS}
    assert granting == set(Kind) - {Kind.CAP}
    assert {result for _, result in met} == {Result.GRANTS, Result.NEVER, Result.SEVERAL}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_waiting_project_is_told_of_each_number_it_depends_on(seed: int) -> None:
    allocation = answered(seed)
    waiting = {d.project_id for d in allocation.decided if d.decision in ("waiting", "partial")}
    assert set(allocation.changes.nearest) == waiting
    for levers in allocation.changes.nearest.values():
        assert {Kind.PLAN, Kind.RESERVE, Kind.TOTAL, Kind.POSITION} <= {each.setting.kind for each in levers}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_needed_together_is_enough_and_not_a_unit_too_little(seed: int) -> None:
    run, allocation = asked(seed), answered(seed)
    for project, joint in allocation.changes.together.items():
        own = [each for each in allocation.changes.nearest[project] if each.setting.kind.is_own]
        assert not any(each.result is Result.GRANTS for each in own)
        for number in (None, *range(len(joint.settings))):
            cut = run
            for place, (setting, value) in enumerate(zip(joint.settings, joint.nearest, strict=True)):
                cut = asking(cut, project, setting, value + (place == number))
            assert granted(prepare(cut).case, project) is (number is None)


def plans(run: Run, grants: Grants) -> dict[ProjectId, tuple[int, int]]:
    """What each project gets: how many atoms, and their plan."""
    got: dict[ProjectId, tuple[int, int]] = {}
    for atom, round_, plan in zip(prepare(run).case.atoms, grants.round.tolist(), grants.plan.tolist(), strict=True):
        count, total = got.get(atom.project_id, (0, 0))
        got[atom.project_id] = (count + bool(round_), total + plan)
    return got


@pytest.mark.parametrize("seed", SEEDS)
def test_a_withdrawal_moves_exactly_those_whom_a_solve_without_the_project_moves(seed: int) -> None:
    run, allocation = asked(seed), answered(seed)
    old = plans(run, walk(prepare(run).case.instance))
    assert set(allocation.changes.withdrawals) == {d.project_id for d in allocation.decided if d.parts}
    for project, shifts in allocation.changes.withdrawals.items():
        rows = tuple(a for a in run.tables.applications if a.project_id != project)
        phases = tuple(row for row in run.tables.phases if row.project_id != project)
        without = replace(run, tables=replace(run.tables, applications=rows, phases=phases))
        new = plans(without, walk(prepare(without).case.instance))
        assert {s.project_id for s in shifts.gains} == {other for other, got in new.items() if got > old[other]}
        assert {s.project_id for s in shifts.loses} == {other for other, got in new.items() if got < old[other]}


def filled() -> Run:
    """Every share but that of other key projects used to the last mu; the reserve of 100 mu goes to F, with 5 left."""
    rows = [
        application("I", "key.industry", 420, rank=1),
        application("P1", "key.other", 260, rank=1),
        application("P2", "key.other", 130, rank=2),
        application("P3", "key.other", 15, rank=3),
        application("F", "flex", 100, rank=1),
        application("B", "general.commercial", 100, rank=1),
        application("L", "general.livelihood", 50, rank=1),
        application("T", "general.three_old", 50, rank=1),
    ]
    return run_of(rows, total=1000)


def test_a_larger_reserve_that_lets_a_larger_project_in_ahead_costs_another_its_grant() -> None:
    allocation = explored(run := filled(), allocate(filled()), "all")
    first = next(p for p in allocation.changes.paradoxes if p.setting and p.setting.kind is Kind.RESERVE)
    assert first.setting is not None
    assert (first.setting.now, first.nearest) == (mu(100), mu(125))
    assert [(s.project_id, s.plan_before, s.plan_after) for s in first.shifts.loses] == [("F", mu(100), 0)]
    assert [s.project_id for s in first.shifts.gains] == ["P2"]
    told = next(line for line in totals(allocation, run, "en") if "Paradoxes" in line)
    assert "instead of" in told
    assert "F would lose a grant, because P2 would then fit" in told


def test_a_withdrawal_that_costs_another_its_grant_is_a_paradox() -> None:
    changes = explored(run := filled(), allocate(run), "all").changes
    gone = {p.withdrawn for p in changes.paradoxes if p.withdrawn}
    assert gone == {project for project, s in changes.withdrawals.items() if any(x.after == "waiting" for x in s.loses)}
    assert gone == {"B", "L", "T"}  # what they leave lets P2 in, and F out; what I leaves is enough for both


def test_changes_are_left_out_by_name_where_they_are_not_asked_for_or_not_defined() -> None:
    run = asked(0)
    assert explored(run, allocate(run), "none").changes.scope is Scope.NOT_ASKED
    assert allocate(run).changes.scope is Scope.NOT_ASKED
    weighed = replace(allocate(run), fill="max_weight")
    assert explored(run, weighed, "all").changes.scope is Scope.NOT_IN_THIS_MODE
    assert explored(run, replace(allocate(run), test="max_flow"), "all").changes.scope is Scope.NOT_NESTED
    found = Rung(name="own", value=1, bound=2, proved=False, proved_by="cp_sat")
    assert explored(run, replace(allocate(run), rungs=(found,)), "all").changes.scope is Scope.NOT_PROVED


def test_a_need_is_followed_beside_a_pinned_grant() -> None:
    run = random_parts(5, "guarantee", most=12)
    assert any(pin.pin == "grant" for pin in run.tables.pins)
    nearest = explored(run, allocate(run), "all").changes.nearest.values()
    assert any(each.setting.kind is Kind.NEED for levers in nearest for each in levers)


def test_what_a_cap_leaves_of_a_divisible_plan_is_told_among_the_cuts() -> None:
    run = random_parts(24, "skip_and_fill", most=10)
    joint = explored(run, allocate(run), "all").changes.together["P006"]
    (least,) = (a.min_area for a in run.tables.applications if a.project_id == "P006")
    *needs, plan = joint.settings
    assert (plan.kind, {setting.kind for setting in needs}) == (Kind.PLAN, {Kind.NEED})
    assert least is not None
    assert least < joint.nearest[-1] < plan.now


def test_too_much_work_is_left_out_unless_all_of_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allocator.explore.WORTH_EXPLORING", 0)
    run = asked(1)
    assert explored(run, allocate(run), "auto").changes.scope is Scope.TOO_MUCH_WORK
    assert explored(run, allocate(run), "all").changes.scope is Scope.COMPUTED


def test_without_patience_what_is_missing_is_tried_and_no_more_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allocator.explore.PATIENCE", 1)
    run = filled()
    told = {e.setting.kind: e for e in explored(run, allocate(run), "auto").changes.nearest["P2"]}
    assert (told[Kind.RESERVE].result, told[Kind.RESERVE].nearest) == (Result.ENOUGH, mu(125))
    assert told[Kind.TOTAL].result is Result.NOT_UP_TO
    assert mu(1000) <= (told[Kind.TOTAL].nearest or 0) < mu(1089)  # 0.28 of it more for the share, 0.1 for the reserve
