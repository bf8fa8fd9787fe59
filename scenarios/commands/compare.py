# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota compare`: results side by side."""

from pathlib import Path

import rich_click as click

from allocator.commands.conventions import Form, help_text, shared_options
from allocator.words import Language, say


@click.command(help=help_text("compare.help"), short_help=help_text("compare.short"))
@click.argument("folders", metavar="OUT OUT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--attribute", is_flag=True, help=help_text("compare.attribute"))
@shared_options
def command(folders: tuple[Path, ...], attribute: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    if len(folders) < 2:
        raise click.UsageError(say("commands.compare.two", lang))
    from scenarios import comparison_printed
    from scenarios.comparison import compare

    comparisons = compare(folders)
    steps: list[comparison_printed.Attribution] = [None] * len(comparisons)
    if attribute:
        from scenarios.comparison_attribution import attribute as find_steps

        steps = [find_steps(comparison) for comparison in comparisons]
    match form:
        case "json":
            click.echo(comparison_printed.as_json(comparisons, steps), nl=False)
        case "csv":
            click.echo(comparison_printed.as_csv(comparisons), nl=False)
        case "table":
            pages = [comparison_printed.page(each, found, lang) for each, found in zip(comparisons, steps, strict=True)]
            click.echo("\n\n".join("\n".join(page) for page in pages))
