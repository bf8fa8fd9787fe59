"""Two answers side by side: who gained, who lost, what else changed, and what was asked otherwise.

It reads output folders alone. Why the answers differ is told as far as the manifests tell it; `comparison_attribution`
finds out more by solving again.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from allocator.explanation import Explanation
from allocator.quantities import Indicator, on_grid
from allocator.records import ProjectId
from allocator.report.csv_files import unguard
from allocator.report.read_folder import read_folder, read_output
from scenarios.comparison_causes import Difference, differences
from scenarios.differences import CHANGES, Granted, kind

KINDS = (*CHANGES, "reason", "added", "gone")
"""Every way in which a project may fare otherwise: its grant, its reason alone, or that it is there at all."""

BOOKS = {
    "pools": (("pool",), ("budget_mu", "used_mu", "released_mu", "received_mu", "closing_mu")),
    "donors": (("county", "indicator"), ("given",)),
    "payments": (("payer", "payee", "indicator"), ("quantity", "amount_yuan")),
}
"""Table -> what names a row, and what of it is compared."""

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One output folder."""

    path: Path
    manifest: Mapping[str, Any]
    projects: Mapping[ProjectId, Explanation]
    books: Mapping[str, Mapping[Cells, Cells]]  # table -> name of a row -> what is compared

    @property
    def granted(self) -> Granted:
        """Who is granted what."""
        rows = self.projects.items()
        return {project: (row["round"], plan_steps(row["granted_plan_mu"])) for project, row in rows if row["round"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """One project that fares otherwise; None where a folder does not hold it."""

    project_id: ProjectId
    kind: str
    before: Explanation | None
    after: Explanation | None

    @property
    def record(self) -> Explanation:
        """What is known of it, from the later folder where that holds it."""
        found = self.after or self.before
        if found is None:
            raise ValueError(f"{self.project_id} stands in neither folder")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One row of a book that is another."""

    book: str
    row: Cells
    before: Cells  # empty where there was no such row
    after: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that differs between the base and one other folder."""

    base: Outcome
    other: Outcome
    asked: tuple[Difference, ...]
    fared: tuple[Fared, ...]
    moved: tuple[Moved, ...]

    @property
    def cause(self) -> str:
        """The one thing that was asked otherwise, by its group; "" where that is nothing, or more than one thing."""
        another = any(difference.path == "policy" for difference in self.asked)
        groups = {"policy" if another and each.comes_with_policy else each.group for each in self.asked}
        return groups.pop() if len(groups) == 1 else ""

    @property
    def is_of_two_scenarios(self) -> bool:
        """Whether the two folders answer scenarios of different names: then little of one explains the other."""
        return bool(self.base.manifest["scenario"] != self.other.manifest["scenario"])

    @property
    def counts(self) -> Mapping[str, int]:
        """How many projects fare otherwise, by kind."""
        counted = Counter(fared.kind for fared in self.fared)
        return {each: counted[each] for each in KINDS}


def compare(folders: Sequence[Path]) -> tuple[Comparison, ...]:
    """The first folder against each of the others; raises `InputRejected` for one that is no whole result."""
    base, *others = (read_outcome(folder) for folder in folders)
    return tuple(
        Comparison(
            base=base,
            other=other,
            asked=differences(base.manifest, other.manifest),
            fared=tuple(fared_otherwise(base, other)),
            moved=tuple(moved_books(base, other)),
        )
        for other in others
    )


def read_outcome(path: Path) -> Outcome:
    """One output folder; raises `InputRejected` when it is none, of another version, or changed since."""
    folder = read_folder(path)
    return Outcome(
        path=path,
        manifest=folder.manifest,
        projects=folder.explanations,
        books={name: read_book(path, name, folder.manifest) for name in BOOKS},
    )


def read_book(path: Path, name: str, manifest: Mapping[str, Any]) -> Mapping[Cells, Cells]:
    """One table of the folder: name of a row -> what is compared."""
    names, compared = BOOKS[name]
    text = read_output(path, f"{name}.csv", manifest).decode("utf-8")
    return {
        tuple(unguard(row[key]) for key in names): tuple(row[key] for key in compared)
        for row in csv.DictReader(io.StringIO(text, newline=""))
    }


def fared_otherwise(base: Outcome, other: Outcome) -> Iterator[Fared]:
    """Every project whose grant, reason or presence differs, in canonical order."""
    granted, then = base.granted, other.granted
    for project in sorted(base.projects.keys() | other.projects.keys()):
        before, after = base.projects.get(project), other.projects.get(project)
        old, new = granted.get(project, ("", 0)), then.get(project, ("", 0))
        if old != new:
            how = kind(old, new)
        elif before is None or after is None:
            how = "added" if before is None else "gone"
        elif (before["decision"], before["reason"]) != (after["decision"], after["reason"]):
            how = "reason"
        else:
            continue
        yield Fared(project_id=project, kind=how, before=before, after=after)


def moved_books(base: Outcome, other: Outcome) -> Iterator[Moved]:
    """Every row of pools, donors and payments that differs."""
    for book in BOOKS:
        rows, others = base.books[book], other.books[book]
        for row in dict.fromkeys([*rows, *others]):
            before, after = rows.get(row, ()), others.get(row, ())
            if before != after:
                yield Moved(book=book, row=row, before=before, after=after)


def plan_steps(text: str) -> int:
    """An area in mu as grid units."""
    return on_grid(Fraction(text), Indicator.PLAN.grid)
