"""A new scenario's folder: `scenario.toml` with comments, and a template workbook with examples to fill in."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit

from allocator import policy_files, rules
from allocator.intake.columns import TABLES, ColumnSpec, TableSpec
from allocator.policy import Policy
from allocator.words import say
from scenarios.shipped import FILE
from scenarios.template_examples import example_rows
from scenarios.template_sheets import write_book

DATA = "data.xlsx"
POLICY = "prefecture"
"""The policy a template is made for: it reads every table that any shipped policy reads."""

SHOWN = ("name", "document")
"""Columns that only help the reader."""

NOT_BUILT = ("band", "min_area_mu")
"""Columns for what is not built yet: decisions band by band, and partial grants (QY-10.2)."""

ALWAYS = ("projects", "counties")
"""Tables that every template has, whatever rules are switched on."""


def write_template(folder: Path, as_of: date) -> tuple[Path, ...]:
    """Write `scenario.toml` and `data.xlsx` into `folder` and name them; the year is that of `as_of`.

    Both are made elsewhere first and put into place whole. Raises OSError when the folder cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".landquota-", dir=folder.parent) as workshop:
        made = Path(workshop)
        (made / FILE).write_text(scenario_toml(folder.resolve().name, as_of), encoding="utf-8")
        _write_workbook(made / DATA, as_of)
        folder.mkdir(exist_ok=True)
        for name in (DATA, FILE):
            (made / name).replace(folder / name)
    return folder / FILE, folder / DATA


def scenario_toml(title: str, as_of: date) -> str:
    """A `scenario.toml` whose comments say what each key is for."""
    document = tomlkit.document()
    for line in say("scenario.toml.head", "zh").strip().splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for key, value in (("title", title), ("policy", POLICY), ("year", as_of.year), ("as_of", as_of), ("data", DATA)):
        document.add(key, tomlkit.item(value).comment(say(f"scenario.toml.{key}", "zh")))
    quota = tomlkit.table()
    quota.add("plan_mu", tomlkit.item("1000").comment(say("scenario.toml.plan_mu", "zh")))
    document.add(tomlkit.nl())
    document.add("quota", quota)
    document.add(tomlkit.nl())
    for line in say("scenario.toml.foot", "zh").strip().splitlines():
        document.add(tomlkit.comment(line))
    return tomlkit.dumps(document)


def _write_workbook(file: Path, as_of: date) -> None:
    policy = policy_files.load(POLICY).policy
    tables = [table for table in TABLES if _is_used(table, policy)]
    columns = {table.name: [spec for spec in table.columns if _is_offered(spec, policy)] for table in tables}
    absent = [table.zh for table in TABLES if table not in tables]
    absent += [f"{t.zh}·{spec.zh}" for t in tables for spec in t.columns if spec not in columns[t.name]]
    notes = say("scenario.notes.template", "zh", absent="、".join(absent)).strip().splitlines()
    write_book(file, example_rows(as_of.year, as_of), columns, policy, notes)


def _is_offered(spec: ColumnSpec, policy: Policy) -> bool:
    """Whether a column belongs into the template: it must stand, is for the reader, or some rule rests on it."""
    if spec.name in NOT_BUILT:
        return False
    return spec.required or spec.name in SHOWN or spec.rule in policy.rules


def _is_used(table: TableSpec, policy: Policy) -> bool:
    """Whether some rule that is switched on reads the table."""
    if not table.built or table.name in ALWAYS:
        return table.built
    read = [text for id in policy.rules for text in (*rules.find(id).reads, *rules.find(id).may_read)]
    return any(part.partition(".")[0] == table.name for text in read for part in text.split("|"))
