"""Numbers as a spreadsheet shows them: fifteen significant digits, in plain decimal text.

A sheet stores binary numbers with up to seventeen digits and shows fifteen, so that 0.1 + 0.2 is stored as
0.30000000000000004 and shown as 0.3. What the user saw is what we read
(`docs/decisions/2026-11-21-fifteen-digits.md`).
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal

SHOWN = 15
"""Significant digits that a spreadsheet shows, and that a binary double always keeps."""

_FIFTEEN = Context(prec=SHOWN, rounding=ROUND_HALF_UP)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")


def stored_number(text: str) -> Decimal | None:
    """The number that a file stores as `text`; None when it is none (`NaN`, `1e99999`, words)."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def shown(number: Decimal) -> str:
    """`number` rounded half up to fifteen significant digits: `shown(Decimal("0.30000000000000004")) == "0.3"`."""
    return exact(_FIFTEEN.plus(number))


def exact(number: Decimal) -> str:
    """All digits of `number`, never in scientific form, without trailing zeros after the point."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def loses_digits(number: Decimal) -> bool:
    """Whether a number is so long that a spreadsheet drops its last digits: 10^15 and above."""
    return number.adjusted() >= SHOWN
