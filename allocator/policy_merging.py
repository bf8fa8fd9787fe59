"""Lays one policy file over what it inherits, and tells what that changed.

Tables merge key by key. What has a name adds up: rules by their id, sectors by `code`, gates by `reason`, access by
`tag`, tiers by `name` with their indicators. A row of a known name changes that row key by key, in its place; a new
one comes last. Any other value is replaced whole. What `without` names is taken out of the inherited first.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from allocator.intake.nearest import nearest
from allocator.policy_faults import ROWS, fault, name_of
from allocator.problems import Problem
from allocator.toml_text import written

ADD_UP = ("rules", *ROWS)
"""The arrays of which each entry has a name."""

OF_THE_FILE = ("extends", "without", "name", "title")
"""Keys that say which file it is and not what it decides."""

Steps = tuple[str, ...]
"""The keys that lead to a value, a row by its name."""

Standing = tuple[Steps, dict[str, Any] | list[Any], object]
"""Something with a name: its path, the table or array that holds it, and its value."""

Origins = dict[Steps, str]
"""Steps -> the file that spoke last about it."""


def lay(raw: Mapping[str, Any], over: dict[str, Any], file: str, origins: Origins) -> tuple[Problem, ...]:
    """Put what the file `raw` says over what it inherits, in place; a `without` that names nothing is a problem."""
    over.pop("without", None)  # what a parent left out is its own affair
    without = raw.get("without", [])
    names = cast("list[object]", without) if isinstance(without, list) else []
    lost = tuple(_leave_out(over, [name for name in names if isinstance(name, str)], file, origins))
    _merge(over, raw, file, origins, ())
    return lost


def _leave_out(inherited: dict[str, Any], names: Sequence[str], file: str, origins: Origins) -> Iterator[Problem]:
    standing = {".".join(path): (path, holder) for path, holder, _ in _decided(inherited)}
    for name in names:
        if name not in standing:
            yield fault("WITHOUT_NOTHING", "without", name, nearest=nearest(name, standing))
            continue
        path, holder = standing[name]
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
        else:
            holder[:] = [row for row in holder if name_of(row) != path[-1]]
        for gone in [spoken for spoken in origins if spoken[: len(path)] == path]:
            del origins[gone]
        if above := path[:-1]:
            origins[above] = file  # what is wrong with the rest is for the file that left this out


def _decided(raw: dict[str, Any]) -> Iterator[Standing]:
    """What stands in a policy and is not about its file."""
    return (standing for standing in _standing(raw) if standing[0][0] not in OF_THE_FILE)


def _standing(raw: dict[str, Any], above: Steps = ()) -> Iterator[Standing]:
    """Everything that has a name, outer before inner."""
    for key, value in raw.items():
        path = (*above, key)
        yield path, raw, value
        if isinstance(value, dict):
            yield from _standing(cast("dict[str, Any]", value), path)
        elif isinstance(value, list) and path[0] in ADD_UP and not above:
            rows = cast("list[Any]", value)
            for row in rows:
                if name := name_of(row):
                    yield (*path, name), rows, row
                    if isinstance(row, dict):
                        yield from _standing(cast("dict[str, Any]", row), (*path, name))


def _merge(into: dict[str, Any], raw: Mapping[str, Any], file: str, origins: Origins, above: Steps) -> None:
    for key, value in raw.items():
        path, inherited = (*above, key), into.get(key)
        origins[path] = file
        if isinstance(value, dict) and isinstance(inherited, dict):
            _merge(cast("dict[str, Any]", inherited), cast("dict[str, Any]", value), file, origins, path)
        elif isinstance(value, list) and not above and key in ADD_UP:
            rows = cast("list[Any]", inherited) if isinstance(inherited, list) else []
            into[key] = _add_up(rows, cast("list[Any]", value), file, origins, path)
        else:
            into[key] = copy.deepcopy(cast("object", value))


def _add_up(inherited: list[Any], stated: list[Any], file: str, origins: Origins, path: Steps) -> list[Any]:
    """The inherited rows with those stated laid over them; of two stated under one name the second stays apart."""
    rows = list(inherited)
    places = {name: place for place, row in enumerate(inherited) if (name := name_of(row))}
    for row in stated:
        name = name_of(row)
        origins[*path, name] = file
        place = places.pop(name, None)
        if place is None:
            rows.append(copy.deepcopy(row))
        elif isinstance(row, dict):
            _merge(rows[place], cast("dict[str, Any]", row), file, origins, (*path, name))
    return rows


def differences(inherited: dict[str, Any], laid: dict[str, Any]) -> Iterator[Problem]:
    """What a file adds to, leaves out of and changes in what it inherits, as notes without a severity of their own."""
    before = {path: value for path, _, value in _decided(inherited)}
    after = {path: value for path, _, value in _decided(laid)}
    for code, here, there in (("POLICY_ADDS", after, before), ("POLICY_LEAVES_OUT", before, after)):
        outermost: dict[Steps, list[str]] = {}
        for path in here:
            if path not in there and (len(path) == 1 or path[:-1] in there):
                outermost.setdefault(path[:-1], []).append(path[-1])
        for above, names in outermost.items():
            yield fault(code, ".".join(above), ", ".join(names))
    for path, value in after.items():
        adds_up = len(path) == 1 and path[0] in ADD_UP
        if path in before and value != before[path] and not isinstance(value, dict) and not adds_up:
            yield fault("POLICY_CHANGES", ".".join(path), written(value), before=written(before[path]))
