"""The points at which a child can be killed: each statement and commit, each write, flush and renaming of a file.

Loaded by `warm_process`, patched in a child alone. What changes something has a point before and one behind it, and a
write to a file one in its middle. A statement that only reads has one: behind it is before the next.
"""

import ctypes
import io
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

READS = ("SELECT ", "PRAGMA ", "SET ")
"""How statements begin that leave the books as they are; an advisory lock is among them."""

CATALOGUE = "pg_catalog"
"""In what is asked of the server's own tables, dozens of times in a row, for the sake of the guards: no points."""


class Points:
    """Counts what is reached. At number `last` the process is killed, or the error `trouble` of the system comes."""

    def __init__(self, last: int, trouble: int = 0) -> None:
        self.last, self.trouble = last, trouble
        self.names: list[str] = []

    def reach(self, name: str) -> bool:
        """One more point; whether it ends at the next one."""
        self.names.append(name)
        if len(self.names) == self.last:
            if self.trouble:
                raise OSError(self.trouble, os.strerror(self.trouble))
            os.kill(os.getpid(), signal.SIGKILL)
        return len(self.names) + 1 == self.last

    def around(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        """The same function with a point before and one behind it."""

        def called(*arguments: Any, **named: Any) -> Any:
            self.reach(f"before {name}")
            result = call(*arguments, **named)
            self.reach(f"after {name}")
            return result

        return called


def watch_database(points: Points) -> None:
    """Every statement and every commit of SQLAlchemy, and what is set on a new connection to a file."""

    def before(*said: Any) -> None:
        if CATALOGUE not in said[2]:
            points.reach(f"before {words(said[2])}")

    def after(*said: Any) -> None:
        if not said[2].startswith(READS):
            points.reach(f"after {words(said[2])}")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    DefaultDialect.do_commit = points.around(DefaultDialect.do_commit, "COMMIT")  # type: ignore[method-assign]

    class Watched(sqlite3.Connection):
        def execute(self, *arguments: Any) -> sqlite3.Cursor:
            points.reach(f"before {words(arguments[0])}")
            return super().execute(*arguments)

    plain = sqlite3.connect
    sqlite3.connect = lambda *arguments, **named: plain(*arguments, factory=Watched, **named)  # type: ignore[assignment]


def words(statement: str) -> str:
    """What a statement is known by: its first words."""
    return " ".join(statement.split()[:3])


def watch_files(points: Points, folder: Path) -> None:
    """Every write, fsync, truncation and renaming under a folder."""
    plain_open = io.open
    names: dict[int, str] = {}

    class Written:
        """A file that is written, with its points."""

        def __init__(self, stream: Any, name: str) -> None:
            self.stream, self.name = stream, name
            names[stream.fileno()] = name

        def write(self, content: bytes) -> int:
            if points.reach(f"before write {self.name}"):
                self.stream.write(content[: len(content) // 2])
                self.stream.flush()
            points.reach(f"half of write {self.name}")
            written = self.stream.write(content)
            self.stream.flush()
            points.reach(f"after write {self.name}")
            return written

        def truncate(self, *arguments: int) -> int:
            return points.around(self.stream.truncate, f"truncate {self.name}")(*arguments)

        def __enter__(self) -> "Written":
            return self

        def __exit__(self, *error: object) -> None:
            self.stream.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

    def opened(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        stream = plain_open(file, mode, *arguments, **named)
        writes = not isinstance(file, int) and set(mode) & set("wax+") and Path(file).is_relative_to(folder)
        return Written(stream, Path(file).name) if writes else stream

    def flushed(descriptor: int) -> None:
        name = names.get(descriptor)
        (points.around(plain_fsync, f"fsync {name}") if name else plain_fsync)(descriptor)

    def renaming(plain: Callable[..., None]) -> Callable[..., None]:
        def renamed(source: Any, target: Any, **named: Any) -> None:
            inside = Path(target).is_relative_to(folder)
            (points.around(plain, f"rename {Path(target).name}") if inside else plain)(source, target, **named)

        return renamed

    plain_fsync = os.fsync
    io.open, os.fsync = opened, flushed  # type: ignore[assignment]
    os.replace, os.rename = renaming(os.replace), renaming(os.rename)


def command(words: list[str], faults: dict[str, Any] | None = None) -> dict[str, Any]:
    """Run `landquota WORDS`; its exit code, and the points that it reached. The faults of this run:

    last     the fault point at which it ends, 0 for none; without it there are no points
    folder   where files count among the points
    trouble  the error of the system that comes instead of a kill, at a file alone
    largest  bytes that a file may have
    meek     True: root's right to write what it has forbidden itself is given up
    clock    the year that the machine's clock shows
    """
    from scenarios.commands.street import run

    faults = faults or {}
    points = Points(faults.get("last", 0), faults.get("trouble", 0))
    if "last" in faults and not points.trouble:
        watch_database(points)
    if "last" in faults and "folder" in faults:
        watch_files(points, Path(faults["folder"]))
    if largest := faults.get("largest"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
    if faults.get("meek"):
        give_up_rights()
    if "clock" in faults:
        set_clock(faults["clock"])
    sys.argv = ["landquota", *words]
    try:
        run()
        code: Any = 0
    except SystemExit as end:
        code = end.code
    return {"exit": code or 0, "points": points.names}


def give_up_rights() -> None:
    """Drop the capabilities CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, so that the modes of files hold for root too."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this process (linux/capability.h)
    sets = (ctypes.c_uint32 * 6)()
    if libc.capget(header, sets):
        raise OSError(ctypes.get_errno(), "capget")
    for part in (0, 1, 2):  # effective, permitted, inheritable; the upper halves stand behind them
        sets[part] &= ~0b110
    if libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "capset")


def set_clock(year: int) -> None:
    """Let the machine's clock show another year, wherever the program asks it."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz).replace(year=year, day=1)

    plain = time.time
    time.time = lambda: plain() + (year - datetime.now(UTC).year) * 365 * 86_400
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("allocator.", "scenarios.")):
            for name, value in list(vars(module).items()):
                if value is datetime:
                    setattr(module, name, Shifted)
