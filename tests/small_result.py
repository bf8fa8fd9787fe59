"""The smallest folder that passes for a result; every file names its version."""

from allocator.report.json_files import write_json


def result(version: str) -> dict[str, bytes]:
    """File name -> content."""
    outputs = {"allocation.csv": version.encode(), "draws.csv": version.encode()}
    manifest = {"tool": {"name": "landquota"}, "version": version, "outputs": dict.fromkeys(outputs, "")}
    return {**outputs, "manifest.json": write_json(manifest)}
