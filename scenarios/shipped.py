"""The scenarios that come with the program, found by the name of their folder."""

from pathlib import Path

HOME = Path(__file__).parent / "shipped"
"""The folder that holds one folder for each shipped scenario."""

FILE = "scenario.toml"
"""The file that makes a folder a scenario."""


def names() -> tuple[str, ...]:
    """The names of all shipped scenarios, sorted."""
    return tuple(sorted(folder.name for folder in HOME.iterdir() if (folder / FILE).is_file()))


def find(name: str) -> Path | None:
    """The folder of the shipped scenario called `name`; None if there is none. A path is never a name."""
    return HOME / name if name in names() else None
