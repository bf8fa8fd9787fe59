"""`landquota approve`: post a proposal on the day and the paper of the committee's decision."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, actor_option, confirm, db_option, yes_option
from allocator.commands.conventions import Form, help_text, print_document, print_rows, shared_options, talk
from allocator.words import Language, say


@click.command(help=help_text("approve.help"), short_help=help_text("approve.short"))
@click.argument("proposal", metavar="ID")
@db_option
@click.option("--date", "on", type=DAY, required=True, allow_from_autoenv=False, help=help_text("approve.date"))
@click.option("--document", metavar="NO", required=True, allow_from_autoenv=False, help=help_text("approve.document"))
@actor_option
@yes_option
@click.option("--dry-run", is_flag=True, help=help_text("options.dry_run"))
@shared_options
def command(
    proposal: str,
    db: str,
    on: date,
    document: str,
    actor: str,
    yes: bool,
    dry_run: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from scenarios import ledger_printed as printed
    from scenarios.proposing import approve, load

    with connect(db) as database:
        if not dry_run:
            confirm(printed.question(load(database, proposal), on, document, lang), yes, lang)
        decision = approve(database, proposal, on=on, document=document, actor=actor, dry_run=dry_run)
    if form == "table":
        click.echo("\n".join(printed.approved_text(decision, on, lang)))
    elif form == "json":
        print_document("approved", printed.approved_facts(decision, on), err=False)
    else:
        rows = printed.granted_rows(decision, on)
        print_rows("granted", printed.GRANTED, rows, "csv", err=False)
    if dry_run:
        talk(say("ledger.commands.dry_run", lang))
