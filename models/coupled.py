"""All families of rows together, and the choice of the program that states an instance."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.booking import booked
from models.caps import cap_rows
from models.divisible import cut_rows, divisible
from models.exchange_rows import exchange_rows
from models.flow_rows import flow_rows
from models.guarantee import guarantee_rows
from models.instance import FROM_RESERVE, FROM_SHARE, REFUSED, Bools, Fill, Grants, Instance
from models.open_lines import lines_closing_on_any_need, lines_closing_on_plan
from models.phases import phase_rows
from models.portions import portion_rows
from models.program import Builder, Program, Rung, Terms
from models.shares import Choice, is_overdrawn, share_rows
from models.skip import fit_or_grant
from models.sourcing import sourcing_rows
from models.stop import stop_at_misfit
from models.totals import Totals, reserve_totals, share_totals, total_in_round_1
from models.weights import climb_by_weight

BOUNDED = (Fill.SKIP, Fill.MAX_WEIGHT)
"""The modes that take bounds on portions."""


def formulate(instance: Instance, *, kept: Sequence[int] = (), incumbent: Bools | None = None) -> Program:
    """The program whose one best answer is that of the instance's mode; its columns are read back by `grants`.

    `kept` (K,) is what GUARANTEE keeps for each share: what `round_1` grants from it besides what is held. `incumbent`
    (P,) are the grants in force, from which MAX_WEIGHT departs as little as it may. Raises ValueError for bounds on
    portions where lines close or shares are kept: no answer is defined there.
    """
    if instance.portions and instance.fill not in BOUNDED:
        names = ", ".join(portion.name for portion in instance.portions)
        raise ValueError(f"bounds on portions ({names}) are not defined in the mode {instance.fill.name}")
    if instance.exchange and (instance.fill is Fill.GUARANTEE or instance.portions or instance.network):
        raise ValueError("an exchange stands beside no bounds on portions, no shares that are kept and no network")
    if instance.fill is Fill.GUARANTEE:
        return guaranteed(instance, kept)
    if instance.is_coupled or instance.network or instance.exchange or instance.fill is Fill.MAX_WEIGHT:
        return coupled(instance, incumbent)
    return fit_or_grant(instance) if instance.fill is Fill.SKIP else stop_at_misfit(instance)


def coupled(instance: Instance, incumbent: Bools | None = None) -> Program:
    """Budgets, sources, phases, caps, bounds and open lines at once.

    Given   an instance in which more than plan binds, or whose mode is MAX_WEIGHT
    Choose  x[p], z[p] as in `share_rows`; what the families of rows add
    So that all their rows hold; by rungs, each held exactly while the next is climbed:
            in MAX_WEIGHT, the rungs of `climb_by_weight`;
            x is lexicographically greatest in the overall order,                    rungs x:p
            and z is, among the answers with that x;                                 rungs z:p
            in MAX_WEIGHT, the same for the plan granted to each divisible place     rungs g:p

    One program holds both rounds. It may, because every x that is feasible by itself stays so with z = 0 (unless
    portions are bounded): what round 2 could win cannot weigh on round 1, and z comes into play when x is held.
    """
    b = Builder()
    choice = share_rows(b, instance)
    _common_rows(b, instance, choice)
    if instance.exchange:
        exchange_rows(b, instance, choice, instance.exchange)
    if instance.fill is Fill.MAX_WEIGHT:
        climb_by_weight(b, instance, choice, incumbent)
    else:
        _lines(b, instance, choice)
    b.climb_in_order(choice.x)
    b.climb_in_order(choice.z)
    if instance.fill is Fill.MAX_WEIGHT:
        for p in divisible(instance):
            b.climb(Rung(f"g:{p}", choice.plan(p)))
    return replace(b.program(), weighs_quantities=weighs_quantities(instance))


def weighs_quantities(instance: Instance) -> bool:
    """Whether what is drawn or exchanged stands in columns of its own, which grants leave a choice."""
    return instance.exchange is not None or instance.network is not None


def guaranteed(instance: Instance, kept: Sequence[int]) -> Program:
    """The same for one walk over the total: `guarantee_rows` for budgets, x lexicographically greatest, no z."""
    b = Builder()
    choice = guarantee_rows(b, instance, kept)
    _common_rows(b, instance, choice)
    b.climb_in_order(choice.x)
    return replace(b.program(), weighs_quantities=weighs_quantities(instance))


def round_1(instance: Instance) -> Program:
    """The program of round 1 alone, in which a misfit is passed over."""
    program = coupled(replace(instance, fill=Fill.SKIP))
    ladder = [replace(rung, name=f"round_1:{rung.name}") for rung in program.ladder[: len(instance.plan)]]
    return replace(program, ladder=tuple(ladder))


def _common_rows(b: Builder, instance: Instance, choice: Choice) -> None:
    phase_rows(b, instance, choice)
    if instance.network is None:
        sourcing_rows(b, instance, choice)
    else:
        flow_rows(b, instance, choice, instance.network)
    cap_rows(b, instance, choice)
    portion_rows(b, instance, choice)


def _lines(b: Builder, instance: Instance, choice: Choice) -> None:
    """Open lines, and exact cuts, over running totals where either needs them."""
    cut: list[int] = divisible(instance)
    category: list[int] = instance.category.tolist()
    if instance.fill is Fill.STOP_ON_PLAN or cut:
        r, ends = share_totals(b, instance, choice)
        v = reserve_totals(b, instance, choice, ends)
        w = total_in_round_1(b, instance, choice) if is_overdrawn(instance) else None
        if instance.fill is Fill.STOP_ON_PLAN:
            lines_closing_on_plan(b, instance, choice, r, v, w)
        own = {p: [drawn(r, p, choice.budgets[category[p]])] for p in cut if category[p] >= 0}
        if w is not None:
            own = {p: [*budgets, drawn(w, p, choice.total)] for p, budgets in own.items()}
        cut_rows(b, "gx", instance, choice.x, choice.own, own)
        cut_rows(b, "gz", instance, choice.z, choice.flex, {p: [drawn(v, p, choice.total)] for p in cut})
    if instance.fill is Fill.STOP_ON_ANY_NEED:
        lines_closing_on_any_need(b, instance, choice)


def drawn(totals: Totals, p: int, size: int) -> tuple[Terms, int]:
    """A budget as `cut_rows` takes it: what was granted from it up to p, and its size."""
    return {totals.upto[p]: 1}, size


def grants(instance: Instance, program: Program, columns: Sequence[int]) -> Grants:
    """The answer of `formulate`, read back."""
    value = {column.name: given for column, given in zip(program.columns, columns, strict=True)}
    places = range(len(instance.plan))
    x, z = [value[f"x:{p}"] for p in places], [value.get(f"z:{p}", 0) for p in places]
    rounds = np.array(x, dtype=np.int64) + FROM_RESERVE * np.array(z, dtype=np.int64)
    plan = np.where(rounds != REFUSED, instance.plan, 0)
    for p in divisible(instance):
        plan[p] = value[f"gx:{p}"] + value.get(f"gz:{p}", 0)
    if instance.fill is Fill.GUARANTEE:
        rounds = booked(instance, rounds, plan)
    return Grants(round=rounds, plan=plan)


def columns_of(instance: Instance, program: Program, answer: Grants) -> dict[int, int]:
    """The columns of a program that grants decide, and their values: `grants`, the other way round."""
    index = {column.name: n for n, column in enumerate(program.columns)}
    decided: dict[str, int] = {}
    one_walk = instance.fill is Fill.GUARANTEE
    for p, (r, plan) in enumerate(zip(answer.round.tolist(), answer.plan.tolist(), strict=True)):
        from_share, from_reserve = r == FROM_SHARE or (one_walk and r != REFUSED), r == FROM_RESERVE
        decided |= {f"x:{p}": int(from_share), f"z:{p}": int(from_reserve)}
        decided |= {f"gx:{p}": plan * from_share, f"gz:{p}": plan * from_reserve}
    return {index[name]: value for name, value in decided.items() if name in index}
