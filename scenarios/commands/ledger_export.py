# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""`landquota ledger export`: the three libraries (QN-21.1), grants and balances as CSV files or a workbook."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from allocator.commands.books import DAY, db_option
from allocator.commands.conventions import help_text, lang_option, quiet_option, talk, verbose_option
from allocator.words import Language, say

if TYPE_CHECKING:
    from scenarios.ledger_export import Kind


@click.command(help=help_text("ledger_export.help"), short_help=help_text("ledger_export.short"))
@click.option("--out", "-o", required=True, type=click.Path(path_type=Path), help=help_text("ledger_export.out"))
@db_option
@click.option(
    "--format",
    type=click.Choice(("csv", "xlsx")),
    default="csv",
    show_default=True,
    allow_from_autoenv=False,
    help=help_text("ledger_export.format"),
)
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("ledger_balance.as_of"))
@click.option("--force", is_flag=True, help=help_text("ledger_export.force"))
@lang_option
@quiet_option
@verbose_option
def command(db: str, out: Path, format: "Kind", as_of: date | None, force: bool, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from allocator.report.ledger_page import foot
    from scenarios.ledger_export import export

    with connect(db) as database:
        at, names, notes = export(database, out, format, as_of, lang, force=force)
    for line in (say("ledger_reports.wrote", lang, folder=out, names=", ".join(names)), *notes, foot(at, lang)):
        talk(line)
