"""Our decision beside those of general solvers as an analyst would write them: time, ratio, and the first wrong rank.

Each peer is run once, with a limit; ours is the fastest of several runs of the compiled loop. Building is counted.
"""

import argparse
import sys

from decide import fastest
from instances import SIZES, draw
from peers import highs_direct, pulp_cbc

from models.exact import walk_arrays
from models.instance import FROM_RESERVE, FROM_SHARE, Instance

PEERS = {
    "PuLP + CBC, weighted": pulp_cbc.weighted,
    "PuLP + CBC, rank by rank": pulp_cbc.rank_by_rank,
    "HiGHS, weighted": highs_direct.weighted,
    "HiGHS, rank by rank": highs_direct.rank_by_rank,
}


def truth(instance: Instance) -> list[int]:
    """The right value of x, then z, of every place."""
    rounds = walk_arrays(instance).round
    return [*(rounds == FROM_SHARE).astype(int).tolist(), *(rounds == FROM_RESERVE).astype(int).tolist()]


def verdict(found: list[int], right: list[int]) -> str:
    """The first rank, of x and then of z, at which an answer is wrong."""
    wrong = next((n for n, (a, b) in enumerate(zip(found, right, strict=False), start=1) if a != b), None)
    return f"wrong from rank {wrong} on" if wrong else f"right as far as it came ({len(found):,} of {len(right):,})"


def table(sizes: list[str], limit: float) -> list[str]:
    """The rows of the page."""
    lines = [
        "| size | peer | seconds | x our decision | what it says | what is true |",
        "|---|---|---:|---:|---|---|",
    ]
    for size in (size for size in SIZES if size.name in sizes):
        instance = draw(size)
        right = truth(instance)
        ours = fastest(lambda instance=instance: walk_arrays(instance), 15) / 1e9
        for name, peer in PEERS.items():
            said, found, seconds = peer(instance, limit)
            ratio = f"{seconds / ours:.1e}"
            lines.append(f"| {size.name} | {name} | {seconds:.1f} | {ratio} | {said} | {verdict(found, right)} |")
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=60, help="seconds for each peer (default 60)")
    parser.add_argument("--sizes", nargs="*", default=["city", "prefecture"], help="default: city prefecture")
    arguments = parser.parse_args()
    print("\n".join(table(arguments.sizes, arguments.limit)))


if __name__ == "__main__":
    main()
