"""A writer for tests of many at once: `python spending.py URL NUMBER` takes from a share again and again."""

import sys
from contextlib import suppress

from ledger_story import APPROVED, MU, move, own

from allocator.ledger import journal
from allocator.ledger.database import connect
from allocator.ledger.entry import EntryKind
from allocator.ledger.refusals import Refused
from allocator.quantities import Indicator

SHARE, TURNS, WANTED = "plan:key.industry", 8, 5


def spend(url: str, project: str) -> int:
    """How often it succeeded; every other time it looks first."""
    target = own(project, Indicator.PLAN)
    take = move(EntryKind.GRANT, APPROVED, SHARE, target, WANTED, Indicator.PLAN, project=project)
    taken = 0
    with connect(url) as database:
        for turn in range(TURNS):
            with suppress(Refused), database.writing() as connection:
                if turn % 2 and journal.balances(connection)[SHARE] < WANTED * MU:
                    continue
                journal.append(connection, [take], command="approve", as_of=APPROVED, asked=project)
                taken += 1
    return taken


if __name__ == "__main__":
    sys.stdout.write(f"{spend(sys.argv[1], sys.argv[2])}\n")
