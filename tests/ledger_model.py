"""The books in memory, in fifty lines: balances, what each project holds of whom, and states. It decides no grant."""

from calendar import monthrange
from collections import Counter
from datetime import date

RECALL = date(2026, 10, 1)


def due(day: date) -> date:  # three months later, or the last of a shorter month (QY-11.1); all within the year
    return date(day.year, day.month + 3, min(day.day, monthrange(day.year, day.month + 3)[1]))


class Model:
    def __init__(self, balances: dict[str, int], projects: list[str]) -> None:
        self.balances, self.is_recalled = Counter(balances), False
        self.states, self.since = dict.fromkeys(projects, "SUBMITTED"), dict.fromkeys(projects, date.min)
        self.held: dict[str, Counter[str]] = {project: Counter() for project in projects}

    def turn(self, project: str, state: str, day: date) -> None:
        self.states[project], self.since[project] = state, day

    def move(self, source: str, target: str, quantity: int) -> None:
        self.balances[source] -= quantity
        self.balances[target] += quantity
        assert self.balances[source] >= 0 or source.startswith("outside")

    def give_back(self, project: str, state: str, day: date) -> None:
        self.balances.update(self.held.pop(project))
        self.held[project] = Counter()
        self.turn(project, state, day)

    def release(self, *also: str) -> None:
        shares = {name for name in self.balances if name.startswith("plan:")} - {"plan:held", "plan:flex"}
        for pool in shares.union(also):
            self.move(pool, "plan:flex", self.balances[pool])

    def lapse(self, day: date) -> None:
        for project, state in self.states.items():
            if state == "GRANTED" and (last := due(self.since[project])) < min(day, RECALL):
                self.give_back(project, "WAITLISTED", last)

    def recall(self, day: date) -> None:
        if day >= RECALL:
            for project, state in self.states.items():
                if state == "MATERIALS_FILED":
                    self.turn(project, "USED", day)
                elif state == "GRANTED" and not self.is_recalled:
                    self.give_back(project, "RECALLED", day)
            self.is_recalled = True
            self.release("plan:held")
