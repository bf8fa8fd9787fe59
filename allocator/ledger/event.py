"""One thing that happened, as it was reported, and the key by which the books know it again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from allocator.problems import Place
from allocator.quantities import Indicator, plain
from allocator.records import ProjectId


class EventKind(StrEnum):
    """What can happen to a project, a county or the year's quota; the value is the name used in files."""

    WITHDRAW = "withdraw"
    MATERIALS_FILED = "materials_filed"
    APPROVAL_ISSUED = "approval_issued"
    PAID = "paid"
    TRANSFERRED = "transferred"
    RECALL = "recall"
    EXTRA_QUOTA = "extra_quota"
    PENALTY = "penalty"
    NEGATIVE_LIST = "negative_list"
    PIN = "pin"
    UNPIN = "unpin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One row of an events file."""

    occurred_on: date
    kind: EventKind
    project_id: ProjectId = ""  # of a penalty or the negative list a project or a county; "" of extra quota
    quantity: int | None = None  # grid units of plan; None: the cell is empty
    document: str = ""
    note: str = ""
    place: Place = field(default_factory=Place, compare=False)  # the cell of the day
    cells: dict[str, Place] = field(default_factory=dict[str, Place], compare=False)  # column -> its cell in this row

    @property
    def quantity_mu(self) -> str:
        """The quantity as an exact plain decimal; "" for none."""
        return "" if self.quantity is None else plain(self.quantity, Indicator.PLAN.grid)

    @property
    def key(self) -> str:
        """What tells this event from every other: `2026-05-04|withdraw|P001||文号`."""
        day = self.occurred_on.isoformat()
        return "|".join((day, self.kind.value, self.project_id, self.quantity_mu, self.document))

    def at(self, column: str) -> Place:
        """The cell of a column; the row's first where the column does not stand in the file."""
        return self.cells.get(column, self.place)


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """The order of acting: by day, then by project or county, extra quota last, whatever its place in a file.

    Those of one project on one day act in the order of their rows: an unpin and a pin mean something else turned round.
    """
    return tuple(sorted(events, key=lambda event: (event.occurred_on, not event.project_id, event.project_id)))


GRANT, DENY = "grant", "deny"
VERDICTS = {"grant": GRANT, "准予": GRANT, "deny": DENY, "不予": DENY}
"""How the note of a pin begins, and what was decided; an empty note grants."""


def verdict(note: str) -> str:
    """What a pin decides, `grant` or `deny`; "" when its note does not say."""
    text = note.strip().casefold()
    return next((said for word, said in VERDICTS.items() if text.startswith(word)), "" if text else GRANT)
