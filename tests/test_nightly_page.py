"""A reader follows docs/nightly.md: its commands run in their order, on the files it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import readme

PAGE = (readme.ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def story() -> list[tuple[str, str, str]]:
    """(kind, text, the file name that the words before it give last) of every block, in order."""
    told: list[tuple[str, str, str]] = []
    for block in BLOCK.finditer(PAGE):
        names = re.findall(r"`(\d{4}\.csv)`", PAGE[: block.start()])
        told.append((block[1], block[2], names[-1] if names else ""))
    return told


@pytest.mark.long
def test_a_reader_comes_from_opening_the_books_to_the_recall(tmp_path: Path) -> None:
    """The id that the last proposal printed takes the place of ID, as the page asks."""
    surroundings = os.environ | {
        "LANDQUOTA_DB": "books.db",
        "LANDQUOTA_LANG": "en",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    proposal, lines = "", []
    for kind, text, name in story():
        if kind == "csv":
            (tmp_path / name).write_text(text, encoding="utf-8")
        if kind != "sh":
            continue
        for line in text.splitlines():
            run = subprocess.run(
                ["bash", "-c", line.replace(" ID ", f" {proposal} ")],
                cwd=tmp_path,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
            )
            assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
            if "|| echo refused" in line:
                assert run.stdout.endswith("refused\n"), run.stdout
            if found := re.findall(r"\b[0-9a-f]{12}\b", run.stdout):
                proposal = found[0]
            lines.append(line)
    assert sum("landquota nightly" in line for line in lines) >= 9
    assert {path.name for path in (tmp_path / "nights").iterdir()} >= {"nightly.jsonl", "2026-10-01.zh.md"}
