"""All benchmarks, one after the other, and their tables in README.md: each between its two marks.

Takes about twenty minutes. Nothing else should run on the machine meanwhile.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE / "README.md"
COMMANDS = {
    "decide": ["decide.py"],
    "peers": ["against_peers.py"],
    "end_to_end": ["end_to_end.py"],
    "donors": ["donors.py"],
    "cold_start": ["cold_start.py"],
    "ledger_year": ["ledger_year.py"],
}


def machine() -> str:
    """What the figures were made on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {memory} GiB, {system}, Python {sys.version.split()[0]}"


def table(command: list[str]) -> str:
    """What a benchmark prints; one that fails ends the renewal."""
    call = [sys.executable, str(HERE / command[0]), *command[1:]]
    run = subprocess.run(call, capture_output=True, text=True, cwd=HERE.parent, check=False)
    if run.returncode:
        sys.exit(f"{command[0]} ended with {run.returncode}:\n{run.stderr}")
    return run.stdout


def replaced(page: str, name: str, text: str) -> str:
    """The page with the text between the marks of one benchmark."""
    marks = rf"(<!-- {name} -->\n).*?(\n<!-- end of {name} -->)"
    if not re.search(marks, page, flags=re.DOTALL):
        sys.exit(f"{PAGE} has no marks for {name}")
    return re.sub(marks, lambda found: f"{found[1]}{text}{found[2]}", page, flags=re.DOTALL)


def main() -> None:
    """Run the benchmarks named, or all, and write the page after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="which (default: all)")
    names = parser.parse_args().names or list(COMMANDS)
    for name in names:
        print(name, flush=True)
        text = table(COMMANDS[name])
        page = replaced(PAGE.read_text(encoding="utf-8"), name, "\n" + text.strip() + "\n")
        PAGE.write_text(replaced(page, "machine", machine()), encoding="utf-8")


if __name__ == "__main__":
    main()
