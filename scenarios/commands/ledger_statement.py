# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota ledger statement ACCOUNT`: one account, entry by entry."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, db_option
from allocator.commands.conventions import Form, help_text, shared_options
from allocator.words import Language, say


@click.command(help=help_text("ledger_statement.help"), short_help=help_text("ledger_statement.short"))
@click.argument("account")
@db_option
@click.option("--from", "first", type=DAY, allow_from_autoenv=False, help=help_text("ledger_statement.from"))
@click.option("--to", "last", type=DAY, allow_from_autoenv=False, help=help_text("ledger_statement.to"))
@shared_options
def command(db: str, account: str, first: date | None, last: date | None, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    if first and last and last < first:
        raise click.BadParameter(say("ledger_reports.days_turned", lang, first=first, last=last), param_hint="--from")
    from allocator.ledger.database import connect
    from scenarios.commands.ledger_page import print_page
    from scenarios.ledger_reading import statement

    with connect(db) as database:
        print_page(statement(database, account, first, last, lang), form, lang)
