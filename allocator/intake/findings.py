"""Gathering everything that is wrong with the input, so that all of it is said at once."""

from collections.abc import Iterable

from allocator.intake.addresses import position
from allocator.intake.grid import Sheet
from allocator.problems import Place, Problem, Severity


class Findings:
    """A growing list of problems; after an error in a cell, nothing more is said about that cell."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self.problems: list[Problem] = []
        self._refused: set[Place] = set()
        for problem in problems:
            self.take(problem)

    def take(self, problem: Problem) -> None:
        """Record one problem."""
        if problem.place.cell and problem.place in self._refused:
            return
        if problem.severity is Severity.ERROR:
            self._refused.add(problem.place)
        self.problems.append(problem)

    def refused(self, place: Place) -> bool:
        """Whether an error is already told of this cell."""
        return place in self._refused

    def excuse(self, place: Place) -> None:
        """Say nothing more about a cell whose trouble is told at another."""
        self._refused.add(place)

    def add(
        self, severity: Severity, code: str, place: Place, value: str = "", *, rule: str = "", **facts: object
    ) -> None:
        """Record one problem from its parts."""
        texts = {name: str(fact) for name, fact in facts.items()}
        self.take(Problem(code=code, severity=severity, place=place, value=value, facts=texts, rule=rule))

    def error(self, code: str, place: Place, value: str = "", *, rule: str = "", **facts: object) -> None:
        """Record what stops the run."""
        self.add(Severity.ERROR, code, place, value, rule=rule, **facts)

    def warn(self, code: str, place: Place, value: str = "", *, rule: str = "", **facts: object) -> None:
        """Record what somebody should look at before trusting the result."""
        self.add(Severity.WARNING, code, place, value, rule=rule, **facts)

    def note(self, code: str, place: Place, value: str = "", *, rule: str = "", **facts: object) -> None:
        """Record what was changed or left out and is worth knowing."""
        self.add(Severity.NOTE, code, place, value, rule=rule, **facts)

    def in_file_order(self, sheets: Iterable[Sheet]) -> tuple[Problem, ...]:
        """All problems as they stand in the files: by sheet, then row, then column; those of no sheet first."""
        order = {(sheet.file, sheet.name): number for number, sheet in enumerate(sheets)}

        def reading_order(problem: Problem) -> tuple[int, tuple[int, int]]:
            place = problem.place
            return order.get((place.file, place.sheet), -1), position(place.cell)

        return tuple(sorted(self.problems, key=reading_order))
