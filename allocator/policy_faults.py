"""What the policy model refuses, as problems with an address: which key, which value, and what would do instead."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, cast, get_args, get_origin

from pydantic import BaseModel, ValidationError

from allocator.intake.nearest import nearest
from allocator.policy import MOST, Policy
from allocator.problems import Place, Problem, Severity
from allocator.toml_text import written

TEXT, TABLE, DAY = '"..."', "{ ... = ... }", "2026-03-31"
SPAN = f"1 ... {MOST}"

EXAMPLES = {
    "string_type": TEXT,
    "bool_type": "true",
    "bool_parsing": "true",
    "int_type": "1",
    "int_parsing": "1",
    "tuple_type": '["...", "..."]',
    "list_type": '["...", "..."]',
    "dict_type": TABLE,
    "model_type": TABLE,
    "model_attributes_type": TABLE,
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
    "month_day": '"10-30"',
    "greater_than_equal": SPAN,
    "less_than_equal": SPAN,
    "term": f'{SPAN} / "until_removed"',
}
"""What the model calls a slip -> how the kind of value that belongs there is written, in any language."""

ROWS = ("sectors", "gates", "access", "tiers")
"""The arrays of tables."""

ROW_NAMES = ("code", "reason", "tag", "name")
"""The keys that name a row of an array of tables."""


@cache
def settings() -> Mapping[str, Any]:
    """Every setting the rules leave open, built or not, with the values it may take (`policies/settings.toml`)."""
    return tomllib.loads((files("allocator") / "policies" / "settings.toml").read_text(encoding="utf-8"))


def known_values(path: str) -> Sequence[str] | None:
    """The values the rules know for a setting; empty for a number, date or list; None if they do not know the key."""
    table, _, key = path.partition(".")
    entry = settings().get(table)
    return (entry.get(key) if key else ()) if isinstance(entry, dict) else entry  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def explain(error: ValidationError, raw: Mapping[str, Any]) -> Iterator[Problem]:
    """One problem for each slip, `place.cell` the dotted path with rows by their name; the caller adds the file."""
    seen: set[str] = set()
    for slip in error.errors(include_url=False):
        path, names = locate(slip["loc"], raw)
        problem = _fault(slip["type"], path, names, slip["input"], slip.get("ctx", {}))
        if path not in seen:  # a value that fits neither of two kinds is one slip
            seen.add(path)
            yield problem


def _fault(slip: str, path: str, names: Sequence[str], value: Any, context: Mapping[str, Any]) -> Problem:
    key = path.rpartition(".")[2]
    match slip:
        case "missing":
            return fault("NO_CITE", path.rpartition(".")[0]) if key == "cite" else fault("MISSING_KEY", path, key=key)
        case "extra_forbidden":
            return unknown_key(path, keys_of(names[:-1]))
        case "literal_error" | "enum":
            return _refused_value(path, written(value), _listed(str(context["expected"])))
        case "exact_number":
            return fault("BAD_NUMBER", path, written(value))
        case _:
            return fault(
                "BAD_KIND", path, written(value), example=f"[[{path}]]" if path in ROWS else EXAMPLES.get(slip, TEXT)
            )


def unknown_key(path: str, known: Sequence[str]) -> Problem:
    """A key the model does not have: known to the rules but not built, or a slip of the pen."""
    if known_values(path) is not None:
        return fault("SETTING_NOT_BUILT", path, path)
    key = path.rpartition(".")[2]
    return fault("UNKNOWN_KEY", path, key, nearest=nearest(key, known), known=", ".join(known))


def _refused_value(path: str, value: str, built: Sequence[str]) -> Problem:
    """A value that is not built: the rules know it, or it is a slip of the pen."""
    known = known_values(path)
    choices = ", ".join(built)
    if known is not None and (value in known or not known):
        return fault("VALUE_NOT_BUILT", path, value, built=choices)
    return fault("BAD_SETTING", path, value, nearest=nearest(value, built), built=choices)


def locate(loc: Sequence[int | str], raw: Any) -> tuple[str, tuple[str, ...]]:
    """The dotted path of a slip, rows by name, and its keys without rows; what is no key of the file ends it."""
    path: list[str] = []
    names: list[str] = []
    node = raw
    for part in loc:
        if isinstance(node, list) and isinstance(part, int):
            node = node[part]  # pyright: ignore[reportUnknownVariableType]
            path.append(name_of(node) or str(part + 1))  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(node, dict):
            path.append(str(part))
            names.append(str(part))
            node = node.get(part)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        else:
            break  # the name of a kind tried, not a key
    return ".".join(path), tuple(names)


def keys_of(names: Sequence[str]) -> tuple[str, ...]:
    """The keys of the table that these keys lead to."""
    model: type[BaseModel] = Policy
    into_dict = False
    for name in names:
        if into_dict:
            into_dict = False
            continue
        field = model.model_fields.get(name)
        inner = _model_in(field.annotation) if field else None
        if field is None or inner is None:
            return ()
        into_dict = get_origin(field.annotation) is dict
        model = inner
    return tuple(field.alias or name for name, field in model.model_fields.items())


def name_of(entry: object) -> str:
    """What an entry of an array is called, as far as it says: a text itself, a row by its code, reason, tag or name.

    A tier is called by its name and its indicators, `own_store(area,paddy)`: the name alone stands for several.
    """
    if not isinstance(entry, dict):
        return entry if isinstance(entry, str) else ""
    row = cast("dict[str, object]", entry)
    name = next((str(row[key]) for key in ROW_NAMES if key in row), "")
    indicators = row.get("indicators")
    if not isinstance(indicators, list | tuple):
        return name
    return f"{name}({','.join(map(str, cast('list[object]', indicators)))})"


def fault(code: str, path: str, value: str = "", **facts: str) -> Problem:
    """An error at a dotted path of the policy."""
    return Problem(
        code=code, severity=Severity.ERROR, place=Place(cell=f"policy.{path}".rstrip(".")), value=value, facts=facts
    )


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _model_in(inner))), None)


def _listed(expected: str) -> tuple[str, ...]:
    """`'a', 'b' or False` as names."""
    words = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return tuple(word.lower() if word in ("True", "False") else word for word in words)
