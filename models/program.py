"""A mixed-integer program as data: columns, rows, rungs. It is built once, printed, compared, and solved elsewhere.

All coefficients are whole, so that a rung can be held exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

Sense = Literal["<=", "==", ">="]
Terms = Mapping[int, int]
"""Column -> coefficient."""


class Unproven(RuntimeError):
    """A solver stopped without an answer, or contradicts the recount; its numbers are not used."""


LARGEST = 2**62
"""What a sum may come to, all of its terms taken as positive, so that every solver here can count it."""


class TooLarge(ValueError):
    """Numbers of a program go past what its solver counts to: those of a rung or a row."""

    def __init__(self, kind: Literal["rung", "row"], name: str, size: int) -> None:
        self.kind = kind
        self.name = name
        self.size = size
        super().__init__(f"{kind} {name} can come to {size}, and CP-SAT counts to 2^62")


class Infeasible(RuntimeError):
    """No values satisfy all rows."""


class Status(StrEnum):
    """What a solver says of its answer."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible, not proved best"
    INFEASIBLE = "infeasible"
    INVALID = "refused as invalid"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Column:
    """A whole number to be chosen between two bounds."""

    name: str
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Row:
    """Sum of coefficient times column, compared with a number."""

    name: str
    terms: Terms
    sense: Sense
    right: int

    def holds(self, columns: Sequence[int]) -> bool:
        """Whether these values of the columns keep the row."""
        left = sum(weight * columns[column] for column, weight in self.terms.items())
        match self.sense:
            case "<=":
                return left <= self.right
            case "==":
                return left == self.right
            case ">=":
                return left >= self.right


@dataclass(frozen=True, slots=True)
class Rung:
    """One objective of a ladder, to be maximised."""

    name: str
    terms: Terms
    in_order: bool = field(default=False, compare=False)  # one place of a lexicographic order: may be put in a chunk

    def value(self, columns: Sequence[int]) -> int:
        """The objective at these values of the columns, in integers."""
        return sum(weight * columns[column] for column, weight in self.terms.items())


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver found: read the status before the values."""

    status: Status
    columns: tuple[int, ...] = ()  # value of each column
    bound: int | None = None  # the most that the rung aimed at can reach, as far as the solver knows
    said: str = ""  # the solver's own words, if it gave any


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Columns and rows, the ladder to climb over them, and the rung aimed at now (none: any answer will do)."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    ladder: tuple[Rung, ...] = ()
    aim: Rung | None = None
    weighs_quantities: bool = False  # whether only a relaxation sees through its rows, and no search place by place
    known: tuple[int, ...] | None = None  # values that keep all bounds and rows, if some are known: where to start

    def aimed(self, rung: Rung) -> "Program":
        """The same program, maximising `rung`."""
        return replace(self, aim=rung)

    def held(self, rung: Rung, value: int) -> "Program":
        """The same program, in which `rung` keeps `value`.

        A rung of distinct powers of two over 0/1 columns is a binary number: its value fixes its columns, and
        they are fixed. Any other rung is held by a row.
        """
        if not self._is_binary_number(rung):
            return replace(self, rows=(*self.rows, Row(f"held:{rung.name}", rung.terms, "==", value)))
        columns = list(self.columns)
        for column, weight in rung.terms.items():
            digit = int(value & weight != 0)
            columns[column] = replace(columns[column], lower=digit, upper=digit)
        return replace(self, columns=tuple(columns))

    def size(self, terms: Terms) -> int:
        """The most that a linear form, all of its terms taken as positive, can come to."""
        reach = [(self.columns[column], weight) for column, weight in terms.items()]
        return sum(abs(weight) * max(abs(column.lower), abs(column.upper)) for column, weight in reach)

    def most(self, rung: Rung) -> int:
        """What the bounds of the columns alone allow a rung to reach."""
        reach = [(self.columns[column], weight) for column, weight in rung.terms.items()]
        return sum(max(weight * column.lower, weight * column.upper) for column, weight in reach)

    @property
    def is_an_order(self) -> bool:
        """Whether the ladder is a lexicographic order of 0/1 columns, and they leave quantities no choice."""
        return not self.weighs_quantities and bool(self.ladder) and all(self.is_digit(rung) for rung in self.ladder)

    def is_digit(self, rung: Rung) -> bool:
        """Whether a rung is one 0/1 column, and a place of an order."""
        return rung.in_order and list(rung.terms.values()) == [1] and all(map(self.is_binary, rung.terms))

    def is_binary(self, column: int) -> bool:
        """Whether a column is 0 or 1."""
        return self.columns[column].lower >= 0 and self.columns[column].upper <= 1

    def _is_binary_number(self, rung: Rung) -> bool:
        weights = list(rung.terms.values())
        powers = all(weight > 0 and weight.bit_count() == 1 for weight in weights)
        return powers and len(set(weights)) == len(weights) and all(self.is_binary(column) for column in rung.terms)

    def broken_by(self, columns: Sequence[int]) -> list[str]:
        """Names of the bounds and rows that these values do not keep, recounted in integers."""
        bounds = [c.name for c, value in zip(self.columns, columns, strict=True) if not c.lower <= value <= c.upper]
        return bounds + [row.name for row in self.rows if not row.holds(columns)]

    def __str__(self) -> str:
        """The program as text, one line a column, row and rung."""
        lines = ["choose"]
        lines += [f"  {column.name} in {column.lower}..{column.upper}" for column in self.columns]
        lines += ["so that"]
        lines += [f"  {row.name}: {self._sum(row.terms)} {row.sense} {row.right}" for row in self.rows]
        lines += ["and maximise, in this order"] if self.ladder else []
        lines += [f"  {rung.name}: {self._sum(rung.terms)}" for rung in self.ladder]
        return "\n".join(lines) + "\n"

    def _sum(self, terms: Terms) -> str:
        parts = [
            f"{'-' if weight < 0 else '+'} {'' if abs(weight) == 1 else f'{abs(weight)} '}{self.columns[column].name}"
            for column, weight in sorted(terms.items())
        ]
        return " ".join(parts).removeprefix("+ ") or "0"


class Builder:
    """Collects columns and rows. A name given twice raises ValueError."""

    def __init__(self) -> None:
        self._columns: list[Column] = []
        self._rows: list[Row] = []
        self._ladder: list[Rung] = []
        self._names: set[str] = set()

    def column(self, name: str, lower: int, upper: int) -> int:
        """Add a column; returns its index."""
        self._claim(name)
        self._columns.append(Column(name, lower, upper))
        return len(self._columns) - 1

    def columns(self, family: str, uppers: Iterable[int]) -> list[int]:
        """Add columns `family:0`, `family:1`, ... from zero to their upper bounds; returns their indices."""
        return [self.column(f"{family}:{n}", 0, upper) for n, upper in enumerate(uppers)]

    def row(self, name: str, terms: Terms, sense: Sense, right: int) -> None:
        """Add a row; terms of coefficient zero are left out."""
        self._claim(f"row {name}")
        self._rows.append(Row(name, {column: weight for column, weight in terms.items() if weight}, sense, right))

    def budget(self, name: str, terms: Terms, size: int) -> int:
        """Add a row `<=` that columns fixed above it cannot contradict; returns its right side.

        What is held beforehand may be more than a budget has: it is then that much, and no more. Coefficients are not
        negative.
        """
        size = max(size, sum(weight * self._columns[column].lower for column, weight in terms.items()))
        self.row(name, terms, "<=", size)
        return size

    def size(self, terms: Terms) -> int:
        """The most that a linear form with coefficients not below zero can come to."""
        return sum(weight * self._columns[column].upper for column, weight in terms.items())

    def climb(self, rung: Rung) -> None:
        """Add a rung below those that stand."""
        self._ladder.append(rung)

    def climb_in_order(self, columns: Iterable[int]) -> None:
        """Add one rung a column, the first above all that follow: lexicographic order."""
        self._ladder += [Rung(self._columns[column].name, {column: 1}, in_order=True) for column in columns]

    def program(self) -> Program:
        """What was collected."""
        return Program(columns=tuple(self._columns), rows=tuple(self._rows), ladder=tuple(self._ladder))

    def _claim(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"{name} is named twice")
        self._names.add(name)


def times(factor: int, terms: Terms) -> dict[int, int]:
    """A linear form, multiplied."""
    return {column: factor * weight for column, weight in terms.items()}


def plus(*parts: Terms) -> dict[int, int]:
    """The sum of several linear forms."""
    whole: dict[int, int] = {}
    for part in parts:
        for column, weight in part.items():
            whole[column] = whole.get(column, 0) + weight
    return whole
