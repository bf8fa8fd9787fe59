"""One project out of an output folder, found by its id or its name as people type them."""

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.records import ProjectId
from allocator.report.json_files import write_json
from allocator.report.page import page
from allocator.report.read_folder import SCHEMA_VERSION, Folder, read_folder
from allocator.words import Language

NEAREST = 5


def look_up(out: Path, asked: str, language: Language, form: Literal["table", "json", "csv"]) -> str:
    """One project as a page, as its records with every certificate and account they name, or as one row of CSV.

    Raises `InputRejected` when `out` is no result, or holds no such project: the nearest ids are then named.
    """
    folder = read_folder(out)
    project = find(asked, {project: record["name"] for project, record in folder.explanations.items()})
    if project is None:
        raise InputRejected([unknown(asked, out, folder.explanations)])
    if form == "json":
        return write_json(records(project, folder)).decode("utf-8")
    if form == "csv":
        from allocator.report.project_row import as_csv  # loads what pages and JSON do without

        return as_csv(folder.explanations[project])
    return page(project, folder, language)


def find(asked: str, projects: Mapping[ProjectId, str]) -> ProjectId | None:
    """The id itself, or the only one that differs from it in case and width alone, or the only one of that name.

    `projects` maps ids to names.
    """
    if asked in projects:
        return asked
    alike = [project for project in projects if fold(project) == fold(asked)]
    named = [project for project, name in projects.items() if fold(name) == fold(asked)]
    return next((found[0] for found in (alike, named) if len(found) == 1), None)


def fold(text: str) -> str:
    """A text without the differences of case and width (NFKC), and without blanks around it."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def unknown(asked: str, out: Path, projects: Iterable[ProjectId]) -> Problem:
    """That no project has this id, with the nearest ones."""
    folded = {fold(project): project for project in projects}
    near = [folded[text] for text in get_close_matches(fold(asked), folded, n=NEAREST, cutoff=0.5)]
    return Problem(
        code="PROJECT_UNKNOWN" if near else "PROJECT_UNLIKE_ANY",
        severity=Severity.ERROR,
        place=Place(file=str(out)),
        value=asked,
        facts={"nearest": ", ".join(near)} if near else {"count": str(len(folded))},
    )


def records(project: ProjectId, folder: Folder) -> dict[str, object]:
    """The explanation of one project with the certificates and accounts it names."""
    explanation, proofs = folder.explanations[project], folder.certificates
    shortages = {reference: proofs["shortages"][reference] for reference in explanation["shortages"]}
    named = sorted({account for shortage in shortages.values() for account in shortage["accounts"]})
    return {
        "schema_version": SCHEMA_VERSION,
        "explanation": explanation,
        "shortages": shortages,
        "accounts": {account: proofs["accounts"][account] for account in named},
    }
