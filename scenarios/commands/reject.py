"""`landquota reject`: close a proposal without posting it."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, actor_option, db_option, unasked_option
from allocator.commands.conventions import Form, help_text, print_document, print_rows, shared_options, talk
from allocator.words import Language, say


@click.command(help=help_text("reject.help"), short_help=help_text("reject.short"))
@click.argument("proposal", metavar="ID")
@db_option
@click.option("--reason", metavar="TEXT", required=True, allow_from_autoenv=False, help=help_text("reject.reason"))
@click.option("--date", "on", type=DAY, allow_from_autoenv=False, help=help_text("reject.date"))
@actor_option
@unasked_option
@click.option("--dry-run", is_flag=True, help=help_text("options.dry_run"))
@shared_options
def command(
    proposal: str,
    db: str,
    reason: str,
    on: date | None,
    actor: str,
    dry_run: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import connect
    from scenarios.proposing import reject

    with connect(db) as database:
        decision = reject(database, proposal, on=on, reason=reason, actor=actor, dry_run=dry_run)
    facts = {"proposal": proposal, "decision": "rejected", "reason": reason, "head": str(decision.head)}
    if form == "table":
        click.echo(say("ledger.commands.rejected", lang, proposal=proposal, reason=reason, head=decision.head))
    elif form == "json":
        print_document("rejected", facts, err=False)
    else:
        print_rows("rejected", tuple(facts), [facts], "csv", err=False)
    if dry_run:
        talk(say("ledger.commands.dry_run", lang))
