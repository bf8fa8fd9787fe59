"""The last place in line at which a waiting project would be granted, all others in their order."""

import numpy as np

from allocator.changes import Kind, Nearest, Result, Setting
from allocator.compile import layer
from allocator.records import ProjectId
from allocator.scene import Scene
from models.changes import granted_before
from models.exact import walk
from models.instance import Fill, Grants


def nearest_position(scene: Scene, project: ProjectId) -> Nearest:
    """How far forward is enough; verified at that position and at the one behind it.

    Where places are passed over and the project is one piece, whoever is granted at a position is granted at every
    one before it, so halving finds the last: what stands before it gets no more than it did (fewer are tried before
    it, each on the same books), and where round 1 refuses it all the same, round 1 goes as if it were not there. With
    phases, or where a refusal closes a line or a guarantee looks ahead, that is no theorem: every position is tried,
    from its own towards the first.
    """
    ids = list(scene.atoms)
    here = ids.index(project)
    setting = Setting(kind=Kind.POSITION, indicator=None, now=here + 1)
    answers: dict[int, Grants] = {}

    def grants_at(to: int) -> bool:
        answers.setdefault(to, moved(scene, project, to))
        return scene.has_all(project, answers[to])

    if scene.case.instance.fill is Fill.SKIP and len(scene.atoms[project]) == 1:
        first, past = -1, here  # granted at `first`, or -1 stands for nowhere; not granted at `past`
        while past - first > 1:
            middle = (first + past) // 2
            first, past = (middle, past) if grants_at(middle) else (first, middle)
        found = first if first >= 0 else None
    else:
        found = next((to for to in range(here - 1, -1, -1) if grants_at(to)), None)
    if found is None:
        return Nearest(setting=setting, result=Result.NEVER)
    shifts = scene.shifts(answers[found]).besides(project)
    return Nearest(setting=setting, result=Result.GRANTS, nearest=found + 1, shifts=shifts)


def moved(scene: Scene, project: ProjectId, to: int) -> Grants:
    """The answer with the project served as number `to` of the line, counted from 0."""
    line = [other for other in scene.atoms if other != project]
    turn = {other: number for number, other in enumerate([*line[:to], project, *line[to:]])}
    atoms = scene.case.atoms
    keys = [(layer(atom, scene.case.policy), turn[atom.project_id], atom.phase) for atom in atoms]
    places = np.array(sorted(range(len(atoms)), key=keys.__getitem__), dtype=np.int64)
    return granted_before(walk(scene.case.instance.reordered(places)), places)
