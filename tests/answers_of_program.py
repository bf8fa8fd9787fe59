"""Every answer of a program, found without a solver."""

from collections.abc import Iterator

from models.program import Program, Row


def answers(program: Program) -> Iterator[tuple[int, ...]]:
    """All values that keep every bound and row: column after column, each row tested when its last column is set.

    A column that an equation of earlier columns fixes is computed; any other takes each value between its bounds.
    """
    complete: dict[int, list[Row]] = {n: [] for n in range(-1, len(program.columns))}
    for row in program.rows:
        complete[max(row.terms, default=-1)].append(row)

    def choices(values: list[int]) -> Iterator[int]:
        n = len(values)
        column = program.columns[n]
        for row in complete[n]:
            if row.sense == "==" and abs(row.terms[n]) == 1:
                rest = row.right - sum(weight * values[c] for c, weight in row.terms.items() if c != n)
                value = rest * row.terms[n]
                yield from [value] if column.lower <= value <= column.upper else []
                return
        yield from range(column.lower, column.upper + 1)

    def extend(values: list[int]) -> Iterator[tuple[int, ...]]:
        if len(values) == len(program.columns):
            yield tuple(values)
            return
        for value in choices(values):
            longer = [*values, value]
            if all(row.holds(longer) for row in complete[len(values)]):
                yield from extend(longer)

    if all(row.holds([]) for row in complete[-1]):
        yield from extend([])


def greatest(program: Program) -> tuple[int, ...] | None:
    """The answer that climbs the program's ladder highest; None if there is no answer."""
    return max(answers(program), key=lambda values: [rung.value(values) for rung in program.ladder], default=None)
