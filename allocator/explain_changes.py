"""From what another question would have answered to records of `explanations.json`."""

from collections.abc import Iterable

from allocator.changes import Changes, Paradox, Setting, Shift
from allocator.explanation_changes import Changed, ParadoxRecord, Shifted, WhatIf
from allocator.quantities import Indicator, plain
from allocator.records import ProjectId


def what_if(project: ProjectId, changes: Changes) -> WhatIf:
    """All about one project; empty lists where nothing was computed or nothing applies."""
    joint, gone = changes.together.get(project), changes.withdrawals.get(project)
    return {
        "changes": [
            {
                **changed(each.setting, each.nearest),
                "result": each.result,
                "gains": shifted(each.shifts.gains),
                "loses": shifted(each.shifts.loses),
            }
            for each in changes.nearest.get(project, ())
        ],
        "together": [
            {
                "parts": [changed(*part) for part in zip(joint.settings, joint.nearest, strict=True)],
                "gains": shifted(joint.shifts.gains),
                "loses": shifted(joint.shifts.loses),
            }
        ]
        if joint
        else [],
        "if_withdrawn": shifted((*gone.gains, *gone.loses)) if gone else [],
    }


def changed(setting: Setting, nearest: int | None) -> Changed:
    """One number with its unit."""
    grid = setting.indicator.grid if setting.indicator else 1
    return {
        "lever": setting.kind,
        "indicator": setting.indicator or "",
        "unit": setting.indicator.unit if setting.indicator else "place",
        "holder": setting.holder,
        "phase": setting.phase,
        "now": plain(setting.now, grid),
        "nearest": None if nearest is None else plain(nearest, grid),
        "step": plain(setting.step, grid),
    }


def shifted(shifts: Iterable[Shift]) -> list[Shifted]:
    """Who fares otherwise."""
    return [
        {
            "project_id": shift.project_id,
            "before": shift.before,
            "after": shift.after,
            "before_mu": plain(shift.plan_before, Indicator.PLAN.grid),
            "after_mu": plain(shift.plan_after, Indicator.PLAN.grid),
        }
        for shift in shifts
    ]


def paradox(found: Paradox) -> ParadoxRecord:
    """One paradox."""
    return {
        "changed": changed(found.setting, found.nearest) if found.setting else None,
        "withdrawn": found.withdrawn,
        "gains": shifted(found.shifts.gains),
        "loses": shifted(found.shifts.loses),
    }
