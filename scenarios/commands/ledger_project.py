# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota ledger project ID`: the whole life of one project."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, db_option
from allocator.commands.conventions import Form, help_text, shared_options
from allocator.commands.explain import Explain
from allocator.words import Language


@click.command(cls=Explain, help=help_text("ledger_project.help"), short_help=help_text("ledger_project.short"))
@click.argument("project", metavar="ID")
@db_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("ledger_balance.as_of"))
@shared_options
def command(db: str, project: str, as_of: date | None, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from scenarios import ledger_reading
    from scenarios.commands.ledger_page import print_page

    with connect(db) as database:
        print_page(ledger_reading.project(database, project, as_of, lang), form, lang)
