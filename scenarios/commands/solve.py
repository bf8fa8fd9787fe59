"""`landquota solve`: divide the quotas of a scenario; print the answer, or write it into a folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import rich_click as click
from click import get_current_context  # rich_click types it as if there might be none

from allocator.commands.conventions import (
    Exit,
    Form,
    help_text,
    is_on,
    print_problems,
    question,
    scenario_argument,
    set_option,
    shared_options,
    talk,
)
from allocator.words import Language, say

if TYPE_CHECKING:
    from allocator.explore import Asked
    from allocator.solve import Engine


@click.command(help=help_text("solve.help"), short_help=help_text("solve.short"))
@scenario_argument
@click.option("--out", "-o", type=click.Path(path_type=Path), help=help_text("solve.out"))
@set_option
@click.option(
    "--engine",
    type=click.Choice(("auto", "exact", "mip")),
    default="auto",
    show_default=True,
    help=help_text("solve.engine"),
)
@click.option(
    "--time-limit",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help=help_text("solve.time_limit"),
)
@click.option("--work-limit", type=click.IntRange(min=1), metavar="N", help=help_text("solve.work_limit"))
@click.option("--incumbent", type=click.Path(path_type=Path), metavar="OUT", help=help_text("solve.incumbent"))
@click.option("--second-opinion", is_flag=True, help=help_text("solve.second_opinion"))
@click.option(
    "--changes",
    type=click.Choice(("auto", "all", "none")),
    default="auto",
    show_default=True,
    help=help_text("solve.changes"),
)
@click.option("--force", is_flag=True, help=help_text("solve.force"))
@click.option("--dry-run", is_flag=True, help=help_text("solve.dry_run"))
@shared_options
def command(
    scenario: str,
    out: Path | None,
    sets: tuple[str, ...],
    engine: "Engine",
    time_limit: int | None,
    work_limit: int | None,
    incumbent: Path | None,
    changes: "Asked",
    second_opinion: bool,
    force: bool,
    dry_run: bool,
    form: Form,
    lang: Language,
) -> None:
    """Parse, call once, print."""
    if out:
        from allocator.report.replace_folder import refuse_if_taken

        refuse_if_taken(out, force=force)
    from allocator.report import terminal
    from allocator.report.folder import write_folder
    from models.answer import Limits
    from scenarios.solving import solve

    limits = Limits(seconds=time_limit, work=work_limit) if time_limit or work_limit else None
    with progress(lang) as announce:
        solved = solve(
            scenario,
            sets,
            engine=engine,
            announce=announce,
            out=out,
            changes=changes,
            second_opinion=second_opinion,
            limits=limits,
            incumbent=incumbent,
        )
        if out and not dry_run:
            announce("writing")
            write_folder(out, solved.allocation, solved.run, language=lang, force=force)

    if form == "table":
        parts = terminal.totals(*solved.answer, lang) if out else [terminal.table(*solved.answer, lang)]
        click.echo("\n".join(parts).rstrip("\n"))
    else:
        click.echo({"json": terminal.as_json, "csv": terminal.as_csv}[form](*solved.answer, lang), nl=False)

    if solved.confirmed_by:
        how = "agrees" if solved.allocation.is_proved else "stands"
        talk(say(f"second_opinion.{how}", lang, solver=solved.confirmed_by))
    if is_on("verbose"):
        print_problems(solved.warnings, lang, "table", err=True)
        for step, milliseconds in solved.run.milliseconds.items():
            click.echo(say(f"commands.solve.took.{step}", lang, milliseconds=milliseconds), err=True)
    elif solved.warnings:
        talk(
            say(
                "commands.solve.findings",
                lang,
                count=len(solved.warnings),
                scenario=question(),
            )
        )
    rungs = (*solved.allocation.rungs, *solved.allocation.settlement.rungs)
    if incumbent and not any(rung.name.startswith(("least_changes", "changes:")) for rung in rungs):
        talk(say("commands.solve.incumbent_idle", lang))
    if out:
        counts = terminal.count_grants(solved.allocation)
        key = ("would_write" if dry_run else "wrote") + ("_in_part" if counts["partial"] else "")
        talk(say(f"commands.solve.{key}", lang, out=out, granted=counts["projects"], **counts))
        if not dry_run:
            talk(say("commands.solve.next", lang, out=quote(str(out))))
    if not solved.allocation.is_proved:
        click.echo(say("commands.solve.unproved", lang), err=True)
        get_current_context().exit(Exit.UNPROVED)


@contextmanager
def progress(language: Language) -> Iterator[Callable[[str], None]]:
    """A function that shows the step under way, on a terminal only; elsewhere it says nothing."""
    if is_on("quiet") or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda step: status.update(say(f"commands.solve.{step}", language))
