"""The line in columns gives the tables of the ordinary line, on random scenarios as Parquet files."""

import csv
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet
from random_folders import write_scenario

from allocator.intake.columns import TABLE, Value
from allocator.intake.units import Dimension
from scenarios.commands import street

TABLES = ("allocation", "draws", "pools", "donors", "payments")
NUMBERS = ("_mu", "_yuan", "given", "quantity", "before", "after", "rate")
SEEDS = range(14)
ENVIRONMENT = {"LANG": "C.UTF-8", "LANDQUOTA_LANG": "en"}


def column(table: str, name: str, cells: list[str]) -> pa.Array:
    """The texts of a CSV column in the type that a Parquet file would have."""
    spec = TABLE[table][name]
    match spec.value:
        case Value.WHOLE:
            return pa.array([int(c) if c else None for c in cells], pa.int64())
        case Value.QUANTITY | Value.SCORE | Value.PRICE:
            places = 2 if spec.dimension is Dimension.CAPACITY else 4
            return pa.array([Decimal(c) if c else None for c in cells], pa.decimal128(18, places))
        case Value.DATE:
            return pa.array([date.fromisoformat(c) if c else None for c in cells])
        case Value.YES_NO:
            return pa.array([{"yes": True, "no": False, "": None}[c] for c in cells])
        case _:
            return pa.array(cells, pa.string())


def as_parquet(folder: Path) -> None:
    """The CSV tables of a scenario as Parquet files, with plain ids in ascending order."""
    for path in list((folder / "data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        path.unlink()
        key = TABLE[path.stem].key
        if path.stem in ("projects", "accounts"):
            rows = sorted((row for row in rows if row[key].isascii()), key=lambda row: row[key])
        table = {name: column(path.stem, name, [row[name] for row in rows]) for name in rows[0]}
        parquet.write_table(pa.table(table), path.with_suffix(".parquet"))


def scenario(folder: Path, seed: int) -> Path:
    write_scenario(folder, seed)
    as_parquet(folder)
    return folder


def run(*arguments: object) -> str:
    result = CliRunner().invoke(street.street, [str(argument) for argument in arguments], env=ENVIRONMENT)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            row.pop("reason", None)
            yield {name: number(cell) if name.endswith(NUMBERS) else cell for name, cell in row.items()}


def number(cell: str) -> Decimal | str:
    return Decimal(cell) if cell else cell


def is_carried(folder: Path) -> bool:
    """Whether nothing is ranked by score: the line in columns takes ranks only."""
    return "score" not in parquet.read_table(folder / "data" / "projects.parquet").column_names


@pytest.mark.parametrize("seed", SEEDS)
def test_both_lines_write_the_same_tables(tmp_path: Path, seed: int) -> None:
    folder = scenario(tmp_path / "s", seed)
    if not is_carried(folder):
        refused = CliRunner().invoke(street.street, ["bulk", str(folder), "-o", str(tmp_path / "b")], env=ENVIRONMENT)
        assert refused.exit_code == 5
        assert "does not carry score yet" in refused.stderr
        return
    run("solve", folder, "-o", tmp_path / "a")
    run("bulk", folder, "-o", tmp_path / "b")
    for name in TABLES:
        assert list(rows(tmp_path / "b" / f"{name}.csv")) == list(rows(tmp_path / "a" / f"{name}.csv")), name
    assert shortages_of_bulk(tmp_path / "b") == shortages_of_solve(tmp_path / "a")


def shortages_of_bulk(out: Path) -> list[tuple[object, ...]]:
    return sorted(
        (row["project_id"], row["round"], row["indicator"], Decimal(row["asked"]), int(row["ahead_count"]),
         Decimal(row["ahead"]), Decimal(row["balance"]))
        for row in csv.DictReader((out / "shortages.csv").read_text(encoding="utf-8").splitlines())
        if row["kind"] != "closed"
    )  # fmt: skip


def shortages_of_solve(out: Path) -> list[tuple[object, ...]]:
    proofs = json.loads((out / "certificates.json").read_text(encoding="utf-8"))
    return sorted(
        (s["project_id"], s["round"], s["indicator"], Decimal(s["asked"]), s["ahead_count"], Decimal(s["ahead"]),
         sum((Decimal(proofs["accounts"][a]["balance"]) for a in s["accounts"]), Decimal(0)))
        for s in proofs["shortages"].values()
    )  # fmt: skip


def test_enough_random_scenarios_are_carried_by_both_lines(tmp_path: Path) -> None:
    carried = [seed for seed in SEEDS if is_carried(scenario(tmp_path / str(seed), seed))]
    assert len(carried) >= 6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drop": "plan_mu"}, "the column plan_mu is absent"),
        ({"rename": ("plan_mu", "计划指标")}, "计划指标 is no table or column"),
        ({"reverse": True}, "the ids in project_id must be unique, ascending"),
        ({"float": "plan_mu"}, "the column plan_mu holds values or a type"),
        ({"min_area": True}, "does not carry min_area_mu yet"),
        ({"cell": ("category", "key.unknown")}, "key.unknown"),
        ({"cell": ("county", "")}, "the column county holds values"),
        ({"cell": ("filed_on", "2025-13-01")}, "2025-13-01"),
        ({"cell": ("tags", "no_such_tag")}, "no_such_tag"),
        ({"cell": ("overall_rank", "2")}, "the column overall_rank has empty or equal entries"),
        ({"cell": ("overall_rank", "")}, "the column overall_rank has empty or equal entries"),
        ({"without": ("overall_rank", "rank")}, "the column rank has empty or equal entries"),
        ({"rank": 7}, "the column rank has empty or equal entries"),
        ({"rank_against": True}, "overall ranks that disagree"),
    ],
)
def test_what_the_line_in_columns_does_not_carry_is_refused_by_name(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    folder = scenario(tmp_path / "s", 0)
    path = folder / "data" / "projects.parquet"
    table = parquet.read_table(path)
    match change:
        case {"drop": name}:
            table = table.drop_columns([name])
        case {"rename": (old, new)}:
            table = table.rename_columns([new if name == old else name for name in table.column_names])
        case {"reverse": _}:
            table = table.take(list(range(table.num_rows))[::-1])
        case {"cell": (name, text)}:
            table = table if name in table.column_names else table.append_column(name, pa.array([""] * len(table)))
            cells = [str(cell or "") for cell in table[name].to_pylist()]
            cells[1] = text
            cells = [int(c) if c else None for c in cells] if name == "overall_rank" else cells
            table = table.set_column(table.column_names.index(name), name, pa.array(cells))
        case {"without": names}:
            table = table.drop_columns([name for name in names if name in table.column_names])
        case {"rank": number}:
            table = table.append_column("rank", pa.array([number] * table.num_rows))
        case {"rank_against": _}:
            table = table.append_column("rank", pa.array([1000 - r for r in table["overall_rank"].to_pylist()]))
        case {"float": name}:
            table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.float64()))
        case _:
            table = table.append_column("min_area_mu", table["plan_mu"])
    parquet.write_table(table, path)
    refused = CliRunner().invoke(street.street, ["bulk", str(folder), "-o", str(tmp_path / "b")], env=ENVIRONMENT)
    assert refused.exit_code == 5
    assert words in refused.stderr
    assert not (tmp_path / "b").exists()


def test_an_account_of_nobody_s_county_and_ties_that_stop_are_refused(tmp_path: Path) -> None:
    folder = scenario(tmp_path / "s", 0)
    stops = ["--set", "policy.ranking.ties=stop"]
    refused = CliRunner().invoke(
        street.street, ["bulk", str(folder), "-o", str(tmp_path / "b"), *stops], env=ENVIRONMENT
    )
    assert refused.exit_code == 5
    path = folder / "data" / "accounts.parquet"
    table = parquet.read_table(path)
    table = table.set_column(table.column_names.index("county"), "county", pa.array([""] * table.num_rows))
    parquet.write_table(table, path)
    refused = CliRunner().invoke(street.street, ["bulk", str(folder), "-o", str(tmp_path / "b")], env=ENVIRONMENT)
    assert refused.exit_code == 5
    assert "the column county holds values" in refused.stderr
