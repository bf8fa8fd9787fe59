"""`manifest.json`: what was asked, with what, by which hands, and the hash of every file. Only timings may differ."""

import hashlib
import platform
from collections.abc import Mapping
from fractions import Fraction
from importlib.metadata import version
from typing import Any, cast

from pydantic import BaseModel

from allocator.outcome import Allocation, Run, Unchecked
from allocator.policy import Policy, Table
from allocator.quantities import Indicator, plain
from allocator.records import Source
from allocator.report.certificates import levels, measure, status
from allocator.report.courses import course
from allocator.report.json_files import write_json
from allocator.report.read_folder import SCHEMA_VERSION, TOOL
from allocator.version import tool_version
from allocator.words import Language

LIBRARIES = {"exact": ("numpy", "pydantic"), "mip": ("numpy", "ortools", "pydantic")}
"""Engine -> the libraries that an answer passes through."""


def manifest(allocation: Allocation, run: Run, outputs: Mapping[str, bytes], language: Language) -> dict[str, Any]:
    """The content of `manifest.json`; `outputs` are the other files of the folder by name, in `language`."""
    screening = allocation.screening
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": tool_version()},
        "python": platform.python_version(),
        "versions": {library: version(library) for library in LIBRARIES[allocation.engine]},
        "language": language,
        **question(run),
        "engine": allocation.engine,
        "fill": allocation.fill,
        "course": course(run.policy),
        "test": allocation.test,
        "status": status(allocation),
        "limits": dict(allocation.limits),
        "levels": levels(allocation, run),
        "ceilings": [
            {
                "county": ceiling.county,
                "unpenalised_mu": measure(ceiling.base, Indicator.PLAN),
                "most_mu": measure(ceiling.most, Indicator.PLAN),
                "rule": ceiling.rule,
            }
            for ceiling in allocation.ceilings
        ],
        "prices": [
            {
                "indicator": price.indicator,
                "mean_yuan": str(price.mean),
                "unit_price_yuan": str(price.yuan),
                "deals": price.deals,
                "first_day": price.first_day,
                "last_day": price.last_day,
            }
            for price in allocation.settlement.prices
        ],
        "not_checked": [missing(unchecked) for unchecked in screening.not_checked],
        "not_applied": list(screening.not_applied),
        "ties": [list(tie) for tie in allocation.order.ties],
        "deciding_ties": [list(tie) for tie in allocation.deciding_ties],
        "differs_under": {fill: list(projects) for fill, projects in sorted(allocation.differs_under.items())},
        "changes": allocation.changes.scope,
        **files_read(run),
        "outputs": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(outputs.items())},
        "timings_ms": dict(run.milliseconds),
    }


def question(run: Run) -> dict[str, Any]:
    """What was asked: the scenario, its days and total, the policy with its settings, what was overridden."""
    return {
        "asked": run.asked,
        "scenario": run.scenario,
        "title": run.title,
        "year": run.year,
        "as_of": run.as_of.isoformat(),
        "plan_submitted": run.plan_submitted.isoformat(),
        "total_plan_mu": measure(run.total, Indicator.PLAN),
        "policy": {"name": run.policy.name, "title": run.policy.title.model_dump(), "rules": list(run.policy.rules)},
        "overrides": dict(run.overrides),
        "settings": settings(run.policy),
    }


def files_read(run: Run) -> dict[str, Any]:
    """The files that were read, with their hashes, and the digest that stands for them and the question."""
    return {
        "inputs": [describe_source(source) for source in run.tables.sources],
        "policy_files": [describe_source(source) for source in run.policy_files],
        "plan_in_force": describe_source(run.plan_in_force) if run.plan_in_force else None,
        "inputs_digest": digest(run),
    }


def describe_source(source: Source) -> dict[str, str]:
    """A file that was read."""
    return {"name": source.name, "sha256": source.sha256, "reader": source.reader}


def missing(unchecked: Unchecked) -> dict[str, str]:
    """A rule that was not applied, and what it lacked."""
    return {"rule": unchecked.rule, "missing": unchecked.missing}


def digest(run: Run) -> str:
    """Twelve hexadecimal digits that stand for everything the answer depends on; every page and sheet carries them."""
    asked: dict[str, Any] = {
        "inputs": [describe_source(source) for source in run.tables.sources],
        "policy": [source.sha256 for source in run.policy_files],
        "settings": settings(run.policy),
        "overrides": dict(sorted(run.overrides.items())),
        "asked": [run.year, run.as_of.isoformat(), run.plan_submitted.isoformat(), plain(run.total, 1)],
    }
    if run.plan_in_force:
        asked["plan_in_force"] = run.plan_in_force.sha256
    return hashlib.sha256(write_json(asked)).hexdigest()[:12]


def settings(policy: Policy) -> dict[str, str]:
    """Dotted path -> value of every plain setting of the policy's tables; citations and dates left out."""
    found: dict[str, str] = {}
    for name in type(policy).model_fields:
        if isinstance(value := getattr(policy, name), Table):
            found |= flatten(f"policy.{name}", value)
    return found


def flatten(path: str, value: Any) -> dict[str, str]:
    """Nested tables as dotted paths."""
    if isinstance(value, BaseModel):
        value = {key: child for key, child in value if key not in ("cite", "valid")}
    if isinstance(value, dict):
        children = [flatten(f"{path}.{key}", child) for key, child in cast(dict[str, Any], value).items()]
        return {key: text for child in children for key, text in child.items()}
    return {path: spell(value)}


def spell(value: Any) -> str:
    """A setting as a policy file writes it; a fraction as an exact one."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Fraction) and 10**8 % value.denominator == 0:
        return plain(value.numerator * (10**8 // value.denominator), 10**8)
    return ", ".join(map(str, cast(tuple[object, ...], value))) if isinstance(value, tuple) else str(value)
