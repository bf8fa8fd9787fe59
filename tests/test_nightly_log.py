"""The log of the nights, and the command that is told."""

import json
import sys
from datetime import date
from pathlib import Path
from shlex import quote

import pytest

from allocator.messages import describe
from allocator.nightly.notify import notify
from allocator.nightly.run_log import NAME, RunLog

DAY = date(2026, 6, 21)

TELLER = """
import os, sys
told = [os.environ[name] for name in ("LANDQUOTA_AS_OF", "LANDQUOTA_HEAD", "LANDQUOTA_SUMMARY")]
open(sys.argv[1], "w", encoding="utf-8").write("|".join([*told, os.environ.get("LANDQUOTA_DB", "-"), sys.stdin.read()]))
"""


def lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / NAME).read_text(encoding="utf-8").splitlines()]


def told(command: str) -> str | None:
    found = notify(command, "x", path=None, as_of=DAY, head="0:0")
    return found and describe(found, "en")


def test_each_step_is_a_line_with_the_day_the_run_and_its_counts(tmp_path: Path) -> None:
    log = RunLog(tmp_path, DAY)
    log.add("events", taken=2, skipped=1)
    log.run = "ab12"
    log.add("posted", entries=7)
    first, second = lines(tmp_path)
    assert (first["as_of"], first["step"], first["taken"], first["skipped"]) == ("2026-06-21", "events", 2, 1)
    assert (second["run"], second["entries"]) == ("ab12", 7)


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_half_a_last_line_of_a_killed_run_is_cut_off_and_nothing_before_it(tmp_path: Path, cut: int) -> None:
    RunLog(tmp_path, DAY).add("events", taken=1)
    whole = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).write_bytes(whole + whole[:cut])
    log = RunLog(tmp_path, DAY)
    assert (tmp_path / NAME).read_bytes() == whole
    log.add("quiet")
    assert [line["step"] for line in lines(tmp_path)] == ["events", "quiet"]


def test_without_a_folder_nothing_is_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    RunLog(None, DAY).add("events")
    assert not list(tmp_path.iterdir())


def test_the_command_hears_the_summary_and_not_where_the_books_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller, heard = tmp_path / "a teller.py", tmp_path / "heard"
    teller.write_text(TELLER)
    monkeypatch.setenv("LANDQUOTA_DB", "postgresql://u:secret@host/db")
    command = " ".join(quote(str(part)) for part in (sys.executable, teller, heard))
    assert notify(command, "一夜\n", path=tmp_path / "s.md", as_of=DAY, head="7:ab") is None
    assert heard.read_text(encoding="utf-8") == f"2026-06-21|7:ab|{(tmp_path / 's.md').resolve()}|-|一夜\n"


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    assert told(f"{sys.executable} -c pass > {tmp_path / 'made'}") is None
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        ("no-such-command-here --token s3cret", "No such file"),
        (f"{sys.executable} -c 'import sys; sys.exit(\"the mail server is away\")'", "1 the mail server is away"),
        ("'half a quote", "No closing quotation"),
        ("", "--notify"),
    ],
)
def test_a_command_that_fails_is_a_warning_that_hides_its_arguments(command: str, cause: str) -> None:
    said = told(command)
    assert said
    assert cause in said
    assert "s3cret" not in said


def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allocator.nightly.notify.PATIENCE", 0)
    assert "> 0 s" in (told(f"{sys.executable} -c 'import time; time.sleep(9)'") or "")
