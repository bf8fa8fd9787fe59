"""QY-9.1: what the committee decided beforehand: which projects are granted, and which are not.

Pins and phases are decisions and facts, not rules of a policy: they hold as soon as their table stands.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from allocator.check_problems import cell, error
from allocator.outcome import Decision, Failure, Order
from allocator.pin_checks import RULE
from allocator.policy import Policy
from allocator.posted import Posted
from allocator.problems import Problem
from allocator.records import FLEX, Pin, ProjectId, Tables
from allocator.shares import divide
from models.instance import FROM_RESERVE, FROM_SHARE

GRANT, DENY = "grant", "deny"


def pinned(tables: Tables, decision: str) -> Mapping[ProjectId, Pin]:
    """The projects that are granted (`grant`) or denied (`deny`) beforehand, each with its first pin."""
    return MappingProxyType({pin.project_id: pin for pin in reversed(tables.pins) if pin.pin == decision})


def denial(pin: Pin) -> Failure:
    """What a denied project fails: the committee."""
    facts = {"reason": pin.reason, "document": pin.document}
    return Failure(reason="DENIED", rule=RULE, outcome=Decision.REJECTED, facts=facts)


def unfit(failures: Mapping[ProjectId, tuple[Failure, ...]], tables: Tables) -> Iterator[Problem]:
    """An error for each project that is to be granted and that failed a gate; the first gate it failed is named."""
    for project, pin in pinned(tables, GRANT).items():
        for failure in failures.get(project, ())[:1]:
            yield error("PIN_FAILS_GATE", cell(pin, "pin"), project, failure.rule, gate=failure.reason)


def hold(
    order: Order, tables: Tables, policy: Policy, total: int, posted: Posted | None = None
) -> Mapping[ProjectId, int]:
    """The round on which each pinned grant is booked: its own share while that holds it whole, else the reserve.

    Pins are booked in overall order, all together. Whether the reserve holds them, and whether their other needs have
    a source, is not asked here: what cannot be held is a contradiction.
    """
    left = {leaf: share.budget for leaf, share in divide(total, policy, posted).items()}
    granted = pinned(tables, GRANT)
    booked: dict[ProjectId, int] = {}
    for placed in order.places:
        candidate = placed.candidate
        if candidate.project_id in granted:
            leaf = candidate.application.category
            fits = leaf != FLEX and candidate.plan <= left[leaf]
            booked[candidate.project_id] = FROM_SHARE if fits else FROM_RESERVE
            left[leaf if fits else FLEX] -= candidate.plan
    return booked
