"""The smallest set of grants to take back, against the enumeration of every subset."""

import subprocess
import sys
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from golden_text import assert_golden
from hypothesis import given, settings
from hypothesis import strategies as st

from models.program import Infeasible
from models.take_back import InForce, carries, keeping, take_back

FIXED = settings(derandomize=True, max_examples=300, deadline=None, database=None)

ROOM = InForce(
    drawn=np.array([[4, 0], [3, 2], [5, 0]]),
    balance=np.array([1, 0]),
    stays=np.zeros(3, dtype=np.bool_),
    goes=np.zeros(3, dtype=np.bool_),
    need=np.zeros(0, dtype=np.int64),
    open=np.zeros((0, 2), dtype=np.bool_),
    cap=np.zeros(0, dtype=np.int64),
    counted=np.zeros((3, 0), dtype=np.int64),
)
"""Three grants on two accounts, and nothing that weighs on them."""


@st.composite
def in_force(draw: st.DrawFn) -> InForce:
    """At most eight grants, three accounts, two needs and two caps; about half need somebody to go."""
    n, a, q, d = draw(st.integers(1, 8)), draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.integers(0, 2))

    def table(rows: int, columns: int, values: st.SearchStrategy[int]) -> np.ndarray:
        return np.array([[draw(values) for _ in range(columns)] for _ in range(rows)]).reshape(rows, columns)

    drawn, counted = table(n, a, st.integers(0, 6)), table(n, d, st.integers(0, 5))
    return InForce(
        drawn=drawn,
        balance=table(1, a, st.integers(-8, 4))[0],
        stays=table(1, n, st.integers(0, 9))[0] == 0,
        goes=table(1, n, st.integers(0, 9))[0] == 1,
        need=table(1, q, st.integers(1, 9))[0],
        open=table(q, a, st.integers(0, 2)) > 0,
        cap=table(1, d, st.integers(2, 20))[0],
        counted=counted,
    )


def carried(inst: InForce, kept: tuple[int, ...]) -> bool:
    """Whether what stays is carried, by trying every way to split every need."""
    chosen = list(kept)
    room = inst.balance + inst.drawn.sum(axis=0) - inst.drawn[chosen].sum(axis=0)
    if any(inst.counted[chosen].sum(axis=0) > inst.cap) or any(room < 0):
        return False
    ways = []
    for quantity, opened in zip(inst.need.tolist(), inst.open, strict=True):
        parts = [range(quantity + 1) if is_open else (0,) for is_open in opened]
        ways.append([split for split in product(*parts) if sum(split) == quantity])
    return any((np.sum(way, axis=0) <= room).all() for way in product(*ways))


def enumerated(inst: InForce) -> list[bool] | None:
    """What goes: of all sets that may stay and are carried, the largest, and of those the first in the order."""
    must = set(np.flatnonzero(inst.stays).tolist())
    may = [n for n in range(len(inst.goes)) if not inst.goes[n]]
    for size in range(len(may), -1, -1):
        for kept in combinations(may, size):  # in lexicographic order: the first is the greatest
            if must <= set(kept) and carried(inst, kept):
                return [n not in kept for n in range(len(inst.goes))]
    return None


@FIXED
@given(in_force())
def test_no_smaller_set_will_do_and_the_last_in_the_order_go(inst: InForce) -> None:
    best = enumerated(inst)
    if best is None:
        with pytest.raises(Infeasible):
            take_back(inst)
    else:
        assert take_back(inst).tolist() == best, inst


def test_nothing_is_taken_back_where_everything_is_carried_and_no_solver_is_imported() -> None:
    trial = (
        "import sys, numpy as np; from models.take_back import InForce, take_back; none = np.zeros(2, dtype=bool);"
        "inst = InForce(drawn=np.array([[2], [3]]), balance=np.array([4]), stays=none, goes=np.array([False, True]),"
        "need=np.array([7]), open=np.array([[True]]), cap=np.array([2]), counted=np.array([[2], [9]]));"
        "assert take_back(inst).tolist() == [False, True]; assert 'ortools' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", trial], check=True)


def test_a_cut_takes_one_large_grant_before_two_small_ones() -> None:
    cut = replace(ROOM, balance=np.array([-5, 0]))
    assert take_back(cut).tolist() == [False, False, True]
    assert take_back(replace(cut, balance=np.array([-4, 0]))).tolist() == [False, False, True]
    assert take_back(replace(cut, balance=np.array([-3, 0]))).tolist() == [False, False, True]
    assert take_back(replace(cut, stays=np.array([False, False, True]))).tolist() == [True, True, False]


def test_who_may_not_be_taken_back_stays_even_where_that_is_a_contradiction() -> None:
    with pytest.raises(Infeasible, match="not enough"):
        take_back(replace(ROOM, balance=np.array([-13, 0])))
    with pytest.raises(Infeasible, match="may not be"):
        take_back(replace(ROOM, goes=np.array([True, False, False]), stays=np.array([True, False, False])))


def test_an_account_that_nobody_asks_for_frees_no_grant_on_it() -> None:
    asked = replace(ROOM, need=np.array([2]), open=np.array([[False, True]]))
    assert asked.frees.tolist() == [False, True, False]
    assert take_back(asked).tolist() == [False, True, False]
    assert carries(asked, np.array([True, False, True]))
    assert not carries(asked, np.array([True, True, True]))


def test_many_equal_grants_are_taken_back_from_the_end() -> None:
    size = 130  # more than three chunks of the order
    many = InForce(
        drawn=np.full((size, 1), 3),
        balance=np.array([-10]),
        stays=np.zeros(size, dtype=np.bool_),
        goes=np.zeros(size, dtype=np.bool_),
        need=np.zeros(0, dtype=np.int64),
        open=np.zeros((0, 1), dtype=np.bool_),
        cap=np.zeros(0, dtype=np.int64),
        counted=np.zeros((size, 0), dtype=np.int64),
    )
    assert np.flatnonzero(take_back(many)).tolist() == [126, 127, 128, 129]


def test_the_program_reads_as_its_docstring() -> None:
    inst = replace(
        ROOM,
        balance=np.array([-2, 0]),
        goes=np.array([False, False, True]),
        need=np.array([2]),
        open=np.array([[True, True]]),
        cap=np.array([6]),
        counted=np.array([[4], [3], [5]]),
    )
    assert_golden("take_back.txt", str(keeping(inst)))
