"""Many processes write into the same books at once, and one reads: nothing is spent twice, nothing is seen half.

Eight processes with 25 operations each, with `LANDQUOTA_FAULTS=1` 200 each.
"""

from collections import Counter
from pathlib import Path

import pytest
from fault_writers import REFUSALS
from fault_year import write_crowd
from faults import MORE, Books, Warm, approval, propose

from allocator.commands.conventions import Exit

pytestmark = pytest.mark.faults
pytest_plugins = ["fault_fixtures"]

PROCESSES, OPERATIONS, PROJECTS = 8, 200 if MORE else 25, 600 if MORE else 120
DONE = {"withdrawn", "approved"}


def test_many_writers_at_once_spend_nothing_twice_and_no_reader_sees_half_a_run(
    warm: Warm, risked: Books, tmp_path: Path
) -> None:
    scenario = write_crowd(tmp_path, PROJECTS)
    assert warm.run(["ledger", "init", str(scenario), "--db", risked.url]).exit == Exit.DONE
    assert warm.run(approval(risked, propose(warm, risked))).exit == Exit.DONE
    before = len(risked.contents()["decisions"])
    stop = tmp_path / "stop"
    reader = warm.start("fault_writers:read", risked.url, str(stop))
    writers = [warm.start("fault_writers:write", risked.url, name, OPERATIONS) for name in range(PROCESSES)]
    seen = Counter[str]()
    for writer in writers:
        status, said, printed = warm.wait(writer)
        assert status == 0, printed
        seen.update(said)
    stop.touch()
    status, reads, printed = warm.wait(reader)
    assert status == 0, printed
    print(f"\n{dict(seen)}; {reads} reads")
    risked.check()
    assert seen.total() == PROCESSES * OPERATIONS
    assert seen.keys() <= DONE | REFUSALS | {"nobody left", "nothing to propose"}
    with risked.outside() as connection:
        (withdrawn,) = connection.execute("SELECT COUNT(*) FROM entries WHERE event LIKE '%|withdraw|%'").fetchone()
        (turned,) = connection.execute("SELECT COUNT(*) FROM entries WHERE to_state = 'WITHDRAWN'").fetchone()
        (projects,) = connection.execute(
            "SELECT COUNT(DISTINCT project) FROM entries WHERE to_state = 'WITHDRAWN'"
        ).fetchone()
    assert seen["withdrawn"] == withdrawn == turned == projects > 0
    assert seen["approved"] == len(risked.contents()["decisions"]) - before
    assert reads > 0
    assert seen.keys() & REFUSALS, "nobody was ever in another's way"
    status, alone, printed = warm.wait(warm.start("fault_writers:write", risked.url, PROCESSES, 20))
    assert status == 0, printed
    assert not alone.keys() & REFUSALS
    risked.check()
