"""A study as its TOML file says it: a scenario, a design, and what is varied. Refuses everything it does not know.

Every problem of the file is found at once. Whether a path exists in the scenario and what it may be set to is judged
where the scenario is read (`study_questions`).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from allocator.intake.nearest import nearest
from allocator.problems import InputRejected, Place, Problem, Severity
from allocator.toml_text import parse, written
from scenarios.overrides import read_table
from scenarios.study_numbers import NotANumber, Progression, exact
from scenarios.study_shipped import find_study

DESIGNS = ("cases", "grid", "one_at_a_time", "breakpoints")
"""The designs that are built."""

COLUMNS = ("grants", "payments", "donors")
"""What may be asked of every case; `grants` is always told."""

MOST_CASES = 1_000_000
LARGEST_FILE = 1 << 20

KEYS = ("title", "scenario", "design", "out", "columns", "set", "factors", "cases", "breakpoints")
NEEDED = {"cases": "cases", "grid": "factors", "one_at_a_time": "factors", "breakpoints": "breakpoints"}
"""Design -> the table it is made from; the others have no effect and are refused."""

FACTOR_KEYS = ("path", "values", "from", "to", "step", "complement")
CASE_KEYS = ("name", "set")
RANGE_KEYS = ("path", "from", "to", "step", "complement", "limit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One setting that is varied, its values as they would be written, and the setting that takes up the difference."""

    path: str
    values: tuple[str, ...]
    complement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One case of the design `cases`."""

    name: str
    sets: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The one number of the design `breakpoints`: every value from `first` to `last` on its grid."""

    path: str
    first: Fraction
    last: Fraction
    step: Fraction | None  # None: the grid on which the quantity is stored
    complement: str = ""
    limit: int | None = None  # so many pieces are enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What a study asks."""

    name: str  # of its file, without the ending
    title: str
    scenario: str  # as `read_scenario` takes it
    design: str
    out: Path | None
    columns: tuple[str, ...]
    sets: Mapping[str, str] = field(default_factory=dict[str, str])  # hold in every case, the base included
    factors: tuple[Factor, ...] = ()
    cases: tuple[Named, ...] = ()
    range: Range | None = None
    file: str = ""  # its name, for problems
    sha256: str = ""


def read_study(where: str) -> Study:
    """The study at `where`: a TOML file, or the name of a shipped one; paths in it start from its own folder.

    Raises `InputRejected` with every problem found.
    """
    path = find_study(where)
    try:
        content = path.read_bytes()
    except OSError:
        raise InputRejected([fault("STUDY_UNREADABLE", path.name, "", where)]) from None
    if len(content) > LARGEST_FILE:
        raise InputRejected([fault("STUDY_UNREADABLE", path.name, "", where)])
    reading = Reading(path.name)
    study = reading.study(parse(content, path.name), path, hashlib.sha256(content).hexdigest())
    if reading.problems or study is None:
        raise InputRejected(reading.problems)
    return study


def fault(code: str, file: str, cell: str, value: object = "", **facts: str) -> Problem:
    """One problem of the file, at a key."""
    place = Place(file=file, cell=cell)
    return Problem(code=code, severity=Severity.ERROR, place=place, value=str(value), facts=facts)


class Reading:
    """One file being read; its problems in the order of the keys we know."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def refuse(self, code: str, cell: str, value: object = "", **facts: str) -> None:
        """Note one problem."""
        self.problems.append(fault(code, self.file, cell, value, **facts))

    def study(self, raw: Mapping[str, Any], path: Path, sha256: str) -> Study | None:
        """The whole file; None where too little of it can be read."""
        self.know(raw, KEYS, "")
        scenario, design = self.text(raw, "scenario", "", needed=True), self.design(raw)
        columns = raw.get("columns", [])
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            self.refuse("STUDY_WRONG_KIND", "columns", written(columns), expected='["grants"]')
            columns = []
        for name in columns:
            if name not in COLUMNS:
                facts = {"nearest": nearest(name, COLUMNS), "known": ", ".join(COLUMNS)}
                self.refuse("STUDY_UNKNOWN_COLUMN", "columns", name, **facts)
        if design in NEEDED:
            for table in dict.fromkeys(NEEDED.values()):
                if table in raw and table != NEEDED[design]:
                    self.refuse("STUDY_WITHOUT_EFFECT", table, table, design=design, needed=NEEDED[design])
        out = self.text(raw, "out", "")
        study = Study(
            name=path.stem,
            title=self.text(raw, "title", "") or path.stem,
            scenario=self.where(scenario, path.parent),
            design=design,
            out=path.parent / out if out else None,
            columns=tuple(name for name in COLUMNS if name in columns),
            sets=self.sets(raw.get("set", {}), "set"),
            factors=tuple(self.factors(raw)) if NEEDED.get(design) == "factors" else (),
            cases=tuple(self.cases(raw)) if NEEDED.get(design) == "cases" else (),
            range=self.range(raw) if NEEDED.get(design) == "breakpoints" else None,
            file=path.name,
            sha256=sha256,
        )
        return study if scenario else None

    def where(self, scenario: str, folder: Path) -> str:
        """A folder or file beside the study, or a name."""
        beside = folder / scenario
        return str(beside) if scenario and beside.exists() else scenario

    def design(self, raw: Mapping[str, Any]) -> str:
        """Its name; one that is not built is refused with those that are."""
        design = self.text(raw, "design", "", needed=True)
        if design and design not in DESIGNS:
            facts = {"nearest": nearest(design, DESIGNS), "built": ", ".join(DESIGNS)}
            self.refuse("STUDY_DESIGN_NOT_BUILT", "design", design, **facts)
        return design

    def factors(self, raw: Mapping[str, Any]) -> Iterator[Factor]:
        """`[[factors]]`: each path once."""
        seen: set[str] = set()
        for at, table in self.rows(raw, "factors"):
            self.know(table, FACTOR_KEYS, at)
            path = self.text(table, "path", at, needed=True)
            if path in seen:
                self.refuse("STUDY_TWICE", f"{at}.path", path)
            seen.add(path)
            values = self.values(table, at)
            if path and values:
                yield Factor(path=path, values=values, complement=self.text(table, "complement", at))

    def values(self, table: Mapping[str, Any], at: str) -> tuple[str, ...]:
        """The list, or every step from the first to the last."""
        if "values" not in table:
            steps = self.steps(table, at, needs_step=True)
            return tuple(steps.texts()) if steps else ()
        for key in ("from", "to", "step"):
            if key in table:
                self.refuse("STUDY_WITHOUT_EFFECT", f"{at}.{key}", key, design="values", needed="values")
        given = table["values"]
        if not isinstance(given, list) or not given:
            self.refuse("STUDY_WRONG_KIND", f"{at}.values", written(given), expected='["9000", "9200"]')
            return ()
        overrides, wrong = read_table({f"{n}": value for n, value in enumerate(given)}, self.file)
        for number in range(len(wrong)):
            self.refuse("STUDY_WRONG_KIND", f"{at}.values", wrong[number].value, expected='["9000", "9200"]')
        texts = [override.value for override in overrides]
        for text in dict.fromkeys(text for text in texts if texts.count(text) > 1):
            self.refuse("STUDY_TWICE", f"{at}.values", text)
        return tuple(texts)

    def steps(self, table: Mapping[str, Any], at: str, *, needs_step: bool) -> Progression | None:
        """`from`, `to`, `step` as exact decimals."""
        given = {key: table[key] for key in ("from", "to", "step") if key in table}
        missing = [key for key in ("from", "to", *(("step",) if needs_step else ())) if key not in given]
        for key in missing:
            self.refuse("STUDY_MISSING_KEY", f"{at}.{key}", key)
        numbers: dict[str, Fraction] = {}
        for key, value in given.items():
            try:
                numbers[key] = exact(value)
            except NotANumber:
                self.refuse("STUDY_NOT_A_NUMBER", f"{at}.{key}", written(value))
        if missing or len(numbers) < len(given):
            return None
        steps = Progression(first=numbers["from"], last=numbers["to"], step=numbers.get("step"))
        if steps.first > steps.last or steps.step == 0:
            self.refuse("STUDY_RANGE_EMPTY", at, f"{given['from']} .. {given['to']}")
            return None
        if needs_step and len(steps) > MOST_CASES:
            self.refuse("STUDY_TOO_LARGE", at, len(steps), most=f"{MOST_CASES}")
            return None
        return steps

    def cases(self, raw: Mapping[str, Any]) -> Iterator[Named]:
        """`[[cases]]`: each name once."""
        seen: set[str] = set()
        for at, table in self.rows(raw, "cases"):
            self.know(table, CASE_KEYS, at)
            name = self.text(table, "name", at, needed=True)
            if name in seen:
                self.refuse("STUDY_TWICE", f"{at}.name", name)
            seen.add(name)
            yield Named(name=name, sets=self.sets(table.get("set", {}), f"{at}.set"))

    def range(self, raw: Mapping[str, Any]) -> Range | None:
        """`[breakpoints]`."""
        at, table = "breakpoints", raw.get("breakpoints")
        if not isinstance(table, dict):
            code = "STUDY_MISSING_KEY" if table is None else "STUDY_WRONG_KIND"
            self.refuse(code, at, "breakpoints" if table is None else written(table), expected="[breakpoints]")
            return None
        self.know(table, RANGE_KEYS, at)
        path, steps = self.text(table, "path", at, needed=True), self.steps(table, at, needs_step=False)
        limit = table.get("limit")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            self.refuse("STUDY_WRONG_KIND", f"{at}.limit", written(limit), expected="1000")
        if not path or steps is None:
            return None
        return Range(
            path=path,
            first=steps.first,
            last=steps.last,
            step=steps.step,
            complement=self.text(table, "complement", at),
            limit=limit,
        )

    def rows(self, raw: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The tables of a list of tables, each with its place, from 1 on."""
        rows = raw.get(key)
        if not isinstance(rows, list) or not rows:
            code = "STUDY_MISSING_KEY" if rows is None else "STUDY_WRONG_KIND"
            self.refuse(code, key, key if rows is None else written(rows), expected=f"[[{key}]]")
            return
        for number, table in enumerate(rows, start=1):
            if isinstance(table, dict):
                yield f"{key}.{number}", table
            else:
                self.refuse("STUDY_WRONG_KIND", f"{key}.{number}", written(table), expected=f"[[{key}]]")

    def sets(self, table: Any, at: str) -> Mapping[str, str]:
        """A table of settings by dotted path."""
        if not isinstance(table, dict):
            self.refuse("STUDY_WRONG_KIND", at, written(table), expected=f"[{at}]")
            return {}
        overrides, wrong = read_table(table, self.file)
        for problem in wrong:
            cell = at + problem.place.cell.removeprefix("set")
            self.problems.append(replace(problem, place=Place(file=self.file, cell=cell)))
        return {override.path: override.value for override in overrides}

    def text(self, table: Mapping[str, Any], key: str, at: str, *, needed: bool = False) -> str:
        """A text; "" where it is absent or wrong."""
        cell, value = f"{at}.{key}" if at else key, table.get(key, "")
        if not isinstance(value, str):
            self.refuse("STUDY_WRONG_KIND", cell, written(value), expected='"..."')
            return ""
        if needed and not value.strip():
            self.refuse("STUDY_MISSING_KEY", cell, key)
        return value.strip()

    def know(self, table: Mapping[str, Any], keys: Sequence[str], at: str) -> None:
        """Refuse every key but these."""
        for key in table:
            if key not in keys:
                cell = f"{at}.{key}" if at else key
                self.refuse("STUDY_UNKNOWN_KEY", cell, key, nearest=nearest(key, keys), known=", ".join(keys))
