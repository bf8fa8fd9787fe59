"""The predicates a policy's gates may name: each looks at one application and says what is wrong with it, if anything.

A predicate knows no jurisdiction: tags, days and lists come from the gate's parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from allocator.gate_parameters import PARAMETERS, Conversion, Lists, Parameters, Tags, Window
from allocator.policy import Gate, Policy
from allocator.records import Application, ProjectId

Facts = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a predicate may look at besides the application."""

    year: int
    sectors: frozenset[str]
    listed: Mapping[ProjectId, frozenset[str]]  # project -> the lists that name it


def carries_none_of(application: Application, given: Tags, setting: Setting) -> Facts | None:  # noqa: ARG001
    """It carries none of the tags."""
    found = [tag for tag in given.tags if tag in application.tags]
    return {"tag": ";".join(found)} if found else None


def stands_in_the_ledger(application: Application, given: Parameters, setting: Setting) -> Facts | None:  # noqa: ARG001
    """It has a ledger entry, and not one of nothing while it asks for something."""
    empty = application.ledger is None or (application.ledger == 0 and application.plan > 0)
    return {"ledger": "" if application.ledger is None else "0"} if empty else None


def has_a_known_sector(application: Application, given: Parameters, setting: Setting) -> Facts | None:  # noqa: ARG001
    """It names one of the policy's sectors."""
    return None if application.sector in setting.sectors else {"sector": application.sector or ""}


def filed_in_time(application: Application, given: Window, setting: Setting) -> Facts | None:
    """It was not filed after the last day; an empty day is not tested, an early one counts as the first day."""
    last = given.last(setting.year)
    late = application.filed_on is not None and application.filed_on > last
    return {"filed_on": str(application.filed_on), "last_day": str(last)} if late else None


def is_listed(application: Application, given: Lists, setting: Setting) -> Facts | None:
    """One of the lists names it."""
    lists = setting.listed.get(application.project_id, frozenset())
    return None if lists.intersection(given.lists) else {"lists": ";".join(given.lists)}


def is_no_longer_preparatory(application: Application, given: Conversion, setting: Setting) -> Facts | None:
    """The earlier list does not name it, or the later one does as well."""
    lists = setting.listed.get(application.project_id, frozenset())
    return {"list": given.before} if given.before in lists and given.after not in lists else None


PREDICATES: Mapping[str, Callable[[Application, Any, Setting], Facts | None]] = {
    "carries_none_of": carries_none_of,
    "stands_in_the_ledger": stands_in_the_ledger,
    "has_a_known_sector": has_a_known_sector,
    "filed_in_time": filed_in_time,
    "is_listed": is_listed,
    "is_no_longer_preparatory": is_no_longer_preparatory,
}
"""The registry: the name a gate gives -> the test, and what it finds wrong (None: the application passes)."""


def parameters(gate: Gate) -> Any:
    """The gate's parameters as its predicate takes them; the loader has refused any that do not fit."""
    return PARAMETERS[gate.predicate].model_validate(gate.parameters)


def looks_at(gate: Gate, category: str) -> bool:
    """Whether the gate tests this category: all of them, or a leaf, or every leaf of a group."""
    return not gate.categories or category in gate.categories or category.partition(".")[0] in gate.categories


def windows(policy: Policy) -> tuple[tuple[Gate, Window], ...]:
    """The policy's gates that hold a window of days."""
    read = tuple((gate, parameters(gate)) for gate in policy.gates)
    return tuple((gate, given) for gate, given in read if isinstance(given, Window))


def is_open(policy: Policy, category: str, year: int, on: date) -> bool:
    """Whether applications of this category are taken on a day: always, where no gate holds a window (QY-6.2)."""
    held = (window for gate, window in windows(policy) if looks_at(gate, category))
    return all(window.first(year) <= on <= window.last(year) for window in held)
