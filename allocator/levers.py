"""The numbers of a case that may be changed, each with the entries of the instance that follow it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm

from allocator.changes import Kind, Setting
from allocator.compile import Atom, Case
from allocator.quantities import Indicator
from allocator.records import FLEX
from models.changes import Entry, changed
from models.changes import Lever as Entries
from models.instance import Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """One number of a case: a step changes it by `setting.step` grid units, up or down."""

    setting: Setting
    entries: Entries
    sign: int  # 1: it grows, -1: it shrinks
    start: int  # the value before the first step
    most: int  # steps; further ones change no answer, or leave nothing

    def at(self, steps: int) -> int:
        """The value after so many steps."""
        return self.start + self.sign * self.setting.step * steps


def own_plan(case: Case, place: int) -> Iterator[tuple[Instance, Lever]]:
    """The plan one atom asks for, down to nothing, in the pieces in which it changes evenly.

    A divisible atom first asks for less than all with its smallest part as it is, then for its smallest part alone.
    """
    atom, instance = case.atoms[place], case.instance
    setting = Setting(kind=Kind.PLAN, indicator=Indicator.PLAN, phase=atom.phase, now=atom.plan)
    plan, least = Entry("plan", (place,), -1), Entry("least", (place,), -1)
    if surplus := atom.plan - atom.least:
        yield instance, Lever(setting=setting, entries=(plan,), sign=-1, start=atom.plan, most=surplus)
        instance = changed(instance, (plan,), surplus)
    entries = (plan,) if instance.least is None else (plan, least)
    yield instance, Lever(setting=setting, entries=entries, sign=-1, start=atom.least, most=atom.least)


def own_needs(case: Case, place: int) -> Iterator[Lever]:
    """Each other need of one atom, down to nothing."""
    atom = case.atoms[place]
    for number, indicator in enumerate(case.stocks):
        if quantity := atom.needs.get(indicator, 0):
            setting = Setting(kind=Kind.NEED, indicator=indicator, phase=atom.phase, now=quantity)
            entries = (Entry("need", (place, number), -1),)
            yield Lever(setting=setting, entries=entries, sign=-1, start=quantity, most=quantity)


def budgets(case: Case, atom: Atom) -> Iterator[Lever]:
    """The budgets an atom's plan may come from, and the caps it is under, each up to all that anybody asks."""
    instance, category = case.instance, atom.candidate.application.category
    most = int(instance.plan.sum())
    leaves = [leaf for leaf in case.shares if leaf != FLEX]
    if category != FLEX:
        line = leaves.index(category)
        yield larger(Kind.SHARE, Indicator.PLAN, category, int(instance.share[line]), Entry("share", (line,), 1), most)
    yield larger(Kind.RESERVE, Indicator.PLAN, "", instance.reserve, Entry("reserve", (), 1), most)
    yield total(case, most)
    for number, cap in enumerate(case.caps):
        if atom.project_id in cap.members:
            yield larger(Kind.CAP, Indicator.PLAN, cap.name, cap.most, Entry("cap", (number,), 1), most)


def total(case: Case, most: int) -> Lever:
    """The year's total, in the smallest steps of which every share is a whole number of its own (QY-5.1)."""
    parts = {leaf: share.part for leaf, share in case.shares.items() if leaf != FLEX}
    resolution = int(case.policy.units.area_resolution * Indicator.PLAN.grid)
    step = lcm(*((part / resolution).denominator for part in parts.values()))
    slopes = {leaf: int(part * step) for leaf, part in parts.items()}
    entries = (
        *(Entry("share", (number,), slope) for number, slope in enumerate(slopes.values())),
        Entry("reserve", (), step - sum(slopes.values())),
    )
    setting = Setting(kind=Kind.TOTAL, indicator=Indicator.PLAN, now=case.instance.total, step=step)
    return Lever(setting=setting, entries=entries, sign=1, start=setting.now, most=2 * most // step + 1)


def sources(case: Case, atom: Atom, indicator: Indicator, *, pooled: bool) -> Iterator[Lever]:
    """The county's own store of one indicator, and the common pool if it was short, each up to all anybody asks."""
    instance, county = case.instance, atom.candidate.application.county
    number, home = list(case.stocks).index(indicator), case.counties.index(county)
    most = int(instance.need[:, number].sum())
    store = Entry("own", (home, number), 1)
    yield larger(Kind.STORE, indicator, county, int(instance.own[home, number]), store, most)
    if pooled:
        yield larger(Kind.POOL, indicator, "", int(instance.pool[number]), Entry("pool", (number,), 1), most)


def larger(kind: Kind, indicator: Indicator, holder: str, now: int, entry: Entry, most: int) -> Lever:
    """One budget or store that grows by single grid units."""
    setting = Setting(kind=kind, indicator=indicator, holder=holder, now=now)
    return Lever(setting=setting, entries=(entry,), sign=1, start=now, most=most)
