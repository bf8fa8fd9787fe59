"""Policies as rows for a reader: which are shipped, and every setting of one with the rules it comes from."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import cast

from pydantic import BaseModel

from allocator.policy import Policy, Table
from allocator.policy_checks import number, row_name
from allocator.policy_files import load, shipped
from allocator.words import Language

Row = Mapping[str, str]


def list_policies(language: Language) -> tuple[Row, ...]:
    """One row for each shipped policy: name, title, what it extends, how many rules it switches on."""
    policies = [load(name).policy for name in shipped()]
    return tuple(
        {
            "name": policy.name,
            "title": getattr(policy.title, language),
            "extends": policy.extends,
            "rules": str(len(policy.rules)),
        }
        for policy in policies
    )


def list_settings(policy: Policy) -> tuple[Row, ...]:
    """One row for each value: its dotted path, the value as written, and the rules its table cites."""
    return tuple(_rows(policy, "policy", ""))


def _rows(node: object, path: str, cite: str) -> Iterator[Row]:
    match node:
        case None:
            return
        case BaseModel():
            cite = ", ".join(node.cites) if isinstance(node, Table) else cite
            for field, value in node:
                if field not in ("cite", "extends", "without"):
                    yield from _rows(value, f"{path}.{field}", cite)
        case dict():
            for key, value in cast("dict[str, object]", node).items():
                yield from _rows(value, f"{path}.{key}", cite)
        case tuple() if any(isinstance(row, BaseModel) for row in cast("tuple[object, ...]", node)):
            for row in cast("tuple[BaseModel, ...]", node):
                yield from _rows(row, f"{path}.{row_name(row)}", cite)
        case _:
            yield {"setting": path, "value": _text(node), "cite": cite}


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Fraction():
            return number(value)
        case tuple() | list():
            return ", ".join(str(item) for item in cast("tuple[object, ...]", value))
        case _:
            return str(value)
