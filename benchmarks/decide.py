"""The decision alone: nanoseconds a place by the compiled and the plain loop, and how they grow with the size."""

import argparse
from collections.abc import Callable
from math import log
from time import perf_counter_ns

from instances import SIZES, Size, draw

from models.exact import walk_arrays, walk_lists
from models.instance import Instance


def fastest(run: Callable[[], object], repeat: int) -> int:
    """Nanoseconds of the fastest of `repeat` runs: what the machine can do when nothing disturbs it."""
    times: list[int] = []
    for _ in range(repeat):
        started = perf_counter_ns()
        run()
        times.append(perf_counter_ns() - started)
    return min(times)


def measure(size: Size, repeat: int) -> tuple[Instance, int, int]:
    """The instance, and nanoseconds of the compiled and of the plain loop over it."""
    instance = draw(size)
    walk_arrays(instance)  # compiles
    return (
        instance,
        fastest(lambda: walk_arrays(instance), repeat),
        fastest(lambda: walk_lists(instance), max(1, repeat // 3)),
    )


def table(repeat: int) -> list[str]:
    """The rows of the page."""
    lines = [
        "| size | projects x counties | places | compiled ms | ns a place | plain ms | ns a place | plain / compiled |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    measured: list[tuple[int, int]] = []
    for size in SIZES:
        instance, compiled, plain = measure(size, repeat)
        places = len(instance.plan)
        measured.append((places, compiled))
        lines.append(
            f"| {size.name} | {size.projects:,} x {size.counties:,} | {places:,} | {compiled / 1e6:.3f} | "
            f"{compiled / places:.0f} | {plain / 1e6:.1f} | {plain / places:.0f} | {plain / compiled:.0f} |"
        )
    (few, short), (many, long) = measured[0], measured[-1]
    exponent = log(long / short) / log(many / few)
    lines += ["", f"Growth exponent of the compiled loop from city to nation: {exponent:.2f}."]
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=9, help="runs of which the fastest counts (default 9)")
    print("\n".join(table(parser.parse_args().repeat)))


if __name__ == "__main__":
    main()
