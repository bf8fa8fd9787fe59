"""The root group: a street directory that loads one module a command, on demand, and the error boundary around them.

Nothing heavy is imported here: `landquota --help` answers before a spreadsheet or solver library could be read.
"""

import os
import sys
from importlib import import_module
from typing import Any

import rich_click as click
from click.exceptions import Exit as Ended

from allocator.commands.conventions import Exit, Form, count_problems, help_language, help_text, print_problems
from allocator.problems import InputRejected, OutputRefused
from allocator.words import Language, say

STREET = {
    "init": "scenarios.commands.init",
    "check": "scenarios.commands.check",
    "solve": "scenarios.commands.solve",
    "explain": "allocator.commands.explain",
    "policy": "allocator.commands.policy",
}
"""Command name -> the module whose `command` it is; the order of `--help`."""


class Street(click.RichGroup):
    """A group that knows its commands by name and summary, and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names, in the order of the directory."""
        return list(STREET)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A stand-in with the summary, enough for a listing: `resolve_command` brings the real one."""
        return (
            click.RichCommand(name=cmd_name, short_help=help_text(f"{cmd_name}.short")) if cmd_name in STREET else None
        )

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was called, its module imported now."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and stand_in else None, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong becomes a message for a person and an exit code for a script."""
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.Abort, Ended):
            raise  # click's own ways to end
        except BaseException as trouble:
            ctx.exit(
                answer(
                    trouble, ctx.meta.get("landquota.lang", help_language()), ctx.meta.get("landquota.form", "table")
                )
            )


def answer(trouble: BaseException, language: Language, form: Form) -> Exit:
    """Say what went wrong, on standard error, and give the exit code that says it to a script."""
    match trouble:
        case InputRejected():
            print_problems(trouble.problems, language, form, err=True)
            if form == "table":
                click.echo(count_problems(trouble.problems, language), err=True)
                click.echo(say("commands.rejected", language), err=True)
            return Exit.REJECTED
        case OutputRefused():
            print_problems([trouble.problem], language, form, err=True)
            return Exit.USAGE
        case KeyboardInterrupt():
            click.echo("\n" + say("commands.interrupted", language), err=True)
            return Exit.INTERRUPTED
        case BrokenPipeError():
            # The reader has seen enough; what is still buffered must not fail once more when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.DONE
        case Exception():
            from allocator.commands.bug import report

            click.echo(report(trouble, sys.argv, language), err=True)
            return Exit.OUR_BUG
        case _:
            raise trouble


def load(name: str) -> click.Command:
    """The command object of one house in the street."""
    return import_module(STREET[name]).command


def set_defaults(context: click.Context) -> None:
    """Let the files of defaults speak for options that neither the command line nor the environment names."""
    from allocator.commands.defaults import read_defaults

    if context.invoked_subcommand:
        context.default_map = read_defaults(context.invoked_subcommand, load(context.invoked_subcommand), STREET)


@click.group(
    name="landquota",
    cls=Street,
    help=help_text("street"),
    epilog=help_text("street_epilog"),
    context_settings={"auto_envvar_prefix": "LANDQUOTA", "help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="landquota", prog_name="landquota", help=help_text("options.version"))
@click.pass_context
def street(context: click.Context) -> None:
    """The root; its help is in `words/commands.toml`."""
    set_defaults(context)


def speak_any_language() -> None:
    """Never fail on a character the terminal lacks: plain ASCII streams become UTF-8, others show `?` for it."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("_", "-") in ("ascii", "us-ascii", "ansi-x3.4-1968", "646"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        else:
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def main() -> None:
    """The console script."""
    speak_any_language()
    street.main(prog_name="landquota")


if __name__ == "__main__":
    main()
