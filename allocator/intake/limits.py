"""How much a data file may hold before it is refused: far above any quota list, far below what harms the machine."""

FILE_BYTES = 64 * 2**20
"""Largest file that is read at all."""

UNPACKED_BYTES = 200 * 2**20
"""Largest sum of the unpacked parts of a workbook, counted while unpacking; a declared size is never believed."""

PACKED_RATIO = 200
"""Largest ratio of unpacked to packed bytes of a part, looked at once the part exceeds `RATIO_FROM_BYTES`."""

RATIO_FROM_BYTES = 10 * 2**20

PARTS = 10_000
"""Most entries of a workbook's zip directory."""

TAGS = 12_000_000
"""Most XML tags of a workbook, opening and closing: about four for a filled cell."""

CELLS = 3_000_000
"""Most cells of one file, the empty ones between filled ones included."""

ROWS = 400_000
COLUMNS = 1_000

TEXT = 32_767
"""Most characters of one cell: the limit of the spreadsheet programs themselves."""

LINE = 1_000_000
"""Most characters of one line of a CSV file."""
