"""`landquota init`: a scenario folder with a template workbook to fill in."""

from datetime import date
from pathlib import Path

import rich_click as click

from allocator.commands.conventions import help_language, help_text, lang_option
from allocator.words import Language, say


def _help(key: str) -> str:
    return say(f"scenario.init.{key}", help_language())


@click.command(help=_help("help"), short_help=help_text("init.short"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=_help("force"))
@click.option("--dry-run", is_flag=True, help=_help("dry_run"))
@lang_option
def command(folder: Path, force: bool, dry_run: bool, lang: Language) -> None:
    """Parse, call once, print."""
    try:
        _refuse_what_is_there(folder, force, lang)

        from scenarios import template

        if dry_run:
            for name in (template.FILE, template.DATA):
                click.echo(say("scenario.init.would_write", lang, file=folder / name))
            return
        written = template.write_template(folder, as_of=date.today())
    except OSError as error:
        reason = error.strerror or error
        raise click.UsageError(say("scenario.init.unwritable", lang, folder=folder, reason=reason)) from None
    for file in written:
        click.echo(say("scenario.init.wrote", lang, file=file))
    click.echo(say("scenario.init.next", lang, folder=folder), err=True)


def _refuse_what_is_there(folder: Path, force: bool, lang: Language) -> None:
    """A file is no folder; a folder that holds something is written into by force only."""
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(say("scenario.init.not_a_folder", lang, folder=folder))
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise click.UsageError(say("scenario.init.exists", lang, folder=folder))
