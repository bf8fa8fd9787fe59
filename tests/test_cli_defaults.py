"""Where an option's value comes from: the environment by its documented names, and files of defaults."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich_click as click
from test_cli import call

from allocator.commands.conventions import Exit
from scenarios.commands import street


def test_the_project_file_beats_the_users_file(tmp_path: Path) -> None:
    users = tmp_path / ".config" / "landquota"
    users.mkdir(parents=True)
    (users / "landquota.toml").write_text("[check]\nlang = 'zh'\n", encoding="utf-8")
    assert re.search("[\u4e00-\u9fff]", call("check", "no-such", folder=tmp_path).stdout)
    (tmp_path / "landquota.toml").write_text("[check]\nlang = 'en'\n", encoding="utf-8")
    assert not re.search("[\u4e00-\u9fff]", call("check", "no-such", folder=tmp_path).stdout)


def test_the_format_may_come_from_the_environment(tmp_path: Path) -> None:
    assert json.loads(call("check", "worked-example", folder=tmp_path, LANDQUOTA_FORMAT="json").stdout)["problems"]


def test_a_setting_does_not_come_from_the_environment(tmp_path: Path) -> None:
    surroundings = {"LANDQUOTA_CHECK_SETS": "policy.no=1", "LANDQUOTA_CHECK_SET": "policy.no=1"}
    assert call("check", "worked-example", folder=tmp_path, **surroundings).returncode == Exit.DONE


@pytest.mark.parametrize(
    "text", ["[policy]\nformat = 'csv'", "[policy]\nlist = 1", "[policy.list]\nout = 'x'", "[ledger.blance]\ndb = 'x'"]
)
def test_a_table_of_a_group_is_looked_at_as_closely(text: str, tmp_path: Path) -> None:
    (tmp_path / "landquota.toml").write_text(text, encoding="utf-8")
    called = ("ledger", "balance") if "ledger" in text else ("policy", "list")
    refused = call(*called, folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert "landquota.toml" in refused.stderr


def contexts(command: click.Command, parent: click.Context | None, name: str) -> Iterator[click.Context]:
    """Every command that is no group, in the context in which it is called."""
    context = command.context_class(
        command, parent=parent, info_name=name, **({} if parent else command.context_settings)
    )
    if not isinstance(command, click.Group):
        yield context
        return
    for part in command.list_commands(context):
        inner = street.load(part) if command is street.street else command.get_command(context, part)
        assert inner
        yield from contexts(inner, context, part)


CALLED = [
    (context, option, flag.removeprefix("--").replace("-", "_").upper())
    for context in contexts(street.street, None, "landquota")
    for option in context.command.params
    if isinstance(option, click.Option)
    for flag in option.opts
    if flag.startswith("--")
]


TYPED = {"SET", "AS_OF", "FROM", "TO", "DATE", "DOCUMENT", "REASON", "HEAD", "ALL"}
"""What no environment says for the person who types: settings, days, papers, and what is looked at."""


@pytest.mark.parametrize(
    ("context", "option", "flag"), CALLED, ids=[f"{context.command_path} {flag}" for context, _, flag in CALLED]
)
def test_an_option_is_read_from_its_documented_name_alone(
    context: click.Context, option: click.Option, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "_".join((*context.command_path.upper().split(), flag))
    shared = {name: f"LANDQUOTA_{name}" for name in ("LANG", "FORMAT", "DB", "ACTOR")}
    formats = {"LANDQUOTA_EXPORT_FORMAT": own, "LANDQUOTA_LEDGER_EXPORT_FORMAT": None}  # formats of their own
    documented = None if flag in TYPED else formats.get(own, shared.get(flag, own))
    prefix = own.removesuffix(flag)
    for name in {own, f"LANDQUOTA_{flag}", f"{prefix}{str(option.name).upper()}"} - {documented}:
        monkeypatch.setenv(name, "written")
    assert option.resolve_envvar_value(context) is None
    if documented:
        monkeypatch.setenv(documented, "written")
        assert option.resolve_envvar_value(context) == "written"


@pytest.mark.parametrize("name", ["FORMAT", "LANG", "QUIET", "VERBOSE"])
def test_every_command_has_the_shared_options(name: str) -> None:
    without = {context.command_path for context, _, _ in CALLED}
    assert without == {context.command_path for context, _, flag in CALLED if flag == name}
