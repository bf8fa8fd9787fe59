"""Rows of a template that only show how it is filled in, and that nobody has deleted."""

from collections.abc import Iterator

from allocator.intake.columns import titled
from allocator.problems import Place, Problem, Severity
from allocator.records import Tables

EXAMPLE = "示例-"
"""What the ids of the example rows begin with."""


def examples_left(tables: Tables) -> Iterator[Problem]:
    """A note where example rows compete with what else stands in the data."""
    left = [a.project_id for a in tables.applications if a.project_id.startswith(EXAMPLE)]
    if left:
        facts = {"count": str(len(left)), "projects": ", ".join(left)}
        yield Problem(
            code="EXAMPLES_LEFT", severity=Severity.NOTE, place=Place(), value=titled("projects"), facts=facts
        )
