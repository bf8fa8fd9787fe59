"""`landquota ledger init`: open the books of a scenario's plan year."""

from datetime import date

import rich_click as click

from allocator.commands.books import DAY, actor_option, db_option, unasked_option
from allocator.commands.conventions import (
    Form,
    help_text,
    print_document,
    print_rows,
    question,
    scenario_argument,
    set_option,
    shared_options,
    talk,
)
from allocator.words import Language, say


@click.command(help=help_text("ledger_init.help"), short_help=help_text("ledger_init.short"))
@scenario_argument
@db_option
@set_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("ledger_init.as_of"))
@actor_option
@unasked_option
@click.option("--dry-run", is_flag=True, help=help_text("options.dry_run"))
@shared_options
def command(
    scenario: str,
    db: str,
    sets: tuple[str, ...],
    as_of: date | None,
    actor: str,
    dry_run: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from scenarios.ledger_printed import opened_facts, opened_text
    from scenarios.opening import open_books

    opened = open_books(scenario, sets, db, as_of=as_of, actor=actor, dry_run=dry_run)
    if form == "table":
        click.echo("\n".join(opened_text(opened, lang)))
    elif form == "json":
        print_document("opened", opened_facts(opened), err=False)
    else:
        facts = {name: str(value) for name, value in opened_facts(opened).items()}
        print_rows("opened", tuple(facts), [facts], "csv", err=False)
    if any(opened.warnings):
        talk(say("commands.solve.findings", lang, count=len(opened.warnings), scenario=question()))
    if dry_run:
        talk(say("ledger.commands.dry_run", lang))
