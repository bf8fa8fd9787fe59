"""Reads a scenario: a folder with `scenario.toml` and its data, found by path or by the name of a shipped one.

Every problem of the file, of its `[set]` table and of `--set` is found at once, those of the policy included; the data
themselves are read by `allocator.intake`.
"""

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from allocator import policy_files
from allocator.intake.contents import find_path_problem
from allocator.intake.nearest import nearest
from allocator.policy import Policy
from allocator.policy_listing import list_settings
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import Source
from allocator.toml_text import FOREIGN_MARKS, foreign_mark, written
from scenarios import shipped
from scenarios.document import Document
from scenarios.overrides import FLAG, POLICY, Override, check_paths, leaves, read_flags, read_table

LARGEST_FILE = 1 << 20
"""Bytes beyond which a file is not a scenario.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What a scenario asks: which data, under which policy, for which year and total."""

    name: str  # folder name
    folder: Path
    title: str
    policy: policy_files.Loaded
    year: int
    as_of: date
    data: Path
    total: int  # grid units of plan
    plan_submitted: date  # anchor of the price window (QN-14.1)
    overrides: Mapping[str, str]  # dotted path -> value as written
    source: Source  # scenario.toml


def read_scenario(where: str, sets: Sequence[str] = ()) -> Scenario:
    """The scenario at `where`: a folder, a `scenario.toml`, or the name of a shipped scenario.

    `sets` are texts `PATH=VALUE` that win over the `[set]` table. The path of a policy starts from the scenario's
    folder, in `sets` from the current one. The policy is as it stands on `as_of`.
    Raises InputRejected with every problem found, those of the file in its order.
    """
    file = find_file(where)
    folder = file.parent.resolve()
    content = _read(file)
    raw = _parse(content, file.name)
    paths = [path for path, _ in leaves(raw)]

    table = raw.pop("set", {})
    problems: list[Problem] = []
    if not isinstance(table, dict):
        problems.append(_problem("SCENARIO_NOT_A_TABLE", Place(file=file.name, cell="set"), written(table)))
        table = {}
    tabled, wrong = read_table(table, file.name)
    given, malformed = read_flags(sets)
    overrides = {override.path: override for override in (*tabled, *given)}
    problems += [*wrong, *malformed]

    document, misshapen = _shape(_applied(raw, overrides), file.name, overrides)
    problems += misshapen
    if document and not _stays_inside(folder, document.data):
        place = overrides["data"].place if "data" in overrides else Place(file=file.name, cell="data")
        problems.append(_problem("SCENARIO_DATA_OUTSIDE", place, document.data))
    policy = None
    try:
        policy = policy_files.load(
            document.policy if document else str(_applied(raw, overrides).get("policy", "prefecture")),
            base=None if "policy" in overrides and overrides["policy"].place.file == FLAG else folder,
            overrides={path: o.value for path, o in overrides.items() if path.startswith(POLICY)},
        )
        doubts = tuple(doubt for doubt in policy.warnings if doubt.severity is not Severity.NOTE)
        policy = replace(policy, warnings=doubts)  # a note on a shipped policy is for whoever looks at the policy
        if document:
            standing = policy_files.on_day(policy.policy, document.as_of)
            lapsed = tuple(_lapsed_price(policy.policy, standing, document.as_of))
            policy = replace(policy, policy=standing, warnings=(*policy.warnings, *lapsed))
    except InputRejected as rejected:
        problems += (_where_written(problem, overrides, file.name) for problem in rejected.problems)
    problems += check_paths(overrides.values(), _settings(policy))
    if problems and document and (lost := find_path_problem(data := folder / document.data, data.name)):
        problems.append(lost)
    if problems or document is None or policy is None:
        raise InputRejected(_in_order(problems, paths, file.name))
    return Scenario(
        name=folder.name,
        folder=folder,
        title=document.title or folder.name,
        policy=policy,
        year=document.year,
        as_of=document.as_of,
        data=folder / document.data,
        total=document.quota.plan_mu,
        plan_submitted=document.pricing.plan_submitted or document.as_of,
        overrides={path: override.value for path, override in overrides.items()},
        source=Source(name=file.name, sha256=hashlib.sha256(content).hexdigest(), reader="tomllib"),
    )


def read_settings(where: str) -> Mapping[str, str]:
    """The `[set]` table of the scenario at `where`, by dotted path; empty where it is no table.

    Raises InputRejected.
    """
    file = find_file(where)
    table = _parse(_read(file), file.name).get("set", {})
    tabled, _ = read_table(table, file.name) if isinstance(table, dict) else ((), ())
    return {override.path: override.value for override in tabled}


def _lapsed_price(policy: Policy, standing: Policy, as_of: date) -> Iterator[Problem]:
    """A warning where tiers must be paid for and their price is not in force."""
    if policy.price and standing.price is None and any(tier.price != "free" for tier in standing.tiers):
        place = Place(file=policy.name, cell="policy.price")
        warning = _problem("PRICE_NOT_IN_FORCE", place, as_of.isoformat())
        yield replace(warning, severity=Severity.WARNING, rule=policy.price.rule)


def _settings(policy: policy_files.Loaded | None) -> Sequence[str]:
    """The paths of the policy's settings, or of the default one's where the policy cannot be read."""
    known = policy or policy_files.load(Document.model_fields["policy"].default)
    return [row["setting"] for row in list_settings(known.policy)]


def find_file(where: str) -> Path:
    """The `scenario.toml` that `where` means: a path that exists wins over the name of a shipped scenario."""
    if os.path.isdir(where):  # noqa: PTH112 - unlike Path, it answers for names no system can hold
        file = Path(where, shipped.FILE)
        if file.is_file():
            return file
        raise InputRejected([_problem("SCENARIO_FILE_MISSING", Place(file=str(file)), where)])
    if os.path.exists(where):  # noqa: PTH110 - as above
        if where.endswith(".toml"):
            return Path(where)
        raise InputRejected([_problem("SCENARIO_NOT_TOML", Place(file=where), where)])
    if folder := shipped.find(where):
        return folder / shipped.FILE
    facts = {"nearest": nearest(where, [*shipped.names(), *_here()]), "shipped": ", ".join(shipped.names())}
    raise InputRejected([_problem("SCENARIO_NOT_FOUND", Place(), where, **facts)])


def _here() -> list[str]:
    """The folders of the current one that are scenarios."""
    return [file.parent.name for file in Path.cwd().glob(f"*/{shipped.FILE}")]


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError:
        raise InputRejected([_problem("SCENARIO_UNREADABLE", Place(file=str(file)), str(file))]) from None
    if len(content) > LARGEST_FILE:
        raise InputRejected([_problem("SCENARIO_TOO_LARGE", Place(file=str(file)), f"> {LARGEST_FILE}")])
    return content


def _parse(content: bytes, file: str) -> dict[str, Any]:
    """TOML with exact decimals. A byte-order mark, which Windows editors write, says nothing and is passed over."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputRejected([_problem("SCENARIO_NOT_UTF8", Place(file=file, cell=f"{line}"))]) from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise InputRejected([_syntax(text, file, str(error))]) from None


def _syntax(text: str, file: str, detail: str) -> Problem:
    """A TOML error with its line; tomllib tells the place in words, and in English."""
    found = re.search(r"at line (\d+)", detail)
    lines = text.splitlines() or [""]
    number = min(int(found[1]), len(lines)) if found else len(lines)
    line, place = lines[number - 1], Place(file=file, cell=f"{number}")
    if mark := foreign_mark(line):
        facts = {"line": f"{number}", "mark": mark, "plain": FOREIGN_MARKS[mark]}
        return _problem("TOML_FOREIGN_MARK", place, line.strip()[:80], **facts)
    twice = "overwrite" in detail or "twice" in detail
    return _problem("SCENARIO_DUPLICATE_KEY" if twice else "SCENARIO_SYNTAX", place, line.strip()[:80])


def _applied(raw: Mapping[str, Any], overrides: Mapping[str, Override]) -> dict[str, Any]:
    """`raw` with the overrides that set the scenario itself put in their places."""
    document = dict(raw)
    for path, override in overrides.items():
        match path.split("."):
            case [key] if key in Document.model_fields:
                document[key] = override.value
            case [table, key] if table in ("quota", "pricing"):
                above = document.get(table, {})
                document[table] = {**above, key: override.value} if isinstance(above, dict) else above
            case _:
                pass
    return document


def _shape(
    raw: Mapping[str, Any], file: str, overrides: Mapping[str, Override]
) -> tuple[Document | None, tuple[Problem, ...]]:
    try:
        return Document.model_validate(raw), ()
    except ValidationError as invalid:
        return None, tuple(_told(invalid, file, overrides))


def _told(invalid: ValidationError, file: str, overrides: Mapping[str, Override]) -> Iterator[Problem]:
    """Each error of the shape as a problem of ours, at the key or the override it came from."""
    for error in invalid.errors(include_url=False):
        *tables, key = (str(part) for part in error["loc"])
        path = ".".join((*tables, key))
        place = overrides[path].place if path in overrides else Place(file=file, cell=path)
        known = _keys(tables)
        match error["type"]:
            case "extra_forbidden" if path in overrides:
                continue  # a path that is not known: `check_paths` tells it, with the nearest whole path
            case "extra_forbidden":
                yield _problem("SCENARIO_UNKNOWN_KEY", place, path, nearest=nearest(key, known), known=", ".join(known))
            case "missing":
                yield _problem("SCENARIO_MISSING_KEY", place, path)
            case "model_type" | "model_attributes_type":
                yield _problem("SCENARIO_NOT_A_TABLE", place, written(error["input"]))
            case code:
                facts = {name: str(fact) for name, fact in error.get("ctx", {}).items()}
                yield _problem(code, place, written(error["input"]), **facts)


def _where_written(problem: Problem, overrides: Mapping[str, Override], file: str) -> Problem:
    """A problem of the policy that stands in none of its files, at the override or the key it comes from."""
    path = problem.place.cell
    if problem.place.file or not path:
        return problem
    if path == "policy":
        place = overrides[path].place if path in overrides else Place(file=file, cell=path)
    else:
        spoken = [(f"{name}.", override.place) for name, override in overrides.items()]
        inner = (place for name, place in spoken if name.startswith(f"{path}."))
        outer = (place for name, place in spoken if f"{path}.".startswith(name))
        place = next(chain(inner, outer), problem.place)
    return replace(problem, place=place)


def _in_order(problems: Sequence[Problem], paths: Sequence[str], file: str) -> list[Problem]:
    """Problems of the file in its order, then those of what it lacks, of the policy and of the command line."""

    def line(problem: Problem) -> int:
        cell = problem.place.cell
        found = (n for n, path in enumerate(paths) if path == cell or path.startswith(f"{cell}."))
        return next(found, len(paths)) if problem.place.file == file else len(paths) + 1

    return sorted(problems, key=line)


def _keys(tables: Sequence[str]) -> list[str]:
    """The keys known inside the table at this path."""
    model: type[BaseModel] = Document
    for table in tables:
        inner = model.model_fields[table].annotation
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else Document
    return [*model.model_fields, *([] if tables else ["set"])]


def _stays_inside(folder: Path, data: str) -> bool:
    """Whether the data, links followed, lie inside the scenario's folder."""
    return (folder / data).resolve().is_relative_to(folder)


def _problem(code: str, place: Place, value: str = "", **facts: str) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, place=place, value=value, facts=facts)
