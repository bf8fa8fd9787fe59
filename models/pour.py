"""Granted needs of one indicator filled from nested accounts, tier by tier: which account gives how much to which need.

One loop on int64 arrays, compiled where numba is installed. Who draws first is the order of the arrays.
"""

from typing import Any

import numpy as np

from models.compiling import compiled
from models.instance import Ints

Row = Any


def pour(wants: Ints, turn: Ints, group: Ints, balance: Ints, start: Ints) -> tuple[Ints, Ints, Ints]:
    """Empty accounts in order into wants in order, group by group; lowers `wants` and `balance`.

    wants    (N,) what is lacking;  turn (M,) the wants that may draw here, first come first
    group    (N,) the group of accounts a want draws on;  balance (A,) accounts, those of a group side by side
    start    (G + 1,) where the accounts of each group begin
    Returns (D,) the want, the account and the quantity of every draw, in the order in which they were made.
    """
    room = len(turn) + len(balance)  # a draw fills a want or empties an account
    draws = np.empty((3, room), dtype=np.int64)
    count = compiled(serve)(wants, turn, group, balance, start[:-1].copy(), start, draws)
    return draws[0, :count], draws[1, :count], draws[2, :count]


def serve(wants: Row, turn: Row, group: Row, balance: Row, at: Row, start: Row, draws: Row) -> int:
    """The loop of `pour`; `at` (G,) is the account of each group that gives next. Returns how many draws it wrote."""
    count = 0
    for n in range(len(turn)):
        want = turn[n]
        g = group[want]
        while wants[want] > 0 and at[g] < start[g + 1]:
            account = at[g]
            taken = min(wants[want], balance[account])
            if taken > 0:
                wants[want] -= taken
                balance[account] -= taken
                draws[0, count], draws[1, count], draws[2, count] = want, account, taken
                count += 1
            if balance[account] == 0:
                at[g] += 1
    return count
