"""Running totals: what was granted up to each place of a line, in columns, so that no row has to add it up again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from models.instance import FROM_RESERVE, FROM_SHARE, Instance
from models.program import Builder, Terms, plus, times
from models.shares import Choice, held_plan, members, still_open


@dataclass(frozen=True, slots=True)
class Totals:
    """Place -> the column that holds what was granted before it, and up to it."""

    before: dict[int, int] = field(default_factory=dict[int, int])
    upto: dict[int, int] = field(default_factory=dict[int, int])

    def add_line(
        self, b: Builder, family: str, line: Iterable[int], plan: Sequence[Terms], first: int, most: int
    ) -> int:
        """Add one column a place of a line, and the row that says what it is; returns the last column.

        Given   a line; plan[p] granted to place p; total[first], granted before the line; q the place before p in it
        Choose  total[p] in 0..most, what is granted up to p
        So that total[p] = total[q] + plan[p]    rows family:p
        """
        last = first
        for p in line:
            self.before[p] = last
            self.upto[p] = b.column(f"{family}:{p}", 0, most)
            b.row(f"{family}:{p}", plus({self.upto[p]: 1, last: -1}, times(-1, plan[p])), "==", 0)
            last = self.upto[p]
        return last


def share_totals(b: Builder, instance: Instance, choice: Choice) -> tuple[Totals, list[int]]:
    """What was granted from the share of each place, `r`; and the columns that hold what all of a share grants.

    r[p] counts what is held from the share, and the places of its line up to p; held places do not stand in the line.
    """
    totals, ends = Totals(), list[int]()
    for k, budget in enumerate(choice.budgets):
        held = held_plan(instance, FROM_SHARE, k)
        first = b.column(f"r:start:{k}", held, held)
        line = still_open(instance, members(instance, k))
        ends.append(totals.add_line(b, "r", line, choice.own, first, budget))
    return totals, ends


def reserve_totals(b: Builder, instance: Instance, choice: Choice, ends: Sequence[int]) -> Totals:
    """What was granted from everything, `v`: by all shares, `ends`; held from the reserve; and up to p of its line."""
    held = held_plan(instance, FROM_RESERVE)
    first = b.column("v:start", 0, choice.total)
    b.row("v:start", plus({first: 1}, dict.fromkeys(ends, -1)), "==", held)
    totals = Totals()
    totals.add_line(b, "v", still_open(instance, range(len(choice.x))), choice.flex, first, choice.total)
    return totals


def total_in_round_1(b: Builder, instance: Instance, choice: Choice) -> Totals:
    """What was granted in round 1 by all shares together, `w`: all that is held, and up to p in the overall order."""
    held = held_plan(instance, FROM_SHARE) + held_plan(instance, FROM_RESERVE)
    totals = Totals()
    line = still_open(instance, range(len(choice.x)))
    totals.add_line(b, "w", line, choice.own, b.column("w:start", held, held), choice.total)
    return totals
