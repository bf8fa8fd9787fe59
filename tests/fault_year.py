"""The small year on which faults are tried: eight projects of two counties, all invented.

The books are opened on 31 March 2026. A plan is approved on 1 April: five have a grant. Until the night of 6 July one
of them withdrew, two filed their materials and two did not; what comes free goes to those who wait.
"""

from pathlib import Path

from random_folders import write_folder

KEY, GENERAL = ("key.industry", "modern_industry"), ("general.livelihood", "culture_education")
PROJECTS = (  # county, category and sector, rank, mu of plan, mu of cultivated land
    ("P1", "W1", KEY, "1", "20", "6"),
    ("P2", "W1", KEY, "2", "25", ""),
    ("P3", "W2", KEY, "3", "15", "4"),
    ("P4", "W2", KEY, "4", "30", "9"),
    ("P5", "W2", KEY, "5", "12", ""),
    ("P6", "W1", GENERAL, "1", "5", "2"),
    ("P7", "W2", GENERAL, "2", "7", "3"),
    ("P8", "W1", KEY, "6", "10", ""),
)
ACCOUNTS = (("own", "W1", "5"), ("pooled", "W1", "20"), ("own", "W2", "8"))
APPROVED_ON, NIGHT = "2026-04-01", "2026-07-06"
DOCUMENT = "会纪〔2026〕1号"
EVENTS = """occurred_on,kind,project_id,quantity_mu,document,note
2026-06-20,materials_filed,P2,,报〔2026〕2号,
2026-06-21,materials_filed,P6,,报〔2026〕4号,
2026-07-01,withdraw,P1,20,函〔2026〕5号,
"""


def write_year(folder: Path) -> Path:
    """The scenario and `events.csv` in a new folder; where the scenario lies."""
    projects = [
        project(name, county, kind, rank, plan) | {"area_mu": area} for name, county, kind, rank, plan, area in PROJECTS
    ]
    accounts = [
        {"account_id": f"area-{kind}-{county}", "indicator": "area", "kind": kind, "county": county, "balance": balance}
        for kind, county, balance in ACCOUNTS
    ]
    trades = [{"traded_on": "2025-12-01", "indicator": "area", "quantity": "5", "unit_price_yuan": "45000"}]
    write_folder(
        folder / "year", {"projects": projects, "accounts": accounts, "trades": trades}, "95", {}, "2026-02-28"
    )
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    return folder / "year"


def write_crowd(folder: Path, number: int) -> Path:
    """A scenario of many small projects that ask for five times what there is; where it lies."""
    projects = [
        project(f"P{n}", f"W{n % 3}", KEY, str(n + 1), str(1 + n % 4)) | {"area_mu": "1" if n % 2 else ""}
        for n in range(number)
    ]
    accounts = [
        {"account_id": f"area-own-W{n}", "indicator": "area", "kind": "own", "county": f"W{n}", "balance": f"{number}"}
        for n in range(3)
    ]
    write_folder(folder / "crowd", {"projects": projects, "accounts": accounts}, str(number // 2), {}, "")
    return folder / "crowd"


def project(name: str, county: str, kind: tuple[str, str], rank: str, plan: str) -> dict[str, str]:
    """A row of the table of projects."""
    category, sector = kind
    row = {"project_id": name, "name": f"项目{name}", "county": county, "category": category, "sector": sector}
    return row | {"rank": rank, "plan_mu": plan, "filed_on": "2025-10-15", "tags": "province_key"}
