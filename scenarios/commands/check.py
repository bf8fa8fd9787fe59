"""`landquota check`: every problem of a scenario at once."""

import rich_click as click

from allocator.commands.conventions import (
    Exit,
    Form,
    count_problems,
    format_option,
    help_text,
    lang_option,
    print_problems,
    quiet_option,
    scenario_argument,
    set_option,
)
from allocator.problems import errors
from allocator.words import Language, say


@click.command(help=help_text("check.help"), short_help=help_text("check.short"))
@scenario_argument
@set_option
@format_option
@lang_option
@quiet_option
@click.pass_context
def command(
    context: click.Context, scenario: str, sets: tuple[str, ...], form: Form, lang: Language, quiet: bool
) -> None:
    """Parse, call once, print."""
    from scenarios.solving import check

    problems = check(scenario, sets)
    print_problems(problems, lang, form)
    if not quiet:
        said = count_problems(problems, lang) if problems else say("commands.check.clean", lang, scenario=scenario)
        click.echo(said, err=True)
    if errors(problems):
        context.exit(Exit.REJECTED)
