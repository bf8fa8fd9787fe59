"""Defaults of options from files: `landquota.toml` in the current folder before the one in the user's folder.

A file holds one table a command, named and keyed as on the command line: `[solve]`, `engine = "mip"`. Options given
on the command line or as LANDQUOTA_* come first; this is click's own `default_map`.
"""

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import rich_click as click

from allocator.commands.conventions import help_text

FILE = "landquota.toml"


def read_defaults(name: str, command: click.Command, known: Collection[str]) -> dict[str, dict[str, Any]]:
    """The defaults of one command, for `Context.default_map`; a file that says something unknown is wrong usage."""
    options = {
        flag.removeprefix("--"): str(parameter.name)
        for parameter in command.params
        for flag in parameter.opts
        if flag.startswith("--") and getattr(parameter, "allow_from_autoenv", False)
    }
    merged: dict[str, Any] = {}
    for path in (Path(click.get_app_dir("landquota")) / FILE, Path.cwd() / FILE):  # the later one wins
        if not path.is_file():
            continue
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (ValueError, OSError) as error:
            raise click.UsageError(help_text("defaults.unreadable", file=path, cause=error)) from error
        for table in raw:
            if table not in known:
                raise click.UsageError(
                    help_text("defaults.unknown_command", file=path, name=table, known=", ".join(known))
                )
        for key, value in raw.get(name, {}).items():
            if key not in options:
                raise click.UsageError(
                    help_text("defaults.unknown_option", file=path, command=name, name=key, known=", ".join(options))
                )
            merged[options[key]] = value
    return {name: merged}
