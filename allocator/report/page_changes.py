"""The part of a project's page about other questions: what would change its decision, and who would then lose."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from allocator.explanation import Explanation
from allocator.explanation_changes import Changed, ParadoxRecord, Shifted, Shifting
from allocator.quantities import Indicator, plain
from allocator.report.names import name
from allocator.words import Language, say

RISING = ("share", "reserve", "total", "pool", "store", "cap")
"""Levers that are raised; what they were tried up to ends one step below a round number."""

LISTED = 10
"""Projects that are named in one line; their number follows."""


def sections(record: Explanation, scope: str, language: Language) -> Iterator[tuple[str, Iterator[str]]]:
    """Title and lines for a project that stood in line: what it waits for, or what its withdrawal would free."""
    if record["position"] is None:
        return
    left_out = [] if scope == "computed" else [say(f"changes.scope.{scope}", language)]
    if record["decision"] in ("waiting", "partial"):
        yield say("changes.title.changes", language), iter(left_out or nearest(record, language))
    if record["decision"] in ("granted", "partial") and not left_out:
        shifts = record["if_withdrawn"]
        gains = [shift for shift in shifts if is_gain(shift)]
        loses = [shift for shift in shifts if not is_gain(shift)]
        yield say("changes.title.withdrawn", language), others({"gains": gains, "loses": loses}, language)


def nearest(record: Explanation, language: Language) -> Iterator[str]:
    """Each number that is enough alone and who would then fare otherwise; then those that are not."""
    found = [change for result in ("grants", "enough") for change in record["changes"] if change["result"] == result]
    if found:
        yield say("changes.line.checked", language)
    for change in found:
        yield say(f"changes.line.{change['result']}", language, what=put("to", change, language, record["county_name"]))
        yield from (f"  {line}" for line in others(change, language))
    joined = say("changes.up_to.joined", language)
    for joint in record["together"]:
        parts = joined.join(put("to", part, language, record["county_name"]) for part in joint["parts"])
        yield say("changes.line.together", language, what=parts)
        yield from (f"  {line}" for line in others(joint, language))
    for result in ("not_up_to", "never", "several"):
        failing = [change for change in record["changes"] if change["result"] == result]
        told = joined.join(bound(change, language, record["county_name"]) for change in failing)
        if failing:
            yield say(f"changes.line.{result}", language, what=told)


def others(shifts: Shifting, language: Language) -> Iterator[str]:
    """Who else would lose and who would gain."""
    for key, changed in (("loses", shifts["loses"]), ("gains", shifts["gains"])):
        if changed:
            yield say(f"changes.line.{key}", language, projects=listed(changed, language))
    if not shifts["loses"] and not shifts["gains"]:
        yield say("changes.line.nobody", language)


def listed(shifts: Sequence[Shifted], language: Language) -> str:
    """The first projects with what they have and would have, and how many there are when there are more."""
    told = [shifted(shift, language) for shift in shifts[:LISTED]]
    rest = [say("changes.line.rest", language, count=len(shifts))] if len(shifts) > LISTED else []
    return say("changes.up_to.listed", language).join([*told, *rest])


def shifted(shift: Shifted, language: Language) -> str:
    """One project with what it has and would have."""
    if shift["before_mu"] != shift["after_mu"]:
        quantities = {"before": shift["before_mu"], "after": shift["after_mu"]}
        return say("changes.line.shift", language, project=shift["project_id"], **quantities)
    decisions = {key: name("decisions", shift[key], language) for key in ("before", "after")}
    return say("changes.line.without_plan", language, project=shift["project_id"], **decisions)


def is_gain(shift: Shifted) -> bool:
    """Whether a project would get more, or be granted where it is not."""
    rising = ("waiting", "partial", "granted")
    before, after = rising.index(shift["before"]), rising.index(shift["after"])
    return after > before if after != before else Fraction(shift["after_mu"]) > Fraction(shift["before_mu"])


def bound(change: Changed, language: Language, county: str) -> str:
    """One number by its name, with the value up to which it was tried where there is one."""
    named = put("name", change, language, county)
    if change["nearest"] is None:
        return named
    facts = {"name": named, "nearest": change["nearest"], "unit": name("units", change["unit"], language)}
    if change["lever"] not in RISING:
        return say("changes.up_to.one", language, **facts)
    grid = Indicator(change["indicator"]).grid
    least_untried = (Fraction(change["nearest"]) + Fraction(change["step"])) * grid
    return say("changes.up_to.below", language, **(facts | {"nearest": plain(least_untried.numerator, grid)}))


def put(group: str, change: Changed, language: Language, county: str = "") -> str:
    """One number of the question in words; `county` is the name of the county whose ceiling it may be."""
    holder = name("categories", change["holder"], language)
    if change["lever"] == "cap":
        code = change["holder"].rpartition(":")[2]
        holder = f"{county} ({code})" if county else code
    return say(
        f"changes.{group}.{change['lever']}",
        language,
        phase=change["phase"] or "",
        indicator=name("indicators", change["indicator"], language),
        unit=name("units", change["unit"], language),
        holder=holder,
        now=change["now"],
        nearest=change["nearest"],
        step=change["step"],
    )


def example(records: Sequence[ParadoxRecord], language: Language) -> Iterator[str]:
    """The number of paradoxes with the first of them; nothing where there is none."""
    if not records:
        return
    first = records[0]
    facts: dict[str, object] = {
        "count": len(records),
        "loses": few([shift for shift in first["loses"] if shift["before"] != shift["after"]], language),
        "gains": few(first["gains"], language),
    }
    changed = first["changed"]
    if changed is None:
        yield say("changes.paradox.withdrawn", language, project=first["withdrawn"], **facts)
        return
    facts |= {"now": changed["now"], "nearest": changed["nearest"], "unit": name("units", changed["unit"], language)}
    yield say("changes.paradox.larger", language, name=put("name", changed, language), **facts)


def few(shifts: Sequence[Shifted], language: Language) -> str:
    """The first ids, and how many there are when there are more."""
    rest = [say("changes.line.rest", language, count=len(shifts))] if len(shifts) > 3 else []
    return say("changes.up_to.listed", language).join([*(shift["project_id"] for shift in shifts[:3]), *rest])
