"""A folder that appears at once: written beside its place, flushed to disk, then exchanged with what stood there.

On Linux `renameat2(RENAME_EXCHANGE)` swaps the two folders in one step, so a killed run leaves the old result or the
new one. Where that call does not exist (other systems, some network shares) two renames do it; a run killed between
them leaves the old result under a name that the next run moves back. What a killed run left half-written is a hidden
folder `.<name>.landquota-*` beside the result, unlocked; the next run removes it.

A folder that is not ours is never touched: it must be absent, empty, or hold our manifest and nothing but our files.
"""

import ctypes
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from allocator.problems import OutputRefused, Place, Problem, Severity
from allocator.report.read_folder import MANIFEST, read_manifest

if sys.platform != "win32":
    import fcntl

MARK = ".landquota-"
ASIDE = f"{MARK}aside-"
AT_FDCWD, RENAME_EXCHANGE = -100, 2

CAUSES = {
    errno.ENOSPC: "OUTPUT_DISK_FULL",
    errno.EDQUOT: "OUTPUT_DISK_FULL",
    errno.EACCES: "OUTPUT_NOT_PERMITTED",
    errno.EPERM: "OUTPUT_NOT_PERMITTED",
    errno.EROFS: "OUTPUT_NOT_PERMITTED",
}


def refuse(code: str, out: Path, **facts: str) -> OutputRefused:
    """The exception for one problem with `out`."""
    place = Place(file=str(out))
    return OutputRefused(Problem(code=code, severity=Severity.ERROR, place=place, value=str(out), facts=facts))


@contextmanager
def refusing(out: Path) -> Generator[None]:
    """What the system refuses becomes `OutputRefused`."""
    try:
        yield
    except OSError as error:
        code = CAUSES.get(error.errno or 0, "OUTPUT_FAILED")
        raise refuse(code, out, cause=error.strerror or str(error)) from error


def refuse_if_taken(out: Path, *, force: bool) -> None:
    """Raise `OutputRefused` if `out` may not be written: worth asking before the work is done."""
    with refusing(out):
        look(out, force=force)


def refuse_if_inside(out: Path, data: Path) -> None:
    """Raise `OutputRefused` if `out` lies in the folder `data`: a result there would be read as data the next time."""
    with refusing(out):
        inside = out.resolve().is_relative_to(data.resolve())
    if inside:
        raise refuse("OUTPUT_INSIDE_DATA", out, data=str(data))


def look(out: Path, *, force: bool) -> None:
    """Absent, empty or our own is fine; our own only with `force`; anything else never."""
    if not out.parent.is_dir():
        raise refuse("OUTPUT_NO_PARENT", out, parent=str(out.parent))
    if not out.exists():
        return
    if not out.is_dir():
        raise refuse("OUTPUT_IS_A_FILE", out)
    names = {entry.name for entry in out.iterdir()}
    if not names:
        return
    manifest = read_manifest(out)
    if manifest is None:
        raise refuse("OUTPUT_NOT_OURS", out)
    if foreign := sorted(names - {MANIFEST, *manifest.get("outputs", {})}):
        raise refuse("OUTPUT_HOLDS_OTHERS", out, names=", ".join(foreign[:5]))
    if not force:
        raise refuse("OUTPUT_EXISTS", out)


def replace_folder(out: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    """Put `files` into `out`, all or none; raises `OutputRefused` with nothing left behind."""
    out = out.resolve()
    with refusing(out), new_sibling(out) as fresh:
        look(out, force=force)
        for name, content in files.items():
            write_through(fresh / name, content)
        flush(fresh)
        look(out, force=force)
        put_in_place(fresh, out)
        flush(out.parent)


@contextmanager
def new_sibling(out: Path) -> Generator[Path]:
    """An empty folder beside `out`, locked while we live and removed at the end, whatever it then holds."""
    if not out.parent.is_dir():
        raise refuse("OUTPUT_NO_PARENT", out, parent=str(out.parent))
    with locked(out.parent):
        clean(out)
        fresh = Path(tempfile.mkdtemp(prefix=f".{out.name}{MARK}", dir=out.parent))
        lock = lock_folder(fresh)
    try:
        fresh.chmod(0o777 & ~current_umask())
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def clean(out: Path) -> None:
    """Remove what killed runs left beside `out`; a result they had only moved aside goes back to its place."""
    for left in sorted(out.parent.glob(f".{glob_escape(out.name)}{MARK}*")):
        if left.name.startswith(f".{out.name}{ASIDE}"):
            if not out.exists():
                left.rename(out)
            elif read_manifest(out):
                shutil.rmtree(left, ignore_errors=True)
        elif (lock := lock_folder(left)) is not None:
            shutil.rmtree(left, ignore_errors=True)
            os.close(lock)


def glob_escape(name: str) -> str:
    """A name in which `*`, `?` and `[` stand for themselves."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def put_in_place(fresh: Path, out: Path) -> None:
    """`fresh` becomes `out`; what stood there becomes `fresh`, or is gone if it was empty."""
    if not out.exists():
        fresh.rename(out)
    elif not any(out.iterdir()):
        if sys.platform == "win32":  # elsewhere a rename takes the place of an empty folder in one step
            out.rmdir()
        fresh.rename(out)
    elif not exchange(fresh, out):
        aside = out.parent / fresh.name.replace(MARK, ASIDE, 1)
        out.rename(aside)
        try:
            fresh.rename(out)
        except OSError:
            aside.rename(out)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system or its file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    failed = renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if failed and (code := ctypes.get_errno()) not in (errno.ENOSYS, errno.EINVAL):
        raise OSError(code, os.strerror(code), str(other))
    return not failed


def write_through(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def flush(folder: Path) -> None:
    """Wait until a folder's entries are on the disk; systems that cannot open folders need not."""
    if sys.platform == "win32":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def lock_folder(folder: Path) -> int | None:
    """A descriptor that holds an exclusive lock on `folder` until it is closed; None if another run holds it.

    Where folders cannot be locked it is None too: nothing is then taken for a leftover.
    """
    if sys.platform == "win32":
        return None
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold `folder` against other runs for a moment, where the system can."""
    if sys.platform == "win32":
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def current_umask() -> int:
    """The umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
