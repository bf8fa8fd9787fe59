"""The levels of a solver in words: places of the order, weights, and agreement with a plan in force."""

import re

from allocator.outcome import is_of_exchange
from allocator.words import Language, say

WITHOUT_PENALTIES = "unpenalised:"
"""How a level of the solve without penalties begins."""

WEIGHED = ("own_weight:", "reserve_weight:", "least_changes", WITHOUT_PENALTIES)
"""How the levels begin whose values say something; the others single one of equal answers out."""

PLACES = re.compile(r"([xzg]):(\d+)(?:\.\.([xzg]):(\d+))?")
"""One place of the order, or several: own share (x), reserve (z), or how much of a divisible plan (g)."""

WEIGHT = re.compile(r"(own|reserve)_weight:(\d+)")
"""The weight of one band."""


def unproved(level: str, fill: str) -> str:
    """Which sentence tells that a level is not proved."""
    if is_of_exchange(level):
        return "exchange_unfinished"
    if level.startswith(WEIGHED):
        return "unproved"
    return "unfinished" if fill in ("max_weight", "tiered") else "unordered"


def level_name(level: str, fill: str, language: Language) -> str:
    """A level in words, its places counted from 1; one that is not known here stands for itself."""
    bare, without = level.removeprefix(WITHOUT_PENALTIES), level.startswith(WITHOUT_PENALTIES)
    if bare == "least_changes":
        return say("report.levels.changes", language, without=without)
    if found := WEIGHT.fullmatch(bare):
        kind = say(f"report.levels.{'x' if found[1] == 'own' else 'z'}", language)
        band = int(found[2]) + 1 if fill == "tiered" else ""
        return say("report.levels.weight", language, without=without, round=kind, band=band)
    if not (found := PLACES.fullmatch(bare)):
        return level
    kind, last_kind = found[1], found[3] or found[1]
    key = "place" if found[3] is None else "places" if kind == last_kind else "across"
    return say(
        f"report.levels.{key}",
        language,
        without=without,
        first=int(found[2]) + 1,
        last=int(found[4] or found[2]) + 1,
        round=say(f"report.levels.{kind}", language),
        other=say(f"report.levels.{last_kind}", language),
    )
