"""Whether the phases of a project are its row in parts, and whether a least area can be what it says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from allocator.check_problems import SUGGESTED, cell, error
from allocator.intake.addresses import position
from allocator.intake.columns import TABLE
from allocator.intake.nearest import nearest
from allocator.intake.vocabulary import INDICATORS, titled
from allocator.policy import Policy
from allocator.problems import Place, Problem
from allocator.quantities import Indicator, plain
from allocator.records import Application, Phase, ProjectId, Tables

RULE = TABLE["phases"]["phase"].rule
"""Only what this year's construction needs is granted this year: what phases are for."""

LISTED = 8
"""So many cells of phases are named where their sum is wrong."""


def check_phases(tables: Tables) -> Iterator[Problem]:
    """Every phase belongs to a project and asks for something; those of one are 1, 2, 3, ... and add up to its row."""
    known = {application.project_id: application for application in tables.applications}
    phases: defaultdict[ProjectId, list[Phase]] = defaultdict(list)
    for phase in tables.phases:
        phases[phase.project_id].append(phase)
    unknown = sorted((parts[0] for project, parts in phases.items() if project not in known), key=_row)
    if known:
        for number, phase in enumerate(unknown):
            near = nearest(phase.project_id, known) if number < SUGGESTED else ""
            yield error("PHASED_PROJECT_UNKNOWN", phase.place, phase.project_id, RULE, nearest=near)
    for project, parts in phases.items():
        yield from _nothing(parts)
        yield from _numbers(parts)
        if project in known:
            yield from _sums(known[project], parts)


def check_least_areas(tables: Tables, policy: Policy) -> Iterator[Problem]:
    """QY-10.2: a least area is not above the request, and a project is divided by it or into phases."""
    if policy.grant.partial == "never":
        return
    phased = {phase.project_id: phase for phase in reversed(tables.phases)}
    grid = Indicator.PLAN.grid
    for a in tables.applications:
        if a.min_area is None or a.min_area == a.plan:
            continue
        place, value = cell(a, "min_area_mu"), plain(a.min_area, grid)
        if a.min_area > a.plan:
            facts = {"who": a.project_id, "plan": plain(a.plan, grid)}
            yield error("MIN_AREA_ABOVE_PLAN", place, value, policy.grant.rule, **facts)
        elif a.project_id in phased:
            where = _named(phased[a.project_id].place)
            yield error("PHASES_AND_MIN_AREA", place, value, policy.grant.rule, who=a.project_id, where=where)


def _nothing(parts: Iterable[Phase]) -> Iterator[Problem]:
    for part in parts:
        if not part.plan and not part.needs:
            yield error("PHASE_EMPTY", part.place, "", RULE, who=part.project_id, phase=part.phase)


def _numbers(parts: Sequence[Phase]) -> Iterator[Problem]:
    """The first number that occurs twice, or that leaves one out; `parts` are sorted by it."""
    for expected, part in enumerate(parts, start=1):
        if part.phase == expected:
            continue
        place, facts = cell(part, "phase"), {"who": part.project_id}
        if part.phase < expected:
            where = _named(cell(parts[expected - 2], "phase"))
            yield error("PHASE_TWICE", place, part.phase, RULE, where=where, **facts)
        else:
            yield error("PHASE_GAP", place, part.phase, RULE, missing=expected, **facts)
        return


def _sums(application: Application, parts: Sequence[Phase]) -> Iterator[Problem]:
    """Plan and every need, whether or not the policy fills it."""
    asked: Mapping[Indicator, int] = {Indicator.PLAN: application.plan, **application.needs}
    for indicator in Indicator:
        column = f"{indicator}_kg" if indicator is Indicator.CAPACITY else f"{indicator}_mu"
        whole = asked.get(indicator, 0)
        given = [part.plan if indicator is Indicator.PLAN else part.needs.get(indicator, 0) for part in parts]
        if sum(given) != whole:
            cells = [_named(cell(part, column)) for part in parts[:LISTED]]
            yield error(
                "PHASES_DO_NOT_ADD_UP",
                cell(application, column),
                plain(whole, indicator.grid),
                RULE,
                who=application.project_id,
                indicator=titled(indicator, INDICATORS),
                sum=plain(sum(given), indicator.grid),
                where=" + ".join(cells) + (" + ..." if len(parts) > LISTED else ""),
            )


def _named(place: Place) -> str:
    """A cell with its sheet, for a message about another one."""
    return f"{place.sheet}!{place.cell}" if place.sheet else place.cell


def _row(phase: Phase) -> tuple[int, int]:
    return position(phase.place.cell)
