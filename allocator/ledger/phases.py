"""Which phases of a project are granted, and when, entry by entry.

A phase comes with a grant. It is lost with its project's grant, and comes back if that loss was a mistake. If the grant
that it came with was a mistake, it never was granted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from allocator.ledger.book import IN_FORCE, Book
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.reading import GRANTS, LOST
from allocator.records import ProjectId

Days = Mapping[int, date]
"""Phase -> the day on which it was granted."""


@dataclass(slots=True)
class Phases:
    """The phases of each project, behind the entries taken so far.

    What was written before them is not known: a loss among it that is reversed brings no phase back here.
    """

    granted: dict[ProjectId, Days] = field(default_factory=dict[ProjectId, Days])
    came: dict[tuple[str, ProjectId], frozenset[int]] = field(
        default_factory=dict[tuple[str, ProjectId], frozenset[int]]
    )  # by the run that granted them
    made: dict[int, str] = field(default_factory=dict[int, str])  # number of a draw or a step to a grant -> its run
    lost: dict[int, Days] = field(default_factory=dict[int, Days])  # by the number of the loss

    @classmethod
    def of(cls, book: Book) -> "Phases":
        """Those of a book, each as if granted with the last of its project, which is the day that counts."""
        return cls(granted={p: dict.fromkeys(phases, book.phased_on[p]) for p, phases in book.phases.items()})

    def numbers(self) -> Mapping[ProjectId, frozenset[int]]:
        """The phases of each project."""
        return {project: frozenset(days) for project, days in self.granted.items()}

    def last_days(self) -> Mapping[ProjectId, date]:
        """When the last phase of each project was granted."""
        return {project: max(days.values()) for project, days in self.granted.items()}

    def take(self, entry: Entry, seq: int, run: str) -> None:
        """One more entry, with its number and its run."""
        project = entry.project
        if entry.reverses:
            self.reverse(project, entry.reverses)
            if entry.from_state in IN_FORCE and entry.to_state not in IN_FORCE:
                self.granted.pop(project, None)
        elif entry.kind is EntryKind.PHASE:
            self.came[run, project] = self.came.get((run, project), frozenset()) | {entry.phase}
            self.granted[project] = {**self.granted.get(project, {}), entry.phase: entry.occurred_on}
        elif entry.kind is EntryKind.GRANT or entry.to_state in GRANTS:
            self.made[seq] = run
        elif entry.track == Track.APPLICATION and entry.to_state in LOST and project in self.granted:
            self.lost[seq] = self.granted.pop(project)

    def reverse(self, project: ProjectId, seq: int) -> None:
        """The entry with this number was a mistake."""
        if seq in self.lost:
            self.granted[project] = self.lost[seq]
        elif seq in self.made:
            void = self.came.get((self.made[seq], project), frozenset())
            days = self.granted.pop(project, {})
            if rest := {phase: day for phase, day in days.items() if phase not in void}:
                self.granted[project] = rest
