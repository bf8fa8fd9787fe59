"""The worked example F.4 of the rules: 10,000 mu over fourteen applications. Names and amounts are made up."""

from collections.abc import Mapping, Sequence

from scenarios.synthesis_projects import Row

COUNTY = "441802"

LINES = {
    "key.industry": "I1 1800 1, I2 1500 2, I3 1100 3, I4 400 5",
    "key.other": "O1 1200 4, O2 900 6, O3 500 7",
    "flex": "X1 500 8",
    "general.commercial": "B1 600 9, B2 300 10, B3 250 15",
    "general.livelihood": "L1 200 11, L2 180 12",
    "general.three_old": "T1 350 13, T2 260 14",
}
"""Category -> id, mu and overall rank of its applications, by rank in the category."""


def list_tables() -> Mapping[str, Sequence[Row]]:
    """The one table of the example, category by category."""
    return {
        "projects": [
            {
                "project_id": project_id,
                "county": COUNTY,
                "category": category,
                "rank": rank,
                "overall_rank": int(overall_rank),
                "plan_mu": int(plan),
            }
            for category, line in LINES.items()
            for rank, (project_id, plan, overall_rank) in enumerate(map(str.split, line.split(", ")), start=1)
        ]
    }
