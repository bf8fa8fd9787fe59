"""`landquota init` as a user meets it: what it writes, refuses and keeps; a failure leaves nothing behind."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allocator.problems import errors
from scenarios import template
from scenarios.commands.init import command
from scenarios.solving import check


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(command, [str(folder), "--lang", "en", *options])


def unwrapped(text: str) -> str:
    """A message without the box it is printed in."""
    return " ".join(text.replace("│", " ").split())


def test_init_writes_a_folder_that_passes_the_check(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    result = CliRunner().invoke(command, [str(folder), "--lang", "en"])
    assert result.exit_code == 0, result.output
    assert sorted(file.name for file in folder.iterdir()) == ["data.xlsx", "scenario.toml"]
    assert not errors(check(str(folder), ()))
    assert "landquota check" in result.stderr


def test_init_refuses_a_folder_that_is_not_empty_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path), "--lang", "zh"])
    assert result.exit_code == 2
    assert "--force" in unwrapped(result.stderr)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_init_by_force_replaces_its_two_files_and_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    (tmp_path / "scenario.toml").write_text("old", encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path), "--force", "--lang", "en"])
    assert result.exit_code == 0, result.output
    assert names(tmp_path) == ["data.xlsx", "mine.txt", "scenario.bak-1.toml", "scenario.toml"]
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "x"
    assert not errors(check(str(tmp_path), ()))


def test_a_dry_run_of_init_writes_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "new"), "--dry-run", "--lang", "en"])
    assert result.exit_code == 0
    assert "data.xlsx" in result.stdout
    assert not (tmp_path / "new").exists()


def test_json_and_csv_tell_what_was_written_and_what_was_kept(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    data, copy = str(folder / "data.xlsx"), str(folder / "data.bak-1.xlsx")
    planned = json.loads(init(folder, "--dry-run", "--format", "json").stdout)
    assert [row["file"] for row in planned["would_write"]] == [str(folder / "scenario.toml"), data]
    assert not folder.exists()
    written = json.loads(init(folder, "--format", "json").stdout)
    assert written["written"] == planned["would_write"]
    (folder / "data.xlsx").write_bytes(b"a day's work")
    again = init(folder, "--force", "--format", "csv", "--quiet")
    assert list(csv.DictReader(io.StringIO(again.stdout)))[1] == {"file": data, "kept_as": copy}
    assert not again.stderr


def test_init_into_a_file_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path / "file"), "--lang", "en"])
    assert result.exit_code == 2
    assert "is a file" in unwrapped(result.stderr)


def test_a_failed_init_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(template, "_write_workbook", full)
    result = CliRunner().invoke(command, [str(tmp_path / "new"), "--lang", "en"])
    assert result.exit_code == 2
    assert "No space left" in unwrapped(result.stderr)
    assert list(tmp_path.iterdir()) == []


def test_force_keeps_a_workbook_that_was_filled_in(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert init(folder).exit_code == 0
    for number, content in enumerate((b"a day's work", b"another day's work"), start=1):
        (folder / "data.xlsx").write_bytes(content)
        again = init(folder, "--force")
        assert again.exit_code == 0, again.output
        assert f"data.bak-{number}.xlsx" in again.stderr
        assert (folder / f"data.bak-{number}.xlsx").read_bytes() == content
    assert not errors(check(str(folder), ()))


def test_force_keeps_no_copy_of_a_template_as_it_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert init(folder).exit_code == 0
    assert init(folder, "--force").exit_code == 0
    assert names(folder) == ["data.xlsx", "scenario.toml"]


def test_a_failed_init_by_force_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "data.xlsx").write_bytes(b"a day's work")
    monkeypatch.setattr(template, "_write_workbook", full)
    assert init(tmp_path, "--force").exit_code == 2
    assert names(tmp_path) == ["data.xlsx"]
    assert (tmp_path / "data.xlsx").read_bytes() == b"a day's work"


def test_another_folder_is_named_before_force(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    said = unwrapped(init(tmp_path).stderr)
    assert said.index("name another") < said.index("--force")


def test_a_missing_parent_is_named_and_not_made(tmp_path: Path) -> None:
    refused = init(tmp_path / "a" / "b")
    assert refused.exit_code == 2
    assert "make it first" in unwrapped(refused.stderr)
    assert names(tmp_path) == []
