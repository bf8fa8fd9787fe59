"""The root group: a street directory that loads one module a command, on demand, and the error boundary around them.

Nothing heavy is imported here: `landquota --help` answers before a spreadsheet or solver library could be read.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import rich_click as click
from click.exceptions import Exit as Ended

from allocator.commands.click_words import panel_titles, translate_click
from allocator.commands.conventions import (
    Exit,
    Form,
    count_problems,
    help_language,
    help_text,
    nearest_name,
    print_document,
    print_problems,
    print_rows,
    question,
)
from allocator.contradiction import Contradiction
from allocator.disagreement import EnginesDisagree, NoSecondOpinion
from allocator.problems import DatabaseRejected, InputRejected, NothingFound, OutputRefused
from allocator.words import Language, say

STREET = {
    "init": "scenarios.commands.init",
    "check": "scenarios.commands.check",
    "solve": "scenarios.commands.solve",
    "bulk": "scenarios.commands.bulk",
    "export": "scenarios.commands.export",
    "explain": "allocator.commands.explain",
    "audit": "scenarios.commands.audit",
    "compare": "scenarios.commands.compare",
    "study": "scenarios.commands.study",
    "ledger": "scenarios.commands.ledger",
    "propose": "scenarios.commands.propose",
    "approve": "scenarios.commands.approve",
    "reject": "scenarios.commands.reject",
    "nightly": "scenarios.commands.nightly",
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
        """The command that was called, its module imported now; one that does not exist gets the nearest name."""
        if args[0] not in STREET and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = nearest_name(args[0], STREET)
            ctx.fail(
                help_text("unknown_command_near", name=args[0], near=near)
                if near
                else help_text("unknown_command", name=args[0], known=", ".join(STREET))
            )
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and stand_in else None, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong becomes a message for a person and an exit code for a script."""
        try:
            with interruptible():
                super().invoke(ctx)
                sys.stdout.flush()
        except (click.ClickException, click.Abort, Ended):
            raise  # click's own ways to end
        except BaseException as trouble:
            ctx.exit(answer(trouble, ctx))


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, an interrupt is a `KeyboardInterrupt`, so that what was begun is tidied away."""
    outside = signal.getsignal(signal.SIGINT)
    if outside is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, outside)


def answer(trouble: BaseException, ctx: click.Context) -> Exit:
    """Say what went wrong, on standard error, and give the exit code that says it to a script."""
    language: Language = ctx.meta.get("landquota.lang", help_language())
    form: Form = ctx.meta.get("landquota.form", "table")
    match trouble:
        case InputRejected():
            print_problems(trouble.problems, language, form, err=True)
            if form == "table" and ctx.meta.get("landquota.scenario"):
                click.echo(count_problems(trouble.problems, language), err=True)
                if not isinstance(trouble, DatabaseRejected):  # to check the scenario again would not help
                    click.echo(say("commands.rejected", language, scenario=question()), err=True)
            return Exit.REJECTED
        case OutputRefused():
            print_problems([trouble.problem], language, form, err=True)
            return Exit.USAGE
        case Contradiction():
            print_contradiction(trouble, language, form)
            return Exit.CONTRADICTION
        case EnginesDisagree():
            from allocator.commands.disagreement import report as report_disagreement

            click.echo(report_disagreement(trouble, language), err=True)
            return Exit.ENGINES_DISAGREE
        case NoSecondOpinion():
            click.echo(say(f"second_opinion.{trouble.word}", language, reason=trouble.reason), err=True)
            return Exit.USAGE
        case NothingFound():
            click.echo(say("commands.solve.nothing_found", language), err=True)
            return Exit.UNPROVED
        case _ if was_interrupted(trouble):
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


def print_contradiction(found: Contradiction, language: Language, form: Form) -> None:
    """Rules that cannot be kept together, on standard error."""
    from allocator.report.contradiction import COLUMNS, as_dict, as_rows, page

    match form:
        case "table":
            click.echo(page(found, language), err=True)
        case "json":
            print_document("contradiction", as_dict(found), err=True)
        case "csv":
            print_rows("contradiction", COLUMNS, as_rows(found), form, err=True)


def was_interrupted(trouble: BaseException | None) -> bool:
    """Whether an interrupt is at the root of it: Python 3.11 wraps one that comes while a class is being made."""
    seen: list[BaseException] = []
    while trouble and not isinstance(trouble, KeyboardInterrupt) and trouble not in seen:  # errors may name each other
        seen.append(trouble)
        trouble = trouble.__cause__ or trouble.__context__
    return isinstance(trouble, KeyboardInterrupt)


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
    context_settings={
        "auto_envvar_prefix": "LANDQUOTA",
        "help_option_names": ["-h", "--help"],
        "rich_help_config": panel_titles(),
    },
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


def run() -> None:
    """The street, from the arguments of the command line to an exit code; once that is known, it stands."""
    try:
        speak_any_language()
        translate_click()
        street.main(prog_name="landquota")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
