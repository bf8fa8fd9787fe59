"""How a line is filled, stated for the second opinion: where it closes, what is cut, what is kept for each share."""

from collections.abc import Iterator

from models.instance import Fill
from models.second_draft import added, times
from models.second_rows import Statement, everyone, of_share, rest_of_share, rest_of_total


def lines(s: Statement) -> None:
    """Lines that close at a refusal: at a plan that does not fit, or at any. A grant is made in an open line only.

    Given   t[p] = 1 if p is tried: its predecessor is granted, and it is not granted itself in an earlier round
    Choose  line_own[p], line_reserve[p] in {0, 1}, 1 if the line is still open behind p
    So that line[p] <= line[q] and grant[p] <= line[p], q before p in the line     rows line:p, granted:p
            at a plan: line[p] = 1 and t[p] = 1 only if least[p] fits what those
            before p leave of the share, or of the total                           rows fits:p
            at any refusal: line[p] = 1 and t[p] = 1 only if p is granted          rows refused:p

    Nothing forbids a line to close early; the order does, which grants whatever still can be granted.
    """
    on_any = s.instance.fill is Fill.STOP_ON_ANY_NEED
    for k in range(len(s.instance.share)):
        line = [p for p in of_share(s.instance, k) if p in s.own]
        _close(s, "own", s.own, line, on_any)
    _close(s, "reserve", s.reserve, list(s.reserve), on_any)


def _close(s: Statement, name: str, grants: dict[int, int], line: list[int], on_any: bool) -> None:
    instance, previous = s.instance, None
    least = instance.plan if instance.least is None else instance.least
    for n, p in enumerate(line):
        is_open = s.draft.choose((f"line_{name}", p), 1)
        if previous is not None:
            s.draft.demand((f"line_{name}", p), {is_open: 1, previous: -1}, 0)
        s.draft.demand((f"granted_{name}", p), {grants[p]: 1, is_open: -1}, 0)
        previous = is_open
        tried, of_it = _tried(s, p, first=name == "own")
        if on_any:
            refused = added({is_open: 1, grants[p]: -1}, tried)
            s.draft.demand((f"refused_{name}", p), refused, 1 - of_it)
            continue
        asked_for = times(int(least[p]), added({is_open: 1}, tried))
        slack = int(least[p]) * (1 - of_it)
        ahead = everyone(instance)[:p]
        if name == "own":
            right = rest_of_share(instance, int(instance.category[p])) + slack
            s.draft.demand((f"fits_{name}", p), added(s.own_plan(line[:n]), asked_for), right)
            if instance.held is None:
                continue  # while nothing is held, a plan that fits its share fits the total
            before = s.own_plan(ahead)
        else:
            before = added(s.own_plan(everyone(instance)), s.reserve_plan(ahead))
        s.draft.demand((f"fits_total_{name}", p), added(before, asked_for), rest_of_total(instance) + slack)


def _tried(s: Statement, place: int, *, first: bool) -> tuple[dict[int, int], int]:
    """Whether a place is tried, as columns and a number: its predecessor is granted, itself not in round 1."""
    before = s.instance.before
    columns: dict[int, int] = {}
    number = 1
    if before is not None and before[place] >= 0:
        earlier = int(before[place])
        columns, number = s.granted(earlier)
        if first:
            columns = {s.own[earlier]: 1} if earlier in s.own else {}
    if not first and place in s.own:
        columns = added(columns, {s.own[place]: -1})
    return columns, number


def cuts(s: Statement) -> None:
    """A divisible place is cut only to what is left: it gets all it asked for, or the last of its budget.

    Choose  cut[p] in {0, 1}, 1 if it gets less than a[p]
    So that plan[p] >= a[p] (grant[p] - cut[p])                                          rows whole:p
            cut_own[p] = 1 only if p and those before it use up the share, or the total  rows used_up_own:p
            cut_reserve[p] = 1 only if they use up the total                             rows used_up_reserve:p
    """
    instance = s.instance
    for (grant, p), given in s.cut.items():
        up_to = everyone(instance)[: p + 1]
        if s.own.get(p) == grant:
            cut = _whole_or_cut(s, "own", grant, p, given)
            line = [r for r in of_share(instance, int(instance.category[p])) if r <= p]
            budgets = [(s.own_plan(line), rest_of_share(instance, int(instance.category[p])))]
            if instance.held is not None:
                budgets.append((s.own_plan(up_to), rest_of_total(instance)))
            reasons: dict[int, int] = {}
            for taken, rest in budgets:
                reason = s.draft.choose(("full_own", p, len(reasons)), 1)
                s.draft.demand(("used_up_own", p, len(reasons)), added({reason: rest}, times(-1, taken)), 0)
                reasons[reason] = -1
            s.draft.demand(("used_up_own", p), added({cut: 1}, reasons), 0)
        else:
            cut = _whole_or_cut(s, "reserve", grant, p, given)
            taken = added(s.own_plan(everyone(instance)), s.reserve_plan(up_to))
            used_up = added({cut: rest_of_total(instance)}, times(-1, taken))
            s.draft.demand(("used_up_reserve", p), used_up, 0)


def _whole_or_cut(s: Statement, name: str, grant: int, place: int, given: int) -> int:
    cut, plan = s.draft.choose((f"cut_{name}", place), 1), int(s.instance.plan[place])
    s.draft.demand((f"whole_{name}", place), {grant: plan, cut: -plan, given: -1}, 0)
    return cut


def guarantee(s: Statement, kept: list[int]) -> None:
    """One walk over the total, which keeps for each share what round 1 alone would grant from it.

    Given   r[k] the plan that round 1 alone grants from share k; G[k], G[none] the plan granted to places of share k,
            of none; T the total
    Choose  keeps[k] in r[k]..T, what share k has or may still have
            cut[p] as in `cuts`; better[p, j], grown[p, j], for a divisible p and the shares j of others
    So that G[k] <= keeps[k]                                                          rows keeps:k
            sum of keeps[k] + G[none] <= T                                            row kept
            cut[p] = 1 only if what p and those before it have, or the shares of
            others may still have, uses up the total                                  rows used_up:p
            better[p, j] <= the greater of r[j] and what those before p have of j     rows grown:p:j, least_kept:p:j
    """
    instance, most = s.instance, rest_of_total(s.instance)
    keeps: dict[int, int] = {}
    for k, least in enumerate(kept):
        column = s.draft.choose(("keeps", k), most, least)
        s.draft.demand(("keeps", k), added(s.plan(of_share(instance, k)), {column: -1}), 0)
        keeps[column] = 1
    s.draft.demand(("kept",), added(keeps, s.plan(of_share(instance, -1))), most)
    for (grant, p), given in s.cut.items():
        cut = _whole_or_cut(s, "grant", grant, p, given)
        taken = added(*_may_have(s, p, kept))
        s.draft.demand(("used_up", p), added({cut: most}, times(-1, taken)), 0)


def _may_have(s: Statement, place: int, kept: list[int]) -> Iterator[dict[int, int]]:
    """What each share, and none, has behind a place or may still have, its own share only what it has."""
    most, mine = rest_of_total(s.instance), int(s.instance.category[place])
    for j in (-1, *range(len(kept))):
        ahead = [r for r in of_share(s.instance, j) if r <= place]
        if j in (-1, mine):
            yield s.plan(ahead)
            continue
        better, grown = s.draft.choose(("better", place, j), most), s.draft.choose(("grown", place, j), 1)
        s.draft.demand(("grown", place, j), added({better: 1, grown: most}, times(-1, s.plan(ahead))), most)
        s.draft.demand(("least_kept", place, j), {better: 1, grown: -most}, kept[j])
        yield {better: 1}
