# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota ledger reverse SEQ...`: answer a mistake in the books by contrary entries."""

from datetime import datetime

import rich_click as click

from allocator.commands.books import actor_option, confirm, db_option, yes_option
from allocator.commands.conventions import Form, help_text, print_document, print_rows, shared_options
from allocator.words import Language, say


@click.command(help=help_text("ledger_reverse.help"), short_help=help_text("ledger_reverse.short"))
@click.argument("numbers", metavar="SEQ...", nargs=-1, required=True, type=click.IntRange(min=1))
@db_option
@click.option(
    "--date",
    "on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    allow_from_autoenv=False,
    help=help_text("ledger_reverse.date"),
)
@click.option(
    "--document", required=True, metavar="NO", allow_from_autoenv=False, help=help_text("ledger_reverse.document")
)
@click.option(
    "--reason", required=True, metavar="TEXT", allow_from_autoenv=False, help=help_text("ledger_reverse.reason")
)
@actor_option
@yes_option
@shared_options
def command(
    numbers: tuple[int, ...],
    db: str,
    on: datetime,
    document: str,
    reason: str,
    actor: str,
    yes: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from allocator.ledger import journal
    from allocator.ledger.database import connect
    from allocator.ledger.reversal import COLUMNS, as_row, draft_reversals

    day = on.date()
    with connect(db) as database:
        with database.reading() as connection:  # what is wrong is said before the question
            asked = draft_reversals(connection, numbers, on=day, document=document, reason=reason, actor=actor)
        confirm(say("ledger_reversal.asked", lang, count=len(asked), where=database.shown), yes, lang)
        with database.writing() as connection:
            entries = draft_reversals(connection, numbers, on=day, document=document, reason=reason, actor=actor)
            told = f"{sorted(set(numbers))} {document} {reason} {actor}"
            head = journal.append(connection, entries, command="ledger reverse", as_of=day, asked=told)
    rows = [as_row(entry, number) for number, entry in enumerate(entries, head.seq - len(entries) + 1)]
    match form:
        case "table":
            for row in rows:
                click.echo(say("ledger_reversal.row", lang, **row))
            click.echo(say("ledger_reversal.done", lang, count=len(rows), head=head))
        case "json":
            print_document("reversal", {"head": str(head), "entries": rows}, err=False)
        case "csv":
            print_rows("entries", COLUMNS, rows, form, err=False)
