"""`landquota bulk`: divide the quotas of a very large scenario of Parquet files, in columns."""

from pathlib import Path

import rich_click as click

from allocator.commands.conventions import Form, help_text, scenario_argument, set_option, shared_options, talk
from allocator.words import Language, say


@click.command(help=help_text("bulk.help"), short_help=help_text("bulk.short"))
@scenario_argument
@click.option("--out", "-o", type=click.Path(path_type=Path), required=True, help=help_text("bulk.out"))
@set_option
@click.option("--force", is_flag=True, help=help_text("solve.force"))
@shared_options
def command(scenario: str, out: Path, sets: tuple[str, ...], force: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.bulk import printed
    from allocator.report.replace_folder import refuse_if_taken
    from scenarios.bulk import divide_in_columns

    refuse_if_taken(out, force=force)
    told = divide_in_columns(scenario, sets, out, force=force)
    rendered = {"table": printed.as_lines, "json": printed.as_json, "csv": printed.as_csv}[form]
    click.echo(rendered(told.pools, lang), nl=False)
    talk(say("commands.solve.wrote", lang, out=out, granted=told.granted, applications=told.applications))
