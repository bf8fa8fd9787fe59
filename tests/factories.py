"""A small answered scenario in which everything happens that a report must be able to say. All of it is invented."""

from dataclasses import replace
from functools import cache

from runs import account, application, mu, run_of, trade

from allocator.explore import explored
from allocator.outcome import Allocation, Run
from allocator.problems import Place, Problem, Severity
from allocator.records import County
from allocator.solve import allocate

DANGEROUS = (
    '=HYPERLINK("http://example.invalid","x")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "http://example.invalid",
    "{=1}",
    "=1+1",
    "  =1+1",
    "first\n=1+1",
    "\r=1+1",
    "'=1+1",
    "　＝1+1",
    "red \x7f\u202ename",
)
"""Names that a spreadsheet might run, or that play tricks on a terminal: formulas, links, control characters."""

BALANCES = (
    ("area", "own", "A", "30"),
    ("area", "own", "B", "10"),
    ("area", "pooled", "A", "5"),
    ("area", "pooled", "B", "12.5"),
    ("area", "pooled", "C", "20"),
    ("area", "prefecture", "", "8"),
    ("paddy", "own", "A", "3"),
    ("capacity", "own", "A", "2000.25"),
    ("boundary", "pooled", "B", "40"),
    ("boundary", "pooled", "C", "25"),
)


@cache
def answered() -> tuple[Allocation, Run]:
    """Ten projects: granted from both rounds, trimmed, short of every kind of account, rejected, and tied."""
    key = {"tags": frozenset({"province_key"})}
    park = {"area": "28", "boundary": "50"}
    applications = (
        application("P-01", "key.industry", "40", rank=1, name="一号产业园", needs=park, **key),
        application("P-02", "key.industry", "2.5", rank=2, name="二号厂房", needs={"area": "4", "capacity": "1500.5"}),
        application("P-03", "key.other", "20", rank=1, name="过境公路", county="B", needs={"area": "45.25"}, **key),
        application("P-04", "key.other", "12", rank=2, name="变电站", county="B", needs={"area": "9"}, **key),
        application("P-05", "general.commercial", "9", rank=1, name="农贸市场", needs={"boundary": "1"}),
        application("P-06", "general.livelihood", "6", rank=1, name="卫生院", ledger=mu("4")),
        application("P-07", "general.livelihood", "3", rank=2, name="幼儿园"),
        application("P-08", "flex", "11", rank=1, name="应急仓库", county="C"),
        application("P-09", "key.industry", "5", rank=3, name="钢厂", tags=frozenset({"two_high", "upper_quota"})),
        application("P-10", "general.three_old", "60", rank=1, name="旧厂改造", county="C"),
    )
    accounts = [
        account(indicator, kind, county, balance, **({"allotted": "100", "used": "30"} if county == "C" else {}))
        for indicator, kind, county, balance in BALANCES
    ]
    trades = [trade(indicator, "2026-01-05", yuan) for indicator, yuan in (("area", 45_000), ("paddy", 120_000))]
    run = run_of(applications, total="100", accounts=accounts, trades=trades)
    doubtful = Problem(
        code="RESULT_OTHER_VERSION",
        severity=Severity.WARNING,
        place=Place(file="data.xlsx", sheet="projects", cell="B3"),
        value="9",
        facts={"project": "P-02"},
    )
    run = replace(
        run,
        scenario="small",
        title="小例子（虚构）",
        tables=replace(
            run.tables,
            counties=(County(code="A", name="甲县"), County(code="B", name="乙县"), County(code="C", name="丙县")),
            notes=(doubtful,),
        ),
        milliseconds={"read": 1, "solve": 2},
    )
    return explored(run, allocate(run), "auto"), run


def hostile() -> tuple[Allocation, Run]:
    """Every dangerous text as a project's name."""
    applications = [
        application(f"H-{number:02}", "key.other", "1", rank=number, name=text)
        for number, text in enumerate(DANGEROUS, start=1)
    ]
    run = run_of(applications, total="100")
    return allocate(run), run
