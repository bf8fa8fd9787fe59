"""Our own failures: a report file for us, one friendly line for the user, and never a traceback."""

import json
import os
import platform
import re
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import distributions
from pathlib import Path

from allocator.words import Language, say


def covered(argument: str) -> str:
    """The argument, or `***` where it may be the address of a database with a password in it."""
    return "***" if re.search(r"@|://|password", argument) else argument


def report(bug: BaseException, arguments: Sequence[str], language: Language) -> str:
    """Write what is needed to find `bug`, in this folder or the temporary one, and say where.

    An exception may carry `reproducer`, a mapping that lets us run the failing step again; it goes into the file.
    """
    now = datetime.now(UTC)
    name = f"landquota-report-{now:%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    text = "\n".join(
        (
            f"time: {now.isoformat(timespec='seconds')}",
            f"command: {json.dumps([covered(argument) for argument in arguments], ensure_ascii=False)}",
            f"python: {platform.python_version()} on {platform.platform()}",
            "",
            "".join(traceback.format_exception(bug)),
            "reproducer: " + json.dumps(getattr(bug, "reproducer", None), ensure_ascii=False, default=str),
            "",
            "installed:",
            *sorted(f"  {found.name} {found.version}" for found in distributions()),
            "",
        )
    )
    for place in (Path.cwd, tempfile.gettempdir):  # either may be gone
        try:
            folder = Path(place())
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return say("commands.bug", language, report=folder / name)
    return say("commands.bug_unwritten", language, cause=f"{type(bug).__name__}: {bug}")
