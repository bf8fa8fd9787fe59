"""`landquota nightly`: post what happened, return what is overdue, offer what is free to who waits, and tell it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from click import get_current_context  # rich_click types it as if there might be none

from allocator.commands.books import DAY, actor_option, confirm, db_option, yes_option
from allocator.commands.conventions import Exit, Form, help_text, print_problems, print_rows, shared_options, talk
from allocator.words import Language, say

if TYPE_CHECKING:
    from allocator.ledger.proposal import Mode
    from scenarios.nightly import Reported


@click.command(help=help_text("nightly.help"), short_help=help_text("nightly.short"))
@db_option
@click.option("--as-of", type=DAY, allow_from_autoenv=False, help=help_text("nightly.as_of"))
@click.option("--events", type=click.Path(path_type=Path), metavar="FILE", help=help_text("nightly.events"))
@click.option(
    "--mode",
    type=click.Choice(("keep", "least-change", "fresh")),
    default="keep",
    show_default=True,
    help=help_text("nightly.mode"),
)
@click.option("--dry-run", is_flag=True, help=help_text("nightly.dry_run"))
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="DIR", help=help_text("nightly.out"))
@click.option("--notify", metavar="COMMAND", help=help_text("nightly.notify"))
@yes_option
@actor_option
@shared_options
def command(
    db: str,
    as_of: date | None,
    events: Path | None,
    mode: "Mode",
    dry_run: bool,
    out: Path | None,
    notify: str | None,
    yes: bool,
    actor: str,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from allocator.ledger.database import Locked, connect
    from allocator.ledger.events import read_reported
    from allocator.nightly.night import NotWhole
    from allocator.nightly.telling import Asked
    from allocator.report.ledger_findings import page as findings_page
    from scenarios import nightly

    day = as_of or nightly.today()
    with connect(db) as database:
        reported = read_reported(events) if events else None
        if not dry_run:
            confirm(say("nightly.ask", lang, as_of=day, db=database.shown), yes, lang)
        asked = Asked(as_of=day, mode=mode, actor=actor, reported=reported, dry_run=dry_run)
        try:
            done = nightly.run(database, asked, out=out, command=notify or "", language=lang)
        except Locked as held:
            print_problems([held.problem], lang, form, err=True)
            get_current_context().exit(Exit.LOCKED)
        except NotWhole as broken:
            click.echo("\n".join(findings_page(broken.findings, broken.head, lang)), err=True)
            get_current_context().exit(Exit.CHECK_FAILED)
    show(done, form, lang)
    if done.told.is_impossible:
        get_current_context().exit(Exit.CONTRADICTION)


def show(done: "Reported", form: Form, language: Language) -> None:
    """The night on standard output; what was written and what went wrong on standard error."""
    from allocator.nightly.report import MOVES, as_json, page, rows

    night = done.told.night
    match form:
        case "table":
            click.echo(page(night, language), nl=False)
        case "json":
            click.echo(as_json(night), nl=False)
        case "csv":
            print_rows("moves", MOVES, rows(night), form, err=False)
    if done.told.is_old:
        talk(say("nightly.already", language))
    if done.written:
        names = ", ".join(path.name for path in done.written)
        talk(say("nightly.wrote", language, folder=done.written[0].parent, names=names))
    if done.warning:
        print_problems([done.warning], language, "table", err=True)
