"""The files of a scenario kept inside the books, and the scenario read back from there by the ordinary reader.

So a night months later asks what was asked when the books were opened, whatever has become of the folder.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection

from allocator import policy_files
from allocator.ledger import journal
from allocator.outcome import Run
from allocator.policy import Policy
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import Source
from scenarios.question import read_run
from scenarios.scenario import Scenario, find_file, read_scenario
from scenarios.shipped import FILE

ABOUT = "kept.json"
"""Which scenario it was, what was set, and which policy files it was read from."""

EXTENDS = re.compile(r"""^(\s*extends\s*=\s*)("[^"\n]*"|'[^'\n]*')""", re.MULTILINE)

REPLACED = ("as_of", "policy", "pricing.plan_submitted")
"""Settings that the reader sets anew: the day, where the policy lies, and the anchor of prices, which stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A scenario as it is asked on a day, and the files by which it can be asked again."""

    run: Run
    files: Mapping[str, bytes]
    warnings: tuple[Problem, ...]


def ask(where: str, sets: Sequence[str], as_of: date | None = None) -> Question:
    """The scenario at `where`, as it is asked on `as_of` (its own day by default); raises `InputRejected`.

    The use plan was submitted when the scenario says, whatever the day (QN-14.1).
    """
    scenario = read_scenario(where, sets)
    run, warnings = read_run(where, [*others(sets, "as_of", "pricing.plan_submitted"), *dated(scenario, as_of)])
    run = replace(run, overrides=scenario.overrides)
    return Question(run=run, files=gather(where, sets, run), warnings=warnings)


def dated(scenario: Scenario, as_of: date | None) -> tuple[str, str]:
    """The settings by which a scenario is asked on another day, and its prices stay."""
    day = as_of or scenario.as_of
    return f"as_of={day.isoformat()}", f"pricing.plan_submitted={scenario.plan_submitted.isoformat()}"


def others(sets: Sequence[str], *paths: str) -> list[str]:
    """The settings of other paths than these."""
    return [text for text in sets if path_of(text) not in paths]


def path_of(setting: str) -> str:
    """The path of `PATH=VALUE`."""
    return setting.partition("=")[0].strip()


def gather(where: str, sets: Sequence[str], run: Run) -> Mapping[str, bytes]:
    """Every file that was read, under the name by which it is found again; the policy's first, numbered.

    Raises `InputRejected` when one is no longer what was read.
    """
    folder = find_file(where).parent
    files = {source.name: (folder / source.name).read_bytes() for source in run.tables.sources}
    files[FILE] = files.pop(run.tables.sources[0].name)
    base = Path.cwd() if "policy" in map(path_of, sets) else folder
    for number, source in enumerate(run.policy_files):
        if not is_shipped(source):
            file = base / source.name
            base = file.parent
            files[f"policy/{number}.toml"] = file.read_bytes()
    about = {
        "scenario": run.scenario,
        "sets": list(sets),
        "plan_submitted": run.plan_submitted.isoformat(),
        "policy": [[source.name, source.sha256, source.reader] for source in run.policy_files],
        "sources": [[source.name, source.sha256, source.reader] for source in run.tables.sources],
        "overrides": dict(run.overrides),
    }
    files[ABOUT] = json.dumps(about, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return files


def is_shipped(source: Source) -> bool:
    """Whether a policy file comes with the program."""
    name = PurePosixPath(source.name)
    return len(name.parts) == 2 and name.parts[0] == "policies" and name.stem in policy_files.shipped()


def kept_run(connection: Connection, digest: str, as_of: date, sets: Sequence[str] = ()) -> Question:
    """The scenario kept under `digest`, as it is asked on `as_of`, with more settings if there are some.

    Raises `InputRejected`, also for a shipped policy that is no longer the one the books were opened with.
    """
    with unpacked(connection, digest, as_of, sets) as (folder, settings, about, files):
        run, warnings = read_run(str(folder), settings)
    policies = sources_of(about, "policy")
    refuse_changed(policies, run.policy_files)
    overrides = {**about["overrides"], **{path_of(text): text.partition("=")[2].strip() for text in sets}}
    run = replace(
        run,
        asked=about["scenario"],
        scenario=about["scenario"],
        policy_files=policies,
        overrides=overrides,
        tables=replace(run.tables, sources=sources_of(about, "sources")),
    )
    return Question(run=run, files=again(files, about, sets, overrides), warnings=warnings)


def kept_policy(connection: Connection, digest: str, as_of: date) -> Policy:
    """The policy kept under `digest`, as it stands on a day; raises as `kept_run` does."""
    with unpacked(connection, digest, as_of) as (folder, settings, about, _):
        loaded = read_scenario(str(folder), settings).policy
    refuse_changed(sources_of(about, "policy"), loaded.files)
    return loaded.policy


@contextmanager
def unpacked(
    connection: Connection, digest: str, as_of: date, sets: Sequence[str] = ()
) -> Iterator[tuple[Path, list[str], Mapping[str, Any], Mapping[str, bytes]]]:
    """The kept files in a folder, as long as the block lasts, and the settings under which to read them there."""
    files = journal.read_files(connection, digest)
    about = json.loads(files[ABOUT])
    with TemporaryDirectory() as place:
        folder = Path(place) / str(about["scenario"])
        unpack(files, folder)
        given = [*others(about["sets"], *REPLACED, *map(path_of, sets)), *others(sets, *REPLACED)]
        first = sources_of(about, "policy")[0]
        at = PurePosixPath(first.name).stem if is_shipped(first) else str(folder / "policy" / "0.toml")
        day = (f"as_of={as_of.isoformat()}", f"pricing.plan_submitted={about['plan_submitted']}", f"policy={at}")
        yield folder, [*given, *day], about, files


def sources_of(about: Mapping[str, Any], what: str) -> tuple[Source, ...]:
    """The files that were read, `policy` or `sources`."""
    return tuple(Source(name=name, sha256=sealed, reader=reader) for name, sealed, reader in about[what])


def refuse_changed(kept: Sequence[Source], read: Sequence[Source]) -> None:
    """A shipped policy is not kept, but its hash: raises `InputRejected` where the program has another one now."""
    changed = [
        Problem(code="POLICY_CHANGED", severity=Severity.ERROR, place=Place(file=old.name), value=old.name)
        for old, new in zip(kept, read, strict=False)
        if is_shipped(old) and old.sha256 != new.sha256
    ]
    if changed:
        raise InputRejected(changed)


def again(
    files: Mapping[str, bytes], about: Mapping[str, Any], sets: Sequence[str], overrides: Mapping[str, str]
) -> Mapping[str, bytes]:
    """The same files with more settings; without any, the very same."""
    if not sets:
        return files
    kept = others(about["sets"], *map(path_of, sets))
    said = {**about, "sets": [*kept, *sets], "overrides": dict(overrides)}
    return {**files, ABOUT: json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8")}


def unpack(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into a folder; a policy that extends another file finds the next one beside it."""
    for name, content in files.items():
        if name == ABOUT:
            continue
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        parent, stem = PurePosixPath(name).parent.name, PurePosixPath(name).stem
        beside = f"policy/{int(stem) + 1}.toml" if parent == "policy" and stem.isdecimal() else ""
        if beside in files:
            following = PurePosixPath(beside).name
            content = EXTENDS.sub(rf'\g<1>"{following}"', content.decode("utf-8-sig"), count=1).encode("utf-8")
        file.write_bytes(content)


def keep(connection: Connection, question: Question) -> str:
    """Keep the files of a question; their digest."""
    return journal.keep_files(connection, question.files)
