"""Who would get the quota of a granted project if it were withdrawn, and who would lose by that."""

from collections.abc import Mapping

import numpy as np

from allocator.changes import Shifts
from allocator.records import ProjectId
from allocator.scene import Scene
from models.changes import granted_without, without
from models.exact import walk


def withdrawals(scene: Scene) -> Mapping[ProjectId, Shifts]:
    """Every project that is granted something -> who fares otherwise without it, by a walk without it."""
    return {
        project: withdraw(scene, project)
        for project, places in scene.atoms.items()
        if any(scene.grants.round[place] for place in places)
    }


def withdraw(scene: Scene, project: ProjectId) -> Shifts:
    """Who fares otherwise without one project."""
    places = np.array(scene.atoms[project], dtype=np.int64)
    grants = granted_without(walk(without(scene.case.instance, places)), places)
    return scene.shifts(grants).besides(project)
