"""An output folder read back: everything that `landquota explain` needs, and nothing else."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from allocator.explanation import Certificates, Explanation
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import ProjectId

MANIFEST = "manifest.json"
TOOL = "landquota"
SCHEMA_VERSION = 1
"""Version of every JSON file in an output folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """The JSON files of an output folder."""

    manifest: Mapping[str, Any]
    explanations: Mapping[ProjectId, Explanation]
    certificates: Certificates


def read_folder(path: Path) -> Folder:
    """The result in `path`; raises `InputRejected` when it is none, of another version, or changed since."""
    manifest = read_manifest(path)
    if manifest is None:
        raise InputRejected([_problem("RESULT_NOT_A_FOLDER", path, str(path))])
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise InputRejected([_problem("RESULT_OTHER_VERSION", path / MANIFEST, str(manifest.get("schema_version")))])
    certificates = json.loads(read_output(path, "certificates.json", manifest))
    explanations = json.loads(read_output(path, "explanations.json", manifest))
    return Folder(
        manifest=manifest,
        explanations={record["project_id"]: record for record in explanations["projects"]},
        certificates=certificates,
    )


def read_manifest(path: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder that we wrote, or None."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    tool = cast(dict[str, Any], manifest).get("tool") if isinstance(manifest, dict) else None
    ours = isinstance(tool, dict) and cast(dict[str, Any], tool).get("name") == TOOL
    return cast(dict[str, Any], manifest) if ours else None


def read_output(path: Path, name: str, manifest: Mapping[str, Any]) -> bytes:
    """One file of the folder, as it was when the manifest was written; raises `InputRejected` where it is not."""
    try:
        content = (path / name).read_bytes()
    except OSError as error:
        raise InputRejected([_problem("RESULT_FILE_MISSING", path / name, name)]) from error
    if hashlib.sha256(content).hexdigest() != manifest["outputs"].get(name):
        raise InputRejected([_problem("RESULT_FILE_CHANGED", path / name, name)])
    return content


def _problem(code: str, path: Path, value: str) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, place=Place(file=str(path)), value=value)
