"""The nearest known name to one that is not known."""

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest

COMPARED = 6
"""So many names, those that share most characters, are compared in full: a full comparison is slow."""


def folded(text: str) -> str:
    """`text` without differences of width, case and outer space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def nearest(text: str, names: Iterable[str]) -> str:
    """The name most like `text`, or `-` when there are no names at all."""
    wanted = folded(text)[:100]
    spellings = {folded(name): name for name in names}
    letters = set(wanted)

    def shared(spelling: str) -> float:
        return 2 * len(letters.intersection(spelling)) / (len(letters) + len(spelling) or 1)

    def alike(spelling: str) -> float:
        return SequenceMatcher(None, spelling, wanted).ratio()

    return spellings[max(nlargest(COMPARED, spellings, key=shared), key=alike)] if spellings else "-"
