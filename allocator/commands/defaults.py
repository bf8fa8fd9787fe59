"""Defaults of options from files: `landquota.toml` in the current folder before the one in the user's folder.

A file holds one table a command, named and keyed as on the command line: `[solve]`, `engine = "mip"`; `[policy.list]`
for a command of a group. Options given on the command line or as LANDQUOTA_* come first; this is click's own
`default_map`.
"""

import json
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import rich_click as click

from allocator.commands.conventions import help_text

FILE = "landquota.toml"


def read_defaults(name: str, command: click.Command, known: Collection[str]) -> dict[str, Any]:
    """The defaults of one command, for `Context.default_map`.

    Raises `UsageError` for a file that says something unknown, or a value that its option cannot take.
    """
    merged: dict[str, Any] = {}
    for path in (Path(click.get_app_dir("landquota")) / FILE, Path(FILE)):  # the later one wins
        raw = read(path)
        for table in raw:
            if table not in known:
                refuse("unknown_command", path, name=table, known=", ".join(known))
            as_table(raw, table, path)
        merged = merge(merged, check(command, as_table(raw, name, path), path, name))
    return {name: merged}


def read(path: Path) -> Mapping[str, Any]:
    """What the file says; nothing if there is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, RecursionError, OSError) as error:
        refuse("unreadable", path, cause=error)


def as_table(raw: Mapping[str, Any], name: str, path: Path, above: str = "") -> Mapping[str, Any]:
    """The table `name`, empty if absent."""
    table = raw.get(name, {})
    if not isinstance(table, dict):
        refuse("not_a_table", path, table=f"{above}{name}", value=spell(table))
    return cast(dict[str, Any], table)


def check(command: click.Command, table: Mapping[str, Any], path: Path, name: str) -> dict[str, Any]:
    """The values of one command by the names of its parameters; of a group, those of each of its commands."""
    if isinstance(command, click.Group):
        context = click.Context(command)  # asked rather than looked into: a group may load its commands on demand
        inner = {key: command.get_command(context, key) for key in table}
        if strange := [key for key, named in inner.items() if named is None]:
            refuse(
                "unknown_command", path, name=f"{name}.{strange[0]}", known=", ".join(command.list_commands(context))
            )
        return {
            key: check(named, as_table(table, key, path, f"{name}."), path, f"{name}.{key}")
            for key, named in inner.items()
            if named is not None
        }
    options = {
        flag.removeprefix("--"): parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and (parameter.allow_from_autoenv or parameter.envvar)
        for flag in parameter.opts
        if flag.startswith("--")
    }
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in options:
            refuse("unknown_option", path, command=name, name=key, known=", ".join(options))
        if not fits(options[key], value):
            refuse("wrong_value", path, command=name, name=key, value=spell(value), expected=expected(options[key]))
        values[str(options[key].name)] = value
    return values


def fits(option: click.Option, value: object) -> bool:
    """Whether the option takes this value: a flag true or false, every other a text that it understands."""
    if option.is_flag or not isinstance(value, str):
        return option.is_flag and isinstance(value, bool)
    try:
        option.type.convert(value, option, None)
    except click.BadParameter:
        return False
    return True


def expected(option: click.Option) -> str:
    """What the option takes, in the words of a file."""
    if option.is_flag:
        return "true / false"
    if isinstance(option.type, click.Choice):
        return " / ".join(f'"{choice}"' for choice in option.type.choices)
    return help_text("defaults.a_text")


def spell(value: object) -> str:
    """A value much as the file has it, cut short where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, bool | str) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both; where both name an option, `other` wins."""
    merged = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict):
            merged[key] = merge(one[key], other[key])
    return merged


def refuse(key: str, path: Path, **facts: object) -> NoReturn:
    """Wrong usage, with its words."""
    raise click.UsageError(help_text(f"defaults.{key}", file=path, **facts)) from None
