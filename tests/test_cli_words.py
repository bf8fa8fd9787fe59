"""What click itself says: in Chinese where help is Chinese, and letter for letter what the installed click says."""

import ast
from pathlib import Path

import click
import pytest
from paces import mostly_long
from test_cli import call

from allocator.commands.conventions import Exit
from allocator.words import texts
from scenarios.commands import street

ENGLISH = ("Options", "Commands", "Error", "Try ", "for help", "Show this", "Missing", "No such", "Invalid", "Did you",
           "not one of", "unexpected", "requires", "default:")  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    mostly_long([
        [], ["--help"], ["solve", "--help"], ["policy", "--help"], ["divide"], ["slove"], ["--hlep"], ["check"],
        ["check", "x", "y"], ["check", "x", "y", "z"], ["check", "x", "--fromat", "json"], ["policy", "lits"],
        ["check", "x", "--format", "xml"], ["solve", "x", "-o"], ["solve", "x", "--quiet=1"], ["policy"],
    ], every=4),
    ids=" ".join,
)  # fmt: skip
def test_click_speaks_chinese_where_help_does(arguments: list[str], tmp_path: Path) -> None:
    said = call(*arguments, folder=tmp_path, LANDQUOTA_LANG="zh")
    shown = (said.stdout + said.stderr).replace("[OPTIONS]", "")
    assert not [words for words in ENGLISH if words in shown], shown


def test_click_speaks_english_elsewhere(tmp_path: Path) -> None:
    assert "Missing argument 'SCENARIO'" in call("check", folder=tmp_path).stderr


@pytest.mark.parametrize(("typed", "meant"), [("slove", "solve"), ("CHECK", "check"), ("explian", "explain")])
def test_a_misspelt_command_gets_the_nearest_one(typed: str, meant: str, tmp_path: Path) -> None:
    refused = call(typed, folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert f"Did you mean {meant}?" in refused.stderr


def test_a_command_like_no_other_gets_the_list(tmp_path: Path) -> None:
    refused = call("verwalte", folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert ", ".join(street.STREET) in " ".join(refused.stderr.replace("│", " ").split())


def test_every_text_of_the_catalogue_is_one_of_clicks() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(click.__file__).parent.glob("*.py")]
    said = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not [text["en"] for text in texts("click").values() if text["en"] not in said]
