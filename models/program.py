"""A mixed-integer program as data: columns, rows, rungs. It is built once, printed, compared, and solved elsewhere.

All coefficients are whole, so that a rung can be held exactly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

Sense = Literal["<=", "==", ">="]
Terms = Mapping[int, int]
"""Column -> coefficient."""


class Unproven(RuntimeError):
    """A solver stopped without a proof; its numbers are not used."""


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


@dataclass(frozen=True, slots=True)
class Solution:
    """What a solver found: read the status before the values."""

    status: Status
    columns: tuple[int, ...] = ()  # value of each column
    said: str = ""  # the solver's own words, if it gave any

    def value(self, rung: Rung) -> int:
        """The rung's objective at this answer, recounted in integers."""
        return sum(weight * self.columns[column] for column, weight in rung.terms.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Columns and rows, the ladder to climb over them, and the rung aimed at now (none: any answer will do)."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    ladder: tuple[Rung, ...] = ()
    aim: Rung | None = None

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

    def _is_binary_number(self, rung: Rung) -> bool:
        weights = list(rung.terms.values())
        return (
            all(weight > 0 and weight.bit_count() == 1 for weight in weights)
            and len(set(weights)) == len(weights)
            and all(self.columns[column].lower >= 0 and self.columns[column].upper <= 1 for column in rung.terms)
        )

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

    def climb_in_order(self, columns: Iterable[int]) -> None:
        """Add one rung a column, the first above all that follow: lexicographic order."""
        self._ladder += [Rung(self._columns[column].name, {column: 1}) for column in columns]

    def program(self) -> Program:
        """What was collected."""
        return Program(columns=tuple(self._columns), rows=tuple(self._rows), ladder=tuple(self._ladder))

    def _claim(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"{name} is named twice")
        self._names.add(name)


def plus(*parts: Terms) -> dict[int, int]:
    """The sum of several linear forms."""
    whole: dict[int, int] = {}
    for part in parts:
        for column, weight in part.items():
            whole[column] = whole.get(column, 0) + weight
    return whole


def in_chunks(ladder: Sequence[Rung], places: int) -> list[Rung]:
    """The same order in fewer rungs: `places` rungs of one 0/1 column each become the digits of one binary number.

    The weights 2^(places - 1)..1 put each place above all that follow together, and are exact as integers. Raises
    ValueError for a rung that is not one column of coefficient 1: it cannot be a digit.
    """
    for rung in ladder:
        if list(rung.terms.values()) != [1]:
            raise ValueError(f"rung {rung.name} is not a single column; climb it by itself")
    digits = [column for rung in ladder for column in rung.terms]
    chunks: list[Rung] = []
    for start in range(0, len(digits), places):
        chunk = digits[start : start + places]
        name = f"{ladder[start].name}..{ladder[start + len(chunk) - 1].name}"
        chunks.append(Rung(name, {column: 1 << (len(chunk) - 1 - n) for n, column in enumerate(chunk)}))
    return chunks


def climb(program: Program, ladder: Iterable[Rung], solve: Callable[[Program], Solution]) -> Solution:
    """Maximise each rung in order, giving up nothing already won; without a rung, any answer to the rows.

    Every answer is recounted in integers. Raises `Infeasible` when the rows contradict each other, and `Unproven` when
    the solver proves nothing or its answer breaks a row: the rungs below are then not tried.
    """
    best = _proved(program, solve)
    for rung in ladder:
        best = _proved(program.aimed(rung), solve)
        program = program.held(rung, best.value(rung))
    return best


def _proved(program: Program, solve: Callable[[Program], Solution]) -> Solution:
    what = f"rung {program.aim.name}" if program.aim else "the rows"
    solution = solve(program)
    match solution.status:
        case Status.OPTIMAL:
            if broken := program.broken_by(solution.columns):
                raise Unproven(f"{what}: the answer breaks {', '.join(broken)}")
            return solution
        case Status.INFEASIBLE:
            raise Infeasible(f"{what}: no values satisfy all rows")
        case Status.FEASIBLE | Status.INVALID | Status.UNKNOWN:
            raise Unproven(f"{what}: {solution.status.value}. {solution.said}".rstrip(". "))
