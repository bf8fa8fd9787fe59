"""Settings by dotted path: the `[set]` table of a scenario, and `--set PATH=VALUE`, which wins over it.

A path that starts with `policy.` belongs to the policy and is judged there; the others set the scenario itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from allocator.intake.nearest import nearest
from allocator.problems import Place, Problem, Severity
from allocator.toml_text import written

POLICY = "policy."
"""What the paths into the policy start with."""

OWN_PATHS = ("as_of", "data", "policy", "pricing.plan_submitted", "quota.plan_mu", "title", "year")
"""The paths that set the scenario itself."""

FLAG = "--set"
"""The place of what stood on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One setting: what it sets, the value as written, and where that stood."""

    path: str
    value: str
    place: Place


def read_table(table: Mapping[str, Any], file: str) -> tuple[tuple[Override, ...], tuple[Problem, ...]]:
    """The `[set]` table, quoted paths (`"policy.ranking.fill"`) and nested tables alike; each path once."""
    overrides: list[Override] = []
    problems: list[Problem] = []
    for path, value in leaves(table):
        place = Place(file=file, cell=f"set.{path}")
        if (text := _as_written(value)) is None:
            problems.append(_problem("OVERRIDE_NOT_A_VALUE", place, written(value), setting=path))
        else:
            overrides.append(Override(path=path, value=text, place=place))
    return tuple(overrides), (*problems, *_twice(overrides))


def read_flags(flags: Iterable[str]) -> tuple[tuple[Override, ...], tuple[Problem, ...]]:
    """The texts given to `--set`, each `PATH=VALUE`, each path once: nobody can tell which of two was meant."""
    overrides: list[Override] = []
    problems: list[Problem] = []
    for flag in flags:
        path, equals, value = flag.partition("=")
        path, value = path.strip(), value.strip()
        if equals and path:
            overrides.append(Override(path=path, value=value, place=Place(file=FLAG, cell=path)))
        else:
            problems.append(_problem("OVERRIDE_MALFORMED", Place(file=FLAG), flag))
    return tuple(overrides), (*problems, *_twice(overrides))


def _twice(overrides: Iterable[Override]) -> Iterator[Problem]:
    """One problem for each setting of a path that was set before."""
    first: dict[str, Override] = {}
    for override in overrides:
        other = first.setdefault(override.path, override)
        if other is not override:
            yield _problem("OVERRIDE_TWICE", override.place, override.value, setting=override.path, other=other.value)


def check_paths(overrides: Iterable[Override], settings: Sequence[str]) -> tuple[Problem, ...]:
    """One problem for each path that neither sets the scenario nor points into the policy, which has these `settings`.

    A path that only lacks `policy.` is answered with the one it lacks; otherwise with the nearest that exists, if any.
    """
    return tuple(
        _problem("OVERRIDE_UNKNOWN_PATH", override.place, override.path, nearest=_nearest(override.path, settings))
        for override in overrides
        if override.path not in OWN_PATHS and not override.path.startswith(POLICY)
    )


def leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything in a table that is no table itself, in the order of the file."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _as_written(value: Any) -> str | None:
    """The text of a TOML value; None for one that no setting can take (a list, a time)."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | Decimal():
            return str(value)
        case datetime():
            return None
        case date():
            return value.isoformat()
        case _:
            return None


def _nearest(path: str, settings: Sequence[str]) -> str:
    return POLICY + path if POLICY + path in settings else nearest(path, [*OWN_PATHS, *settings])


def _problem(code: str, place: Place, value: str, **facts: str) -> Problem:
    return Problem(code=code, severity=Severity.ERROR, place=place, value=value, facts=facts)
