"""From Parquet to written tables and shortages, beside the floor: reading the same files and sorting once.

Both in one warm process, in turn, so that what disturbs one disturbs the other; the fastest of several.
"""

import argparse
import tempfile
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import numpy as np
from folders import write
from instances import SIZES, Size
from pyarrow import parquet

from scenarios.bulk import divide_in_columns


def read_and_sort(folder: Path) -> int:
    """The floor: every column of every file, and the places of the projects in order."""
    tables = {path.stem: parquet.read_table(path) for path in sorted((folder / "data").glob("*.parquet"))}
    return int(np.argsort(tables["projects"]["overall_rank"].to_numpy())[0])


def measure(size: Size, repeat: int, room: Path) -> tuple[float, float, int]:
    """Seconds of the floor and of the whole line, and bytes written."""
    folder, out = write(room / size.name, size), room / f"{size.name}-out"
    floor, line = [], []
    for _ in range(repeat + 1):  # the first run compiles and warms
        started = perf_counter()
        read_and_sort(folder)
        between = perf_counter()
        divide_in_columns(str(folder), (), out, force=True)
        floor.append(between - started)
        line.append(perf_counter() - between)
    return min(floor[1:]), min(line[1:]), sum(path.stat().st_size for path in out.iterdir())


def table(repeat: int) -> list[str]:
    """The rows of the page."""
    lines = ["| size | read and sort ms | whole line ms | ratio | MB written |", "|---|---:|---:|---:|---:|"]
    with tempfile.TemporaryDirectory() as room:
        for size in SIZES:
            floor, line, written = measure(size, repeat, Path(room))
            lines.append(
                f"| {size.name} | {floor * 1e3:.1f} | {line * 1e3:.0f} | {line / floor:.1f} | {written / 1e6:.1f} |"
            )
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1e6
    return [*lines, "", f"Largest memory of the process over all sizes: {peak:.2f} GB."]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="runs of which the fastest counts (default 7)")
    print("\n".join(table(parser.parse_args().repeat)))


if __name__ == "__main__":
    main()
