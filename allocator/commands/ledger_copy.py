# pyright: reportUnknownMemberType=false
# (rich_click types its `option` with an open parameter type)
"""`landquota ledger copy`: copy whole books into an empty database, of the same kind or the other."""

import rich_click as click

from allocator.commands.books import confirm, db_option, yes_option
from allocator.commands.conventions import Exit, Form, help_text, print_document, print_rows, shared_options
from allocator.words import Language, say


@click.command(help=help_text("ledger_copy.help"), short_help=help_text("ledger_copy.short"))
@db_option
@click.option("--to", required=True, metavar="URL", allow_from_autoenv=False, help=help_text("ledger_copy.to"))
@yes_option
@shared_options
@click.pass_context
def command(context: click.Context, db: str, to: str, yes: bool, form: Form, lang: Language) -> None:
    """Parse, call once, print."""
    from allocator.ledger import journal
    from allocator.ledger.copying import NotWhole, copy_books, require_whole
    from allocator.ledger.database import connect
    from allocator.report.ledger_findings import COLUMNS, as_rows, page

    with connect(db) as source, source.reading() as reading:
        head = journal.head(reading)
        try:
            require_whole(reading)
            with connect(to, create=True) as target:
                asked = {"source": source.shown, "target": target.shown, "entries": head.seq}
                confirm(say("ledger_verify.copy_asked", lang, **asked), yes, lang)
                with target.writing() as writing:
                    copy_books(reading, writing)
        except NotWhole as broken:
            if form == "table":
                click.echo("\n".join(page(broken.findings, head, lang)), err=True)
            else:
                print_rows("findings", COLUMNS, as_rows(broken.findings, lang), form, err=True)
            context.exit(Exit.CHECK_FAILED)
    told = {"source": source.shown, "target": target.shown, "entries": str(head.seq), "head": str(head)}
    match form:
        case "table":
            click.echo(say("ledger_verify.copied", lang, entries=head.seq, head=head))
        case "json":
            print_document("copy", told, err=False)
        case "csv":
            print_rows("copy", tuple(told), [told], form, err=False)
