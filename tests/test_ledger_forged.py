"""Books that a wrong program wrote, sealed and whole in every trace: verify knows the rules, not the seals alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from ledger_story import MU
from sqlalchemy import delete, select, update
from tampering import Vandal, recount_balances, recount_standings, restamp

from allocator.ledger import schema

ENTRIES = schema.entries
LAST_RUN = range(64, 72)


@pytest.fixture
def vandal(ledger_url: str) -> Iterator[Vandal]:
    vandal = Vandal(ledger_url)
    yield vandal
    vandal.engine.dispose()


def forge(vandal: Vandal, changes: dict[int, dict[str, Any]], *, day: str = "", gap: int = 0) -> set[str]:
    """Change entries, or the last run's day, or take an entry out; put all else right; the codes of what is found."""
    with vandal.at_work() as connection:
        for seq, values in changes.items():
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq == seq).values(values))
        if day:
            connection.execute(update(ENTRIES).where(ENTRIES.c.seq.in_(LAST_RUN)).values(booked_on=day))
            connection.execute(update(schema.runs).filter_by(before_seq=LAST_RUN[0] - 1).values(as_of=day))
        if gap:
            connection.execute(delete(ENTRIES).where(ENTRIES.c.seq == gap))
        recount_balances(connection)
        recount_standings(connection)
        restamp(connection, everything=True)
        return {finding.code for finding in vandal.found(connection)}


def test_forged_books_without_a_fault_are_whole(vandal: Vandal) -> None:
    assert forge(vandal, {}) == set()
    assert forge(vandal, {40: {"note": "another"}}) == set()


def test_what_breaks_a_rule_is_found_though_every_seal_is_right(vandal: Vandal) -> None:
    with vandal.at_work() as connection:
        said = (ENTRIES.c.seq, ENTRIES.c.kind, ENTRIES.c.project, ENTRIES.c.indicator, ENTRIES.c.to_state)
        seqs = {row[1:]: row.seq for row in connection.execute(select(*said).order_by(ENTRIES.c.seq))}
    assert seqs["release", "", "plan", None] == 71
    waits = seqs["transition", "P-六", None, "WAITLISTED"]
    granted = seqs["transition", "P-3", None, "GRANTED"]
    plan = seqs["grant", "P-3", "plan", None]
    back = seqs["reversal", "P-2", "area", None]
    again = seqs["reversal", "P-2", None, "GRANTED"]
    from_outside = {"source": "outside:plan", "target": "plan:key.industry", "quantity": 42 * MU}

    assert forge(vandal, {}, day="2026-04-01") == {"DAY_BACK"}
    assert forge(vandal, {71: {"occurred_on": "2026-06-31"}}) == {"NOT_A_DAY"}
    assert forge(vandal, {}, gap=70) >= {"NUMBER_GAP"}
    assert forge(vandal, {waits: {"to_state": "DEBITED"}}) == {"NOT_LISTED"}
    assert forge(vandal, {granted: {"from_state": "WAITLISTED"}}) == {"STATE_BEFORE"}
    assert forge(vandal, {1: {"quantity": 50 * MU}, 71: from_outside}) == {"BELOW_ZERO"}
    assert forge(vandal, {back: {"quantity": 10 * MU}}) == {"NOT_THE_CONTRARY"}
    assert forge(vandal, {again: {"reverses": again - 1}}) >= {"NOT_THE_CONTRARY", "NOT_THE_LAST_STATE"}
    assert forge(vandal, {plan: {"project": "P-4"}}) == {"ACCOUNT_OF_ANOTHER"}
    assert forge(vandal, {71: {"indicator": "area"}}) == {"ACCOUNT_UNKNOWN"}
    assert forge(vandal, {71: {"kind": "event"}}) == {"HALF_AN_ENTRY"}
    assert forge(vandal, {64: {"event": "2026-06-02|paid|P-1||卷1"}}) == {"EVENT_DIFFERS"}
