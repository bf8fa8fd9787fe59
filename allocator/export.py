"""One rung of a solve as an MPS or LP file, and the map from its names to projects, accounts and rules."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from allocator.compile import Case
from allocator.disagreement import NoSecondOpinion
from allocator.outcome import Run
from allocator.policy import Table
from allocator.second_opinion import grants_of
from allocator.solve import allocate, prepare
from models.exact import walk
from models.instance import Fill
from models.second_draft import Meaning, named
from models.second_export import Exported, rungs, write_rung
from models.second_pulp import Form, Unbelievable, column_name, row_name

COLUMNS: tuple[str, ...] = ("name", "kind", "stands_for", "project_id", "phase", "account", "rule", "value")
"""The columns of the map."""


class UnknownRung(Exception):
    """There is no such rung; carries the names of all."""

    def __init__(self, names: list[str]) -> None:
        self.names = tuple(names)
        super().__init__(", ".join(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A rung as text, and its map as CSV."""

    rung: str
    value: int  # what the engine reaches; in MPS, where it is minimised, the negative of the objective
    program: str
    names: str


def export(run: Run, form: Form, rung: str = "1") -> Export:
    """The rung of this number, from 1 on, or of this name.

    Raises `UnknownRung`, `NoSecondOpinion` for numbers that a file cannot hold, and what `allocate` raises.
    """
    if run.policy.exchange:
        raise NoSecondOpinion("exchange", run.policy.name)
    allocation = allocate(run)
    case = prepare(run, allocation.screening).case
    grants = grants_of(case, allocation)
    instance = case.instance
    alone = walk(replace(instance, fill=Fill.SKIP)) if instance.fill is Fill.GUARANTEE else grants
    names: list[str] = []
    for number, found in enumerate(rungs(instance, grants, alone), start=1):
        if rung in (str(number), found.name):
            return Export(rung=found.name, value=found.value, program=as_text(found, form), names=as_csv(case, found))
        names.append(found.name)
    raise UnknownRung(names)


def as_text(rung: Exported, form: Form) -> str:
    """The file's text. Every number in it is whole, and every name `x0001` or `r0001`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"rung.{form}"
        try:
            write_rung(rung, file, form)
        except Unbelievable as failed:
            raise NoSecondOpinion("too_large", str(failed)) from failed
        return file.read_text(encoding="utf-8")


def as_csv(case: Case, rung: Exported) -> str:
    """One row for the objective, each column and each row of the file."""
    text = StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    table.writerow({"name": "objective", "kind": "rung", "stands_for": rung.name, "value": rung.value})
    used = {column for terms in (rung.aim, *(row.terms for row in rung.draft.rows)) for column in terms}
    columns = [(n, column.meaning) for n, column in enumerate(rung.draft.columns) if n in used]
    for n, meaning in columns:
        value = rung.columns.get(n, "")
        table.writerow({"name": column_name(n), "kind": "column", **explained(case, meaning), "value": value})
    for n, row in enumerate(rung.draft.rows):
        table.writerow({"name": row_name(n), "kind": "row", **explained(case, row.meaning)})
    return text.getvalue()


def explained(case: Case, meaning: Meaning) -> Mapping[str, str]:
    """What a column or row stands for, in the names of the files, and the rule behind it."""
    word, *indices = meaning
    policy, stocks = case.policy, list(case.stocks.values())
    shares = [share for name, share in case.shares.items() if name != "flex"]
    match word:
        case "share" | "keeps":
            name = list(case.shares)[indices[0]]
            return {"stands_for": word, "account": name, "rule": shares[indices[0]].rule}
        case "store" | "overflow" | "over":
            county, stock = case.counties[indices[0]], stocks[indices[1]]
            rule = stock.store_rule if word == "store" else stock.pool_rule
            return {"stands_for": word, "account": f"{county} {stock.indicator}", "rule": rule}
        case "pool":
            return {"stands_for": word, "account": stocks[indices[0]].indicator, "rule": stocks[indices[0]].pool_rule}
        case "cap":
            return {"stands_for": word, "account": case.caps[indices[0]].name, "rule": case.caps[indices[0]].rule}
        case "portion":
            portion = case.instance.portions[indices[0]].name
            table = policy.phase if portion.startswith("phase.") else policy.region
            return {"stands_for": word, "account": portion, "rule": table.rule if table else ""}
        case "total" | "kept" | "something" | "held" | "flow" | "group" | "account":
            return {"stands_for": named(meaning), "rule": policy.shares.rule if word in ("total", "kept") else ""}
        case _:
            atom = case.atoms[indices[0]]
            phase = str(atom.phase) if atom.phase else ""
            return {"stands_for": word, "project_id": atom.project_id, "phase": phase, "rule": rule_of(case, word)}


def rule_of(case: Case, word: str) -> str:
    """The rule behind what concerns one place."""
    policy = case.policy
    tables: Iterator[tuple[tuple[str, ...], Table | None]] = iter((
        (("phase",), policy.phase or policy.ledger),
        (("cut", "whole", "used_up", "full", "least_plan", "most_plan", "better", "grown", "least_kept"), policy.grant),
        (("once", "own", "plan_own"), policy.shares),
        (("reserve", "plan_reserve"), policy.flex),
    ))  # fmt: skip
    first = chain((table for words, table in tables if word.startswith(words)), (policy.ranking,))
    return next(table.rule for table in first if table)
