"""Pieces of an answer along one number: the same as asking at every value."""

from random import Random

import numpy as np
import pytest

from models.exact import walk
from models.instance import Fill, Instance
from models.pieces import Course, Miscounted, at, cut, signature
from models.traced import Line, Trail

WALKED = (Fill.SKIP, Fill.STOP_ON_PLAN, Fill.STOP_ON_ANY_NEED, Fill.GUARANTEE)


def ints(values: object, *shape: int) -> np.ndarray:
    return np.array(values, dtype=np.int64).reshape(shape or -1)


def tiny(dice: Random, fill: Fill) -> Instance:
    """Up to nine places with other needs; some are divisible, have a place before them, or are under a cap."""
    places, shares, groups, kinds = dice.randint(1, 9), dice.randint(1, 3), dice.randint(1, 3), dice.randint(1, 2)
    plan = [dice.randint(0, 12) for _ in range(places)]
    least = [dice.randint(0, quantity) if dice.random() < 0.3 else quantity for quantity in plan]
    before = [place - 1 if dice.random() < 0.2 else -1 for place in range(places)]
    capped = dice.random() < 0.3
    needs = [dice.randint(0, 8) if dice.random() < 0.5 else 0 for _ in range(places * kinds)]
    return Instance(
        share=ints([dice.randint(0, 20) for _ in range(shares)]),
        reserve=dice.randint(0, 15),
        category=ints([dice.randint(-1, shares - 1) for _ in range(places)]),
        plan=ints(plan),
        county=ints([dice.randrange(groups) for _ in range(places)]),
        access=np.array([dice.random() < 0.6 for _ in range(places)]),
        need=ints(needs, places, kinds),
        own=ints([dice.randint(0, 10) for _ in range(groups * kinds)], groups, kinds),
        pool=ints([dice.randint(0, 12) for _ in range(kinds)]),
        fill=fill,
        least=ints(least) if dice.random() < 0.5 else None,
        before=ints(before) if dice.random() < 0.3 else None,
        cap=ints([dice.randint(0, 20)]) if capped else None,
        under=ints([dice.randint(-1, 0) for _ in range(places)], places, 1) if capped else None,
    )


def part(numerator: int, denominator: int, step: int = 1) -> Line:
    """A part of the number, floored to whole steps."""
    return lambda value: numerator * value // (denominator * step) * step


def courses(dice: Random, instance: Instance) -> dict[str, Course]:
    """The year's total; a share, a falling one beside it; a store; the pool."""
    shares, (groups, kinds) = len(instance.share), instance.own.shape
    weights, step = [dice.randint(1, 4) for _ in range(shares + 1)], dice.choice((1, 2, 3))
    whole = instance.total + 10
    moved = dict.fromkeys([dice.randrange(shares)], part(whole, 60, step))
    falling = {(number + 1) % shares: lambda value: whole * (60 - value) // 60 for number in moved if shares > 1}
    halved = {number: part(whole, 120) for number in moved} if falling else moved
    return {
        "total": Course(
            total=lambda value: value,
            share={number: part(weights[number], sum(weights), step) for number in range(shares)},
        ),
        "share": Course(total=lambda _: 2 * whole, share=halved | falling),
        "own": Course(own={(dice.randrange(groups), dice.randrange(kinds)): lambda value: value}),
        "pool": Course(pool={dice.randrange(kinds): lambda value: value}),
    }


@pytest.mark.parametrize("fill", WALKED)
@pytest.mark.parametrize("moved", ["total", "share", "own", "pool"])
def test_pieces_are_what_asking_at_every_value_finds(fill: Fill, moved: str) -> None:
    for seed in range(3):
        dice = Random(seed)
        instance = tiny(dice, fill)
        course = courses(dice, instance)[moved]
        dense = [signature(instance, walk(at(instance, course, value))) for value in range(61)]
        turns = [value for value in range(61) if value == 0 or dense[value] != dense[value - 1]]
        found = list(cut(instance, course, 0, 60))
        assert [piece.first for piece in found] == turns, seed
        assert [piece.last + 1 for piece in found] == [*turns[1:], 61], seed


def test_a_piece_that_is_cut_again_from_its_middle_ends_where_it_did() -> None:
    dice = Random(3)
    instance = tiny(dice, Fill.GUARANTEE)
    course = courses(dice, instance)["total"]
    whole = list(cut(instance, course, 0, 60))
    again = list(cut(instance, course, (whole[1].first + whole[1].last) // 2, 60))
    assert [piece.last for piece in again] == [piece.last for piece in whole[1:]]


def test_a_program_is_not_walked_along_a_number() -> None:
    instance = tiny(Random(0), Fill.MAX_WEIGHT)
    with pytest.raises(ValueError, match="walk"):
        list(cut(instance, Course(), 0, 1))


def test_an_answer_that_the_plain_walk_does_not_give_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    instance = tiny(Random(1), Fill.SKIP)
    monkeypatch.setattr("models.pieces.follow", lambda *_: (b"another", 60))
    with pytest.raises(Miscounted):
        list(cut(instance, Course(), 0, 60))


def test_a_number_of_a_walk_reckons_as_whole_numbers_do() -> None:
    trail = Trail((lambda value: 2 * value, lambda value: -value), here=5)
    up, down = trail.line(0), trail.line(1)
    assert up - up == 0
    assert up + down > 4
    assert 3 - up < 0
    assert sum([up, up]) >= 20
    assert up > 9
    assert -down < 6
    assert trail.holds_until(99) == 5  # -down is 6 one value on
