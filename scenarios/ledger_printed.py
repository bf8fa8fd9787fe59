"""What `ledger init`, `propose` and `approve` print: lines for a person, plain data for a program."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from allocator.books import plan_account
from allocator.commands.conventions import SCHEMA_VERSION
from allocator.ledger.book import Book
from allocator.ledger.deadlines import due_when_granted
from allocator.ledger.entry import Entry, EntryKind
from allocator.ledger.posting import is_idle
from allocator.ledger.proposal import Proposal
from allocator.quantities import Indicator
from allocator.records import ProjectId
from allocator.report import terminal
from allocator.report.certificates import measure
from allocator.report.names import name
from allocator.words import Language, say
from scenarios.opening import Opened
from scenarios.proposing import Decision, Proposed

GRANTED = ("project_id", "plan_mu", "state", "due_on")
"""The columns of what an approval grants."""

KINDS = tuple(kind for kind in EntryKind if kind is not EntryKind.RERANKED)


def opened_facts(opened: Opened) -> Mapping[str, str | int]:
    """What was opened."""
    counts = Counter(entry.kind for entry in opened.entries)
    return {
        "db": opened.shown,
        "year": opened.run.year,
        "as_of": opened.run.as_of.isoformat(),
        "policy": opened.run.policy.name,
        "total_plan_mu": measure(opened.run.total, Indicator.PLAN),
        "accounts": counts[EntryKind.OPENING],
        "applications": counts[EntryKind.TRANSITION],
        "entries": len(opened.entries),
        "head": str(opened.head or ""),
    }


def opened_text(opened: Opened, language: Language) -> Iterator[str]:
    """The books that were opened: what came in, the shares, the head."""
    facts = opened_facts(opened)
    yield say("ledger.commands.opened", language, **facts)
    for entry in opened.entries:
        if entry.kind is EntryKind.SHARE:
            pool = name("categories", entry.target.removeprefix(plan_account("")), language)
            yield say("ledger.commands.share", language, pool=pool, plan=measure(entry.quantity, Indicator.PLAN))
    if opened.head:
        yield say("ledger.commands.head", language, head=opened.head)


def proposed_text(proposed: Proposed, language: Language) -> str:
    """The answer as `solve` prints it, then the proposal, and how it is approved."""
    considered, proposal = proposed.considered, proposed.proposal
    lines = [terminal.table(considered.allocation, considered.run, language)]
    lines += [say("ledger.commands.late", language, project=row.project_id) for row in considered.late]
    if proposal is None:
        lines += [say("ledger.commands.nothing_to_propose", language)]
    else:
        kind = say(f"ledger.kinds.{proposal.kind}", language)
        lines += [say("ledger.commands.proposal", language, proposal=proposal.id, kind=kind)]
        lines += [say("ledger.commands.only_files", language)] * is_idle(proposal.entries)
        lines += [say("ledger.commands.how_to_approve", language, proposal=proposal.id, day=proposal.as_of)]
    return "\n".join([*lines, say("ledger.commands.head", language, head=proposed.book.head)]) + "\n"


def proposed_json(proposed: Proposed, language: Language) -> str:
    """One document: the id of the proposal, or null and a word, and every decision with its reason."""
    considered, proposal = proposed.considered, proposed.proposal
    content = {
        "schema_version": SCHEMA_VERSION,
        "proposal": proposal.id if proposal else None,
        "word": proposal.kind if proposal else "nothing_to_propose",
        "mode": proposal.mode if proposal else "keep",
        "as_of": considered.run.as_of.isoformat(),
        "head": str(proposed.book.head),
        "total_plan_mu": measure(considered.run.total, Indicator.PLAN),
        "entries": len(proposal.entries) if proposal else 0,
        "decisions": list(decisions(proposed, language)),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def decisions(proposed: Proposed, language: Language) -> Iterator[Mapping[str, Any]]:
    """Each project that was in the line, and those that came too late for it."""
    considered = proposed.considered
    records = terminal.as_records(terminal.projects_table(considered.allocation, considered.run, language))
    yield from records
    for row in considered.late:
        yield {
            "project_id": row.project_id,
            "decision": "rejected",
            "granted_plan_mu": "0",
            "reason_code": "NOT_IN_YEAR_PLAN",
            "rule": "QY-12.2",
            "reason": say("ledger.reasons.NOT_IN_YEAR_PLAN", language),
        }


def proposed_csv(proposed: Proposed, language: Language) -> str:
    """The rows of `allocation.csv`."""
    return terminal.as_csv(proposed.considered.allocation, proposed.considered.run, language)


def granted_plan(proposal: Proposal) -> Mapping[ProjectId, int]:
    """Project -> plan that the proposal moves to it, grid units; 0 for one that only gets other indicators."""
    granted: Counter[ProjectId] = Counter()
    for entry in proposal.entries:
        if is_grant(entry) or entry.kind is EntryKind.GRANT:
            granted[entry.project] += entry.quantity if entry.indicator == Indicator.PLAN.value else 0
    return granted


def is_grant(entry: Entry) -> bool:
    """Whether an application is granted by it."""
    return entry.to_state in ("GRANTED", "REGRANTED")


def granted_rows(decision: Decision, on: date) -> list[Mapping[str, str]]:
    """Whom an approval grants, how much, and until when the approval materials are due (QY-11.1)."""
    turned = {entry.project: entry.to_state for entry in decision.proposal.entries if is_grant(entry)}
    rows: list[Mapping[str, str]] = []
    for project, plan in granted_plan(decision.proposal).items():
        state, policy = turned.get(project, ""), decision.policy
        due = due_when_granted(decision.book, state, on, policy) if policy and state else None
        rows.append(
            {
                "project_id": project,
                "plan_mu": measure(plan, Indicator.PLAN),
                "state": state,
                "due_on": due.isoformat() if due else "",
            }
        )
    return rows


def question(loaded: tuple[Proposal, Book], on: date, document: str, language: Language) -> str:
    """What is asked before a proposal is posted."""
    proposal, _ = loaded
    plan = granted_plan(proposal)
    facts = {"proposal": proposal.id, "day": on.isoformat(), "document": document, "projects": len(plan)}
    return say("ledger.commands.approve_it", language, plan=measure(sum(plan.values()), Indicator.PLAN), **facts)


def approved_text(decision: Decision, on: date, language: Language) -> Iterator[str]:
    """What was posted, the clocks that started, and the head."""
    counts = Counter(entry.kind for entry in decision.proposal.entries)
    yield say("ledger.commands.approved", language, proposal=decision.proposal.id, day=on.isoformat())
    for kind in KINDS:
        if counts[kind]:
            yield say(
                "ledger.commands.posted", language, kind=say(f"ledger.entries.{kind}", language), count=counts[kind]
            )
    for row in granted_rows(decision, on):
        line = "granted_until" if row["due_on"] else "granted"
        yield say(f"ledger.commands.{line}", language, **row)
    yield say("ledger.commands.head", language, head=decision.head)


def approved_facts(decision: Decision, on: date) -> Mapping[str, Any]:
    """The same as plain data."""
    counts = Counter(entry.kind.value for entry in decision.proposal.entries)
    return {
        "proposal": decision.proposal.id,
        "day": on.isoformat(),
        "head": str(decision.head),
        "entries": dict(sorted(counts.items())),
        "granted": granted_rows(decision, on),
    }
