"""What `landquota bulk` prints: the books of the pools."""

from decimal import Decimal

from allocator.report.csv_files import spell, write_csv
from allocator.report.json_files import write_json
from allocator.report.names import name
from allocator.report.read_folder import SCHEMA_VERSION
from allocator.report.rows import Table
from allocator.words import Language, say


def as_lines(pools: Table, language: Language) -> str:
    """One line a pool, in words."""
    columns = ("budget", "used", "released", "received", "closing")
    return "".join(
        say(
            "report.terminal.pool",
            language,
            pool=name("categories", str(row[0]), language),
            **{column: spell(row[pools.columns.index(f"{column}_mu")]) for column in columns},
        )
        + "\n"
        for row in pools.rows
    )


def as_json(pools: Table, language: Language) -> str:  # noqa: ARG001
    """The same as one JSON document; decimals are texts, so that none is rounded on the way."""
    rows = [
        {key: f"{cell:f}" if isinstance(cell, Decimal) else cell for key, cell in zip(pools.columns, row, strict=True)}
        for row in pools.rows
    ]
    return write_json({"schema_version": SCHEMA_VERSION, "pools": rows}).decode("utf-8")


def as_csv(pools: Table, language: Language) -> str:  # noqa: ARG001
    """The content of `pools.csv`."""
    return write_csv(pools).decode("utf-8")
