"""`landquota init`: a scenario folder with a template workbook to fill in."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from shlex import quote

import rich_click as click

from allocator.commands.conventions import Form, help_text, print_rows, shared_options, talk
from allocator.words import Language, say

COLUMNS = ("file", "kept_as")
"""What `--format csv` tells of each file written, or, in a dry run, of each that would be."""


@click.command(help=help_text("init.help"), short_help=help_text("init.short"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=help_text("init.force"))
@click.option("--dry-run", is_flag=True, help=help_text("init.dry_run"))
@shared_options
def command(folder: Path, force: bool, dry_run: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    try:
        _refuse_what_is_there(folder, force, lang)

        from scenarios import keeping, template

        files = [folder / name for name in (template.FILE, template.DATA)]
        if dry_run:
            copies = {file: keeping.name_copy(file) for file in files if file.exists()}
            if form != "table":
                print_rows("would_write", COLUMNS, rows(files, copies), form, err=False)
                return
            for file in files:
                step = "would_replace" if file in copies else "would_write"
                click.echo(say(f"commands.init.{step}", lang, file=file, copy=copies.get(file, file).name))
            return
        with keeping.keep_what_changes(files) as kept:
            template.write_template(folder, as_of=date.today())
    except OSError as error:
        reason = error.strerror or error
        raise click.UsageError(say("commands.init.unwritable", lang, folder=folder, reason=reason)) from None
    if form != "table":
        print_rows("written", COLUMNS, rows(files, kept), form, err=False)
    else:
        for file in files:
            click.echo(say("commands.init.wrote", lang, file=file))
    for file, copy in kept.items():
        talk(say("commands.init.kept", lang, file=file.name, copy=copy))
    talk(say("commands.init.next", lang, folder=quote(str(folder))))


def rows(files: Sequence[Path], kept: Mapping[Path, Path]) -> list[dict[str, str]]:
    """One row a file: its path, and that of the copy of what stood there, or "" without one."""
    return [{"file": str(file), "kept_as": str(kept.get(file, ""))} for file in files]


def _refuse_what_is_there(folder: Path, force: bool, lang: Language) -> None:
    """A file is no folder; one that holds something is written into by force only; the folder above it must stand."""
    if not folder.parent.is_dir():
        raise click.UsageError(say("commands.init.no_parent", lang, parent=folder.parent))
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(say("commands.init.not_a_folder", lang, folder=folder))
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise click.UsageError(say("commands.init.exists", lang, folder=folder))
