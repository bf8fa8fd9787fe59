"""What a result says of other questions: outside the audit where some were asked, inside it where none was."""

import hashlib
import json
from typing import Any

from audited import answered

from allocator.audit.compare import compare
from allocator.explore import explored
from allocator.report.folder import write_files
from allocator.report.json_files import write_json


def asked() -> dict[str, bytes]:
    known = answered("worked-example")
    return dict(write_files(explored(known.run, known.allocation, "all"), known.run, language="zh"))


def rewritten(files: dict[str, bytes], project: str, key: str, value: Any) -> dict[str, bytes]:
    """The folder with one entry of one project's record changed, and the hash in the manifest with it."""
    explanations, manifest = json.loads(files["explanations.json"]), json.loads(files["manifest.json"])
    next(record for record in explanations["projects"] if record["project_id"] == project)[key] = value
    content = write_json(explanations)
    manifest["outputs"]["explanations.json"] = hashlib.sha256(content).hexdigest()
    return {**files, "explanations.json": content, "manifest.json": write_json(manifest)}


def found(files: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(finding.row, finding.column) for finding in compare(files, answered("worked-example").derived)]


def test_a_result_that_speaks_of_other_questions_passes_with_everything_else_checked() -> None:
    files = asked()
    assert json.loads(files["manifest.json"])["changes"] == "computed"
    assert found(files) == []
    assert found(rewritten(files, "B3", "changes", [])) == []
    assert found(rewritten(files, "B3", "reason", "LATE")) == [("projects.B3", "reason")]


def test_where_no_other_question_was_asked_nothing_may_be_said_of_one() -> None:
    files = answered("worked-example").files
    assert found(files) == []
    assert found(rewritten(files, "B3", "if_withdrawn", ["B1"])) != []
