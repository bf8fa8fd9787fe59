"""The fewest grants in force to take back so that what stays is carried, the last in the order first among equals.

Nothing posted moves to another account: a grant gives back exactly what it drew, where it drew it. So whoever must be
granted besides is sourced from what the accounts hold now and from what comes back to them.
"""

from dataclasses import dataclass

import numpy as np

from models.flow import Flow
from models.instance import Bools, Ints
from models.network import Network
from models.program import Builder, Infeasible, Program, Rung


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """N grants in the overall order, A accounts, Q needs that must be filled besides, D caps; grid units."""

    drawn: Ints  # (N, A) what a grant drew on an account, and would give back to it
    balance: Ints  # (A,) what an account holds now; below zero where so much is to be taken away from it
    stays: Bools  # (N,) may not be taken back
    goes: Bools  # (N,) must be taken back
    need: Ints  # (Q,)
    open: Bools  # (Q, A) whether a need may draw on an account
    cap: Ints  # (D,) the most that may stay under a cap
    counted: Ints  # (N, D) what a grant counts for under a cap

    @property
    def frees(self) -> Bools:
        """(N,) whether there is a choice about a grant: it may go, and its going leaves room somewhere."""
        reached = self.open.any(axis=0) | (self.balance < 0)
        makes_room = (self.drawn[:, reached] > 0).any(axis=1) | (self.counted > 0).any(axis=1)
        return makes_room & ~self.goes & ~self.stays


def take_back(inst: InForce) -> Bools:
    """(N,) the grants to take back.

    Where those that must go are enough no solver is asked. Raises `Infeasible` where even all that may go are not, and
    where one that must go may not; `Unproven` and `TooLarge` as every program does.
    """
    if (inst.goes & inst.stays).any():
        raise Infeasible("a grant that must be taken back may not be")
    if carries(inst, ~inst.goes):
        return inst.goes.copy()
    if not carries(inst, ~(inst.goes | inst.frees)):
        raise Infeasible("taking back all that may be taken back is not enough")
    from models.cp_sat import PLACES, best, refuse_too_large
    from models.ladder import climb, in_chunks

    program = keeping(inst)
    refuse_too_large(program)
    climbed = climb(program, in_chunks(program, PLACES), best)
    return np.array(climbed.columns[: len(inst.goes)]) == 0


def carries(inst: InForce, kept: Bools) -> bool:
    """Whether accounts and caps carry these grants and all needs besides."""
    room = inst.balance + inst.drawn[~kept].sum(axis=0)
    if (room < 0).any() or (inst.counted[kept].sum(axis=0) > inst.cap).any():
        return False
    groups = np.arange(len(inst.need), dtype=np.int64).reshape(-1, 1)
    flow = Flow(Network(balance=room, open=inst.open, group=groups))
    return flow.carry((q, need) for q, need in enumerate(inst.need.tolist()) if need)


def keeping(inst: InForce) -> Program:
    """As many grants as can stay, and of equal numbers those that come first in the order.

    Given   grant n drew b[n, a] on account a, which holds h[a]; need q[m] may draw along the edges (m, a);
            grant n counts w[n, d] under cap d, at most c[d]; some grants must go, some must stay
    Choose  k[n] in {0, 1}, 1 if grant n stays: 0 for those that must go, 1 for those about which there is no choice
            e[m, a] in 0..q[m], what need m draws on account a
    So that sum of e[m, a] over a = q[m]                                       for all m    rows need:m
            sum of e[m, a] over m + sum of b[n, a] k[n] over n
                <= h[a] + sum of b[n, a] over n                                for all a    rows account:a
            sum of w[n, d] k[n] over n <= c[d]                                 for all d    rows cap:d
            and the sum of k[n] is greatest                                                 rung kept
            and k is lexicographically greatest                                             rungs k:n

    An account that no need may draw on and that is not below zero has no row.
    """
    b = Builder()
    goes, frees = inst.goes.tolist(), inst.frees.tolist()
    k = [b.column(f"k:{n}", int(not goes[n] and not frees[n]), int(not goes[n])) for n in range(len(goes))]
    lent: dict[int, dict[int, int]] = {}
    for m, quantity in enumerate(inst.need.tolist()):
        drawn = {a: b.column(f"e:{m}:{a}", 0, quantity) for a in np.flatnonzero(inst.open[m]).tolist()}
        b.row(f"need:{m}", dict.fromkeys(drawn.values(), 1), "==", quantity)
        for a, column in drawn.items():
            lent.setdefault(a, {})[column] = 1
    for a, held in enumerate(inst.balance.tolist()):
        if a in lent or held < 0:
            back = inst.drawn[:, a].tolist()
            b.row(f"account:{a}", lent.get(a, {}) | dict(zip(k, back, strict=True)), "<=", held + sum(back))
    for d, most in enumerate(inst.cap.tolist()):
        b.row(f"cap:{d}", dict(zip(k, inst.counted[:, d].tolist(), strict=True)), "<=", most)
    b.climb(Rung("kept", dict.fromkeys(k, 1)))
    b.climb_in_order(column for column, free in zip(k, frees, strict=True) if free)
    return b.program()
