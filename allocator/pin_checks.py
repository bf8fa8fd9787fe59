"""Whether what was decided beforehand for single projects can be read as one decision each."""

from collections.abc import Iterator

from allocator.check_problems import SUGGESTED, cell, error, warning
from allocator.intake.addresses import position
from allocator.intake.columns import TABLE
from allocator.intake.nearest import nearest
from allocator.problems import Problem
from allocator.records import Pin, ProjectId, Tables

RULE = TABLE["pins"]["pin"].rule
"""The rule by which a committee decides on single lines of the plan."""


def check_pins(tables: Tables) -> Iterator[Problem]:
    """A pin names a known project, does not contradict another one, and has a reason."""
    known = {application.project_id for application in tables.applications}
    first: dict[ProjectId, Pin] = {}
    unknown = 0
    for pin in sorted(tables.pins, key=lambda pin: position(pin.place.cell)):
        other = first.setdefault(pin.project_id, pin)
        if known and pin.project_id not in known:
            near = nearest(pin.project_id, known) if unknown < SUGGESTED else ""
            unknown += 1
            yield error("PINNED_PROJECT_UNKNOWN", pin.place, pin.project_id, RULE, nearest=near)
        elif other.pin != pin.pin:
            facts = {"who": pin.project_id, "where": cell(other, "pin").cell}
            yield error("PINS_CONTRADICT", cell(pin, "pin"), "", RULE, **facts)
        elif not pin.reason:
            yield warning("PIN_WITHOUT_REASON", cell(pin, "reason"), "", RULE, who=pin.project_id)
