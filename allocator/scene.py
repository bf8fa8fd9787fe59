"""A case with its answer, and how projects fare in the answers to changed questions."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from allocator.changes import Shift, Shifts
from allocator.compile import Case
from allocator.outcome import Decision
from allocator.records import ProjectId
from models.instance import Grants


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A case that a walk has answered. Grants of changed questions stand at the places of this case."""

    case: Case
    grants: Grants
    atoms: dict[ProjectId, list[int]]  # project -> places, in the overall order

    @classmethod
    def of(cls, case: Case, grants: Grants) -> "Scene":
        """The same, by project."""
        atoms: dict[ProjectId, list[int]] = {placed.candidate.project_id: [] for placed in case.places}
        for place, atom in enumerate(case.atoms):
            atoms[atom.project_id].append(place)
        return cls(case=case, grants=grants, atoms=atoms)

    def has_all(self, project: ProjectId, grants: Grants) -> bool:
        """Whether every phase of a project is granted."""
        return all(grants.round[place] for place in self.atoms[project])

    def refused(self, project: ProjectId) -> list[int]:
        """The places of a project that the answer refuses."""
        return [place for place in self.atoms[project] if not self.grants.round[place]]

    def shifts(self, grants: Grants) -> Shifts:
        """Who fares otherwise than in the answer."""
        turned = (grants.granted != self.grants.granted) | (grants.plan != self.grants.plan)
        touched = {self.case.atoms[place].project_id for place in np.flatnonzero(turned).tolist()}
        gains: list[Shift] = []
        loses: list[Shift] = []
        for project in (project for project in self.atoms if project in touched):
            old, new = self._got(project, self.grants), self._got(project, grants)
            if old != new:
                (gains if new > old else loses).append(self._shift(project, old, new))
        return Shifts(gains=tuple(gains), loses=tuple(loses))

    def _got(self, project: ProjectId, grants: Grants) -> tuple[int, int]:
        """How many of its atoms are granted, and their plan."""
        places = self.atoms[project]
        return sum(bool(grants.round[place]) for place in places), sum(int(grants.plan[place]) for place in places)

    def _shift(self, project: ProjectId, old: tuple[int, int], new: tuple[int, int]) -> Shift:
        size = len(self.atoms[project])
        return Shift(
            project_id=project,
            before=_decision(old[0], size),
            after=_decision(new[0], size),
            plan_before=old[1],
            plan_after=new[1],
        )


def _decision(granted: int, size: int) -> Decision:
    return Decision.GRANTED if granted == size else Decision.PARTIAL if granted else Decision.WAITING


def lost_grants(shifts: Shifts) -> Iterable[Shift]:
    """Those who lose a grant, or a phase of one; a smaller rest of a divisible plan is no lost grant."""
    return (shift for shift in shifts.loses if shift.before != shift.after)
