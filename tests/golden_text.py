"""Compares a text with the one kept in `tests/golden/`; a mismatch shows the difference."""

from difflib import unified_diff
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    kept = (GOLDEN / name).read_text(encoding="utf-8")
    diff = "".join(unified_diff(kept.splitlines(True), text.splitlines(True), f"golden/{name}", "now"))
    assert not diff, f"\n{diff}"
