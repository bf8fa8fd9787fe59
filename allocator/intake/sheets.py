"""A sheet as such: what of it is blank, and how its texts are shown."""

from allocator.intake.grid import Cell, CellKind, Sheet


def is_blank(cell: Cell) -> bool:
    """Whether nothing stands in a cell; blanks and line breaks are nothing."""
    return cell.kind is CellKind.EMPTY or (cell.kind is CellKind.TEXT and not cell.text.strip())


def shown(text: str) -> str:
    """A cell's text for a message: on one line, not too long, and nothing invisible in it."""
    line = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in " ".join(text.split()))
    return line if len(line) <= 80 else f"{line[:77]}..."


def is_empty(sheet: Sheet) -> bool:
    """Whether no cell of the sheet holds anything."""
    return all(is_blank(cell) for row in sheet.rows for cell in row)
