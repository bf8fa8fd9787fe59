# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota ledger report PERIOD`: the report of a quarter (QY-14.1) or of the year (QY-15.1)."""

import rich_click as click

from allocator.commands.books import db_option
from allocator.commands.conventions import Form, help_text, shared_options
from allocator.words import Language, say


@click.command(help=help_text("ledger_report.help"), short_help=help_text("ledger_report.short"))
@click.argument("period")
@db_option
@shared_options
def command(db: str, period: str, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from allocator.ledger.period import read_period
    from scenarios.commands.ledger_page import print_page
    from scenarios.ledger_reading import report

    asked = read_period(period)
    if asked is None:
        raise click.BadParameter(say("commands.ledger_report.no_period", lang, value=period), param_hint="PERIOD")
    with connect(db) as database:
        print_page(report(database, asked, lang), form, lang)
