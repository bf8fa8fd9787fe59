"""From an output folder to its audit: its files read once, its question found again by name and held to its hashes."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from allocator.audit.audit import Audit, audit
from allocator.nesting import stands_alone
from allocator.outcome import Run
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import Source
from allocator.report.read_folder import MANIFEST, SCHEMA_VERSION, read_manifest
from scenarios import shipped
from scenarios.question import read_run
from scenarios.scenario import find_file, read_settings


def audit_folder(out: Path, scenario: str = "") -> Audit:
    """The audit of the result in `out` against the scenario that its manifest names, or against that at `scenario`.

    Raises `InputRejected` when `out` is no result, or its scenario is not found, cannot be read, or is another one.
    """
    manifest = read_manifest(out)
    if manifest is None:
        raise InputRejected([_problem("RESULT_NOT_A_FOLDER", out, str(out))])
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise InputRejected([_problem("RESULT_OTHER_VERSION", out / MANIFEST, str(manifest.get("schema_version")))])
    where = scenario or find_scenario(out, manifest)
    run, _ = read_run(where, flags(where, manifest))
    unlike = tuple(another(run, out, manifest)) or tuple(differences(run, out, manifest))
    if refused := (
        *unlike,
        *networks(run.policy),
        *exchanges(run.policy),
    ):
        raise InputRejected(refused)
    files = {entry.name: entry.read_bytes() if entry.is_file() else b"" for entry in sorted(out.iterdir())}
    return audit(files, replace(as_asked(run, where, manifest), plan_in_force=plan_in_force(manifest)))


def find_scenario(out: Path, manifest: Mapping[str, Any]) -> str:
    """Where the scenario stands that the manifest names: from the current folder, beside `out`, or among the shipped
    ones; the first whose file has the right hash, else the first that is there."""
    asked = str(manifest.get("asked", ""))
    places = [place for place in (asked, str(out.parent / asked)) if asked and Path(place).exists()]
    if not places and asked not in shipped.names():
        raise InputRejected([_problem("AUDIT_SCENARIO_NOT_FOUND", out / MANIFEST, asked)])
    places = places or [asked]
    right = [place for place in places if digest(find_file(place)) in listed(manifest, "inputs").values()]
    return (right or places)[0]


def digest(file: Path) -> str:
    """The SHA-256 of a file, or nothing where it cannot be read."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def flags(where: str, manifest: Mapping[str, Any]) -> Sequence[str]:
    """What the command line set: the overrides of the manifest that the scenario does not set itself."""
    tabled = read_settings(where)
    overrides = manifest.get("overrides")
    told = [(str(path), str(value)) for path, value in overrides.items()] if isinstance(overrides, dict) else []
    return [f"{path}={value}" for path, value in told if tabled.get(path) != value]


def listed(manifest: Mapping[str, Any], key: str) -> Mapping[str, str]:
    """File -> SHA-256, of the files that the manifest names under `key`."""
    entries = manifest.get(key)
    rows = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return {str(row.get("name")): str(row.get("sha256")) for row in rows}


def another(run: Run, out: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem where not one input is that of the result: it is another scenario, whatever else differs."""
    named, found = listed(manifest, "inputs"), {source.sha256 for source in run.tables.sources}
    if not found.intersection(named.values()):
        facts = {"told": str(manifest.get("scenario", ""))}
        yield replace(_problem("AUDIT_ANOTHER_SCENARIO", out / MANIFEST, run.scenario), facts=facts)


def differences(run: Run, out: Path, manifest: Mapping[str, Any]) -> Iterator[Problem]:
    """A problem for each input or policy file that is not the one the result was made from."""
    read: tuple[tuple[str, Sequence[Source]], ...] = (
        ("inputs", run.tables.sources),
        ("policy_files", run.policy_files),
    )
    for key, sources in read:
        named, found = listed(manifest, key), {source.name: source.sha256 for source in sources}
        for name in sorted({*named, *found}):
            if named.get(name) != found.get(name):
                facts = {"told": named.get(name, "-")[:12], "found": found.get(name, "-")[:12]}
                yield replace(_problem("AUDIT_INPUT_DIFFERS", out / MANIFEST, name), facts=facts)


def exchanges(policy: Policy) -> Iterator[Problem]:
    """A problem where counties exchange for value: the audit does not derive what they give each other."""
    if policy.exchange:
        place = Place(file=policy.name, cell="policy.exchange")
        yield Problem(code="AUDIT_EXCHANGE", severity=Severity.ERROR, place=place, value="exchange")


def networks(policy: Policy) -> Iterator[Problem]:
    """A problem for each indicator whose sources need a flow: the sums of the audit do not test those."""
    for indicator in policy.indicators:
        if not stands_alone(indicator, policy):
            place = Place(file=policy.name, cell="policy.tiers")
            yield Problem(code="AUDIT_NOT_NESTED", severity=Severity.ERROR, place=place, value=indicator.value)


def plan_in_force(manifest: Mapping[str, Any]) -> Source | None:
    """The earlier result that the manifest says was kept to: a claim, for that folder need not be there any more."""
    told = manifest.get("plan_in_force")
    if not isinstance(told, dict):
        return None
    return Source(name=str(told.get("name")), sha256=str(told.get("sha256")), reader=str(told.get("reader")))


def as_asked(run: Run, where: str, manifest: Mapping[str, Any]) -> Run:
    """The question under the names by which it was asked: a scenario that was moved since has another one now."""
    asked = str(manifest.get("asked", ""))
    if where == asked:
        return run
    name = str(manifest.get("scenario", ""))
    title = name if run.title == run.scenario else run.title
    return replace(run, asked=asked, scenario=name, title=title)


def _problem(code: str, path: Path, value: str) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, place=Place(file=str(path)), value=value)
