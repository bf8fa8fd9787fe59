# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""What every command shares: its options, its language, its exit codes, and how it prints problems.

Results go to standard output and talk to standard error. It imports nothing heavy: every command loads it.
"""

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import IntEnum
from io import StringIO
from shlex import join
from time import perf_counter_ns
from typing import Any, Literal, TypeVar

import rich_click as click
from click import get_current_context  # rich_click types it as if there might be none

from allocator.problems import Problem, errors
from allocator.words import Language, say

Form = Literal["table", "json", "csv"]
F = TypeVar("F", bound=Callable[..., Any])

SCHEMA_VERSION = 1
"""Version of every JSON document a command prints."""

COLUMNS: tuple[str, ...] = ("severity", "code", "file", "sheet", "cell", "value", "why", "do", "rule")
"""The columns of problems as CSV."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Exit(IntEnum):
    """What a command's exit code says."""

    DONE = 0
    OUR_BUG = 1
    USAGE = 2
    CONTRADICTION = 3
    UNPROVED = 4
    REJECTED = 5
    LOCKED = 6
    CHECK_FAILED = 7
    ENGINES_DISAGREE = 8
    INTERRUPTED = 130


def locale_language(environment: Mapping[str, str] | None = None) -> Language:
    """The language of the locale, by the POSIX precedence: Chinese for `zh*`, English for everything else."""
    surroundings = os.environ if environment is None else environment
    locale = next((surroundings[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if surroundings.get(name)), "")
    return "zh" if locale.lower().startswith("zh") else "en"


def help_language(environment: Mapping[str, str] | None = None) -> Language:
    """The language in which help is written: LANDQUOTA_LANG, else the locale; `--lang` comes too late for it."""
    surroundings = os.environ if environment is None else environment
    return as_language(surroundings.get("LANDQUOTA_LANG", "")) or locale_language(surroundings)


def as_language(text: str) -> Language | None:
    """The language that `zh`, `ZH`, `zh_CN`, `zh-Hans` or `en_US.UTF-8` names; None for any other."""
    first = re.split(r"[-_.@]", text.strip().lower())[0]
    return next((language for language in LANGUAGES if language == first), None)


class LanguageChoice(click.Choice[Language]):
    """`zh` or `en`, in any of the ways in which people and systems write them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Language:
        """What `as_language` understands; everything else is wrong usage."""
        return super().convert(as_language(value) or value, param, ctx)


def nearest_name(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, or "" when none is like it."""
    return next(iter(get_close_matches(name.lower(), known, n=1)), "")


def help_text(path: str, **facts: object) -> str:
    """A help text from `words/commands.toml`, e.g. `help_text("solve.help")`."""
    return say(f"commands.{path}", help_language(), **facts)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Keep a shared option where the error boundary finds it after the command is gone."""
    context.meta[f"landquota.{parameter.name}"] = value
    return value


def question() -> str:
    """The scenario and its `--set`s, quoted, to be typed after the name of another command."""
    meta = get_current_context().meta
    sets = [word for text in meta.get("landquota.sets", ()) for word in ("--set", text)]
    return join([str(meta.get("landquota.scenario", "")), *sets])


def shared_options(command: F) -> F:
    """`--format`, `--lang`, `--quiet` and `--verbose`, which every command has, in this order."""
    return format_option(lang_option(quiet_option(verbose_option(command))))


def lang_option(command: F) -> F:
    """`--lang zh|en`, handed to the command as `lang`: beats LANDQUOTA_LANG, which beats the locale."""
    return click.option(
        "--lang",
        type=LanguageChoice(LANGUAGES),
        default=locale_language,
        envvar="LANDQUOTA_LANG",
        allow_from_autoenv=False,
        is_eager=True,
        callback=_remember,
        help=help_text("options.lang"),
    )(command)


def scenario_argument(command: F) -> F:
    """`SCENARIO`, handed to the command as `scenario`; the error boundary names it when it is rejected."""
    return click.argument("scenario", callback=_remember)(command)


def format_option(command: F) -> F:
    """`--format table|json|csv`, handed to the command as `form`: beats LANDQUOTA_FORMAT."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(("table", "json", "csv")),
        default="table",
        show_default=True,
        envvar="LANDQUOTA_FORMAT",
        allow_from_autoenv=False,
        is_eager=True,
        callback=_remember,
        help=help_text("options.format"),
    )(command)


def quiet_option(command: F) -> F:
    """`--quiet/-q`: results and errors only; not handed to the command, which asks by `is_on` or says by `talk`."""
    return click.option(
        "--quiet", "-q", is_flag=True, expose_value=False, callback=_remember, help=help_text("options.quiet")
    )(command)


def verbose_option(command: F) -> F:
    """`--verbose/-v`: the command tells more, asking by `is_on`; at its end stands how long it took."""

    def measure(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
        if value:
            begun = perf_counter_ns()
            context.call_on_close(lambda: _tell_time(begun, context.meta.get("landquota.lang", help_language())))
        return _remember(context, parameter, value)

    return click.option(
        "--verbose", "-v", is_flag=True, expose_value=False, callback=measure, help=help_text("options.verbose")
    )(command)


def _tell_time(begun: int, language: Language) -> None:
    spent = (perf_counter_ns() - begun) // 1_000_000
    click.echo(say("commands.took", language, milliseconds=spent), err=True)


def is_on(name: Literal["quiet", "verbose"]) -> bool:
    """Whether the command under way was called with this option."""
    return bool(get_current_context().meta.get(f"landquota.{name}"))


def talk(text: str) -> None:
    """A line for the person at the terminal: on standard error, and not with `--quiet`."""
    if not is_on("quiet"):
        click.echo(text, err=True)


def set_option(command: F) -> F:
    """`--set PATH=VALUE`, repeatable, handed to the command as `sets`: the texts as written, each path once.

    What changes the answer stands on the command line or in the scenario; no environment and no file of defaults
    sets it.
    """
    return click.option(
        "--set",
        "sets",
        metavar="PATH=VALUE",
        multiple=True,
        allow_from_autoenv=False,
        callback=_remember,
        help=help_text("options.set"),
    )(command)


def print_problems(problems: Sequence[Problem], language: Language, form: Form, *, err: bool = False) -> None:
    """Print every problem in the order given; `err` sends them to standard error."""
    from allocator.messages import as_dict, describe

    if form == "table":
        for problem in problems:
            click.echo(
                say(f"commands.found.{problem.severity}", language, problem=describe(problem, language)), err=err
            )
        return
    print_rows("problems", COLUMNS, [as_dict(problem, language) for problem in problems], form, err=err)


def print_document(title: str, content: object, *, err: bool) -> None:
    """Print a JSON document that holds `content` under `title`."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, title: content}, ensure_ascii=False, indent=2), err=err)


def print_rows(
    title: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]], form: Literal["json", "csv"], *, err: bool
) -> None:
    """Print a JSON document that holds `rows` under `title`, or `rows` as CSV."""
    if form == "json":
        print_document(title, rows, err=err)
    else:
        table = StringIO()
        writer = csv.DictWriter(table, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(table.getvalue(), nl=False, err=err)


def count_problems(problems: Sequence[Problem], language: Language) -> str:
    """One line: how many errors, how many other findings."""
    wrong = len(errors(problems))
    return say("commands.counted", language, errors=wrong, others=len(problems) - wrong)
