"""The synthetic year of `qingyuan-2026`: eight counties and districts, plan quota only."""

from collections.abc import Iterator, Mapping, Sequence

from scenarios.synthesis_draws import Dice
from scenarios.synthesis_facts import QINGYUAN
from scenarios.synthesis_projects import Row, draw_projects, give_ranks, plant_failures

SEED = 2026_4423

COUNTS = {
    "key.industry": 103,
    "key.other": 75,
    "general.commercial": 24,
    "general.livelihood": 20,
    "general.three_old": 16,
    "flex": 4,
}
SIZES = {
    "key.industry": (120, 2800),
    "key.other": (100, 2400),
    "general.commercial": (60, 2200),
    "general.livelihood": (30, 1300),
    "general.three_old": (60, 1700),
    "flex": (100, 900),
}
CRITERIA = ("scale_score", "intensity_score", "energy_score", "tax_score", "progress_score", "urgency_score")


def draw_tables() -> Mapping[str, Sequence[Row]]:
    """Ranks stand for key projects, the criteria of QY-5.0 for all others."""
    dice = Dice(SEED)
    projects = draw_projects(dice, "QY", QINGYUAN, COUNTS, SIZES)
    give_ranks(dice, projects, ("key.industry", "key.other"))
    for row in projects:
        ranked = row["rank"] is not None
        row |= {criterion: None if ranked else dice.whole(40, 98) for criterion in CRITERIA}
    plant_failures(dice, projects)
    return {
        "projects": projects,
        "counties": [{"county": code, "name": name} for code, name in QINGYUAN.items()],
        "lists": list(_list(dice, projects)),
    }


def _list(dice: Dice, projects: Sequence[Row]) -> Iterator[Row]:
    """The key list, two key applications forgotten; three stand on the preparatory list, one of them ready (QY-5.5)."""
    keys = [row["project_id"] for row in projects if row["rank"] is not None]
    drawn = dice.shuffled(keys)
    absent, preparatory, ready = drawn[:2], drawn[2:5], drawn[4]
    for project_id in keys:
        if project_id not in absent and (project_id not in preparatory or project_id == ready):
            yield {"list": "key", "project_id": project_id, "document": "重点建设项目名单（虚构）"}
    for project_id in sorted(preparatory, key=str):
        yield {"list": "preparatory", "project_id": project_id, "document": "重点建设前期预备项目计划（虚构）"}
