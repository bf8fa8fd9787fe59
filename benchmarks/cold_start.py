"""How long a user waits: commands from a cold start, by the wall clock, median of several runs.

Each run is a new process of the `landquota` beside the interpreter that runs this file, in an empty folder. Ratios
are to `python -c pass`, so that figures of different machines can be compared.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

COMMAND = str(Path(sys.executable).with_name("landquota"))
CASES = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "landquota --version": [COMMAND, "--version"],
    "landquota --help": [COMMAND, "--help"],
    "landquota check prefecture-2026": [COMMAND, "check", "prefecture-2026", "--quiet"],
    "landquota solve prefecture-2026": [COMMAND, "solve", "prefecture-2026", "--quiet"],
    "landquota solve prefecture-2026 -o out": [COMMAND, "solve", "prefecture-2026", "--quiet", "-o", "out", "--force"],
}


def wall(command: list[str], folder: str) -> float:
    """Seconds of one run; a run that fails ends the benchmark, with what it said."""
    started = perf_counter()
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    seconds = perf_counter() - started
    if run.returncode:
        sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stderr}")
    return seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="runs of each command (default 7)")
    repeat = parser.parse_args().repeat
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, median of {repeat}\n")
    print("| command | median s | slowest s | x python |")
    print("|---|---:|---:|---:|")
    base = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, command in CASES.items():
            times = [wall(command, folder) for _ in range(repeat)]
            median = statistics.median(times)
            base = base or median
            print(f"| `{name}` | {median:.3f} | {max(times):.3f} | {median / base:.1f} |", flush=True)


if __name__ == "__main__":
    main()
