"""The smallest change of each number that would grant a waiting project, and who would then fare otherwise.

`models.changes.sweep` visits every step at which a changed number may alter the answer, from the smallest on, so the
first that grants is the nearest; it needs no monotonicity, which a larger budget does not have. Every claim is then
answered again by the plain walk, at the change and at one step less, which must not grant; what does not hold there
is not claimed. A project with phases is granted when all of them are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from allocator.changes import Kind, Nearest, Result, Setting, Shifts, Together
from allocator.levers import Lever, budgets, own_needs, own_plan, sources
from allocator.moves import nearest_position
from allocator.outcome import Decided, ShortageKind
from allocator.quantities import Indicator
from allocator.records import ProjectId
from allocator.scene import Scene, lost_grants
from models.changes import changed, sweep
from models.exact import walk
from models.instance import Fill, Instance

NOBODY = Shifts()


@dataclass(slots=True)
class Search:
    """What is found, lever by lever. Enlargements are followed once for all projects that they may help."""

    scene: Scene
    found: defaultdict[ProjectId, dict[tuple[object, ...], Nearest]] = field(
        default_factory=lambda: defaultdict[ProjectId, dict[tuple[object, ...], Nearest]](dict)
    )
    costs: list[tuple[Setting, int, Shifts]] = field(default_factory=list[tuple[Setting, int, Shifts]])
    """Enlargement -> the smallest value met at which somebody loses a grant, and what then happens."""

    def note(
        self, project: ProjectId, lever: Lever, result: Result, steps: int | None = None, shifts: Shifts = NOBODY
    ) -> None:
        """Write down what a lever can do."""
        value = None if steps is None else lever.at(steps)
        nearest = Nearest(setting=lever.setting, result=result, nearest=value, shifts=shifts)
        self.found[project][lever.setting.key] = nearest


def search(scene: Scene, decided: Mapping[ProjectId, Decided], patience: int | None) -> Search:
    """Every lever of every waiting project, or of one that waits for a phase.

    `patience` is how many changes of the answer an enlargement is followed through, on the average of all; None: every
    one to its end. Those that few wait for come first, and leave what they do not use to the others.
    """
    found = Search(scene=scene)
    wanted: defaultdict[tuple[object, ...], list[ProjectId]] = defaultdict(list)
    levers: dict[tuple[object, ...], Lever] = {}
    for project in scene.atoms:
        if not scene.refused(project):
            continue
        found.found[project] = {}
        for lever, is_tried in levers_of(found, decided[project]):
            if is_tried:
                levers.setdefault(lever.setting.key, lever)
                wanted[lever.setting.key].append(project)
            found.note(project, lever, Result.NEVER if is_tried else Result.SEVERAL)
        found.found[project][Kind.POSITION,] = nearest_position(scene, project)
    left = None if patience is None else patience * len(levers)
    for number, key in enumerate(sorted(levers, key=lambda key: len(wanted[key]))):
        most = None if left is None else left // (len(levers) - number)
        taken = enlarge(found, levers[key], wanted[key], most)
        left = None if left is None else left - taken
    return found


def levers_of(found: Search, decided: Decided) -> Iterator[tuple[Lever, bool]]:
    """Cut what the project asks for, one number at a time; then yield what it competes for, and whether to try that.

    Where places are passed over, a cut changes nothing ahead of the project: of an indicator that was not short at its
    turn it is no use. If asking for less of one that was, down to nothing, is not enough, another was short besides in
    either round; a larger source of this one is then not tried. In other modes all of it is.
    """
    scene, case, project = found.scene, found.scene.case, decided.project_id
    place = scene.refused(project)[0]
    atom, passes_over = case.atoms[place], case.instance.fill is Fill.SKIP
    short = {(shortage.indicator, shortage.kind) for shortage in decided.shortages if shortage.phase == atom.phase}
    met = {indicator for indicator, _ in short}
    alone = any(cut_alone(found, project, *piece) for piece in own_plan(case, place))
    yield from ((lever, alone or not passes_over) for lever in budgets(case, atom))
    for lever in own_needs(case, place):
        indicator = Indicator(lever.setting.indicator or "")
        if indicator in met or not passes_over:
            alone = cut_alone(found, project, case.instance, lever)
            for source in sources(case, atom, indicator, pooled=(indicator, ShortageKind.POOL) in short):
                yield source, alone or not passes_over


def cut_alone(found: Search, project: ProjectId, instance: Instance, lever: Lever) -> bool:
    """Note how much less of one number is enough; whether any cut of it is, down to nothing."""
    scene = found.scene
    steps = first_to_grant(scene, instance, lever, project)
    if steps is None:
        found.note(project, lever, Result.NEVER)
        return False
    if lever.setting.kind is Kind.PLAN and lever.at(steps) == 0:  # a grant of no plan is none
        found.note(project, lever, Result.NEVER)
        return True
    grants = walk(changed(instance, lever.entries, steps))
    before = walk(changed(instance, lever.entries, steps - 1)) if steps else scene.grants
    if scene.has_all(project, grants) and not scene.has_all(project, before):
        found.note(project, lever, Result.GRANTS, steps, scene.shifts(grants).besides(project))
    return True


def first_to_grant(scene: Scene, instance: Instance, lever: Lever, project: ProjectId) -> int | None:
    """The smallest number of steps that grants the whole project; None: none up to the last does."""
    for steps, grants in sweep(instance, lever.entries, lever.most):
        if scene.has_all(project, grants):
            return steps
    return None


def enlarge(found: Search, lever: Lever, wanted: Iterable[ProjectId], most: int | None) -> int:
    """Follow one budget or store upwards until every project that it may help has been granted once, or through `most`
    changes of the answer; returns through how many."""
    scene, waiting, costly, number = found.scene, list(wanted), False, 0
    for number, (steps, grants) in enumerate(sweep(scene.case.instance, lever.entries, lever.most)):
        if number == most:
            for project in waiting:
                give_up(found, lever, project, steps - 1)
            break
        helped = [project for project in waiting if scene.has_all(project, grants)]
        costs = not costly and any(lost_grants(scene.shifts(grants)))
        if not helped and not costs:
            continue
        grants, before = (walk(changed(scene.case.instance, lever.entries, s)) for s in (steps, steps - 1))
        shifts = scene.shifts(grants)
        if costs and any(lost_grants(shifts)):
            costly = True
            found.costs.append((lever.setting, lever.at(steps), shifts))
        for project in helped:
            waiting.remove(project)
            if scene.has_all(project, grants) and not scene.has_all(project, before):
                found.note(project, lever, Result.GRANTS, steps, shifts.besides(project))
            else:
                del found.found[project][lever.setting.key]
        if not waiting:
            break
    return number


def give_up(found: Search, lever: Lever, project: ProjectId, tried: int) -> None:
    """Note up to where an enlargement was followed in vain, or that as much as the project is short of is enough."""
    scene, kind = found.scene, Kind.PLAN if lever.setting.indicator is Indicator.PLAN else Kind.NEED
    own = next(
        each
        for each in found.found[project].values()
        if each.setting.kind is kind and each.setting.indicator is lever.setting.indicator
    )
    if own.nearest is not None and (missing := own.setting.now - own.nearest) > tried and lever.setting.step == 1:
        grants, before = (walk(changed(scene.case.instance, lever.entries, s)) for s in (missing, missing - 1))
        if scene.has_all(project, grants) and not scene.has_all(project, before):
            found.note(project, lever, Result.ENOUGH, missing, scene.shifts(grants).besides(project))
            return
    found.note(project, lever, Result.NOT_UP_TO, tried)


def together(scene: Scene, project: ProjectId) -> Together | None:
    """What the project would have to ask less of at once, in the order of its phases, in each the plan first.

    Of each number it keeps as much as the numbers before it leave, so one unit more of any is too much; a divisible
    one (it has no phases) keeps what it can of the plan above its smallest part last. None where even asking for
    nothing is not enough, or where the plain walk does not confirm every part of that.
    """
    case = scene.case
    instance = case.instance
    levers: list[Lever] = []
    spare: list[Lever] = []
    for place in scene.refused(project):
        *surplus, (_, last) = own_plan(case, place)
        spare += [lever for _, lever in surplus]
        levers += [last, *own_needs(case, place)]
    kept = len(levers)
    levers += spare
    steps = [lever.most for lever in levers]
    for number, lever in enumerate(levers):
        if number == kept and steps[0]:
            break  # it asks for less than its smallest part, so for nothing above that
        steps[number] = 0
        enough = first_to_grant(scene, asking(instance, levers, steps), lever, project)
        if enough is None:
            return None
        steps[number] = enough
    grants = walk(asking(instance, levers, steps))
    cuts = [number for number, count in enumerate(steps) if count and not (number >= kept and steps[0])]
    more = (asking(instance, levers, [s - (n == number) for n, s in enumerate(steps)]) for number in cuts)
    gone = any(levers[n].setting.kind is Kind.PLAN and not levers[n].at(steps[n]) for n in cuts)
    if gone or not scene.has_all(project, grants) or any(scene.has_all(project, walk(asked)) for asked in more):
        return None
    return Together(
        settings=tuple(levers[number].setting for number in cuts),
        nearest=tuple(levers[number].at(steps[number]) for number in cuts),
        shifts=scene.shifts(grants).besides(project),
    )


def asking(instance: Instance, levers: Iterable[Lever], steps: Iterable[int]) -> Instance:
    """The instance with each lever moved by its steps."""
    for lever, count in zip(levers, steps, strict=True):
        instance = changed(instance, lever.entries, count)
    return instance
