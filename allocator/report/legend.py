"""The rules that a workbook cites, each said once: so that a row needs no more than an article and an id."""

from collections.abc import Iterable

from allocator.report.rows import Table
from allocator.rules import register
from allocator.words import Language


def rules_table(tables: Iterable[Table], language: Language) -> Table:
    """The sheet `rules`: document, article and sentence of each rule that a column `rule` names."""
    cited = {cell for table in tables if "rule" in table.columns for cell in table.column("rule")}
    return Table(
        name="rules",
        columns=("rule", "document", "article", "sentence"),
        rows=tuple(
            (rule.id, rule.document[language], rule.article[language], rule.sentence[language])
            for rule in register().values()
            if rule.id in cited
        ),
    )
