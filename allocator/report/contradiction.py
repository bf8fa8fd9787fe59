"""A contradiction as a page for a person, as rows, or as one JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from allocator.contradiction import Contradiction, Demand, Limit, Repair
from allocator.quantities import Indicator
from allocator.report.names import name, printable
from allocator.words import Language, say

SHOWN = 20
"""So many projects are named by their ids; of more, the number is told."""

COLUMNS = (
    "part",
    "name",
    "kind",
    "about",
    "indicator",
    "amount",
    "by",
    "to",
    "decider",
    "settles",
    "gains",
    "losses",
    "rule",
    "file",
    "sheet",
    "cell",
)
"""The columns of a contradiction as CSV."""


def page(found: Contradiction, language: Language) -> str:
    """What clashes, with cells and rules; what it runs into; the smallest changes, who decides and whom they serve."""
    return "\n".join(_lines(found, language))


def as_dict(found: Contradiction) -> dict[str, Any]:
    """The same as plain data: lists of `rules`, `limits` and `repairs`."""
    return {
        "rules": [_placed(stated) for stated in found.demands],
        "limits": [_placed(stated) for stated in found.limits],
        "repairs": [asdict(repair) for repair in found.repairs],
    }


def as_rows(found: Contradiction) -> list[dict[str, str]]:
    """The same as rows of COLUMNS."""
    rows: list[dict[str, str]] = []
    for part, entries in as_dict(found).items():
        for entry in entries:
            row = {key: _text(value) for key, value in entry.items()}
            rows.append({column: row.get(column, "") for column in COLUMNS} | {"part": part.removesuffix("s")})
    return rows


def _lines(found: Contradiction, language: Language) -> Iterator[str]:
    yield say("contradiction.page.head", language)
    yield from _section("demands", [_stated(d, "demands", found, language) for d in found.demands], language)
    yield from _section("limits", [_stated(limit, "limits", found, language) for limit in found.limits], language)
    changes = [_change(repair, found, language) for repair in found.repairs]
    yield from _section("repairs", changes, language)
    if not changes:
        yield say("contradiction.page.no_repairs", language)
    if not found.is_alone:
        yield say("contradiction.page.more", language)


def _section(title: str, texts: Sequence[str], language: Language) -> Iterator[str]:
    if texts:
        yield ""
        yield say(f"contradiction.page.{title}", language)
    for number, text in enumerate(texts, start=1):
        yield say("contradiction.page.numbered", language, number=number, text=text)


def _stated(stated: Demand | Limit, group: str, found: Contradiction, language: Language) -> str:
    text = say(
        f"contradiction.{group}.{stated.kind}", language, **_facts(stated, found, language), amount=stated.amount
    )
    place = str(stated.place)
    return say(f"contradiction.page.{'at' if place else 'nowhere'}", language, text=text, rule=stated.rule, place=place)


def _change(repair: Repair, found: Contradiction, language: Language) -> str:
    facts = _facts(repair, found, language)
    text = say(f"contradiction.repairs.{repair.kind}", language, **facts, by=repair.by, to=repair.to)
    decider = say(f"contradiction.deciders.{repair.decider}", language)
    told = [
        say(f"contradiction.page.{'repair' if repair.settles else 'partial'}", language, text=text, decider=decider)
    ]
    for side in ("gains", "losses"):
        projects = getattr(repair, side)
        if projects:
            told.append(say(f"contradiction.page.{side}", language, projects=_listed(projects, language)))
    return ("" if language == "zh" else " ").join(told)


def _facts(stated: Demand | Limit | Repair, found: Contradiction, language: Language) -> dict[str, str]:
    indicator = Indicator.PLAN if isinstance(stated, Demand) else stated.indicator
    county = found.counties.get(stated.about) if stated.kind != "pin" else ""
    return {
        "about": printable(f"{stated.about} {county}" if county else stated.about),
        "indicator": name("indicators", indicator, language),
        "unit": name("units", indicator.unit, language),
    }


def _listed(projects: Sequence[str], language: Language) -> str:
    text = say("contradiction.page.between", language).join(map(printable, projects[:SHOWN]))
    more = say("contradiction.page.others", language, count=len(projects)) if len(projects) > SHOWN else ""
    return text + more


def _placed(stated: Demand | Limit) -> dict[str, Any]:
    entry = asdict(stated)
    place = entry.pop("place")
    return {**entry, **place}


def _text(value: str | bool | tuple[str, ...]) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return "; ".join(value)
        case _:
            return value
