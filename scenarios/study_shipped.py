"""The studies that come with the program, found by the name of their file."""

from pathlib import Path

from allocator.intake.nearest import nearest
from allocator.problems import InputRejected, Place, Problem, Severity

HOME = Path(__file__).parent / "studies"
"""The folder that holds one TOML file for each shipped study."""


def study_names() -> tuple[str, ...]:
    """The names of all shipped studies, sorted."""
    return tuple(sorted(file.stem for file in HOME.glob("*.toml")))


def find_study(where: str) -> Path:
    """The file that `where` means: a file that exists wins over the name of a shipped study.

    Raises `InputRejected` with the nearest name when there is neither.
    """
    path = Path(where)
    if path.is_file():
        return path
    if where in study_names():
        return HOME / f"{where}.toml"
    facts = {"nearest": nearest(where, study_names()), "shipped": ", ".join(study_names())}
    place = Place(file=where)
    raise InputRejected(
        [Problem(code="STUDY_NOT_FOUND", severity=Severity.ERROR, place=place, value=where, facts=facts)]
    )
