# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""`landquota ledger verify`: count the books again, and name what is not as it must be."""

import re

import rich_click as click

from allocator.commands.books import db_option
from allocator.commands.conventions import Exit, Form, help_text, print_document, print_rows, shared_options
from allocator.words import Language, say

HEAD = re.compile(r"(0|[1-9][0-9]*):([0-9a-f]{64})")


@click.command(help=help_text("ledger_verify.help"), short_help=help_text("ledger_verify.short"))
@db_option
@click.option("--head", default="", metavar="N:HASH", allow_from_autoenv=False, help=help_text("ledger_verify.head"))
@shared_options
@click.pass_context
def command(context: click.Context, db: str, head: str, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger import journal
    from allocator.ledger.database import connect
    from allocator.ledger.entry import Head
    from allocator.ledger.verify import verify
    from allocator.report.ledger_findings import COLUMNS, as_rows, page

    if head and not HEAD.fullmatch(head):
        raise click.BadParameter(say("ledger_verify.head_form", lang, value=head), param_hint="--head")
    number, _, sealed = head.partition(":")
    with connect(db) as database, database.reading() as connection:
        findings = verify(connection, head=Head(seq=int(number), hash=sealed) if head else None)
        last = journal.head(connection)
    match form:
        case "table":
            click.echo("\n".join(page(findings, last, lang)))
        case "json":
            told = {"entries": last.seq, "head": str(last), "findings": as_rows(findings, lang)}
            print_document("verification", told, err=False)
        case "csv":
            print_rows("findings", COLUMNS, as_rows(findings, lang), form, err=False)
    if findings:
        context.exit(Exit.CHECK_FAILED)
