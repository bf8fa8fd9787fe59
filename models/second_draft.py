"""A program of the second opinion while it is written: whole columns, rows between them, and a recount in integers.

It knows no solver. Columns and rows carry their meaning as a word and indices; their names, `x0001` and `r0001`, say
nothing, so that no name of a project can collide with another or upset a solver.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import gcd

Meaning = tuple[str, *tuple[int, ...]]
"""What a column or row stands for, e.g. ("own", 3): the place 3 is granted from its share."""

Terms = Mapping[int, int]
"""Column -> coefficient."""


class Contradiction(RuntimeError):
    """No values satisfy all rows."""


@dataclass(frozen=True, slots=True)
class Column:
    """A whole number between two bounds."""

    meaning: Meaning
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Row:
    """Sum of coefficient times column, at most a number."""

    meaning: Meaning
    terms: Terms
    right: int

    def holds(self, values: Sequence[int]) -> bool:
        """Whether these values of the columns keep it."""
        return total(self.terms, values) <= self.right


@dataclass(slots=True)
class Draft:
    """Columns and rows; a column is known by its place in the list."""

    columns: list[Column] = field(default_factory=list[Column])
    rows: list[Row] = field(default_factory=list[Row])

    def choose(self, meaning: Meaning, upper: int, lower: int = 0) -> int:
        """Add a column."""
        self.columns.append(Column(meaning, lower, upper))
        return len(self.columns) - 1

    def demand(self, meaning: Meaning, terms: Terms, right: int) -> None:
        """Add a row in its smallest whole numbers; one that holds whatever the columns are is left out.

        Columns are whole, so dividing by the greatest common divisor of the coefficients and rounding the right side
        down changes no answer. Raises `Contradiction` for a row that nothing can keep.
        """
        terms = {column: weight for column, weight in terms.items() if weight}
        step = gcd(*terms.values())
        if step > 1:
            terms, right = {column: weight // step for column, weight in terms.items()}, right // step
        row = Row(meaning, terms, right)
        if terms:
            self.rows.append(row)
        elif not row.holds(()):
            raise Contradiction(f"row {named(meaning)}: no values satisfy it")

    def fix(self, column: int, value: int) -> None:
        """Leave a column one value."""
        self.columns[column] = Column(self.columns[column].meaning, value, value)

    def broken_by(self, values: Sequence[int]) -> list[str]:
        """Columns and rows that these values do not keep, recounted in integers."""
        bounds = [c for c, value in zip(self.columns, values, strict=True) if not c.lower <= value <= c.upper]
        return [named(wrong.meaning) for wrong in (*bounds, *(row for row in self.rows if not row.holds(values)))]

    def narrowed(self, resting: Iterable[int] = ()) -> tuple[list[int], list[Row]]:
        """The columns that are still free, and the rows between them, what is fixed moved to their right sides.

        Resting columns count as fixed at 0. Raises `Contradiction` where what is fixed breaks a row already.
        """
        resting = frozenset(resting)
        fixed = {
            number: 0 if number in resting else column.lower
            for number, column in enumerate(self.columns)
            if number in resting or column.lower == column.upper
        }
        rows = Draft()
        for row in self.rows:
            settled = sum(weight * fixed[column] for column, weight in row.terms.items() if column in fixed)
            free = {column: weight for column, weight in row.terms.items() if column not in fixed}
            rows.demand(row.meaning, free, row.right - settled)
        return [number for number in range(len(self.columns)) if number not in fixed], rows.rows


def total(terms: Terms, values: Sequence[int]) -> int:
    """Sum of coefficient times value."""
    return sum(weight * values[column] for column, weight in terms.items())


def added(*parts: Terms) -> dict[int, int]:
    """The sum of linear forms."""
    whole: dict[int, int] = {}
    for part in parts:
        for column, weight in part.items():
            whole[column] = whole.get(column, 0) + weight
    return whole


def times(factor: int, part: Terms) -> dict[int, int]:
    """A linear form, multiplied."""
    return {column: factor * weight for column, weight in part.items()}


def named(meaning: Meaning) -> str:
    """A meaning as text: `store:2:0`."""
    return ":".join(str(part) for part in meaning)
