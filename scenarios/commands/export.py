"""`landquota export`: one rung of a solve as an MPS or LP file, for a solver of one's own choice."""

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from allocator.commands.conventions import (
    help_text,
    lang_option,
    quiet_option,
    scenario_argument,
    set_option,
    talk,
    verbose_option,
)
from allocator.words import Language, say

if TYPE_CHECKING:
    from models.second_pulp import Form


@click.command(help=help_text("export.help"), short_help=help_text("export.short"))
@scenario_argument
@click.option(
    "--format",
    type=click.Choice(("mps", "lp")),
    default="mps",
    show_default=True,
    envvar="LANDQUOTA_EXPORT_FORMAT",
    allow_from_autoenv=False,
    help=help_text("export.format"),
)
@click.option("--rung", default="1", show_default=True, help=help_text("export.rung"))
@click.option("--out", "-o", type=click.Path(path_type=Path, dir_okay=False), help=help_text("export.out"))
@set_option
@click.option("--force", is_flag=True, help=help_text("export.force"))
@click.option("--dry-run", is_flag=True, help=help_text("export.dry_run"))
@lang_option
@quiet_option
@verbose_option
def command(
    scenario: str,
    format: "Form",
    rung: str,
    out: Path | None,
    sets: tuple[str, ...],
    force: bool,
    dry_run: bool,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    from allocator.export import UnknownRung, export
    from scenarios.question import read_run

    map_file = out.with_name(f"{out.name}.map.csv") if out else None
    for file in (out, map_file):
        if file and file.exists() and not force:
            raise click.BadParameter(say("commands.export.exists", lang, file=file), param_hint="--out")
    if out and not out.parent.is_dir():
        raise click.BadParameter(say("commands.export.no_folder", lang, folder=out.parent), param_hint="--out")
    run, _ = read_run(scenario, sets)
    try:
        exported = export(run, format, rung)
    except UnknownRung as unknown:
        known = ", ".join(unknown.names)
        raise click.BadParameter(
            say("commands.export.unknown_rung", lang, rung=rung, known=known), param_hint="--rung"
        ) from unknown
    if out and map_file:
        if not dry_run:
            out.write_text(exported.program, encoding="utf-8")
            map_file.write_text(exported.names, encoding="utf-8")
        talk(say(f"commands.export.{'would_write' if dry_run else 'wrote'}", lang, file=out, names=map_file))
    else:
        click.echo(exported.program, nl=False)
    value = exported.value if format == "lp" else -exported.value
    talk(say(f"commands.export.value_{format}", lang, rung=exported.rung, value=value))
