"""How a page out of the books is printed; the head that vouches for it stands beside a CSV, not in it."""

import rich_click as click

from allocator.commands.conventions import Form, print_document, talk
from allocator.report.ledger_page import Page, as_csv, as_document, as_text, foot
from allocator.words import Language


def print_page(page: Page, form: Form, language: Language) -> None:
    """The page on standard output; of a CSV, notes and head on standard error."""
    match form:
        case "table":
            click.echo(as_text(page, language), nl=False)
        case "json":
            print_document(page.key, as_document(page), err=False)
        case "csv":
            click.echo(as_csv(page), nl=False)
            for line in (*page.notes, foot(page.cut, language)):
                talk(line)
