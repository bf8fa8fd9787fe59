"""What a project writes into the books when it loses its grant: everything it holds goes back to whom it came from.

What is linked to a land-approval file stays (QN-12.3). Requests that were on their way begin again (`life.toml`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from allocator.ledger import life
from allocator.ledger.accounts import of_project
from allocator.ledger.book import ACCEPTED, Book
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.records import ProjectId

GRANT_LOST = "grant_lost"
"""The event by which a request begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When something happened, when it is written down, by whom, and on what paper."""

    booked_on: date
    occurred_on: date
    actor: str
    document: str = ""


def give_back(book: Book, project: ProjectId, *, to_state: str, rule: str, reason: str, day: Day) -> list[Entry]:
    """The entries by which a project loses its grant and goes to `to_state`; raises `life.NotListed`.

    First a RETURN for each account it drew on, of all that is not linked; then its requests back to ACCEPTED; then the
    application's own step.
    """
    county = book.counties[project]
    returned = [
        Entry(
            kind=EntryKind.RETURN,
            rule=rule,
            reason=reason,
            booked_on=day.booked_on,
            occurred_on=day.occurred_on,
            actor=day.actor,
            document=day.document,
            project=project,
            county=county,
            indicator=held.indicator.value,
            source=of_project(project, held.indicator).account_id,
            target=held.account_id,
            quantity=held.quantity,
            tier=held.tier,
        )
        for held in book.holdings.get(project, ())
    ]
    last = turn(book, project, to_state, day=day, rule=rule, reason=reason)
    return [*returned, *begun_again(book, project, day), last]


def begun_again(book: Book, project: ProjectId, day: Day) -> Iterator[Entry]:
    """The steps by which the project's open requests go back to where a later grant takes them up."""
    for track in Track:
        before = book.state(project, track)
        if before in life.befores(track, GRANT_LOST):
            yield turn(book, project, ACCEPTED, day=day, track=track, reason=GRANT_LOST.upper())


def turn(
    book: Book,
    project: ProjectId,
    to_state: str,
    *,
    day: Day,
    reason: str,
    rule: str = "",
    track: Track = Track.APPLICATION,
    from_state: str | None = None,
) -> Entry:
    """One step of a life, from the state in the books unless another is given; raises `life.NotListed`."""
    before = book.state(project, track) if from_state is None else from_state
    listed = life.rule_of(track, before, to_state)
    return Entry(
        kind=EntryKind.TRANSITION,
        rule=rule or listed,
        reason=reason,
        booked_on=day.booked_on,
        occurred_on=day.occurred_on,
        actor=day.actor,
        document=day.document,
        project=project,
        county=book.counties[project],
        track=track.value,
        from_state=before,
        to_state=to_state,
    )
