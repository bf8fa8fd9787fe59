# pyright: reportUnknownMemberType=false, reportUntypedFunctionDecorator=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota policy`: list the shipped policies, show one with its citations, check one."""

from collections.abc import Mapping, Sequence
from unicodedata import east_asian_width

import rich_click as click

from allocator.commands.conventions import (
    Form,
    help_language,
    print_problems,
    print_rows,
    shared_options,
    talk,
)
from allocator.words import Language, say


@click.group(help=say("policy.help", help_language()), short_help=say("commands.policy.short", help_language()))
def command() -> None:
    """The group; it does nothing by itself."""


@command.command("list", help=say("policy.list.help", help_language()))
@shared_options
def list_command(form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.policy_listing import list_policies

    print_table("policies", ("name", "title", "extends", "rules"), list_policies(lang), form, lang)


@command.command("show", help=say("policy.show.help", help_language()))
@click.argument("policy")
@shared_options
def show_command(policy: str, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.policy_files import load
    from allocator.policy_listing import list_settings

    print_table("settings", ("setting", "cite", "value"), list_settings(load(policy).policy), form, lang)


@command.command("check", help=say("policy.check.help", help_language()))
@click.argument("policy")
@shared_options
def check_command(policy: str, form: Form, lang: Language) -> None:
    """Parse, call once, print; what is wrong comes as `InputRejected` and ends with exit code 5."""
    from allocator.policy_files import load

    loaded = load(policy)
    print_problems((*loaded.warnings, *loaded.differences), lang, form)
    found = loaded.policy
    counts = {"rules": len(found.rules), "gates": len(found.gates), "tiers": len(found.tiers)}
    talk(say("policy.check.clean", lang, policy=found.name, **counts))


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]], form: Form, language: Language
) -> None:
    """Rows to standard output: aligned under their headings, as JSON, or as CSV."""
    if form != "table":
        print_rows(title, columns, rows, form, err=False)
    else:
        head = {column: say(f"policy.columns.{column}", language) for column in columns}
        widths = {column: max(width(row[column]) for row in (head, *rows)) for column in columns}
        for row in (head, *rows):
            cells = (row[column] + " " * (widths[column] - width(row[column])) for column in columns)
            click.echo("  ".join(cells).rstrip())


def width(text: str) -> int:
    """Columns of a terminal that `text` takes: Chinese characters are two wide."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
