"""`landquota check`: every problem of a scenario at once."""

import rich_click as click

from allocator.commands.conventions import (
    Exit,
    Form,
    count_problems,
    help_text,
    print_problems,
    scenario_argument,
    set_option,
    shared_options,
    talk,
)
from allocator.problems import errors
from allocator.words import Language, say


@click.command(help=help_text("check.help"), short_help=help_text("check.short"))
@scenario_argument
@set_option
@shared_options
@click.pass_context
def command(context: click.Context, scenario: str, sets: tuple[str, ...], form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from scenarios.solving import check

    problems = check(scenario, sets)
    print_problems(problems, lang, form)
    talk(count_problems(problems, lang) if problems else say("commands.check.clean", lang, scenario=scenario))
    if errors(problems):
        context.exit(Exit.REJECTED)
