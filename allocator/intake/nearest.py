"""The nearest known name to one that is not known."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def folded(text: str) -> str:
    """`text` without differences of width, case and outer space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def nearest(text: str, names: Iterable[str]) -> str:
    """The name most like `text`, or `-` when there are no names at all."""
    spellings = {folded(name): name for name in names}
    found = get_close_matches(folded(text), spellings, n=1, cutoff=0.0)
    return spellings[found[0]] if found else "-"
