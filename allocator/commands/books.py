# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""What every command on the books shares: where they are, who acts, and how it asks before it writes."""

import sys
from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

import rich_click as click
from click import get_current_context  # rich_click types it as if there might be none

from allocator.commands.conventions import Exit, help_text
from allocator.words import Language, say


class Day(click.ParamType[date]):
    """A day, written 2026-03-20; handed to the command as a date."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """A date; everything else is wrong usage."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(help_text("options.no_day", value=value), param, ctx)


DAY = Day()

F = TypeVar("F", bound=Callable[..., Any])


def db_option(command: F) -> F:
    """`--db URL`, handed to the command as `db`: beats LANDQUOTA_DB; without either it is wrong usage (exit 2)."""
    return click.option(
        "--db",
        required=True,
        metavar="URL",
        envvar="LANDQUOTA_DB",
        allow_from_autoenv=False,
        help=help_text("options.db"),
    )(command)


def yes_option(command: F) -> F:
    """`--yes`, handed to the command as `yes`: the question is answered beforehand."""
    return click.option("--yes", is_flag=True, help=help_text("options.yes"))(command)


def unasked_option(command: F) -> F:
    """`--yes` of a command that writes without asking: accepted, so that a script may give it everywhere."""
    return click.option("--yes", is_flag=True, expose_value=False, help=help_text("options.unasked"))(command)


def actor_option(command: F) -> F:
    """`--actor NAME`, handed to the command as `actor`: beats LANDQUOTA_ACTOR, which beats the user of the system."""
    return click.option(
        "--actor",
        metavar="NAME",
        default=user,
        envvar="LANDQUOTA_ACTOR",
        allow_from_autoenv=False,
        help=help_text("options.actor"),
    )(command)


def user() -> str:
    """The user of the system, or "unknown" where it names none."""
    from getpass import getuser

    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"


def confirm(asked: str, yes: bool, language: Language) -> None:
    """Go on only with `--yes`, or when a person at the terminal says so.

    Without a terminal nobody can be asked: wrong usage (exit 2). A person who says no ends the command (exit
    130); nothing was done.
    """
    if yes:
        return
    if not is_terminal():
        raise click.UsageError(say("ledger.commands.nobody_to_ask", language), ctx=get_current_context())
    try:
        said = click.confirm(asked, err=True)
    except click.Abort:
        said = False
    if not said:
        click.echo(say("ledger.commands.stopped", language), err=True)
        get_current_context().exit(Exit.INTERRUPTED)


def is_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()
