# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""`landquota ledger due`: what somebody has to do by a day, overdue first."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, db_option
from allocator.commands.conventions import Form, help_text, shared_options
from allocator.words import Language


@click.command(help=help_text("ledger_due.help"), short_help=help_text("ledger_due.short"))
@db_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("ledger_due.as_of"))
@shared_options
def command(db: str, as_of: date | None, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from scenarios.commands.ledger_page import print_page
    from scenarios.ledger_reading import due
    from scenarios.nightly import today

    with connect(db) as database:
        print_page(due(database, as_of or today(), lang), form, lang)
