"""A new scenario's folder: `scenario.toml` with comments, and a template workbook with examples to fill in."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit

from allocator import policy_files, rules
from allocator.eligibility import ALWAYS_READ, STANDING, unread
from allocator.intake.columns import TABLES, ColumnSpec
from allocator.policy import Policy
from allocator.words import say
from scenarios.shipped import FILE
from scenarios.template_examples import example_rows
from scenarios.template_sheets import write_book

DATA = "data.xlsx"
POLICY = "prefecture"
"""The policy a template is made for: it reads every table that any shipped policy reads."""


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
    read = _what_is_read(policy)
    tables = [table for table in TABLES if table.name in ALWAYS_READ or table.name in read]
    columns = {table.name: [spec for spec in table.columns if _is_offered(spec, read)] for table in tables}
    absent = [table.zh for table in TABLES if table not in tables]
    absent += [f"{t.zh}·{spec.zh}" for t in tables for spec in t.columns if spec not in columns[t.name]]
    notes = say("scenario.notes.template", "zh", absent="、".join(absent)).strip().splitlines()
    write_book(file, example_rows(as_of.year, as_of), columns, policy, notes)


def _what_is_read(policy: Policy) -> set[str]:
    """Tables and columns (`accounts`, `projects.sector`) that some switched-on rule reads."""
    switched_on = [rules.find(id) for id in policy.rules]
    named = {name for rule in switched_on for choice in (*rule.reads, *rule.may_read) for name in choice.split("|")}
    return named - unread(policy)


def _is_offered(spec: ColumnSpec, read: set[str]) -> bool:
    """Whether a column belongs into the template: it has an effect."""
    stands = spec.name in STANDING.get(spec.table, ())
    return spec.required or stands or f"{spec.table}.{spec.name}" in read
