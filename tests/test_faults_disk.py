"""Full disks, files that may not be written, damaged and missing ones, a wrong clock: words and an exit code, never a
traceback, and books that are as they were.
"""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest
from fault_year import NIGHT
from faults import MORE, Books, Ended, Warm, approval, files_of, night, open_year

from allocator.commands.conventions import Exit

pytestmark = pytest.mark.faults
pytest_plugins = ["fault_fixtures"]


@pytest.fixture
def file(tmp_path: Path) -> Books:
    """Where books in a file may be opened."""
    return Books(tmp_path)


@pytest.fixture
def approved(warm: Warm, risked: Books) -> Books:
    """Books on which a plan was approved."""
    return approve(warm, risked)


def approve(warm: Warm, books: Books) -> Books:
    ended = warm.run(approval(books, open_year(warm, books)))
    assert ended.exit == Exit.DONE, ended.output
    return books


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A disk of so many bytes at `folder`, if this machine lets us mount one."""
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    has_mounted = shutil.which("mount") is not None and subprocess.run(asked, capture_output=True).returncode == 0
    try:
        yield has_mounted
    finally:
        if has_mounted:
            subprocess.run(["umount", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Write a file until its disk is full."""
    with ballast.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(4096))


def refused(ended: Ended, *codes: Exit) -> bool:
    """Whether a command ended in words (`Warm.wait` fails for a traceback)."""
    return ended.exit in (codes or (Exit.REJECTED,)) and ended.output.strip() != ""


def test_files_that_grow_too_large_leave_the_books_as_they_were(warm: Warm, file: Books) -> None:
    """Every limit from the present size on, a page more each time, until the approval goes through."""
    words = approval(file, open_year(warm, file))
    before, size = file.contents(), file.file.stat().st_size
    file.keep()
    refusals = 0
    for largest in count(4096, 16_384):
        file.put_back()
        ended = warm.run(words, largest=largest)
        file.check()
        if ended.exit == Exit.DONE:
            break
        assert refused(ended), ended.output
        assert file.contents() == before
        refusals += 1
    assert refusals >= 4
    print(f"\nlimits: {refusals} refusals, file of {size} bytes")


def test_a_full_disk_leaves_the_books_as_they_were_and_the_command_runs_when_there_is_room(
    warm: Warm, file: Books, tmp_path: Path
) -> None:
    """Where nothing may be mounted, the limit on the size of a file stands in for the disk."""
    proposal = open_year(warm, file)
    before = file.contents()
    with small_disk(tmp_path / "disk", 4 * file.file.stat().st_size) as is_real:
        full = Books(tmp_path / "disk")
        (tmp_path / "disk" / "year").symlink_to(tmp_path / "year")
        shutil.copyfile(file.file, full.file)
        limits = {} if is_real else {"largest": 8_192}
        ballast = tmp_path / "disk" / "ballast"
        if is_real:
            fill(ballast)
        ended = warm.run(approval(full, proposal), **limits)
        assert refused(ended), ended.output
        assert "full" in ended.output or not is_real
        ballast.unlink(missing_ok=True)
        full.check()
        assert full.contents() == before
        ended = warm.run(approval(full, proposal))
        assert ended.exit == Exit.DONE, ended.output
        full.check()


@pytest.mark.parametrize("trouble", [errno.ENOSPC, *([errno.EIO] if MORE else [])], ids=os.strerror)
def test_reports_that_cannot_be_written_anywhere_are_whole_or_absent_and_come_with_the_next_run(
    warm: Warm, file: Books, tmp_path: Path, trouble: int
) -> None:
    """The system refuses the n-th write, fsync or renaming of a report or the log, for n = 1, 2, 3, ..."""
    approve(warm, file)
    before, out = file.contents(), tmp_path / "out"
    file.keep()
    words = night(file, out)
    assert warm.run(words).exit == Exit.DONE
    after, files = file.contents(), files_of(out)
    for last in count(1):
        file.put_back()
        shutil.rmtree(out)
        ended = warm.run(words, folder=str(out), last=last, trouble=trouble)
        if ended.exit == Exit.DONE:
            break
        assert refused(ended, Exit.REJECTED, Exit.USAGE), (last, ended)
        file.check()
        assert file.contents() in (before, after)
        reports = {name: content for name, content in files_of(out).items() if not name.endswith(".part")}
        assert reports.items() <= files.items(), f"point {last}: a report is neither whole nor absent"
        assert warm.run(words).exit == Exit.DONE
        assert file.contents() == after
        assert files_of(out) == files
    assert last > 40
    print(f"\nreports: {last - 1} points, {os.strerror(trouble)}")


@pytest.mark.parametrize("what", ["file", "folder", "both"])
def test_a_file_or_folder_that_may_not_be_written_is_refused_in_words(warm: Warm, file: Books, what: str) -> None:
    proposal = open_year(warm, file)
    before, folder = file.contents(), file.folder
    out = folder.parent / f"{folder.name}-out"
    modes = {file.file: 0o444 if what != "folder" else 0o644, folder: 0o555 if what != "file" else 0o755}
    for path, mode in modes.items():
        path.chmod(mode)
    try:
        for words in (approval(file, proposal), night(file, out)):
            ended = warm.run(words, meek=True)
            assert refused(ended), ended.output
    finally:
        for path in modes:
            path.chmod(0o755)
    file.check()
    assert file.contents() == before


def test_a_damaged_page_is_found_and_nothing_is_written_on_top(warm: Warm, file: Books) -> None:
    approve(warm, file)
    with file.outside() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries'").fetchone()
    content = bytearray(file.file.read_bytes())
    content[(root - 1) * size : (root - 1) * size + 64] = b"\xff" * 64
    file.file.write_bytes(content)
    assert refused(warm.run(night(file, file.folder / "out")), Exit.REJECTED, Exit.CHECK_FAILED)
    assert refused(warm.run(["ledger", "verify", "--db", file.url]), Exit.REJECTED, Exit.CHECK_FAILED)
    assert refused(warm.run(["propose", "--db", file.url]))
    assert file.file.read_bytes() == content


@pytest.mark.postgresql
@pytest.mark.parametrize("risked", ["postgresql"], indirect=True)
def test_a_damaged_page_on_a_server_is_found(warm: Warm, approved: Books) -> None:
    server = approved.server
    assert server
    with closing(server.connect(approved.database)) as connection:
        row = connection.execute("SELECT pg_relation_filepath('entries')").fetchone()
    assert row
    server.stop()
    page = server.folder / "data" / str(row[0])
    content = bytearray(page.read_bytes())
    content[100:160] = b"\xff" * 60
    page.write_bytes(content)
    server.start()
    assert refused(warm.run(night(approved, approved.folder / "out")), Exit.REJECTED, Exit.CHECK_FAILED)
    assert refused(warm.run(["propose", "--db", approved.url]))


def test_a_journal_that_was_lost_takes_the_last_run_along_which_a_printed_head_shows(warm: Warm, file: Books) -> None:
    """Whoever copies the file without the one beside it has the books of yesterday: whole, and shorter."""
    words = approval(file, open_year(warm, file))
    before = file.contents()
    file.keep()
    whole = warm.run([*words, "--format", "json"])
    head = whole.output.split('"head": "')[1].split('"')[0]
    after = file.contents()
    file.put_back()
    points = warm.run(words, last=0).points
    file.put_back()
    warm.run(words, last=len(points))  # killed behind the commit: what it wrote lies in the file beside
    assert file.file.with_name(f"{file.file.name}-wal").stat().st_size
    file.file.with_name(f"{file.file.name}-wal").unlink()
    file.check()
    assert file.contents() == before
    checked = warm.run(["ledger", "verify", "--db", file.url, "--head", head])
    assert checked.exit == Exit.CHECK_FAILED
    assert warm.run(words).exit == Exit.DONE
    assert file.contents() == after
    assert warm.run(["ledger", "verify", "--db", file.url, "--head", head]).exit == Exit.DONE


def test_the_machines_clock_decides_nothing(warm: Warm, risked: Books, tmp_path: Path) -> None:
    words = approval(risked, open_year(warm, risked))
    risked.keep()
    seen = []
    for year in (1999, 2026, 2099):
        risked.put_back()
        out = tmp_path / str(year)
        for command in (words, night(risked, out)):
            ended = warm.run(command, clock=year)
            assert ended.exit == Exit.DONE, ended.output
        assert f'"at": "{year}-' in (out / "nightly.jsonl").read_text(encoding="utf-8")
        seen.append((risked.contents(), files_of(out)))
    assert seen[0] == seen[1] == seen[2]


def test_a_day_before_the_last_one_in_the_books_is_refused(warm: Warm, approved: Books) -> None:
    before = approved.contents()
    words = night(approved, approved.folder / "out")
    set_back = [word if word != NIGHT else "2026-03-31" for word in words]
    unnamed = [word for word in words if word not in ("--as-of", NIGHT)]
    for ended, first in ((warm.run(set_back), "2026-04-01"), (warm.run(unnamed, clock=1999), "2026-01-01")):
        assert refused(ended), ended.output
        assert first in ended.output
    assert approved.contents() == before


def test_books_of_a_newer_program_are_refused(warm: Warm, approved: Books) -> None:
    with approved.outside() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = approved.contents()
    for words in (night(approved, approved.folder / "out"), ["ledger", "verify", "--db", approved.url]):
        ended = warm.run(words)
        assert refused(ended), ended.output
        assert "9999" in ended.output
    assert approved.contents() == before
