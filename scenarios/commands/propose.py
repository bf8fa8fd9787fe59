"""`landquota propose`: ask what is open on the books, and store the answer as a proposal."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, db_option, unasked_option
from allocator.commands.conventions import (
    Form,
    help_text,
    is_on,
    print_problems,
    set_option,
    shared_options,
    talk,
)
from allocator.words import Language, say


@click.command(help=help_text("propose.help"), short_help=help_text("propose.short"))
@click.argument("scenario", required=False)
@db_option
@set_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("propose.as_of"))
@unasked_option
@click.option("--dry-run", is_flag=True, help=help_text("options.dry_run"))
@shared_options
def command(
    scenario: str | None,
    db: str,
    sets: tuple[str, ...],
    as_of: date | None,
    dry_run: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from scenarios import ledger_printed as printed
    from scenarios.proposing import propose

    proposed = propose(scenario, sets, db, as_of=as_of, dry_run=dry_run)
    rendered = {"table": printed.proposed_text, "json": printed.proposed_json, "csv": printed.proposed_csv}[form]
    click.echo(rendered(proposed, lang), nl=False)
    if is_on("verbose"):
        print_problems(proposed.warnings, lang, "table", err=True)
    else:
        print_problems(proposed.of_books, lang, "table", err=True)
        if others := len(proposed.warnings) - len(proposed.of_books):
            talk(say("ledger.commands.findings", lang, count=others))
    if dry_run:
        talk(say("ledger.commands.dry_run", lang))
