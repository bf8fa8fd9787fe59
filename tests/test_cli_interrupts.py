"""An interrupt, at whatever moment, ends with 130 and no traceback; one that comes after the answer changes nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paces import mostly_long

from allocator.commands.conventions import Exit
from scenarios.commands import street

COMMAND = "import sys; sys.argv = ['landquota', 'solve', 'worked-example', '-o', 'out']"

AT_AN_IMPORT = """
import os, signal, sys
left = {n}
def interrupt(event, _):
    global left
    left -= event == "import"
    if event == "import" and left == 0:
        os.kill(os.getpid(), signal.SIGINT)
""" + COMMAND + """
import cli
sys.addaudithook(interrupt)
cli.main()
"""  # fmt: skip

AFTER_A_WHILE = (
    COMMAND
    + """
import cli, os
try:
    print("begun", flush=True)
    cli.main()
except KeyboardInterrupt:  # between these two lines
    os._exit(130)
"""
)


def surroundings(folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def ended_well(code: int, said: str, folder: Path) -> bool:
    """Interrupted with nothing written, or done with everything written; a word about it, but no traceback."""
    assert "Traceback" not in said, said
    assert "KeyboardInterrupt" not in said, said
    left = [path.name for path in folder.iterdir()]
    return (code == Exit.INTERRUPTED and left in ([], ["out"])) or (code == Exit.DONE and left == ["out"])


@pytest.mark.parametrize("n", mostly_long([1, 2, 5, 20, 60, 120, 250, 400, 550, 700, 850], every=5))
def test_an_interrupt_while_modules_are_imported_ends_with_130(n: int, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", AT_AN_IMPORT.format(n=n)],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended_well(run.returncode, run.stderr, tmp_path), f"{run.returncode}: {run.stderr}"


@pytest.mark.parametrize("milliseconds", mostly_long([0, 3, 10, 30, 60, 100, 150, 200, 300, 500], every=3))
def test_an_interrupt_after_a_while_ends_with_130(milliseconds: int, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", AFTER_A_WHILE],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as child:
        assert child.stdout
        assert child.stdout.readline() == "begun\n"
        time.sleep(milliseconds / 1000)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert ended_well(child.returncode, said, tmp_path), f"{child.returncode}: {said}"


def test_interrupts_that_were_switched_off_stay_so(tmp_path: Path) -> None:
    """As in the background of a shell script, and under nohup."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + AT_AN_IMPORT.format(n=60),
        ],
        cwd=tmp_path,
        env=surroundings(tmp_path),
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == Exit.DONE, run.stderr


def test_a_connection_that_fails_for_two_reasons_ends_at_once(tmp_path: Path) -> None:
    """Errors of the driver, of SQLAlchemy and of ours stand one behind the other."""
    for address in ("postgresql://u:x@localhost:5999/db?foo=bar", "postgresql://u:x@localhost:5999/db"):
        run = subprocess.run(
            [sys.executable, "-c", "import cli; cli.main()", "ledger", "balance", "--db", address],
            cwd=tmp_path, env=surroundings(tmp_path), capture_output=True, text=True, encoding="utf-8", timeout=60,
        )  # fmt: skip
        assert run.returncode == Exit.REJECTED, run.stderr
        assert "Traceback" not in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_errors_that_name_each_other_are_no_interrupt_and_no_endless_search() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__context__ = second, first
    assert not street.was_interrupted(first)
    second.__cause__ = KeyboardInterrupt()
    assert street.was_interrupted(first)
