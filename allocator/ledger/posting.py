"""From an answer to the entries that carry it out: grants with their draws, and each step of section D."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from allocator.books import plan_account
from allocator.ledger.accounts import FARMLAND, OUTSIDE, of_project
from allocator.ledger.book import ACCEPTED, FILED, PENALTY_CEILING, RECALLED, RETURNED, SUBMITTED, WAITLISTED, Book
from allocator.ledger.entry import Entry, EntryKind, Track
from allocator.ledger.life import rule_of
from allocator.ledger.returns import Day, begun_again, give_back
from allocator.outcome import Allocation, Decided, Decision, Draw, Run
from allocator.penalties import cuts_of
from allocator.policy import in_force
from allocator.quantities import Indicator, amount, plain
from allocator.records import FLEX, AccountId, Application, CountyCode, Kind, ProjectId
from allocator.solve import RecountFailed

Move = tuple[Indicator, AccountId, AccountId, int]
"""What is moved, from which account, to which, and how much (grid units)."""

APPROVED = "QY-9.1"
"""The rule by which a plan takes effect, and by which alone a grant is taken back for a better plan."""
REPLACED = "QY-10.3"
ADJUSTED = "QY-12.2"
RESIDUAL = "QY-5.4"

REFUSED = (Decision.REJECTED, Decision.RETURNED, Decision.ROUTED)

REACHED = {
    Track.FARMLAND: ("PLAN_APPROVED",),
    Track.BOUNDARY: ("PLAN_APPROVED", "TRANSFER_PENDING"),
}
"""How far the approval of a plan takes a request."""


@dataclass(slots=True, kw_only=True)
class Drafting:
    """The entries of one plan while they are written."""

    book: Book
    day: Day
    counties: Mapping[ProjectId, CountyCode]
    place: int  # the last one in the approved order
    entries: list[Entry] = field(default_factory=list[Entry])
    stands: dict[tuple[ProjectId, str], str] = field(default_factory=dict[tuple[ProjectId, str], str])  # by track

    def state(self, project: ProjectId, track: Track = Track.APPLICATION) -> str:
        """The state after what is written so far."""
        return self.stands.get((project, track.value)) or self.book.state(project, track)

    def add(self, entries: Iterable[Entry]) -> None:
        """Entries as they are."""
        for entry in entries:
            self.entries.append(entry)
            if entry.is_transition:
                self.stands[entry.project, entry.track] = entry.to_state

    def write(
        self, kind: EntryKind, rule: str, reason: str, project: ProjectId = "", county: CountyCode = "", **said: Any
    ) -> None:
        """One entry of this plan, of a project or of a county."""
        entry = Entry(
            kind=kind,
            rule=rule,
            reason=reason,
            booked_on=self.day.booked_on,
            occurred_on=self.day.occurred_on,
            actor=self.day.actor,
            document=self.day.document,
            project=project,
            county=county or self.counties.get(project, ""),
            **said,
        )
        self.add([entry])

    def move(self, kind: EntryKind, rule: str, reason: str, move: Move, project: ProjectId = "", **said: Any) -> None:
        """One move of an indicator."""
        indicator, source, target, quantity = move
        route = {"indicator": indicator.value, "source": source, "target": target, "quantity": quantity}
        self.write(kind, rule, reason, project, **route, **said)

    def walk(self, project: ProjectId, track: Track, *after: str, reason: str, rule: str = "", note: str = "") -> None:
        """From the present state through these, each step under its rule, or all under `rule`."""
        for state in after:
            before = self.state(project, track)
            named = rule or rule_of(track, before, state)
            turn = {"track": track.value, "from_state": before, "to_state": state, "note": note}
            self.write(EntryKind.TRANSITION, named, reason, project, **turn)


def draft(
    allocation: Allocation,
    run: Run,
    book: Book,
    *,
    as_of: date,
    actor: str,
    taken: Collection[ProjectId] = (),
    late: Sequence[Application] = (),
    inputs: str = "",
) -> tuple[Entry, ...]:
    """What is to be posted for an answer to the question that `run` asked of the books without the grants `taken`.

    A project that is taken back and granted again keeps its state, and its deadlines; only what moves is written. One
    that is `late` was not in the year's plan when it was divided again (QY-12.2). `inputs` is the digest of the files
    that the plan puts in force, if they are others. Nothing is written where nothing changes.
    """
    asked = {application.project_id: application for application in (*run.tables.applications, *late)}
    written = Drafting(
        book=book,
        day=Day(booked_on=as_of, occurred_on=as_of, actor=actor),
        counties={**book.counties, **{project: row.county for project, row in asked.items()}},
        place=max(book.places.values(), default=0),
    )
    decided = {each.project_id: each for each in allocation.decided}
    draws: defaultdict[ProjectId, list[Draw]] = defaultdict(list)
    for draw in allocation.settlement.draws:
        draws[draw.project_id].append(draw)
    stay = frozenset(project for project in taken if project in decided and carries_on(decided[project], book))
    for project in sorted(frozenset(taken) - stay):
        lost = give_back(book, project, to_state=WAITLISTED, rule=APPROVED, reason="TAKEN_BACK", day=written.day)
        written.add(lost)
    for project in sorted(stay):
        give_back_the_rest(written, project, draws[project])
    level(written, book.without(taken), run, draws)
    line = [placed.candidate.project_id for placed in allocation.order.places]
    for project in (*line, *sorted(allocation.screening.failures)):
        turn(written, decided[project])
        grant(written, decided[project], draws[project], is_kept=project in stay)
    for application in late:
        refuse_late(written, application.project_id)
    note_ceilings(written, allocation, run)
    if written.entries or inputs:
        rule = ADJUSTED if book.is_recalled else REPLACED if book.is_planned else APPROVED
        written.write(EntryKind.RERANKED, rule, "RERANKED", note=inputs)
    return tuple(written.entries)


def is_idle(entries: Sequence[Entry]) -> bool:
    """Whether entries change nothing for any project: at most a share's rest goes to the reserve, or a cut is noted."""
    return all(entry.kind in (EntryKind.RELEASE, EntryKind.RERANKED, EntryKind.EVENT) for entry in entries)


def carries_on(decided: Decided, book: Book) -> bool:
    """Whether a grant taken back is made again, with at least the phases it had.

    One that is filed cannot get more of them, which would never fall due: it is granted anew, and files anew.
    """
    granted, had = {part.phase for part in decided.parts}, book.phases.get(decided.project_id, frozenset())
    grows = bool(had) and had < granted and book.state(decided.project_id) == FILED
    return bool(granted) and had <= granted and not grows


def give_back_the_rest(written: Drafting, project: ProjectId, draws: Sequence[Draw]) -> None:
    """What a project that is granted again no longer draws of an account; its requests begin again if they change."""
    wanted = by_account(draws)
    rest = [(held, held.quantity - wanted[held.account_id]) for held in written.book.holdings.get(project, ())]
    for held, more in rest:
        if more > 0:
            move = (held.indicator, of_project(project, held.indicator).account_id, held.account_id, more)
            written.move(EntryKind.RETURN, APPROVED, "DRAWN_ELSEWHERE", move, project, tier=held.tier)
    if any(more > 0 and held.indicator is not Indicator.PLAN for held, more in rest):
        written.add(begun_again(written.book, project, written.day))


def level(written: Drafting, after: Book, run: Run, draws: Mapping[ProjectId, Sequence[Draw]]) -> None:
    """Shares as the plan needs them: what they do not use goes to the reserve, what they lack comes from there.

    Only a plan that divides the year's total anew needs more of a share than its balance (QY-5.4).
    """
    used = by_account(draw for drawn in draws.values() for draw in drawn)
    reserve, rule = plan_account(FLEX), next((c for c in run.policy.flex.cites if c == RESIDUAL), run.policy.flex.rule)
    shares = {plan_account(pool): balance for pool, balance in after.plan_balances().items() if pool != FLEX}
    left = {account: balance - used[account] for account, balance in shares.items()}
    for account, rest in left.items():
        if rest > 0:
            written.move(EntryKind.RELEASE, rule, "SHARE_NOT_USED", (Indicator.PLAN, account, reserve, rest))
    for account, rest in left.items():
        if rest < 0:
            written.move(EntryKind.RELEASE, rule, "SHARE_MADE_WHOLE", (Indicator.PLAN, reserve, account, -rest))


def turn(written: Drafting, decided: Decided) -> None:
    """The steps of an application, from the state it is in to what was decided; none where it stays.

    The step to its rank notes its place in the order, which later replacements follow (QY-10.3).
    """
    project, application = decided.project_id, Track.APPLICATION
    if written.state(project) == "":
        written.walk(project, application, SUBMITTED, reason="ENTERED")
    if decided.decision not in REFUSED and written.state(project) == RETURNED:
        written.walk(project, application, SUBMITTED, reason="TAKEN_UP_AGAIN")
    if decided.decision in REFUSED:
        if written.state(project) == SUBMITTED:
            written.walk(project, application, decided.decision.name, reason=decided.reason, rule=decided.rule)
        return
    if written.state(project) == SUBMITTED:
        written.place += 1
        written.walk(project, application, ACCEPTED, "PRELIM_RANKED", reason="RANKED")
        written.walk(project, application, "RANKED", reason="PLACED", note=str(written.place))
    if written.state(project) == "RANKED":
        written.walk(project, application, "GRANTED" if decided.parts else WAITLISTED, reason=decided.reason)
    elif decided.parts and written.state(project) in (WAITLISTED, RECALLED):
        again = "REGRANTED" if written.book.is_recalled else "GRANTED"
        written.walk(project, application, again, reason=decided.reason)


def grant(written: Drafting, decided: Decided, draws: Sequence[Draw], *, is_kept: bool) -> None:
    """The phases, the draws and the requests of a grant; of one that is kept, only what it did not have before."""
    project, book = decided.project_id, written.book
    has = Counter({held.account_id: held.quantity for held in book.holdings.get(project, ()) if is_kept})
    for part in decided.parts:
        if part.phase and not (is_kept and part.phase in book.phases.get(project, ())):
            written.write(EntryKind.PHASE, decided.rule, decided.reason, project, phase=part.phase)
    for draw in draws:
        quantity = max(0, draw.quantity - has[draw.account_id])
        has[draw.account_id] -= draw.quantity - quantity
        if quantity:
            indicator = book.accounts[draw.account_id].indicator  # what stands in for another is moved as itself
            move = (indicator, draw.account_id, of_project(project, indicator).account_id, quantity)
            price = draw.unit_price_yuan or None
            due = amount(quantity, draw.indicator, price) if price else None
            said = {"tier": draw.tier, "unit_price_yuan": price, "amount_fen": due}
            written.move(EntryKind.GRANT, draw.rule, decided.reason, move, project, **said)
    for track in (Track.FARMLAND, Track.BOUNDARY):
        request(written, project, track, draws)


def note_ceilings(written: Drafting, allocation: Allocation, run: Run) -> None:
    """The most that each penalised county may have this year, once for the cuts that are in it (QY-14.3).

    A county of which nothing is granted and nothing competes has no quota to cut yet.
    """
    law, posted, grid = run.policy.penalty, run.posted, Indicator.PLAN.grid
    if law is None or posted is None or not in_force(law, run.as_of):
        return
    anew = {ceiling.county: ceiling.base for ceiling in allocation.ceilings}
    for county, cut in cuts_of(run.tables.penalties).items():
        ceiling = posted.most(county, anew.get(county, 0), cut), cut
        if written.book.ceilings.get(county) != ceiling and (county in anew or posted.granted.get(county)):
            note = "|".join(plain(quantity, grid) for quantity in ceiling)
            written.write(EntryKind.EVENT, law.rule, PENALTY_CEILING, county=county, note=note)


def by_account(draws: Iterable[Draw]) -> Counter[AccountId]:
    """What is drawn of each account."""
    drawn: Counter[AccountId] = Counter()
    for draw in draws:
        drawn[draw.account_id] += draw.quantity
    return drawn


def request(written: Drafting, project: ProjectId, track: Track, draws: Sequence[Draw]) -> None:
    """A request to the pool: it is there when a grant draws on more than its county's own store (QN-11.0)."""
    classes = FARMLAND if track is Track.FARMLAND else (Indicator.BOUNDARY,)
    county = written.counties[project]
    accounts = [written.book.accounts[draw.account_id] for draw in draws if draw.indicator in classes]
    asked = [row for row in accounts if row.kind != Kind.OWN.value or row.county != county]
    if not asked or written.state(project, track) not in ("", ACCEPTED):
        return
    if written.state(project, track) == "":
        written.walk(project, track, ACCEPTED, reason="REQUESTED")
    written.walk(project, track, *REACHED[track], reason="REQUESTED")
    if track is Track.FARMLAND and all(row.county == county for row in asked):
        written.walk(project, track, "AGREED", reason="NOTHING_TO_PAY")  # own pooled lots alone (QN-14.3)


def refuse_late(written: Drafting, project: ProjectId) -> None:
    """An application that is not in the year's plan (QY-12.2)."""
    if written.state(project) == "":
        written.walk(project, Track.APPLICATION, SUBMITTED, reason="ENTERED")
    written.walk(project, Track.APPLICATION, "REJECTED", reason="NOT_IN_YEAR_PLAN", rule=ADJUSTED)


def overdrawn(entries: Iterable[Entry], book: Book) -> tuple[AccountId, ...]:
    """The accounts of the books that these entries, one after another, would take below zero."""
    balances: defaultdict[AccountId, int] = defaultdict(int, book.balances)
    owing = {account for account, row in book.accounts.items() if row.kind == OUTSIDE}
    found: dict[AccountId, None] = {}
    for entry in entries:
        if entry.is_move:
            balances[entry.source] -= entry.quantity
            balances[entry.target] += entry.quantity
            if balances[entry.source] < 0 and entry.source not in owing:
                found[entry.source] = None
    return tuple(found)


def refuse_unfaithful(
    entries: Sequence[Entry], allocation: Allocation, book: Book, taken: Collection[ProjectId]
) -> None:
    """Recount a draft before anybody sees it; raises `RecountFailed` where it does not carry out the answer.

    What a project has in the end is what it had and kept, and what the answer draws; no account falls below zero.
    """
    has: Counter[tuple[ProjectId, AccountId]] = Counter()
    due: Counter[tuple[ProjectId, AccountId]] = Counter()
    for project in taken:
        for held in book.holdings.get(project, ()):
            has[project, held.account_id] += held.quantity
    for entry in entries:
        if entry.kind is EntryKind.GRANT:
            has[entry.project, entry.source] += entry.quantity
        elif entry.kind is EntryKind.RETURN:
            has[entry.project, entry.target] -= entry.quantity
    for draw in allocation.settlement.draws:
        due[draw.project_id, draw.account_id] += draw.quantity
    wrong = [f"{key}: {has[key]} entered, {due[key]} drawn" for key in {*has, *due} if has[key] != due[key]]
    wrong += [f"{account} falls below zero" for account in overdrawn(entries, book)]
    if wrong:
        raise RecountFailed(sorted(wrong), {"entries": [entry.as_row() for entry in entries]})
