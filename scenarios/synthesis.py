"""Makes the shipped scenarios: `python -m scenarios.synthesis` renews them, `... FOLDER` makes them elsewhere.

Every amount, name and date is drawn from a fixed seed, so that the same program makes the same files.
"""

import csv
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomlkit

from allocator import policy_files
from allocator.intake.columns import TABLE
from allocator.words import say
from scenarios import synthesis_prefecture, synthesis_qingyuan, synthesis_worked
from scenarios.shipped import FILE, HOME
from scenarios.synthesis_projects import Row
from scenarios.template_sheets import write_book

Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One scenario to make."""

    name: str
    policy: str
    as_of: date
    plan_mu: str
    data: str  # `data.xlsx`, or `data` for a folder of CSV files
    rows: Callable[[], Rows]


PLANS = (
    Plan(
        name="worked-example",
        policy="qingyuan",
        as_of=date(2026, 1, 15),
        plan_mu="10000",
        data="data",
        rows=synthesis_worked.list_tables,
    ),
    Plan(
        name="qingyuan-2026",
        policy="qingyuan",
        as_of=date(2026, 1, 15),
        plan_mu="12000",
        data="data.xlsx",
        rows=synthesis_qingyuan.draw_tables,
    ),
    Plan(
        name="prefecture-2026",
        policy="prefecture",
        as_of=date(2026, 3, 31),
        plan_mu="9200",
        data="data.xlsx",
        rows=synthesis_prefecture.draw_tables,
    ),
)


def write_scenarios(home: Path) -> None:
    """Write the folder of every shipped scenario into `home`."""
    for plan in PLANS:
        folder = home / plan.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_text(_scenario_toml(plan), encoding="utf-8", newline="\n")
        (folder / "README.md").write_text(_readme(plan), encoding="utf-8", newline="\n")
        (_write_workbook if plan.data.endswith(".xlsx") else _write_tables)(folder / plan.data, plan)


def _scenario_toml(plan: Plan) -> str:
    document = tomlkit.document()
    for line in say("synthesis.notice", "zh").strip().splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("title", tomlkit.item(say(f"synthesis.{plan.name}.title", "zh")))
    document.add("policy", tomlkit.item(plan.policy))
    document.add("year", tomlkit.item(plan.as_of.year))
    document.add("as_of", tomlkit.item(plan.as_of))
    document.add("data", tomlkit.item(plan.data))
    quota = tomlkit.table()
    quota.add("plan_mu", plan.plan_mu)
    document.add(tomlkit.nl())
    document.add("quota", quota)
    return tomlkit.dumps(document)


def _readme(plan: Plan) -> str:
    """What the scenario shows, in both languages, that it is synthetic, and the command that solves it."""
    parts = [f"# {plan.name}"]
    for language in ("zh", "en"):
        parts.append(say(f"synthesis.{plan.name}.title", language))
        parts.append(say(f"synthesis.{plan.name}.shows", language).strip())
    parts.append(say("synthesis.notice", "zh").strip().replace("\n", "\n\n"))
    parts.append(f"```\nlandquota solve {plan.name} -o out\n```")
    return "\n\n".join(parts) + "\n"


def _write_tables(folder: Path, plan: Plan) -> None:
    """CSV files with English headers, in UTF-8."""
    folder.mkdir(exist_ok=True)
    for table, rows in plan.rows().items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _write_workbook(file: Path, plan: Plan) -> None:
    """A workbook with Chinese headers, holding the columns that the rows fill."""
    rows = plan.rows()
    columns = {
        table: [spec for spec in TABLE[table].columns if any(spec.name in row for row in lines)]
        for table, lines in rows.items()
    }
    notice = say("synthesis.notice", "zh").strip().splitlines()
    notes = [say(f"synthesis.{plan.name}.title", "zh"), *notice]
    write_book(file, rows, columns, policy_files.load(plan.policy).policy, notes, explained=False)


if __name__ == "__main__":
    write_scenarios(Path(sys.argv[1]) if len(sys.argv) > 1 else HOME)
