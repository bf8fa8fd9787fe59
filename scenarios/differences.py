"""What became of a project in two answers: it gained, it lost, it got more or less, or it moved to another budget."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allocator.records import ProjectId

CHANGES = ("gained", "lost", "more", "less", "moved")
"""Every kind of change, in the order in which they are told."""

Granted = Mapping[ProjectId, tuple[str, int]]
"""Project -> the round of its first part, and grid units of plan."""

NOTHING = ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One project that fared otherwise."""

    project_id: ProjectId
    kind: str
    before: tuple[str, int]
    after: tuple[str, int]


def changes(before: Granted, after: Granted) -> Iterator[Change]:
    """Every project whose grant differs, in canonical order."""
    for project in sorted(before.keys() | after.keys()):
        old, new = before.get(project, NOTHING), after.get(project, NOTHING)
        if old != new:
            yield Change(project_id=project, kind=kind(old, new), before=old, after=new)


def kind(old: tuple[str, int], new: tuple[str, int]) -> str:
    """A grant of no plan at all is a grant too: the round tells."""
    if not old[0]:
        return "gained"
    if not new[0]:
        return "lost"
    if new[1] != old[1]:
        return "more" if new[1] > old[1] else "less"
    return "moved"
