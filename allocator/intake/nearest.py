"""The nearest known name to one that is not known, if any is near."""

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest

COMPARED = 6
"""So many names, those that share most characters, are compared in full: a full comparison is slow."""

ALIKE = 50
"""A name less like the given one than so many per cent is no suggestion: of three characters two must be right."""


def folded(text: str) -> str:
    """`text` without differences of width, case and outer space."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def nearest(text: str, names: Iterable[str], *, alike: int = ALIKE) -> str:
    """The name most like `text`; `""` when none is `alike` by at least so many per cent."""
    wanted = folded(text)[:100]
    spellings = {folded(name): name for name in names}
    letters = set(wanted)

    def shared(spelling: str) -> float:
        return 2 * len(letters.intersection(spelling)) / (len(letters) + len(spelling) or 1)

    def likeness(spelling: str) -> float:
        return SequenceMatcher(None, spelling, wanted).ratio()

    best = max(nlargest(COMPARED, spellings, key=shared), key=likeness, default="")
    return spellings[best] if best and 100 * likeness(best) >= alike else ""
