"""Where more costs somebody a grant: a larger budget or store, or a withdrawal, under the declared rule."""

from collections.abc import Iterable, Iterator, Mapping

from allocator.changes import Paradox, Setting, Shifts
from allocator.records import ProjectId
from allocator.scene import lost_grants


def paradoxes(
    costs: Iterable[tuple[Setting, int, Shifts]], withdrawals: Mapping[ProjectId, Shifts]
) -> Iterator[Paradox]:
    """One for each enlargement tried, at the smallest value that costs a grant, and one for each such withdrawal."""
    for setting, value, shifts in costs:
        yield Paradox(setting=setting, nearest=value, shifts=shifts)
    for project, shifts in withdrawals.items():
        if any(lost_grants(shifts)):
            yield Paradox(withdrawn=project, shifts=shifts)
