"""Climbing a ladder: each rung as high as it goes, nothing given up that was won above it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from models.answer import Level
from models.program import Infeasible, Program, Rung, Solution, Status, Unproven

Solve = Callable[[Program], Solution]


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """The answer at the top, and how high each rung is. A rung that is not proved is the last one."""

    columns: tuple[int, ...]
    levels: tuple[Level, ...]


def climb(program: Program, ladder: Iterable[Rung], solve: Solve) -> Climbed:
    """Maximise each rung in order, giving up nothing already won; without a rung, any answer to the rows.

    Where what is known reaches all that the bounds of the columns allow, no solver is asked. Where the solver stops
    early, or is interrupted, the climb ends there with the best answer known, the bound, and no proof. Every answer is
    recounted in integers. Raises `Infeasible` when the rows contradict each other; `Unproven` when the solver stops
    before there is any answer, or what it says does not survive the recount.
    """
    rungs = tuple(ladder)
    if not rungs:
        return Climbed(columns=_answered(program, solve(program)), levels=())
    levels: list[Level] = []
    for rung in rungs:
        try:
            program, level = _won(program.aimed(rung), rung, solve)
        except KeyboardInterrupt:
            if program.known is None:
                raise
            solve = _unasked  # wherever it came, in a search or between two
            program, level = _won(program.aimed(rung), rung, solve)
        levels.append(level)
        if not level.proved:
            break
    return Climbed(columns=program.known or (), levels=tuple(levels))


def _won(program: Program, rung: Rung, solve: Solve) -> tuple[Program, Level]:
    """The program with the best answer known to the rung it is aimed at, which is held where it is proved."""
    if program.known is not None and rung.value(program.known) == program.most(rung):
        solution = Solution(Status.OPTIMAL, program.known)
    else:
        solution = solve(program)
    program = replace(program, known=_answered(program, solution))
    level = _level(program, rung, solution)
    return (program.held(rung, level.value) if level.proved else program), level


def _unasked(_: Program) -> Solution:
    """What is known of a rung where no solver is asked."""
    return Solution(Status.UNKNOWN)


def _answered(program: Program, solution: Solution) -> tuple[int, ...]:
    """The better one of the solver's answer and the known one, both checked against every bound and row."""
    known, aim = program.known, program.aim
    match solution.status:
        case Status.OPTIMAL | Status.FEASIBLE:
            if broken := program.broken_by(solution.columns):
                raise Unproven(f"{_what(program)}: the answer breaks {', '.join(broken)}")
            if known is None or aim is None or aim.value(solution.columns) >= aim.value(known):
                return solution.columns
            if solution.status is Status.OPTIMAL:
                raise Unproven(f"{_what(program)}: an answer is called best, and a better one is known")
            return known
        case Status.INFEASIBLE if known is None:
            raise Infeasible(f"{_what(program)}: no values satisfy all rows")
        case Status.UNKNOWN if known is not None:
            return known
        case Status.INFEASIBLE | Status.UNKNOWN | Status.INVALID:
            raise Unproven(f"{_what(program)}: {solution.status.value}. {solution.said}".rstrip(". "))


def _level(program: Program, rung: Rung, solution: Solution) -> Level:
    value = rung.value(program.known or ())
    if solution.status is Status.OPTIMAL:
        return Level(name=rung.name, value=value, bound=value, proved=True)
    bound = program.most(rung) if solution.bound is None else min(solution.bound, program.most(rung))
    if bound < value:
        raise Unproven(f"{_what(program)}: {bound} is called the bound, and {value} is reached")
    return Level(name=rung.name, value=value, bound=bound, proved=bound == value)


def _what(program: Program) -> str:
    return f"rung {program.aim.name}" if program.aim else "the rows"


def in_chunks(program: Program, places: int) -> list[Rung]:
    """The program's ladder in fewer rungs: up to `places` neighbours become the digits of one binary number.

    A digit is a place of an order, a rung of one 0/1 column. The weights 2^(places - 1)..1 put each above all that
    follow together, and are exact as integers. Any other rung stays by itself.
    """
    chunks: list[list[Rung]] = []
    for rung in program.ladder:
        if chunks and len(chunks[-1]) < places and program.is_digit(rung) and program.is_digit(chunks[-1][0]):
            chunks[-1].append(rung)
        else:
            chunks.append([rung])
    return [chunk[0] if len(chunk) == 1 else _number(chunk) for chunk in chunks]


def _number(digits: Sequence[Rung]) -> Rung:
    columns = [column for rung in digits for column in rung.terms]
    terms = {column: 1 << (len(columns) - 1 - n) for n, column in enumerate(columns)}
    return Rung(f"{digits[0].name}..{digits[-1].name}", terms)
