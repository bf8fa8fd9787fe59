"""What a result says of other questions, asked again: each change must do what is said, and one step less must not.

That no smaller change would do in between, and how far an enlargement was followed, is the word of the search; who
would fare otherwise, what a withdrawal frees, and which numbers a project is told of are derived.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from allocator.audit.claims import Claims
from allocator.audit.compare import Finding
from allocator.audit.other import Change, Others, got, stands_at, step_at
from allocator.audit.question import Piece
from allocator.changes import Changes, Kind, Nearest, Paradox, Result, Scope, Setting, Shifts, Together
from allocator.outcome import Decided, ShortageKind
from allocator.quantities import Indicator
from allocator.records import FLEX, ProjectId

FILE = "explanations.json"

SOLVED = (Result.GRANTS, Result.ENOUGH)


def derived(others: Others, claims: Claims) -> Changes:
    """The claims, with all withdrawals, who would fare otherwise and what stands now as they are derived."""
    if claims.scope is not Scope.COMPUTED:
        return Changes(scope=claims.scope)
    granted = dict.fromkeys(piece.project for piece in others.question.pieces if piece.key in got(others.walked))
    line = [placed.candidate.project_id for placed in others.question.order.places]
    gone = {p: others.shifts(others.without(p), besides=p) for p in line if p in granted}
    paradoxes = [again(others, told) for told in claims.paradoxes]
    paradoxes += [Paradox(withdrawn=p, shifts=shifts) for p, shifts in gone.items() if costs(shifts)]
    return Changes(
        scope=Scope.COMPUTED,
        nearest={p: tuple(corrected(others, p, each) for each in found) for p, found in claims.nearest.items()},
        together={p: jointly(others, p, joint) for p, joint in claims.together.items()},
        withdrawals=gone,
        paradoxes=tuple(paradoxes),
    )


def corrected(others: Others, project: ProjectId, told: Nearest) -> Nearest:
    """A claim with what stands now and who would fare otherwise as they are derived."""
    setting = standing(others, project, told.setting)
    if told.result not in SOLVED or told.nearest is None or not is_number(others, project, setting):
        return replace(told, setting=setting, shifts=Shifts())
    after = others.after((project, setting, told.nearest))
    return replace(told, setting=setting, shifts=others.shifts(after, besides=project))


def standing(others: Others, project: ProjectId, setting: Setting) -> Setting:
    """A number with the value that it has, and the smallest step by which it can change."""
    now, step = stands_at(others.question, others.ceilings, project, setting), step_at(others.question, setting)
    return replace(setting, step=step) if now is None else replace(setting, now=now, step=step)


def is_number(others: Others, project: ProjectId, setting: Setting) -> bool:
    """Whether the question has such a number."""
    return stands_at(others.question, others.ceilings, project, setting) is not None


def jointly(others: Others, project: ProjectId, told: Together) -> Together:
    """Several numbers at once, the same way."""
    settings = tuple(standing(others, project, setting) for setting in told.settings)
    if not all(is_number(others, project, setting) for setting in settings):
        return replace(told, settings=settings, shifts=Shifts())
    cuts = ((project, setting, value) for setting, value in zip(settings, told.nearest, strict=False))
    after = others.after(*cuts)
    return replace(told, settings=settings, shifts=others.shifts(after, besides=project))


def again(others: Others, told: Paradox) -> Paradox:
    """An enlargement that costs somebody a grant, the same way."""
    if told.setting is None or told.nearest is None:
        return told
    setting = standing(others, "", told.setting)
    if not is_number(others, "", setting):
        return replace(told, setting=setting, shifts=Shifts())
    return replace(told, setting=setting, shifts=others.shifts(others.after(("", setting, told.nearest))))


def costs(shifts: Shifts) -> bool:
    """Whether somebody loses a grant, or a phase of one."""
    return any(shift.before != shift.after for shift in shifts.loses)


def doubted(others: Others, decided: Mapping[ProjectId, Decided], changes: Changes) -> Iterator[Finding]:
    """Every claim that does not stand."""
    if changes.scope is not Scope.COMPUTED:
        return
    pieces: dict[ProjectId, Piece] = {}
    for piece in others.question.pieces:
        if piece.key not in got(others.walked):
            pieces.setdefault(piece.project, piece)
    for project in pieces.keys() | changes.nearest.keys() | changes.together.keys():
        if project not in pieces:
            yield wrong(project, "changes", "it is granted")
            continue
        told = {each.setting.key: each for each in changes.nearest.get(project, ())}
        if len(told) != len(changes.nearest.get(project, ())):
            yield wrong(project, "changes", "a number stands twice")
        wanted = numbers(others, pieces[project], decided[project])
        for key in (told.keys() - wanted) | (wanted - told.keys()):
            yield wrong(project, "changes", " ".join(str(part) for part in key if part))
        for each in (each for key, each in told.items() if key in wanted):
            left = is_left(others, pieces[project], each, told)
            if not stands(others, project, each) or left != (each.result is Result.SEVERAL):
                yield wrong(project, f"changes {each.setting.kind}", f"{each.result} {each.nearest}")
        joint = changes.together.get(project)
        alone = any(each.result is Result.GRANTS and each.setting.kind.is_own for each in told.values())
        if joint and (alone or not stands_together(others, project, joint)):
            yield wrong(project, "together", "")
        if not joint and not alone and is_within_reach(others, project):
            yield wrong(project, "together", "it is missing")
    for paradox in changes.paradoxes:
        if not costs(paradox.shifts):
            yield wrong(paradox.withdrawn, "paradoxes", str(paradox.nearest))


def wrong(project: ProjectId, column: str, told: str) -> Finding:
    """A claim that does not stand."""
    return Finding(kind="claim", file=FILE, row=project, column=column, told=told)


def numbers(others: Others, piece: Piece, decided: Decided) -> set[tuple[object, ...]]:
    """The numbers that a project is told of: its position, its plan and needs, the budgets and ceilings it competes
    for, and of an indicator that was short, its store and, where that was short, the pool."""
    met = [shortage for shortage in decided.shortages if shortage.phase == piece.phase]
    passes_over = others.question.run.policy.ranking.fill == "skip_and_fill"
    plan = Indicator.PLAN
    settings = [Setting(kind=Kind.POSITION, indicator=None, now=0)]
    settings.append(Setting(kind=Kind.PLAN, indicator=plan, phase=piece.phase, now=0))
    settings += [Setting(kind=kind, indicator=plan, now=0) for kind in (Kind.RESERVE, Kind.TOTAL)]
    if piece.category != FLEX:
        settings.append(Setting(kind=Kind.SHARE, indicator=plan, holder=piece.category, now=0))
    settings += [
        Setting(kind=Kind.CAP, indicator=plan, holder=f"penalty:{ceiling.county}", now=0)
        for ceiling in others.ceilings
        if ceiling.county == piece.county
    ]
    for indicator in piece.needs:
        if passes_over and all(shortage.indicator is not indicator for shortage in met):
            continue
        settings.append(Setting(kind=Kind.NEED, indicator=indicator, phase=piece.phase, now=0))
        settings.append(Setting(kind=Kind.STORE, indicator=indicator, holder=piece.county, now=0))
        if any((s.indicator, s.kind) == (indicator, ShortageKind.POOL) for s in met):
            settings.append(Setting(kind=Kind.POOL, indicator=indicator, now=0))
    return {setting.key for setting in settings}


def stands(others: Others, project: ProjectId, told: Nearest) -> bool:
    """Whether a number grants and one step less of it does not, or does not grant even at the end of its way."""
    setting, nearest = told.setting, told.nearest
    if told.result is Result.SEVERAL:
        return nearest is None and not setting.kind.is_own
    if told.result is Result.NEVER:
        end = utmost(others, setting)
        return nearest is None and (end is None or not others.has_all(project, others.after((project, setting, end))))
    if nearest is None or (nearest - setting.now) % setting.step:
        return False
    is_cut = setting.kind.is_own or setting.kind is Kind.POSITION  # followed to its end, step by step
    if told.result is not Result.GRANTS and is_cut:
        return False
    if told.result is Result.NOT_UP_TO:
        return nearest >= setting.now and not others.has_all(project, others.after((project, setting, nearest)))
    back = 1 if is_cut else -1
    if (setting.now - nearest) * back < 0 or nearest < 0:
        return False
    before = nearest + back * setting.step
    grants = others.has_all(project, others.after((project, setting, nearest)))
    return grants and not others.has_all(project, others.after((project, setting, before)))


def is_left(others: Others, piece: Piece, told: Nearest, beside: Mapping[tuple[object, ...], Nearest]) -> bool:
    """Whether more of a budget or store is no use, as asking for less of it, down to nothing, would be none: something
    else is short besides. Only where places are passed over, so that a cut changes nothing ahead. In phases less may
    be enough where nothing is not."""
    kind, indicator = told.setting.kind, told.setting.indicator
    if kind.is_own or kind is Kind.POSITION or others.question.run.policy.ranking.fill != "skip_and_fill":
        return False
    own = Kind.PLAN if indicator is Indicator.PLAN else Kind.NEED
    setting = Setting(kind=own, indicator=indicator, phase=piece.phase, now=0)
    if (cut := beside.get(setting.key)) and cut.result is Result.GRANTS:
        return False
    return not others.has_all(piece.project, others.after((piece.project, setting, 0)))


def utmost(others: Others, setting: Setting) -> int | None:
    """The value at the end of a number's way: nothing asked, the first position, or room for everybody."""
    pieces = others.question.pieces
    match setting.kind:
        case Kind.PLAN | Kind.POSITION:
            return 1
        case Kind.NEED:
            return 0
        case Kind.TOTAL:
            return None
        case Kind.SHARE | Kind.RESERVE | Kind.CAP:
            return setting.now + sum(piece.plan for piece in pieces)
        case Kind.POOL | Kind.STORE:
            return setting.now + sum(q for piece in pieces for i, q in piece.needs.items() if i is setting.indicator)


def stands_together(others: Others, project: ProjectId, told: Together) -> bool:
    """Whether all these cuts at once grant the project, and with one step more of any of them it is not granted."""
    if len(told.settings) != len(told.nearest) or not told.settings:
        return False
    if not all(is_number(others, project, setting) for setting in told.settings):
        return False
    cuts = [(project, setting, value) for setting, value in zip(told.settings, told.nearest, strict=True)]
    if not all(0 <= value < setting.now and setting.kind.is_own for _, setting, value in cuts):
        return False
    more = (
        [(p, s, value + s.step * (n == number)) for n, (p, s, value) in enumerate(cuts)] for number in range(len(cuts))
    )
    return others.has_all(project, others.after(*cuts)) and not any(
        others.has_all(project, others.after(*asked)) for asked in more
    )


def is_within_reach(others: Others, project: ProjectId) -> bool:
    """Whether one refused piece, asking for the least plan and for nothing else, would be granted where places are
    passed over: then less of several numbers at once is enough, and the result must say how much less.

    Elsewhere a smaller request may change the line, and that nothing is said of several numbers is believed.
    """
    refused = [p for p in others.question.pieces if p.project == project and p.key not in got(others.walked)]
    if len(refused) != 1 or others.question.run.policy.ranking.fill != "skip_and_fill":
        return False
    (piece,) = refused
    asked: list[Change] = [
        (project, Setting(kind=Kind.NEED, indicator=i, phase=piece.phase, now=0), 0) for i in piece.needs
    ]
    asked.append(
        (project, Setting(kind=Kind.PLAN, indicator=Indicator.PLAN, phase=piece.phase, now=0), min(1, piece.plan))
    )
    return others.has_all(project, others.after(*asked))
