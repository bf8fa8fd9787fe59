# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
"""The libraries, grants and balances as one workbook, a sheet each, codes as words.

No cell runs. Equal books give equal bytes: the creation date is the day of the cut.
"""

import io
from collections.abc import Iterable
from datetime import datetime, time

import xlsxwriter

from allocator.ledger.cut import Cut
from allocator.report.ledger_names import in_words
from allocator.report.ledger_page import foot
from allocator.report.rows import Table
from allocator.report.sheets import Pen, write_sheet
from allocator.report.workbook import AS_TEXTS, FONTS, shorten
from allocator.words import Language


def write_ledger_workbook(tables: Iterable[Table], title: str, cut: Cut, language: Language) -> bytes:
    """The whole workbook; day and head stand at the foot of every printed page."""
    memory = io.BytesIO()
    font = {"font_name": FONTS[language], "font_size": 10}
    book = xlsxwriter.Workbook(memory, {"in_memory": True, "default_format_properties": font} | AS_TEXTS)
    book.set_properties({"title": title, "created": datetime.combine(cut.day, time()), "comments": foot(cut, language)})
    pen = Pen(book=book, language=language, heading=title, stamp=f"{cut.day.isoformat()} {str(cut.head)[:24]} ")
    for table in tables:
        write_sheet(pen, in_words(shorten(table, language), language))
    book.close()
    return memory.getvalue()
