"""A very large scenario's Parquet files divided and written: tables, shortages by reference, manifest."""
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportAttributeAccessIssue=false, reportUnknownArgumentType=false, reportMissingImports=false

import hashlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from allocator.bulk.line import Line, form
from allocator.bulk.roll import Roll, Texts, read_rolls
from allocator.bulk.settle import settle
from allocator.bulk.tables import allocation, donors, draws, payments, shortages
from allocator.outcome import PoolBook, Run, Settlement
from allocator.pricing import prices
from allocator.quantities import Indicator
from allocator.records import FLEX, Trade
from allocator.report.csv_files import write_csv
from allocator.report.json_files import write_json
from allocator.report.manifest import files_read, missing, question
from allocator.report.read_folder import MANIFEST, SCHEMA_VERSION, TOOL
from allocator.report.replace_folder import replace_folder
from allocator.report.rows import Table, pools_table
from allocator.version import tool_version
from models.exact import walk
from models.instance import FROM_RESERVE, FROM_SHARE, Grants
from models.replay import replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a bulk solve says of itself."""

    applications: int
    granted: int
    pools: Table


def divide(run: Run, folder: Path, out: Path, *, force: bool) -> Told:
    """Read the Parquet files of `folder`, divide the quota of `run`, write `out`.

    `run.tables` is empty: rows never become records. Raises `InputRejected` for what this line does not carry,
    `models.replay.Unexplained` when the answer does not survive its recount, `OutputRefused` when `out` is taken.
    """
    rolls, sources = read_rolls(folder)
    run = replace(run, tables=replace(run.tables, sources=(*run.tables.sources, *sources)))
    projects = rolls["projects"]
    line = form(rolls, run.policy, year=run.year, as_of=run.as_of, total=run.total)
    grants = walk(line.instance)
    refusals = replay(line.instance, grants)
    law = run.policy.price
    priced = prices(trades_of(rolls["trades"]), law, run.plan_submitted) if law and "trades" in rolls else {}
    poured = settle(line, grants, priced, run.policy)
    ids = rolls["accounts"].ids if "accounts" in rolls else None
    with ThreadPoolExecutor(2) as threads:  # the writer of CSV leaves the interpreter free
        large = {
            "draws.csv": threads.submit(lambda: as_csv(draws(projects, ids, line, grants, poured))),
            "allocation.csv": threads.submit(lambda: as_csv(allocation(projects, line, grants, refusals, run.policy))),
            "payments.csv": threads.submit(lambda: as_csv(payments(line, poured))),
            "shortages.csv": threads.submit(lambda: as_csv(shortages(projects, line, refusals))),
        }
        files: dict[str, Any] = {name: written.result()[0] for name, written in large.items()}
        hashes = {name: written.result()[1] for name, written in large.items()}
    settled = Settlement(draws=(), donors=(), donor_counts=(), payments=(), pools=close(line, grants), prices=())
    pools = pools_table(settled)
    files |= {f"{table.name}.csv": write_csv(table) for table in (pools, donors(line, poured))}
    hashes |= {name: sha256(content) for name, content in files.items() if name not in hashes}
    files[MANIFEST] = write_json(manifest(run, line, hashes))
    replace_folder(out, files, force=force)
    return Told(
        applications=projects.rows,
        granted=int(grants.granted.sum()),
        pools=pools,
    )


def trades_of(roll: Roll) -> tuple[Trade, ...]:
    """The rows of `trades` as records."""
    day: Texts = roll.texts["traded_on"]
    indicator = roll.texts["indicator"]
    return tuple(
        Trade(
            traded_on=date.fromisoformat(day.values[day.code[n]][:10]),
            indicator=Indicator(indicator.values[indicator.code[n]]),
            quantity=int(roll.numbers["quantity"][n]),
            unit_price_yuan=Fraction(int(roll.numbers["unit_price_yuan"][n]), 10**4),
        )
        for n in range(roll.rows)
    )


def as_csv(table: Any) -> tuple[Any, str]:
    """A table of columns as CSV in UTF-8, in memory, and its hash."""
    import pyarrow
    from pyarrow import csv

    sink = pyarrow.BufferOutputStream()
    csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
    content = memoryview(sink.getvalue())
    return content, sha256(content)


def sha256(content: Any) -> str:
    """The hash of a file's content, as the manifest gives it."""
    return hashlib.sha256(content).hexdigest()


def close(line: Line, grants: Grants) -> tuple[PoolBook, ...]:
    """QY-5.4: what a share did not use is released to the reserve, which alone may close above zero."""
    own = grants.round == FROM_SHARE
    used = [int(grants.plan[own & (line.instance.category == k)].sum()) for k in range(len(line.instance.share))]
    used.append(int(grants.plan[grants.round == FROM_RESERVE].sum()))
    left = [share.budget - used[k] for k, share in enumerate(line.shares.values())][:-1]
    return tuple(
        PoolBook(
            pool=pool,
            share=share.part,
            budget=share.budget,
            used=used[k],
            released=0 if pool == FLEX else left[k],
            received=sum(left) if pool == FLEX else 0,
        )
        for k, (pool, share) in enumerate(line.shares.items())
    )


def manifest(run: Run, line: Line, hashes: Mapping[str, str]) -> Mapping[str, Any]:
    """The content of `manifest.json`: what was asked, and the hashes of what came in and what goes out."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": tool_version()},
        "form": "bulk",
        **question(run),
        "engine": "exact",
        "fill": run.policy.ranking.fill,
        "status": "proved",
        "not_checked": [missing(unchecked) for unchecked in line.screening.not_checked],
        "not_applied": list(line.screening.not_applied),
        **files_read(run),
        "outputs": dict(sorted(hashes.items())),
    }
