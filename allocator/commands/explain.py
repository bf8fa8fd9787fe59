# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota explain OUT PROJECT`."""

from pathlib import Path

import rich_click as click

from allocator.commands.conventions import help_language, lang_option
from allocator.words import Language, say


@click.command(help=say("explain.command.what", help_language()))
@click.argument("out", type=click.Path(path_type=Path))
@click.argument("project")
@click.option("--format", "form", type=click.Choice(("table", "json")), default="table", show_default=True,
              help=say("explain.command.format", help_language()))  # fmt: skip
@lang_option
@click.pass_context
def command(context: click.Context, out: Path, project: str, form: str, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.report.lookup import look_up

    context.meta["landquota.form"] = form
    click.echo(look_up(out, project, lang, as_json=form == "json"), nl=False)
