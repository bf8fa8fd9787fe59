"""`landquota init`: a scenario folder with a template workbook to fill in."""

from datetime import date
from pathlib import Path
from shlex import quote

import rich_click as click

from allocator.commands.conventions import help_text, lang_option
from allocator.words import Language, say


@click.command(help=help_text("init.help"), short_help=help_text("init.short"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=help_text("init.force"))
@click.option("--dry-run", is_flag=True, help=help_text("init.dry_run"))
@lang_option
def command(folder: Path, force: bool, dry_run: bool, lang: Language) -> None:
    """Parse, call once, print."""
    try:
        _refuse_what_is_there(folder, force, lang)

        from scenarios import keeping, template

        files = [folder / name for name in (template.FILE, template.DATA)]
        if dry_run:
            for file in files:
                if file.exists():
                    copy = keeping.name_copy(file).name
                    click.echo(say("commands.init.would_replace", lang, file=file, copy=copy))
                else:
                    click.echo(say("commands.init.would_write", lang, file=file))
            return
        with keeping.keep_what_changes(files) as kept:
            template.write_template(folder, as_of=date.today())
    except OSError as error:
        reason = error.strerror or error
        raise click.UsageError(say("commands.init.unwritable", lang, folder=folder, reason=reason)) from None
    for file in files:
        click.echo(say("commands.init.wrote", lang, file=file))
    for file, copy in kept.items():
        click.echo(say("commands.init.kept", lang, file=file.name, copy=copy), err=True)
    click.echo(say("commands.init.next", lang, folder=quote(str(folder))), err=True)


def _refuse_what_is_there(folder: Path, force: bool, lang: Language) -> None:
    """A file is no folder; one that holds something is written into by force only; the folder above it must stand."""
    if not folder.parent.is_dir():
        raise click.UsageError(say("commands.init.no_parent", lang, parent=folder.parent))
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(say("commands.init.not_a_folder", lang, folder=folder))
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise click.UsageError(say("commands.init.exists", lang, folder=folder))
