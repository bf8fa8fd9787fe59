"""JSON as it is written: one sequence of bytes for equal content, one record a line."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast


def write_json(content: Mapping[str, Any]) -> bytes:
    """UTF-8; each entry of the document's lists and tables on a line of its own, so that lines can be searched."""
    entries = (f"{spell(key)}: {spread(value)}" for key, value in content.items())
    return ("{\n" + ",\n".join(entries) + "\n}\n").encode("utf-8")


def spread(value: Any) -> str:
    """A value of the document: its entries a line each."""
    if isinstance(value, dict) and value:
        table = cast(dict[str, Any], value).items()
        return "{\n" + ",\n".join(f"  {spell(key)}: {spell(entry)}" for key, entry in table) + "\n}"
    if isinstance(value, list | tuple) and value:
        return "[\n" + ",\n".join(f"  {spell(entry)}" for entry in cast(Sequence[Any], value)) + "\n]"
    return spell(value)


def spell(value: Any) -> str:
    """One value on one line; keys keep the order of the record."""
    return json.dumps(value, ensure_ascii=False)
