"""What may be granted, stated for the second opinion: budgets, sources, phases, caps, bounds on portions.

Given   budget S[k] of share k and total T, both less what is held beforehand; place p: share k(p) or none, plan a[p],
        least l[p], group c(p), need n[p, i]; store h[c, i]; common pool H[i]; cap M[j]
Choose  own[p], reserve[p] in {0, 1}, 1 if p is granted from its share, from the reserve
        plan_own[p], plan_reserve[p], the plan it then gets: a[p], or where l[p] < a[p] any number between the two
So that sum of plan_own over k(p) = k <= S[k]               for all k         rows share:k
        sum of plan_own and plan_reserve <= T                                 row total
        own[p] + reserve[p] <= 1                            for all p         rows once:p
        own[p] <= own[b]                                    for b before p    rows phase_own:p
        own[p] + reserve[p] <= own[b] + reserve[b]          for b before p    rows phase:p
        sum of plans of the places under j <= M[j]          for all j         rows cap:j
        and every need has a source, as in `sources`; every portion is kept, as in `portions`.

What is held beforehand has no column: it is a number on the right side. It is written apart from the programs of the
other engine, and shares no code with them: an error of either shows as a difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Grants, Instance
from models.second_draft import Draft, Terms, added, times, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A draft, and where its grants stand in it. Places that are held, and those without a share, lack columns."""

    draft: Draft
    instance: Instance
    own: dict[int, int]  # place -> column
    reserve: dict[int, int]
    cut: dict[tuple[int, int], int]  # (column of a grant, its place) -> column of its plan, where that is divisible

    def own_plan(self, places: Iterable[int]) -> dict[int, int]:
        """Plan granted from shares."""
        return added(*(self._plan(self.own[p], p) for p in places if p in self.own))

    def reserve_plan(self, places: Iterable[int]) -> dict[int, int]:
        """Plan granted from the reserve."""
        return added(*(self._plan(self.reserve[p], p) for p in places if p in self.reserve))

    def plan(self, places: Iterable[int]) -> dict[int, int]:
        """Plan granted from either."""
        chosen = list(places)
        return added(self.own_plan(chosen), self.reserve_plan(chosen))

    def granted(self, place: int) -> tuple[dict[int, int], int]:
        """Whether a place is granted: its columns, and 1 if it is held."""
        columns = {grants[place]: 1 for grants in (self.own, self.reserve) if place in grants}
        return columns, int(held(self.instance)[place] != REFUSED)

    def _plan(self, column: int, place: int) -> Terms:
        if (column, place) in self.cut:
            return {self.cut[column, place]: 1}
        return {column: int(self.instance.plan[place])}

    def columns(self, grants: Grants) -> dict[int, int]:
        """The values of the columns that grants decide: `read`, the other way round."""
        values: dict[int, int] = {}
        marks = ((FROM_SHARE,), (FROM_RESERVE,)) if self.own else ((), (FROM_SHARE, FROM_RESERVE))
        for mark, columns in zip(marks, (self.own, self.reserve), strict=True):
            for p, column in columns.items():
                values[column] = int(grants.round[p] in mark)
                if (column, p) in self.cut:
                    values[self.cut[column, p]] = int(grants.plan[p]) * values[column]
        return values

    def read(self, values: list[int]) -> Grants:
        """The grants at these values of the columns."""
        rounds, plan = held(self.instance).copy(), np.where(held(self.instance) != REFUSED, self.instance.plan, 0)
        for mark, columns in enumerate((self.own, self.reserve), start=FROM_SHARE):
            for p, column in columns.items():
                if values[column]:
                    rounds[p], plan[p] = mark, total(self._plan(column, p), values)
        return Grants(round=rounds, plan=plan)


def state(instance: Instance, *, one_walk: bool = False) -> Statement:
    """The columns and the rows that every mode has. In one walk a grant has no round: all columns are `reserve`."""
    draft = Draft()
    waiting = np.flatnonzero(held(instance) == REFUSED).tolist()
    with_share = [] if one_walk else [p for p in waiting if instance.category[p] >= 0]
    own = {p: draft.choose(("own", p), 1) for p in with_share}
    reserve = {p: draft.choose(("grant" if one_walk else "reserve", p), 1) for p in waiting}
    cut: dict[tuple[int, int], int] = {}
    if instance.least is not None:
        for name, columns in (("plan_own", own), ("plan_reserve", reserve)):
            for p, column in columns.items():
                least, most = int(instance.least[p]), int(instance.plan[p])
                if least < most:
                    given = cut[column, p] = draft.choose((name, p), most)
                    draft.demand((f"least_{name}", p), {column: least, given: -1}, 0)
                    draft.demand((f"most_{name}", p), {given: 1, column: -most}, 0)
    statement = Statement(draft=draft, instance=instance, own=own, reserve=reserve, cut=cut)
    budgets(statement)
    phases(statement)
    caps(statement)
    if instance.network is None:
        sources(statement)
    else:
        flows(statement)
    portions(statement)
    return statement


def held(instance: Instance) -> np.ndarray:
    """(P,) the rounds held beforehand, REFUSED where a place is open."""
    return np.zeros_like(instance.plan) if instance.held is None else instance.held


def rest_of_share(instance: Instance, share: int) -> int:
    """What grants held beforehand leave of a share."""
    taken = instance.plan[(held(instance) == FROM_SHARE) & (instance.category == share)]
    return max(int(instance.share[share]) - int(taken.sum()), 0)


def rest_of_total(instance: Instance) -> int:
    """What grants held beforehand leave of all budgets together."""
    return max(instance.total - int(instance.plan[held(instance) != REFUSED].sum()), 0)


def of_share(instance: Instance, share: int) -> list[int]:
    """The places of a share, in order."""
    return np.flatnonzero(instance.category == share).tolist()


def everyone(instance: Instance) -> range:
    """All places, in order."""
    return range(len(instance.plan))


def budgets(s: Statement) -> None:
    """Rows share:k, total, once:p."""
    for k in range(len(s.instance.share)):
        s.draft.demand(("share", k), s.own_plan(of_share(s.instance, k)), rest_of_share(s.instance, k))
    s.draft.demand(("total",), s.plan(everyone(s.instance)), rest_of_total(s.instance))
    for p in s.own:
        s.draft.demand(("once", p), {s.own[p]: 1, s.reserve[p]: 1}, 1)


def phases(s: Statement) -> None:
    """Rows phase_own:p, phase:p: nothing before its predecessor, in an earlier round or the same."""
    before = s.instance.before
    for p in s.reserve:
        if before is None or before[p] < 0:
            continue
        earlier = int(before[p])
        columns, is_held = s.granted(earlier)
        if p in s.own:
            first = {s.own[earlier]: -1} if earlier in s.own else {}
            s.draft.demand(("phase_own", p), added({s.own[p]: 1}, first), is_held)
        s.draft.demand(("phase", p), added(s.granted(p)[0], times(-1, columns)), is_held)


def caps(s: Statement) -> None:
    """Rows cap:j: the plan of all places under a cap, what is held included."""
    if s.instance.cap is None or s.instance.under is None:
        return
    for j, most in enumerate(s.instance.cap.tolist()):
        under = (s.instance.under == j).any(axis=1)
        taken = int(s.instance.plan[under & (held(s.instance) != REFUSED)].sum())
        s.draft.demand(("cap", j), s.plan(np.flatnonzero(under).tolist()), max(most - taken, 0))


def sources(s: Statement) -> None:
    """One pool behind the stores of the groups.

    Choose  over[c, i] in 0..H[i], what the pool bears for group c
    So that sum of n[p, i] over grants of c without access <= h[c, i]       rows store:c:i
            sum of n[p, i] over grants of c <= h[c, i] + over[c, i]         rows overflow:c:i
            sum of over[c, i] over c <= H[i]                                rows pool:i
    """
    instance = s.instance
    for i, pooled in enumerate(instance.pool.tolist()):
        borne: dict[int, int] = {}
        for c in range(len(instance.own)):
            needing = np.flatnonzero((instance.county == c) & (instance.need[:, i] > 0)).tolist()
            if not needing:
                continue
            store = int(instance.own[c, i])
            tied = [p for p in needing if not instance.access[p]]
            terms, right = asked(s, tied, i)
            s.draft.demand(("store", c, i), terms, store - right)
            over = s.draft.choose(("over", c, i), pooled)
            terms, right = asked(s, needing, i)
            s.draft.demand(("overflow", c, i), added(terms, {over: -1}), store - right)
            borne[over] = 1
        s.draft.demand(("pool", i), borne, pooled)


def asked(s: Statement, places: Iterable[int], indicator: int) -> tuple[dict[int, int], int]:
    """What grants of these places need of an indicator: a linear form, and the number of those that are held."""
    terms: dict[int, int] = {}
    number = 0
    for p in places:
        columns, is_held = s.granted(p)
        need = int(s.instance.need[p, indicator])
        terms |= times(need, columns)
        number += need * is_held
    return terms, number


def flows(s: Statement) -> None:
    """Sources that are not nested: needs of group g may draw on the accounts open to it.

    Choose  flow[g, a] in 0..balance[a], for every account a open to g
    So that sum of n[p, i] over grants and indicators of g <= sum of flow[g, a] over a    rows group:g
            sum of flow[g, a] over g <= balance[a]                                        rows account:a
    """
    network, need = s.instance.network, s.instance.need
    if network is None:
        return
    drawn: list[dict[int, int]] = [{} for _ in network.balance]
    for g, is_open in enumerate(network.open):
        members = np.argwhere((network.group == g) & (need > 0)).tolist()
        if not members:
            continue
        parts = [asked(s, [p], i) for p, i in members]
        flow = {s.draft.choose(("flow", g, a), int(network.balance[a])): a for a in np.flatnonzero(is_open).tolist()}
        wanted = added(*(terms for terms, _ in parts), dict.fromkeys(flow, -1))
        s.draft.demand(("group", g), wanted, -sum(number for _, number in parts))
        for column, a in flow.items():
            drawn[a][column] = 1
    for a, columns in enumerate(drawn):
        s.draft.demand(("account", a), columns, int(network.balance[a]))


def portions(s: Statement) -> None:
    """A part of all plan granted is no smaller, or no greater, than a fraction of it.

    So that d sum of plans of members >= n sum of all plans    rows portion:m; at most: <=
            sum of all plans >= 1, if anybody asks for plan    row something
    """
    if not s.instance.portions:
        return
    is_held = held(s.instance) != REFUSED
    whole, taken = s.plan(everyone(s.instance)), int(s.instance.plan[is_held].sum())
    for m, portion in enumerate(s.instance.portions):
        sign = -1 if portion.at_least else 1
        members = s.plan(np.flatnonzero(portion.members).tolist())
        excess = added(times(portion.denominator, members), times(-portion.numerator, whole))
        apart = portion.denominator * int(s.instance.plan[is_held & portion.members].sum())
        s.draft.demand(("portion", m), times(sign, excess), -sign * (apart - portion.numerator * taken))
    if s.instance.plan.any():
        s.draft.demand(("something",), times(-1, whole), taken - 1)
