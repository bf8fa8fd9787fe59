# pyright: reportUnknownMemberType=false
# (rich_click types its `argument` and `option` with an open parameter type)
"""`landquota audit OUT`: derive a result again from its inputs, without a solver, and compare every value."""

import json
from pathlib import Path

import rich_click as click

from allocator.commands.conventions import SCHEMA_VERSION, Exit, Form, help_text, print_rows, shared_options
from allocator.words import Language


@click.command(help=help_text("audit.help"), short_help=help_text("audit.short"))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--scenario",
    "where",
    default="",
    envvar="LANDQUOTA_AUDIT_SCENARIO",
    allow_from_autoenv=False,
    help=help_text("audit.scenario"),
)
@shared_options
@click.pass_context
def command(context: click.Context, out: Path, where: str, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.audit.page import COLUMNS, document, lines, rows
    from scenarios.auditing import audit_folder

    found = audit_folder(out, where)
    match form:
        case "table":
            click.echo("\n".join(lines(found, out, lang)))
        case "json":
            told = {"schema_version": SCHEMA_VERSION, "audit": document(found)}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        case "csv":
            print_rows("findings", COLUMNS, rows(found.findings), form, err=False)
    if not found.holds:
        context.exit(Exit.CHECK_FAILED)
