# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota study`: the same question asked again and again with other settings, and what changes."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from shlex import quote

import rich_click as click
from click.exceptions import Exit as Ended

from allocator.commands.conventions import (
    Exit,
    Form,
    help_text,
    is_on,
    print_problems,
    print_rows,
    shared_options,
    talk,
)
from allocator.words import Language, say


@click.command(help=help_text("study.help"), short_help=help_text("study.short"))
@click.argument("study")
@click.option("--out", "-o", type=click.Path(path_type=Path), help=help_text("study.out"))
@click.option("--force", is_flag=True, help=help_text("study.force"))
@click.option("--dry-run", is_flag=True, help=help_text("study.dry_run"))
@shared_options
def command(study: str, out: Path | None, force: bool, dry_run: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.report.names import printable
    from scenarios import study_printed
    from scenarios.study import plan, run
    from scenarios.study_file import read_study

    asked = read_study(study)
    out = out or asked.out
    planned = plan(asked, out, force=force)
    if form == "table":
        for name, problems in islice(planned.rejected.items(), study_printed.MOST_REJECTED):
            click.echo(say("study.rejected", lang, name=printable(name)), err=True)
            print_problems(problems, lang, form, err=True)
    if dry_run:
        columns, rows = study_printed.listed(planned)
        if form != "table":
            print_rows("cases", columns, rows, form, err=False)
        else:
            click.echo("\n".join(study_printed.names(planned, lang)))
        talk(study_printed.would(planned, lang))
        return
    try:
        with progress(lang) as step:
            result = run(planned, step)
    except KeyboardInterrupt as stopped:  # what is kept is told here, so that nobody says elsewhere that nothing is
        go_on = f"landquota study {quote(study)} -o {quote(str(out))}"
        click.echo("\n" + say(f"study.{'goes_on' if out else 'forgotten'}", lang, out=out, command=go_on), err=True)
        raise Ended(Exit.INTERRUPTED) from stopped
    match form:
        case "json":
            click.echo(result.files["summary.json"], nl=False)
        case "csv":
            click.echo(result.files[f"{study_printed.main_table(result.found).name}.csv"], nl=False)
        case "table":
            click.echo("\n".join(study_printed.page(planned, result.found, lang)))
    if out:
        talk(say("study.wrote", lang, out=out, files=", ".join(result.files)))


@contextmanager
def progress(language: Language) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on a terminal only; elsewhere nothing."""
    if is_on("quiet") or not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(say("study.step", language), total=None)
        yield lambda done, of: bars.update(bar, completed=done, total=of)
