# pyright: reportUnknownMemberType=false
"""The program on OR-tools CP-SAT, which counts in integers. The only module that imports ortools."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from time import monotonic_ns

from ortools.sat.python import cp_model

from models.answer import Answer, Level, Limits
from models.coupled import columns_of, formulate, grants, round_1
from models.exchange_rows import least_exchange, moved_by
from models.instance import FROM_SHARE, REFUSED, Bools, Fill, Grants, Instance
from models.ladder import climb, in_chunks
from models.program import LARGEST, Program, Solution, Status, TooLarge, Unproven

PLACES = 40
"""Places of an order solved at once. CP-SAT takes 62 binary weights and refuses more; 40 are safe with every solver."""

STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
    cp_model.MODEL_INVALID: Status.INVALID,
    cp_model.UNKNOWN: Status.UNKNOWN,
}


def solve(
    instance: Instance, *, limits: Limits | None = None, start: Grants | None = None, incumbent: Bools | None = None
) -> Answer:
    """The best answer of the mixed-integer program, and how far each rung of its ladder is proved.

    `start` is where the search begins, and the answer if limits or Ctrl-C end it before there is a better one; it is
    left aside if it does not keep every row. `incumbent` (P,) are the grants in force, from which the answer differs as
    little as the weights allow. Raises `Infeasible` when the rows contradict each other, `Unproven` when there is no
    answer at all, `TooLarge` when CP-SAT cannot count that far.
    """
    climber, first = Climber(limits or Limits()), tuple[Level, ...]()
    kept: Sequence[int] = ()
    if instance.fill is Fill.GUARANTEE:
        kept, first = kept_by_round_1(instance, climber)
    program = formulate(instance, kept=kept, incumbent=incumbent)
    refuse_too_large(program)
    if start is not None:
        program = replace(program, known=completed(program, columns_of(instance, program, start)))
    climbed = climb(program, in_chunks(program, PLACES), climber.best)
    answer = Answer(grants=grants(instance, program, climbed.columns), levels=(*first, *climbed.levels))
    return answer if instance.exchange is None else exchanging(instance, answer, climber)


def exchanging(instance: Instance, answer: Answer, climber: "Climber") -> Answer:
    """The answer with the one exchange that is made for its grants, of all that source them.

    Some exchange is looked for without a limit: without one there is no answer. Where grants are not proved, it is any.
    """
    program = least_exchange(instance, answer.grants)
    refuse_too_large(program)
    program = replace(program, known=climb(program, (), best).columns)
    if not answer.is_proved:
        return replace(answer, moved=moved_by(instance, program, program.known or ()))
    climbed = climb(program, in_chunks(program, PLACES), climber.best)
    moved = moved_by(instance, program, climbed.columns)
    return replace(answer, levels=(*answer.levels, *climbed.levels), moved=moved)


def kept_by_round_1(instance: Instance, climber: "Climber") -> tuple[list[int], tuple[Level, ...]]:
    """What GUARANTEE keeps for each share, and the levels of its proof; raises `Unproven` if it is not proved."""
    program = round_1(instance)
    climbed = climb(program, in_chunks(program, PLACES), climber.best)
    if not all(level.proved for level in climbed.levels):
        raise Unproven("what round 1 would grant from each share is not proved, so nothing can be kept for it")
    answer = grants(replace(instance, fill=Fill.SKIP), program, climbed.columns)
    own = (answer.round == FROM_SHARE) & (instance.held is None or instance.held == REFUSED)
    kept = [int(answer.plan[own & (instance.category == k)].sum()) for k in range(len(instance.share))]
    return kept, climbed.levels


def refuse_too_large(program: Program) -> None:
    """Raise `TooLarge` for a row or rung whose sum CP-SAT may not hold; coarser weights or bounds keep it in range."""
    for rung in program.ladder:
        if (size := program.size(rung.terms)) > LARGEST:
            raise TooLarge("rung", rung.name, size)
    for row in program.rows:
        if (size := max(program.size(row.terms), abs(row.right))) > LARGEST:
            raise TooLarge("row", row.name, size)


def completed(program: Program, columns: dict[int, int]) -> tuple[int, ...] | None:
    """Values of all columns that keep every row, some of them given; None if there are none."""
    held = list(program.columns)
    for column, value in columns.items():
        held[column] = replace(held[column], lower=value, upper=value)
    climber = Climber(Limits())
    solution = climber.best(replace(program, columns=tuple(held)))
    if climber.interrupted:
        raise KeyboardInterrupt
    return solution.columns if solution.columns and not program.broken_by(solution.columns) else None


def best(program: Program) -> Solution:
    """CP-SAT's answer to one program, aimed or not, without a limit of time or work."""
    return Climber(Limits()).best(program)


class Climber:
    """CP-SAT with one worker and a fixed seed; its limits are those of all the programs it is given together."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._began = monotonic_ns()
        self._worked = 0  # the solver's deterministic measure of its work
        self.interrupted = False

    def best(self, program: Program) -> Solution:
        """CP-SAT's answer to one program, aimed or not."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        # This presolve step of OR-tools 9.15 sums coefficients in 32 bits: past 2^31 it cuts off good answers and calls
        # feasible rows infeasible, or a lesser answer best (google/or-tools 5293). A limit of zero leaves the step out.
        solver.parameters.presolve_inclusion_work_limit = 0
        if self.interrupted or not self._has_time(solver):
            return Solution(Status.UNKNOWN)
        model, columns = modelled(program)
        if program.is_an_order:
            switches = [c for c in range(len(columns)) if program.is_binary(c)]
            order = dict.fromkeys([*(c for rung in program.ladder for c in rung.terms), *switches])
            search_in_order(solver, model, [columns[c] for c in order])
        elif program.weighs_quantities:
            solver.parameters.linearization_level = 2  # all of the relaxation, or sums are tried unit by unit
        status = STATUS[self._run(solver, model)]
        self._worked += solver.response_proto.deterministic_time
        if status is Status.INVALID:
            return Solution(status, said=model.validate())
        bound = -solver.response_proto.inner_objective_lower_bound if program.aim else None
        if status not in (Status.OPTIMAL, Status.FEASIBLE):
            return Solution(status, bound=bound if status is Status.UNKNOWN else None)
        return Solution(status, tuple(solver.value(column) for column in columns), bound)

    def _has_time(self, solver: cp_model.CpSolver) -> bool:
        """Give the solver what is left of the limits; whether anything is left."""
        left: list[float] = []
        if self._limits.seconds is not None:
            left.append((self._limits.seconds * 10**9 - (monotonic_ns() - self._began)) / 10**9)
            solver.parameters.max_time_in_seconds = max(left[-1], 0)
        if self._limits.work is not None:
            left.append(self._limits.work - self._worked)
            solver.parameters.max_deterministic_time = max(left[-1], 0)
        return all(amount > 0 for amount in left)

    def _run(self, solver: cp_model.CpSolver, model: cp_model.CpModel) -> cp_model.CpSolverStatus:
        """Solve beside the main thread, which Ctrl-C reaches at once; the search then ends as at a limit.

        CP-SAT's own handler would lose a Ctrl-C that comes between two rungs, and leave none behind.
        """
        solver.parameters.catch_sigint_signal = False
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(solver.solve, model)
            while True:
                try:
                    wait([running], timeout=1)
                except KeyboardInterrupt:
                    self.interrupted = True
                if running.done():
                    return running.result()
                if self.interrupted:
                    solver.stop_search()


def search_in_order(solver: cp_model.CpSolver, model: cp_model.CpModel, order: list[cp_model.IntVar]) -> None:
    """Grant place after place whatever can be granted: the first answer found so is the greatest one in the order.

    All other 0/1 columns follow, so that quantities are left to be computed and never tried unit by unit. Relaxations
    and probing find nothing that this search does not, and take most of the time.
    """
    model.add_decision_strategy(order, cp_model.CHOOSE_FIRST, cp_model.SELECT_MAX_VALUE)
    solver.parameters.search_branching = cp_model.FIXED_SEARCH
    solver.parameters.linearization_level = 0
    solver.parameters.cp_model_probing_level = 0


def modelled(program: Program) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
    """A program as CP-SAT takes it, and its columns in order."""
    model = cp_model.CpModel()
    columns = [model.new_int_var(column.lower, column.upper, column.name) for column in program.columns]
    for row in program.rows:
        left = cp_model.LinearExpr.weighted_sum([columns[column] for column in row.terms], list(row.terms.values()))
        match row.sense:
            case "<=":
                model.add(left <= row.right)
            case "==":
                model.add(left == row.right)
            case ">=":
                model.add(left >= row.right)
    if program.aim is not None:
        terms = program.aim.terms
        model.maximize(cp_model.LinearExpr.weighted_sum([columns[c] for c in terms], list(terms.values())))
    if program.known is not None:
        for column, value in zip(columns, program.known, strict=True):
            model.add_hint(column, value)
    return model, columns
