"""Levers on the data: the balance of an account and the needs of a project, by dotted path.

`accounts.<account_id>.balance` and `projects.<project_id>.plan_mu` (or `area_mu`, `paddy_mu`, `capacity_kg`, ...)
stand beside the paths that `--set` takes. What they make of the tables is checked as the tables of a file are.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from allocator.checks import check
from allocator.intake.nearest import nearest
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity, errors
from allocator.quantities import LARGEST, Indicator, OffGrid, on_grid, plain
from allocator.records import Application, Tables
from scenarios.study_numbers import NotANumber, exact

LEVERS = {"accounts": ("balance",), "projects": tuple(f"{indicator}_{indicator.unit}" for indicator in Indicator)}
"""Table -> the columns that can be set."""


def is_lever(path: str) -> bool:
    """Whether a path leads into the data."""
    return path.partition(".")[0] in LEVERS


def part(path: str) -> tuple[str, str, str]:
    """Table, id and column of a lever; an id may hold dots."""
    table, _, rest = path.partition(".")
    name, _, column = rest.rpartition(".")
    return table, name, column


def pull(tables: Tables, levers: Mapping[str, str], policy: Policy) -> Tables:
    """The tables with every lever set; raises `InputRejected` with every lever that leads nowhere or asks too much."""
    if not levers:
        return tables
    accounts = {account.account_id: account for account in tables.accounts}
    applications = {application.project_id: application for application in tables.applications}
    wrong: list[Problem] = []
    for path, text in levers.items():
        table, name, column = part(path)
        rows = accounts if table == "accounts" else applications
        if column not in LEVERS[table] or name not in rows:
            known = LEVERS[table] if name in rows else [column]
            near = nearest(
                path, [f"{table}.{row}.{each}" for row in ([name] if name in rows else rows) for each in known]
            )
            wrong.append(fault("STUDY_UNKNOWN_LEVER", path, path, nearest=near, columns=", ".join(LEVERS[table])))
            continue
        indicator = accounts[name].indicator if table == "accounts" else Indicator(column.rpartition("_")[0])
        try:
            steps = on_grid(exact(text), indicator.grid)
        except (NotANumber, OffGrid):
            facts = {"unit": indicator.unit, "finest": plain(1, indicator.grid)}
            wrong.append(fault("STUDY_NOT_ON_THE_GRID", path, text, **facts))
            continue
        if steps > LARGEST:
            wrong.append(fault("STUDY_NOT_A_NUMBER", path, text))
        elif table == "accounts":
            accounts[name] = replace(accounts[name], balance=steps)
        else:
            applications[name] = asking(applications[name], indicator, steps)
    if wrong:
        raise InputRejected(wrong)
    pulled = replace(tables, accounts=tuple(accounts.values()), applications=tuple(applications.values()))
    if found := errors(check(pulled, policy)):
        raise InputRejected(found)
    return pulled


def asking(application: Application, indicator: Indicator, steps: int) -> Application:
    """The application with another need of one indicator."""
    if indicator is Indicator.PLAN:
        return replace(application, plan=steps)
    needs = {**application.needs, indicator: steps}
    return replace(application, needs={i: needs[i] for i in Indicator if needs.get(i)})


def fault(code: str, path: str, value: str, **facts: str) -> Problem:
    """A problem of one lever; whoever knows the file says where it stands."""
    return Problem(code=code, severity=Severity.ERROR, place=Place(cell=path), value=value, facts=facts)


def as_fraction(text: str) -> Fraction | None:
    """A number of a policy, `0.7` or `1/3`; None for anything else."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
