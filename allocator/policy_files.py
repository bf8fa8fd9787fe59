"""Reads policies: shipped by name or a TOML file by path, with inheritance and overrides; refuses what is wrong.

`extends` names a shipped policy or a file beside this one; `policy_merging` says how one is laid over the other.
"""

import copy
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from allocator import policy_checks
from allocator.intake.nearest import nearest
from allocator.intake.vocabulary import STAGES
from allocator.policy import Policy, in_force
from allocator.policy_faults import (
    ROW_NAMES,
    ROWS,
    TABLE,
    TEXT,
    explain,
    fault,
    keys_of,
    known_values,
    unknown_key,
)
from allocator.policy_merging import Origins, Steps, differences, lay
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import CRITERIA, Source
from allocator.toml_text import parse, parse_value, written

FOLDER = files("allocator") / "policies"

NOT_POLICIES = ("rules", "settings")
"""Files of the shipped folder that hold something else."""

LARGEST_FILE = 2**20
"""Bytes beyond which a file is no policy."""

FIXED = ("name", "extends", "without")
"""Keys that say which policy it is; an override cannot make it another."""

KEYED = {
    "ranking.weights": CRITERIA,
    "phase.min_share": STAGES,
    "donor.weights": ("remaining", "rate", "count", "order"),
}
"""Tables that need not name every key they may hold, and these keys."""

OVERRIDE = ""
"""The file of a value that an override put in place: the caller knows where it stood."""

PREFIX = "policy."
"""What an override's path may start with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A policy and the files it was read from, the policy first, then what it extends.

    `warnings` are doubts about it; `differences`, notes on what its file changes in the one it extends.
    """

    policy: Policy
    files: tuple[Source, ...]
    warnings: tuple[Problem, ...]
    differences: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    raw: dict[str, Any]
    source: Source


@cache
def shipped() -> tuple[str, ...]:
    """The names of the shipped policies, sorted."""
    stems = (entry.name.removesuffix(".toml") for entry in FOLDER.iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted(stem for stem in stems if stem not in NOT_POLICIES))


def load(name_or_path: str, *, base: Path | None = None, overrides: Mapping[str, object] | None = None) -> Loaded:
    """The policy `name_or_path`, with every override by dotted path (`ranking.fill`) in its place.

    What ends in `.toml` or holds a `/` is a path, relative to `base` (else to the current folder); anything else is
    the name of a shipped policy. Raises `InputRejected` with every problem found.
    """
    read, cut = _chain(name_or_path, base)
    own = read[0].source.name
    inherited: dict[str, Any] = {}
    raw: dict[str, Any] = {}
    origins: Origins = {}
    lost: list[Problem] = []
    for file in reversed(read):
        inherited = copy.deepcopy(raw)
        lost += (_at(slip, file.source.name) for slip in lay(file.raw, raw, file.source.name, origins))
    if cut:
        raise InputRejected(_whatever_it_extends(cut, raw, origins))
    policy = _shape(raw, origins, lost)
    if overrides:
        wrong = _set(raw, policy, {path.removeprefix(PREFIX): value for path, value in overrides.items()}, origins)
        policy = _shape(raw, origins, wrong)
    changes = differences(inherited, raw) if inherited and not overrides else ()
    return Loaded(
        policy=policy,
        files=tuple(file.source for file in read),
        warnings=tuple(_doubts(policy, origins, "" if name_or_path in shipped() else own)),
        differences=tuple(replace(_at(change, own), severity=Severity.NOTE) for change in changes),
    )


def on_day(policy: Policy, as_of: date) -> Policy:
    """The policy as it stands on `as_of`: rows and optional tables that are not in force are taken out.

    Raises `InputRejected` when a table without which there is no policy, or one inside it, is not in force, and when
    the tiers that are left cannot be filled.
    """
    changes: dict[str, Any] = {}
    wrong: list[Problem] = []
    for path, table in policy_checks.tables(policy):
        field = path.split(".")[0]
        if in_force(table, as_of):
            continue
        if Policy.model_fields[field].is_required():
            wrong.append(replace(fault("POLICY_EXPIRED", path, as_of.isoformat()), rule=table.rule))
        elif field in ROWS:
            changes[field] = tuple(row for row in changes.get(field, getattr(policy, field)) if row is not table)
        else:
            changes[field] = None
    standing = policy.model_copy(update=changes)
    wrong += policy_checks.tier_faults(standing)
    if wrong:
        raise InputRejected(wrong)
    return standing


def schema() -> dict[str, Any]:
    """The JSON Schema of a policy file, for editors. It asks for the names of rows; `extends` may give the rest."""
    model = Policy.model_json_schema(by_alias=True)
    for table in (model, *model["$defs"].values()):
        table["required"] = [key for key in table.get("required", ()) if key in ROW_NAMES]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model}


def _chain(name: str, base: Path | None) -> tuple[tuple[_File, ...], tuple[Problem, ...]]:
    """The file `name` means, then the one it extends, and so on; and why the rest cannot be read, if it cannot.

    Raises `InputRejected` when the first file cannot be read.
    """
    passed: list[str] = []
    read: list[_File] = []
    while True:
        try:
            file, identity, base = _read(name, base)
        except InputRejected as rejected:
            if not read:
                raise
            above = read[-1].source.name
            return tuple(read), tuple(_beyond(slip, above) for slip in rejected.problems)
        if identity in passed:
            chain = " -> ".join([*(Path(step).name for step in passed), Path(identity).name])
            return tuple(read), (_at(fault("EXTENDS_LOOP", "extends", name, chain=chain), read[-1].source.name),)
        passed.append(identity)
        read.append(file)
        extends = file.raw.get("extends", "")
        if not isinstance(extends, str):
            slip = fault("BAD_KIND", "extends", written(extends), example=TEXT)
            return tuple(read), (_at(slip, file.source.name),)
        if not extends:
            return tuple(read), ()
        name = extends


def _beyond(slip: Problem, above: str) -> Problem:
    """A problem of what the file `above` extends: with a place of its own, or else where it is named."""
    return slip if slip.place.file else replace(slip, place=Place(file=above, cell="policy.extends"))


def _whatever_it_extends(cut: Sequence[Problem], raw: Mapping[str, Any], origins: Mapping[Steps, str]) -> list[Problem]:
    """Why a chain of files ends early, and every slip in those read that nothing further up could mend."""
    found = _slips(raw, origins, [slip.place for slip in cut])
    return [*cut, *(slip for slip in found if slip.code not in ("MISSING_KEY", "NO_CITE"))]


def _read(name: str, base: Path | None) -> tuple[_File, str, Path | None]:
    """One file, what identifies it, and the folder to which its own `extends` is relative."""
    if not (name.endswith(".toml") or "/" in name):
        if name not in shipped():
            names = ", ".join(shipped())
            slip = fault("POLICY_UNKNOWN", "", name, nearest=nearest(name, shipped()), shipped=names)
            raise InputRejected([replace(slip, place=Place(cell="policy"))])
        content = (FOLDER / f"{name}.toml").read_bytes()
        label, identity, folder = f"policies/{name}.toml", name, None
    else:
        path = (base or Path.cwd()) / name
        try:
            with path.open("rb") as stream:
                content = stream.read(LARGEST_FILE + 1)
        except (OSError, ValueError) as error:
            code = "POLICY_FILE_MISSING" if isinstance(error, FileNotFoundError) else "POLICY_UNREADABLE"
            raise InputRejected([_at(fault(code, "", name, looked=str(path.absolute())), name)]) from error
        if len(content) > LARGEST_FILE:
            raise InputRejected([_at(fault("POLICY_TOO_LARGE", "", f"> {LARGEST_FILE}"), name)])
        label, identity, folder = name, str(path.resolve()), path.parent
    source = Source(name=label, sha256=hashlib.sha256(content).hexdigest(), reader="toml")
    return _File(raw=parse(content, label), source=source), identity, folder


def _shape(raw: Mapping[str, Any], origins: Mapping[Steps, str], found: Sequence[Problem] = ()) -> Policy:
    """The policy that `raw` is; raises every slip of shape, or else every one between tables, after those `found`."""
    wrong = [*found, *_slips(raw, origins, [slip.place for slip in found])]
    if not wrong:
        policy = Policy.model_validate(raw)
        wrong = [_at(slip, _origin(slip, origins)) for slip in policy_checks.check(policy)]
        if not wrong:
            return policy
    raise InputRejected(wrong)


def _slips(raw: Mapping[str, Any], origins: Mapping[Steps, str], told: Sequence[Place]) -> Iterator[Problem]:
    """Every slip of shape, in the file that spoke last about its place; none at a place already `told` of."""
    try:
        Policy.model_validate(raw)
    except ValidationError as error:
        slips = (_at(slip, _origin(slip, origins)) for slip in explain(error, raw))
        yield from (slip for slip in slips if slip.place not in told)


def _set(raw: dict[str, Any], policy: Policy, overrides: Mapping[str, object], origins: Origins) -> list[Problem]:
    """Put every override into `raw`; one problem for each path that leads nowhere, with the nearest that does not."""
    wrong: list[Problem] = []
    for path, value in overrides.items():
        *tables, key = path.split(".")
        if slip := _misled(policy, path):
            wrong.append(slip)
            continue
        node = _table_at(raw, tables)
        if node is None:  # another override put a value where this one expects a table
            wrong.append(fault("BAD_KIND", ".".join(tables), path, example=TABLE))
            continue
        node[key] = parse_value(value) if isinstance(value, str) else value
        origins[*tables, key] = OVERRIDE
    return wrong


def _table_at(raw: dict[str, Any], tables: Sequence[str]) -> dict[str, Any] | None:
    """The table these keys lead to, made where it is missing; None where one of them holds a value."""
    node = raw
    for table in tables:
        below: object = node.setdefault(table, {})
        if not isinstance(below, dict):
            return None
        node = cast("dict[str, Any]", below)
    return node


def _misled(policy: Policy, path: str) -> Problem | None:
    """What is wrong with an override's path, if anything."""
    parts = path.split(".")
    if parts[0] in FIXED:
        return fault("SETTING_FIXED", path, path)
    node: object = policy
    for depth, part in enumerate(parts):
        above = parts[:depth]
        names = _names(node, above, policy)
        if part not in names:
            if node is None:
                return fault("SETTING_OFF", path, path, table=".".join(above), policy=policy.name)
            if isinstance(node, tuple):
                return fault("SETTING_FIXED", path, path)
            if known_values(path) is not None:
                return unknown_key(path, ())
            near = ".".join([*above, nearest(part, names), *parts[depth + 1 :]])
            leads = near != path and _misled(policy, near) is None
            return fault("UNKNOWN_SETTING", path, path, nearest=PREFIX + near if leads else "", known=", ".join(names))
        node = _step(node, part)
    return None


def _names(node: object, above: list[str], policy: Policy) -> tuple[str, ...]:
    """The keys an override may name below `node`."""
    if isinstance(node, BaseModel):
        return (*keys_of(above), *(node.__pydantic_extra__ or {}))
    if ".".join(above) in KEYED:
        return KEYED[".".join(above)]
    if above == ["shares", "industry_map"]:
        return tuple(sector.code for sector in policy.sectors)
    return tuple(cast("dict[str, object]", node)) if isinstance(node, dict) else ()


def _step(node: object, key: str) -> object:
    """What stands at `key` below `node`; an alias (`from`) leads to its field (`since`)."""
    if isinstance(node, dict):
        return cast("dict[str, object]", node).get(key)
    fields = type(node).model_fields if isinstance(node, BaseModel) else {}
    return getattr(node, next((name for name, field in fields.items() if field.alias == key), key), None)


def _doubts(policy: Policy, origins: Mapping[Steps, str], own: str) -> Iterator[Problem]:
    """Where no date of issue is known: a warning on a file of the user's `own`, a note on a shipped one.

    A note on rules that nothing carries out, and a warning where the shares are not the printed ones (QY-5.6).
    """
    if policy.validity.valid is None or policy.validity.valid.since is None:
        slip = fault("NO_VALID_FROM", "validity", policy.name, rules=", ".join(policy.validity.cites))
        severity = Severity.WARNING if own else Severity.NOTE
        yield replace(_at(slip, own or _origin(slip, origins)), severity=severity, rule=policy.validity.rule)
    if idle := policy_checks.idle_rules(policy):
        slip = fault("RULE_NOT_CARRIED_OUT", "rules", "policy", rules=", ".join(idle))
        yield replace(_at(slip, own or _origin(slip, origins)), severity=Severity.NOTE)
    changed = [".".join(path) for path, file in origins.items() if file == OVERRIDE and path[0] == "shares"]
    if changed:
        slip = fault("SHARES_OVERRIDDEN", "shares", ", ".join(changed))
        yield replace(slip, severity=Severity.WARNING, rule=policy.shares.rule)


def _origin(slip: Problem, origins: Mapping[Steps, str]) -> str:
    """The file that spoke last about the path of a problem, or about the table around it."""
    path = tuple(slip.place.cell.split(".")[1:])
    if any(origin == OVERRIDE and below[: len(path)] == path for below, origin in origins.items()):
        return OVERRIDE  # a table is wrong since a value inside it was overridden
    for end in range(len(path), 0, -1):
        if path[:end] in origins:
            return origins[path[:end]]
    return origins.get(("name",), "")


def _at(slip: Problem, file: str) -> Problem:
    return replace(slip, place=replace(slip.place, file=file))
