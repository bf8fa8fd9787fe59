"""Answer a mistake by contrary entries: nothing in the books is ever changed or taken out.

What one step wrote for a project (an event and what it brought about, or an approval) is reversed whole, the newest
entry first, or not at all. What was recorded as a fact stays recorded: an event keeps its key.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from allocator.ledger import accounts, schema
from allocator.ledger.entry import Entry, EntryKind
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.quantities import Indicator, plain
from allocator.records import AccountId

CORRECTED = "CORRECTED"
"""The reason of every reversal; why in words stands in its note."""

OPENED = frozenset({EntryKind.OPENING, EntryKind.SHARE})
"""What only the opening of the books writes. Nothing could bring in again what was taken out of them."""

PRICES = ("unit_price_yuan", "amount_fen")
"""The columns in which NULL does not stand for an empty text."""

COLUMNS = ("entry", "reverses", "project", "from", "to", "quantity", "indicator")
"""The columns of reversals as CSV."""

Row = Mapping[str, Any]


@dataclass(slots=True)
class Restored:
    """The books as the reversals so far leave them."""

    owing: frozenset[AccountId]  # accounts that may fall below zero
    balances: dict[AccountId, int] = field(default_factory=dict[AccountId, int])
    states: dict[tuple[str, str], list[Row]] = field(default_factory=dict[tuple[str, str], list[Row]])  # in force


def draft_reversals(
    connection: Connection, numbers: Collection[int], *, on: date, document: str, reason: str, actor: str
) -> tuple[Entry, ...]:
    """The entries that take back those with these numbers, newest first; nothing is written.

    A transition back carries the day on which the restored state began, so that deadlines count as if the mistake had
    not happened; a move back carries the day of the move. Both are booked `on` the day of the correction.

    Raises InputRejected with every reason against it: a number that is not there, a fact, a reversal, what is reversed
    already, what the books were opened with, a step only in part, a state that is no longer the present one, a balance
    that would fall below zero.
    """
    rows = {number: row for number in set(numbers) if (row := _entry(connection, number))}
    problems = [_problem("REVERSE_UNKNOWN", number) for number in sorted(set(numbers) - set(rows))]
    last = connection.scalar(select(schema.entries.c.booked_on).order_by(schema.entries.c.seq.desc()).limit(1))
    if last and on.isoformat() < last:
        problems.append(_problem("REVERSE_BEFORE_LAST", 0, value=on.isoformat(), last=last))
    restored = _now(connection, rows.values())
    entries: list[Entry] = []
    for number in sorted(rows, reverse=True):
        row = rows[number]
        found = [*_refused(connection, row)] or [*_missing(connection, row, rows)] or [*_taken_back(restored, row)]
        problems += found
        if not found:
            entries.append(_contrary(row, restored, on=on, document=document, note=reason, actor=actor))
    if problems:
        raise InputRejected(problems)
    return tuple(entries)


def _entry(connection: Connection, number: int) -> Row | None:
    found = connection.execute(select(schema.entries).where(schema.entries.c.seq == number)).mappings().first()
    return dict(found) if found else None


def _problem(code: str, number: int, *, value: str = "", **facts: str) -> Problem:
    return Problem(
        code=code,
        severity=Severity.ERROR,
        place=Place(sheet="entries", cell=str(number) if number else ""),
        value=value or str(number),
        facts=facts,
        rule="QN-21.1",
    )


def _now(connection: Connection, rows: Collection[Row]) -> Restored:
    """The present balances, and the states in force of the projects that are touched."""
    held, known = schema.balances.c, schema.accounts.c
    owing = connection.scalars(select(known.account_id).where(known.kind == accounts.OUTSIDE))
    restored = Restored(owing=frozenset(owing))
    present = connection.execute(select(held.account_id, held.balance))
    restored.balances = {row.account_id: row.balance for row in present}
    entries = schema.entries.c
    for project in sorted({row["project"] for row in rows if row["track"] is not None}):
        turned = select(schema.entries).where((entries.project == project) & (entries.track.is_not(None)))
        for turn in connection.execute(turned.order_by(entries.seq)).mappings():
            in_force = restored.states.setdefault((project, turn["track"]), [])
            if turn["reverses"] is None:
                in_force.append(dict(turn))
            else:
                in_force.pop()
    return restored


def _refused(connection: Connection, row: Row) -> Iterator[Problem]:
    """What can be said of one entry alone."""
    entries, number = schema.entries.c, row["seq"]
    answer = connection.scalar(select(entries.seq).where(entries.reverses == number))
    if row["reverses"] is not None:
        yield _problem("REVERSE_REVERSAL", number, original=str(row["reverses"]))
    elif row["indicator"] is None and row["track"] is None:
        brought = " ".join(map(str, _step(connection, row))) if row["kind"] == EntryKind.EVENT else ""
        yield _problem("REVERSE_FACT", number, kind=row["kind"], brought=brought)
    elif answer is not None:
        yield _problem("REVERSE_TWICE", number, answer=str(answer))
    elif row["kind"] in OPENED:
        yield _problem("REVERSE_OPENING", number, account=row["target"])
    elif row["from_state"] == "":
        yield _problem("REVERSE_FIRST_STATE", number, project=row["project"])


def _missing(connection: Connection, row: Row, rows: Mapping[int, Row]) -> Iterator[Problem]:
    """Entries of the same step that are not named, told once, at the first that is."""
    step = _step(connection, row)
    missing = [number for number in step if number not in rows]
    if missing and row["seq"] == min(number for number in step if number in rows):
        yield _problem("REVERSE_IN_PART", row["seq"], missing=" ".join(map(str, missing)))


def _step(connection: Connection, row: Row) -> list[int]:
    """The moves and transitions, not reversed, that the run wrote for the project between two reports of events.

    What belongs to no project (a share, extra quota) is a step by itself.
    """
    entries, answers = schema.entries.c, schema.entries.alias("answers")
    wrote = connection.execute(
        select(entries.seq, entries.kind, entries.indicator, entries.track, answers.c.seq.label("answer"))
        .join_from(schema.entries, answers, answers.c.reverses == entries.seq, isouter=True)
        .where((entries.run == row["run"]) & (entries.project == row["project"]))
        .where(entries.reverses.is_(None) & ((entries.from_state.is_(None)) | (entries.from_state != "")))
        .order_by(entries.seq)
    ).all()
    begins = max((one.seq for one in wrote if one.kind == EntryKind.EVENT and one.seq <= row["seq"]), default=0)
    ends = min((one.seq for one in wrote if one.kind == EntryKind.EVENT and one.seq > row["seq"]), default=None)
    return [
        one.seq
        for one in wrote
        if begins < one.seq
        and (ends is None or one.seq < ends)
        and one.answer is None
        and (one.indicator is not None or one.track is not None)
        and (row["project"] or one.seq == row["seq"])
    ]


def _taken_back(restored: Restored, row: Row) -> Iterator[Problem]:
    """Take the entry back in `restored`, or say why that cannot be."""
    if row["track"] is not None:
        in_force = restored.states[row["project"], row["track"]]
        if not in_force or in_force[-1]["seq"] != row["seq"]:
            present = in_force[-1] if in_force else row
            yield _problem(
                "REVERSE_STATE_LEFT",
                row["seq"],
                project=row["project"],
                state=present["to_state"],
                last=str(present["seq"]),
            )
            return
        in_force.pop()
        return
    left = restored.balances.get(row["target"], 0) - row["quantity"]
    if left < 0 and row["target"] not in restored.owing:
        indicator = Indicator(row["indicator"])
        yield _problem(
            "REVERSE_BELOW_ZERO",
            row["seq"],
            account=row["target"],
            quantity=plain(row["quantity"], indicator.grid),
            balance=plain(left + row["quantity"], indicator.grid),
            unit=indicator.unit,
        )
        return
    restored.balances[row["target"]] = left
    restored.balances[row["source"]] = restored.balances.get(row["source"], 0) + row["quantity"]


def _contrary(row: Row, restored: Restored, *, on: date, document: str, note: str, actor: str) -> Entry:
    told = {name: "" if value is None and name not in PRICES else value for name, value in row.items()}
    original = Entry.of_row(told | {"reverses": 0})
    occurred_on = original.occurred_on
    if original.is_transition:
        occurred_on = date.fromisoformat(restored.states[original.project, original.track][-1]["occurred_on"])
    return replace(
        original,
        kind=EntryKind.REVERSAL,
        reason=CORRECTED,
        booked_on=on,
        occurred_on=occurred_on,
        actor=actor,
        document=document,
        note=note,
        source=original.target,
        target=original.source,
        from_state=original.to_state,
        to_state=original.from_state,
        reverses=row["seq"],
    )


def as_row(entry: Entry, number: int) -> dict[str, str]:
    """A reversal with its number as plain data: what went back where, or which state became which."""
    return {
        "entry": str(number),
        "reverses": str(entry.reverses),
        "project": entry.project,
        "from": entry.source or entry.from_state,
        "to": entry.target or entry.to_state,
        "quantity": plain(entry.quantity, Indicator(entry.indicator).grid) if entry.is_move else "",
        "indicator": entry.indicator,
    }
