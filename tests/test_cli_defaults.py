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
    "text", ["[solv]\n", "[solve]\nset = ['policy.no=1']\n", "[solve]\nengin = 'mip'\n", "[solve\n"]
)
def test_a_file_of_defaults_that_says_something_unknown_is_wrong_usage(text: str, tmp_path: Path) -> None:
    (tmp_path / "landquota.toml").write_text(text, encoding="utf-8")
    refused = call("solve", "worked-example", folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert "landquota.toml" in refused.stderr


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("solve = 1", "solve", "a table"),
        ("check = 'x'", "check", "a table"),
        ("[solve]\nout = 5", "out in [solve] cannot be 5", "a text in quotes"),
        ("[solve]\nquiet = 2026-01-01", "quiet in [solve] cannot be 2026-01-01", "true / false"),
        ("[solve]\nquiet = 'yes'", 'quiet in [solve] cannot be "yes"', "true / false"),
        ("[solve]\nformat = true", "format in [solve] cannot be true", '"table" / "json" / "csv"'),
        ("[solve]\nformat = 'xml'", 'format in [solve] cannot be "xml"', '"table" / "json" / "csv"'),
        ("[solve]\nengine = ['mip']", "engine in [solve] cannot be", '"auto" / "exact" / "mip"'),
        ("[solve]\nlang = 'fr'", 'lang in [solve] cannot be "fr"', '"zh" / "en"'),
    ],
)
def test_a_value_that_an_option_cannot_take_is_named_with_its_file_and_what_is_expected(
    text: str, key: str, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "landquota.toml").write_text(text, encoding="utf-8")
    refused = call("solve", "worked-example", folder=tmp_path)
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert refused.returncode == Exit.USAGE
    assert not refused.stdout
    for words in ("landquota.toml", key, expected):
        assert words in said


def test_a_command_of_a_group_has_a_table_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "landquota.toml"
    file.write_text("[policy.list]\nformat = 'csv'\n[policy.show]\nformat = 'json'\n", encoding="utf-8")
    assert call("policy", "list", folder=tmp_path).stdout.startswith("name,title,")
    assert json.loads(call("policy", "show", "qingyuan", folder=tmp_path).stdout)["settings"]


@pytest.mark.parametrize("text", ["[policy]\nformat = 'csv'", "[policy]\nlist = 1", "[policy.list]\nout = 'x'"])
def test_a_table_of_a_group_is_looked_at_as_closely(text: str, tmp_path: Path) -> None:
    (tmp_path / "landquota.toml").write_text(text, encoding="utf-8")
    assert call("policy", "list", folder=tmp_path).returncode == Exit.USAGE


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


@pytest.mark.parametrize(
    ("context", "option", "flag"), CALLED, ids=[f"{context.command_path} {flag}" for context, _, flag in CALLED]
)
def test_an_option_is_read_from_its_documented_name_alone(
    context: click.Context, option: click.Option, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "_".join((*context.command_path.upper().split(), flag))
    shared = {"LANG": "LANDQUOTA_LANG", "FORMAT": "LANDQUOTA_FORMAT", "SET": None}
    documented = own if own == "LANDQUOTA_EXPORT_FORMAT" else shared.get(flag, own)  # formats of its own
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
