"""The reason of a decision in one sentence with its numbers."""

from collections.abc import Mapping
from fractions import Fraction

from allocator.explanation import Certificate, Explanation, Failed
from allocator.quantities import Indicator, plain
from allocator.report.names import name, sentence
from allocator.words import Language, say, texts

DECIDING_KINDS = {
    "PLAN_MISFIT": ("share", "reserve", "total"),
    "CAPPED": ("cap",),
    "NO_POOL_ACCESS": ("store",),
    "POOL_SHORT": ("pool",),
    "ALL_STORES_SHORT": ("pool",),
}
"""Reason code -> the kinds of shortage it speaks of; the first of the last round decided."""


def reason(record: Explanation, shortages: Mapping[str, Certificate], language: Language) -> str:
    """Why a project was decided as it was; a code without words is explained by its rule."""
    code = record["reason"]
    if code == "GRANTED" and record["granted_plan_mu"] == "0":
        code = "GRANTED_WITHOUT_PLAN"
    if code == "POOL_SHORT" and not record["access"]:
        code = "STORE_KEPT"
    if code == "GRANTED" and len(by_pool(record)) > 1:
        code = "GRANTED_FROM_SEVERAL"
    if code == "REDUCED" and not record["turns"]:
        code = "REDUCED_WITHOUT_TURN"
    if code not in texts("explain")["reasons"]:
        return sentence(record["rule"], language).rstrip("。.")
    told = facts(record, shortages, language)
    if code == "PLAN_MISFIT" and told["kept"]:
        code = "KEPT_FOR_SHARES"
    elif code == "PLAN_MISFIT" and told["left_of"] != "total" and not record["turns"]:
        code = "PLAN_MISFIT_WITHOUT_TURN"  # one walk over the year's quota is short of the total alone
    why = say(f"explain.reasons.{code}", language, **told)
    if not record["round"] or all(phase["round"] for phase in record["phases"]):
        return why
    return say("explain.reason.in_part", language, granted=record["granted_plan_mu"], reason=why)


def by_pool(record: Explanation) -> Mapping[str, str]:
    """Pool -> mu of plan quota that the phases got from it, in the order of the phases."""
    sums = dict[str, Fraction]()
    for phase in record["phases"]:
        if phase["round"]:
            sums[phase["pool"]] = sums.get(phase["pool"], Fraction(0)) + Fraction(phase["granted_mu"])
    steps = {pool: granted * Indicator.PLAN.grid for pool, granted in sums.items()}
    return {pool: plain(number.numerator, Indicator.PLAN.grid) for pool, number in steps.items() if number}


def pools(record: Explanation, language: Language) -> str:
    """Where the plan came from: the pool, or each of several with its amount."""
    given = by_pool(record)
    if len(given) < 2:
        return name("categories", record["pool"], language)
    parts = {name("categories", pool, language): granted for pool, granted in given.items()}
    told = [say("explain.reason.from_pool", language, pool=pool, granted=granted) for pool, granted in parts.items()]
    return say("explain.reason.joined", language).join(told)


def less(one: str, other: str) -> str:
    """The exact difference of two plain decimals of plan quota."""
    steps = (Fraction(one) - Fraction(other)) * Indicator.PLAN.grid
    return plain(steps.numerator, Indicator.PLAN.grid)


def failed(failure: Failed, language: Language) -> str:
    """Why one gate was not passed."""
    if failure["reason"] not in texts("explain")["reasons"]:
        return sentence(failure["rule"], language).rstrip("。.")
    return say(f"explain.reasons.{failure['reason']}", language, **failure["facts"])


def facts(record: Explanation, shortages: Mapping[str, Certificate], language: Language) -> dict[str, str]:
    """The numbers that a reason's words may need."""
    last = record["turns"][-1] if record["turns"] else None
    told = {
        "pool": pools(record, language) or name("categories", last["pool"] if last else "", language),
        "declared": record["declared_plan_mu"],
        "admitted": record["admitted_plan_mu"] or "",
        "granted": record["granted_plan_mu"],
        "asked": last["asked_mu"] if last else "0",
        "left": last["left_mu"] if last else "0",
        "closed_by": last["closed_by"] if last else "",
        "kept": "",
        "left_of": "",
        "phase": next((str(phase["phase"]) for phase in record["phases"] if not phase["round"]), ""),
    }
    for failure in record["failures"][:1]:
        told |= failure["facts"]
    kinds = DECIDING_KINDS.get(record["reason"], ())
    met = [s for s in (shortages[reference] for reference in record["shortages"]) if s["kind"] in kinds]
    if met:
        decided = next(shortage for shortage in met if shortage["round"] == met[-1]["round"])
        told["short"] = decided["short"]
        told["kept"] = decided.get("kept", "")
        told["left_of"] = decided["kind"]
        if decided["indicator"] == Indicator.PLAN:
            told["asked"] = decided["asked"]
            told["left"] = less(decided["asked"], decided["short"])
            if decided["kind"] in ("share", "reserve", "total"):
                pool = decided["accounts"][0].partition(":")[2]
                told["pool"] = name("categories", pool, language)
        told["indicator"] = name("indicators", decided["indicator"], language)
        told["unit"] = name("units", Indicator(decided["indicator"]).unit, language)
    return told
