"""Study files written by hand, and the command that runs them."""

import csv
import io
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from scenarios.commands import street
from scenarios.study_journal import JOURNAL

EXAMPLE = 'scenario = "worked-example"\n'
TOTALS = '[[factors]]\npath = "quota.plan_mu"\nvalues = ["9000", "10000", "11000"]\n'
FILLS = '[[factors]]\npath = "policy.ranking.fill"\nvalues = ["skip_and_fill", "stop_at_first_misfit"]\n'
GRID = EXAMPLE + 'design = "grid"\n' + FILLS + TOTALS


def landquota(*arguments: object) -> Result:
    return CliRunner().invoke(street.street, [str(argument) for argument in arguments])


def study(folder: Path, text: str, *more: object, out: str | None = "out") -> Result:
    """The result of a study of this text, written into `folder / out`."""
    (folder / "study.toml").write_text(text, encoding="utf-8")
    into = () if out is None else ("-o", folder / out)
    return landquota("study", folder / "study.toml", *into, "--lang", "en", *more)


def rows(content: str | bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    return list(csv.DictReader(io.StringIO(text, newline="")))


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return rows((folder / f"{name}.csv").read_bytes())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def answers(folder: Path) -> list[Any]:
    """The answer to each case, in their order; before there are any, the journal's. Equal questions share an answer."""
    lines = [json.loads(line) for line in (folder / JOURNAL).read_text(encoding="utf-8").splitlines()[1:]]
    found = {line["key"]: line["answer"] for line in lines}
    if not (folder / "cases.csv").exists():
        return [line["answer"] for line in lines]
    return [found[row["key"]] for row in table(folder, "cases")]


STOCKED = """project_id,county,category,sector,rank,plan_mu,area_mu,tags
A1,A,key.industry,modern_industry,1,30,40,
A2,A,key.industry,modern_industry,2,20,25,province_key
A3,A,general.livelihood,,1,10,15,
A4,A,key.other,transport,1,25,60,province_key
B1,B,key.other,transport,2,30,30,province_key
B2,B,general.commercial,,1,15,20,
B3,B,key.industry,modern_industry,3,12,35,province_key
B4,B,flex,,1,8,10,province_key
"""
ACCOUNTS = """account_id,indicator,kind,county,balance
a.own,area,own,A,60
b.own,area,own,B,40
b.pooled,area,pooled,B,20
city,area,prefecture,,30
"""
SCENARIO = 'policy = "prefecture"\nyear = 2026\nas_of = 2026-03-31\ndata = "data"\n[quota]\nplan_mu = "200"\n'


def stocked(folder: Path) -> str:
    """Put a scenario of two counties that need area besides plan into `folder`; how a study there names it."""
    (folder / "data").mkdir()
    for name, text in {"data/projects.csv": STOCKED, "data/accounts.csv": ACCOUNTS, "scenario.toml": SCENARIO}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return 'scenario = "scenario.toml"\n'
