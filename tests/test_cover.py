"""Covers, and who gives how much, against the enumeration of every subset."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.answer import Limits
from models.cover import covering, fewest, scores, weighed
from models.donor_choice import Choice, count_first, preference_first, weighted
from models.donor_program import Request, columns_of, giving

FIXED = settings(derandomize=True, max_examples=200, deadline=None, database=None)


@st.composite
def requests(draw: st.DrawFn, classes: int | None = None) -> Request:
    """At most six givers and three classes; prices and an earlier plan now and then."""
    size, kinds = draw(st.integers(1, 6)), classes or draw(st.integers(1, 3))
    quantity = st.integers(0, 9)
    held = tuple(tuple(draw(quantity) for _ in range(kinds)) for _ in range(size))
    asked = tuple(draw(st.integers(0, sum(row[i] for row in held))) for i in range(kinds))
    return Request(
        held=held,
        asked=asked,
        order=tuple(tuple(draw(st.permutations(range(size)))) for _ in range(kinds)),
        free=tuple(draw(st.booleans()) and draw(st.booleans()) for _ in range(size)),
        price=tuple(tuple(draw(quantity) for _ in range(kinds)) for _ in range(size)) if draw(st.booleans()) else None,
        before=frozenset(draw(st.sets(st.integers(0, size - 1)))) if draw(st.booleans()) else None,
    )


def covers(request: Request) -> list[list[list[int]]]:
    """What is given by each set of givers that covers everything and in which nobody is idle."""
    found = []
    for number in range(len(request.held) + 1):
        for chosen in combinations(range(len(request.held)), number):
            answer = request.greedy(frozenset(chosen))
            if [sum(row[i] for row in answer) for i in range(len(request.asked))] != list(request.asked):
                continue
            if all(any(answer[c]) for c in chosen):
                found.append(answer)
    return found


def rungs(request: Request, answer: list[list[int]]) -> tuple[object, ...]:
    """What is made least below the count, in order."""
    price, before = request.price, request.before
    paid = (
        sum(q * w for row, ws in zip(answer, price, strict=True) for q, w in zip(row, ws, strict=True)) if price else 0
    )
    gives = [any(row) for row in answer]
    counted = [c for c, free in enumerate(request.free) if not free]
    changes = 0 if before is None else sum(gives[c] != (c in before) for c in counted)
    return (*request.ranked(answer), paid, changes, [not gives[c] for c in counted])


def as_lists(choice: Choice) -> list[list[int]]:
    return [list(row) for row in choice.given]


@FIXED
@given(requests())
def test_the_fewest_give_and_among_them_the_preferred(request: Request) -> None:
    best = min(covers(request), key=lambda answer: (request.counted(answer), *rungs(request, answer)))
    choice = count_first(request)
    assert as_lists(choice) == best, request
    assert choice.fewest
    assert choice.fewest.bound == request.counted(best)
    values = {level.name: (level.value, level.proved) for level in choice.levels}
    *ranked, paid, changes, _ = rungs(request, best)
    told = {f"preference:{i}": value for i, value in enumerate(ranked)} | {"payment": paid, "changes": changes}
    assert all(told[name] == value and proved for name, (value, proved) in values.items()), values


@settings(FIXED, max_examples=50)
@given(requests())
def test_the_preference_first_is_the_preferred_of_all(request: Request) -> None:
    assert as_lists(preference_first(request)) == min(covers(request), key=request.ranked)


@settings(FIXED, max_examples=60)
@given(requests(), st.fractions(0, 3, max_denominator=4), st.fractions(0, 3, max_denominator=4))
def test_the_weighted_answer_is_the_best_number_of_givers(request: Request, count: Fraction, order: Fraction) -> None:
    answers = []
    for most in range(len(request.held) + 1):
        within = [answer for answer in covers(request) if request.counted(answer) <= most]
        if within:
            answers.append(min(within, key=lambda answer: rungs(request, answer)))

    def worth(answer: list[list[int]]) -> tuple[Fraction, int]:
        means = [Fraction(r, d) for r, d in zip(request.ranked(answer), request.asked, strict=True) if d]
        return count * request.counted(answer) + order * sum(means, Fraction(0)), request.counted(answer)

    choice = weighted(request, count, order)
    assert worth(as_lists(choice)) == min(map(worth, answers))
    assert as_lists(choice) in answers


@settings(FIXED, max_examples=100)
@given(requests())
def test_weights_prove_what_no_fewer_can_do(request: Request) -> None:
    found = weighed(request.held, request.asked)
    score, whole = scores(request.held, request.asked, found.weights)
    assert not found.bound or sum(sorted(score, reverse=True)[: found.bound - 1]) < whole


@settings(FIXED, max_examples=50)
@given(requests(classes=1))
def test_for_one_class_the_closed_form_is_the_fewest_and_asks_no_solver(request: Request) -> None:
    found = weighed(request.held, request.asked)
    assert (found.is_proved, found.proved_by) == (True, "closed_form")


def test_a_search_without_time_says_what_it_found_and_what_is_proved() -> None:
    held = [(5, 1, 0), (4, 0, 3), (0, 5, 2), (3, 3, 1), (2, 1, 4), (1, 4, 4), (3, 0, 0), (0, 2, 5)] * 4
    asked = (27, 31, 33)
    loose = weighed(held, asked)
    found = fewest(held, asked, Limits(work=0))
    assert (found.chosen, found.bound) == (loose.chosen, loose.bound)


def test_the_programs_say_what_their_docstrings_say() -> None:
    request = Request(
        held=((3, 0), (2, 2), (0, 4)), asked=(4, 3), order=((0, 1, 2), (2, 1, 0)), free=(False, False, True)
    )
    request = replace(request, price=((1, 1), (2, 2), (1, 5)), before=frozenset({1}))
    assert str(covering(request.held, request.asked, 2)) == COVERING
    assert str(giving(request, 2)) == GIVING
    program = giving(request, 2)
    assert program.broken_by(tuple(columns_of(request, request.greedy()))) == []


COVERING = """\
choose
  y:0 in 0..1
  y:1 in 0..1
  y:2 in 0..1
so that
  cover:0: 3 y:0 + 2 y:1 >= 4
  cover:1: 2 y:1 + 3 y:2 >= 3
  bound: y:0 + y:1 + y:2 >= 2
and maximise, in this order
  count: - y:0 - y:1 - y:2
"""

GIVING = """\
choose
  y:0 in 0..1
  y:1 in 0..1
  y:2 in 1..1
  u:0:1 in 0..4
  u:0:2 in 0..0
  u:1:1 in 0..3
  u:1:2 in 0..0
so that
  left:0:1: 3 y:0 + u:0:1 >= 4
  left:0:2: 3 y:0 + 2 y:1 + u:0:2 >= 4
  left:1:1: 4 y:2 + u:1:1 >= 3
  left:1:2: 2 y:1 + 4 y:2 + u:1:2 >= 3
  idle:0: y:0 + u:0:1 <= 4
  idle:1: y:1 - u:0:1 + u:0:2 - u:1:1 + u:1:2 <= 0
  most: y:0 + y:1 <= 2
and maximise, in this order
  preference:0: - u:0:1 - u:0:2
  preference:1: - u:1:1 - u:1:2
  payment: - u:0:1 + 2 u:0:2 + 3 u:1:1 + 2 u:1:2
  changes: - y:0 + y:1
  y:0: y:0
  y:1: y:1
"""
