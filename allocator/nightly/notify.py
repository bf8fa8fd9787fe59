"""`--notify COMMAND`: hand the night's summary to a command of the bureau's own: a mail, a message, a ticket.

The command is split as a shell would split it and started without a shell. It reads the summary on standard input and
finds LANDQUOTA_AS_OF, LANDQUOTA_HEAD and LANDQUOTA_SUMMARY (the path of the written summary, or empty) in its
environment; the address of the books, which may hold a password, is not handed on. Whatever it does, the books stand.
"""

import os
import shlex
import subprocess
from datetime import date
from pathlib import Path

from allocator.problems import Place, Problem, Severity

PATIENCE = 60
"""Seconds after which a command that has not ended is ended."""


def notify(command: str, summary: str, *, path: Path | None, as_of: date, head: str) -> Problem | None:
    """Start the command and wait for it; a warning where it cannot be started, fails, or does not end."""
    told = {
        "LANDQUOTA_AS_OF": as_of.isoformat(),
        "LANDQUOTA_HEAD": head,
        "LANDQUOTA_SUMMARY": str(path.resolve()) if path else "",
    }
    surroundings = {name: value for name, value in os.environ.items() if name != "LANDQUOTA_DB"}
    try:
        ended = subprocess.run(  # noqa: S603 - it is the bureau's own command, and no shell reads it
            shlex.split(command, posix=os.name != "nt"),
            input=summary.encode("utf-8"),
            env={**surroundings, **told},
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return failed(command, cause=f"> {PATIENCE} s")
    except (OSError, ValueError, IndexError) as trouble:
        return failed(command, cause=str(trouble))
    if ended.returncode:
        said = ended.stderr.decode("utf-8", errors="replace").strip().splitlines()
        return failed(command, cause=" ".join([str(ended.returncode), *said[-1:]]))
    return None


def failed(command: str, *, cause: str) -> Problem:
    """The warning about a command that did not do its work."""
    return Problem(
        code="NOTIFY_FAILED",
        severity=Severity.WARNING,
        place=Place(cell="--notify"),
        value=command.split(maxsplit=1)[0] if command.strip() else command,  # the rest may hold a secret
        facts={"cause": cause},
    )
