"""`landquota solve`: divide the quotas of a scenario; print the answer, or write it into a folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from allocator.commands.conventions import (
    Form,
    format_option,
    help_text,
    lang_option,
    print_problems,
    quiet_option,
    set_option,
    verbose_option,
)
from allocator.words import Language, say

if TYPE_CHECKING:
    from allocator.solve import Engine


@click.command(help=help_text("solve.help"), short_help=help_text("solve.short"))
@click.argument("scenario")
@click.option("--out", "-o", type=click.Path(path_type=Path), help=help_text("solve.out"))
@set_option
@click.option(
    "--engine",
    type=click.Choice(("auto", "exact", "mip")),
    default="auto",
    show_default=True,
    help=help_text("solve.engine"),
)
@click.option("--force", is_flag=True, help=help_text("solve.force"))
@click.option("--dry-run", is_flag=True, help=help_text("solve.dry_run"))
@format_option
@lang_option
@quiet_option
@verbose_option
def command(
    scenario: str,
    out: Path | None,
    sets: tuple[str, ...],
    engine: "Engine",
    force: bool,
    dry_run: bool,
    form: Form,
    lang: Language,
    quiet: bool,
    verbose: bool,
) -> None:
    """Parse, call once, print."""
    if out and not force and (out.exists() or out.is_symlink()):
        raise click.UsageError(say("commands.solve.exists", lang, out=out))

    from allocator.outcome import Decision
    from allocator.report.folder import write_folder
    from allocator.report.terminal import print_allocation
    from scenarios.solving import solve

    with progress(lang, quiet) as announce:
        solved = solve(scenario, sets, engine=engine, announce=announce)
        if out and not dry_run:
            announce("writing")
            write_folder(out, solved.allocation, solved.run, language=lang, force=force)

    if not quiet:
        print_problems(solved.warnings, lang, "table", err=True)
    if verbose:
        for step, milliseconds in solved.run.milliseconds.items():
            click.echo(say("commands.solve.took", lang, step=step, milliseconds=milliseconds), err=True)
    print_allocation(solved.allocation, solved.run, lang, form)
    if out and not quiet:
        granted = sum(decided.decision is Decision.GRANTED for decided in solved.allocation.decided)
        counts = {"out": out, "granted": granted, "applications": len(solved.allocation.decided)}
        click.echo(say(f"commands.solve.{'would_write' if dry_run else 'wrote'}", lang, **counts), err=True)
        click.echo(say("commands.solve.next", lang, out=out), err=True)


@contextmanager
def progress(language: Language, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows the step under way, on a terminal only; elsewhere it says nothing."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield lambda step: status.update(say(f"commands.solve.{step}", language))
