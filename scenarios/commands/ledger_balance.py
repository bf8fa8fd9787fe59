# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""`landquota ledger balance`: what is in every account at the end of a day."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, db_option
from allocator.commands.conventions import Form, help_text, shared_options
from allocator.words import Language


@click.command(help=help_text("ledger_balance.help"), short_help=help_text("ledger_balance.short"))
@db_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("ledger_balance.as_of"))
@click.option("--all", "all_", is_flag=True, allow_from_autoenv=False, help=help_text("ledger_balance.all"))
@shared_options
def command(db: str, as_of: date | None, all_: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from scenarios.commands.ledger_page import print_page
    from scenarios.ledger_reading import balance

    with connect(db) as database:
        print_page(balance(database, as_of, lang, all_=all_), form, lang)
