"""Which phases of a project are granted, entry by entry.

A phase comes with a grant. It is lost with its project's grant, and comes back if that loss was a mistake. If the grant
that it came with was a mistake, it never was granted.
"""

from dataclasses import dataclass, field

from allocator.ledger.book import IN_FORCE
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.reading import GRANTS, LOST
from allocator.records import ProjectId


@dataclass(slots=True)
class Phases:
    """The phases of each project, behind the entries taken so far.

    What was written before them is not known: a loss among it that is reversed brings no phase back here.
    """

    granted: dict[ProjectId, frozenset[int]] = field(default_factory=dict[ProjectId, frozenset[int]])
    came: dict[tuple[str, ProjectId], frozenset[int]] = field(
        default_factory=dict[tuple[str, ProjectId], frozenset[int]]
    )  # by the run that granted them
    made: dict[int, str] = field(default_factory=dict[int, str])  # number of a draw or a step to a grant -> its run
    lost: dict[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])  # by the number of the loss

    def take(self, entry: Entry, seq: int, run: str) -> None:
        """One more entry, with its number and its run."""
        project = entry.project
        if entry.reverses:
            self.reverse(project, entry.reverses)
            if entry.from_state in IN_FORCE and entry.to_state not in IN_FORCE:
                self.granted.pop(project, None)
        elif entry.kind is EntryKind.PHASE:
            self.came[run, project] = self.came.get((run, project), frozenset()) | {entry.phase}
            self.granted[project] = self.granted.get(project, frozenset()) | {entry.phase}
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
            if rest := self.granted.pop(project, frozenset()) - void:
                self.granted[project] = rest
