"""How long the fewest donors take: the closed form of one indicator, and several indicators counted together.

Counties hold random amounts, four in five of each indicator; a part of all that is held is asked. Printed are the
count, the proved bound and who proved it, and seconds as a ratio to the closed form of one indicator at the same size.
The last column is the whole choice, each preference held for the next, within the limit. All amounts are synthetic.
"""

import argparse
import os
import random
import statistics
import sys
from collections.abc import Callable
from fractions import Fraction
from time import perf_counter
from typing import Any

from models.answer import Limits
from models.cover import Fewest, fewest
from models.donor_choice import count_first
from models.donor_program import Request

CLASSES = 4
PARTS = (Fraction(1, 10), Fraction(3, 10), Fraction(1, 2), Fraction(7, 10), Fraction(9, 10))
"""Which part of all that counties hold is asked."""

Instance = tuple[list[list[int]], list[int]]


def instance(counties: int, classes: int, part: Fraction, seed: int) -> Instance:
    """What counties hold and what is asked, in steps of a hundredth of a mu."""
    rng = random.Random(seed)
    held = [
        [int(rng.lognormvariate(0, 1) * 5000) * 100 if rng.random() < 4 / 5 else 0 for _ in range(classes)]
        for _ in range(counties)
    ]
    asked = [int(sum(row[i] for row in held) * part * rng.randint(70, 100) / 10_000) * 100 for i in range(classes)]
    return held, asked


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and its seconds."""
    started = perf_counter()
    result = call()
    return result, perf_counter() - started


def request(held: list[list[int]], asked: list[int]) -> Request:
    """Each indicator prefers the counties with most of it."""
    counties = range(len(held))
    order = tuple(tuple(sorted(counties, key=lambda c: (-held[c][i], c))) for i in range(len(asked)))
    return Request(held=held, asked=tuple(asked), order=order, free=(False,) * len(held))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, nargs="+", default=[130, 250, 500])
    parser.add_argument("--seconds", type=int, default=20, help="limit of each solve (default 20)")
    parser.add_argument("--whole", action="store_true", help="also the preferences below the count")
    given = parser.parse_args()
    limits = Limits(seconds=given.seconds)
    fewest(*instance(20, CLASSES, Fraction(1, 10), 1))
    count_first(request(*instance(10, 2, Fraction(1, 2), 0)))  # the solver is imported before the clock starts
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, limit {given.seconds} s\n")
    print("| counties | asked of all held | count | bound | proved by | s | x closed form | whole choice s |")
    print("|---:|---:|---:|---:|---|---:|---:|---:|")
    for counties in given.counties:
        for part in PARTS:
            row = instance(counties, CLASSES, part, seed=counties)
            single = [[first] for first, *_ in row[0]], row[1][:1]
            base = statistics.median(timed(lambda one=single: fewest(*one))[1] for _ in range(7))
            found, seconds = timed(lambda both=row: fewest(*both, limits))
            whole = f"{timed(lambda both=row: count_first(request(*both), limits))[1]:.2f}" if given.whole else ""
            print(line(counties, part, found, seconds, base, whole), flush=True)


def line(counties: int, part: Fraction, found: Fewest, seconds: float, base: float, whole: str) -> str:
    """One row of the table."""
    proved = found.proved_by if found.is_proved else "best found"
    cells = (
        counties,
        f"{part}",
        len(found.chosen),
        found.bound,
        proved,
        f"{seconds:.3f}",
        f"{seconds / base:.0f}",
        whole,
    )
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
