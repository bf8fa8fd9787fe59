"""A result appears at once or not at all: what may be replaced, injected failures, real kills, leftovers."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from small_result import result

from allocator.messages import describe
from allocator.problems import OutputRefused
from allocator.report import replace_folder as subject
from allocator.report.replace_folder import refuse_if_taken, replace_folder


def held(out: Path) -> dict[str, bytes] | None:
    """Name -> content, or None if there is no such folder."""
    return {path.name: path.read_bytes() for path in out.iterdir()} if out.exists() else None


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "结果 [1]*"


@pytest.fixture(params=["exchange", "two renames"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "two renames":
        monkeypatch.setattr(subject, "exchange", lambda one, other: False)
    return request.param


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(OutputRefused) as refusal:
        call()
    for language in ("zh", "en"):
        assert "{" not in describe(refusal.value.problem, language)
    return refusal.value.problem.code


def test_a_new_folder_and_an_empty_one_are_filled(out: Path) -> None:
    replace_folder(out, result("1"), force=False)
    assert held(out) == result("1")
    empty = out.with_name("empty")
    empty.mkdir()
    replace_folder(empty, result("1"), force=False)
    assert held(empty) == result("1")
    assert len(list(out.parent.iterdir())) == 2


def test_our_own_result_is_replaced_with_force_only(out: Path, way: str) -> None:
    replace_folder(out, result("1"), force=False)
    assert refused(lambda: replace_folder(out, result("2"), force=False)) == "OUTPUT_EXISTS"
    assert held(out) == result("1")
    replace_folder(out, result("2"), force=True)
    assert held(out) == result("2")
    assert list(out.parent.iterdir()) == [out]


def a_folder_of_photos(out: Path) -> None:
    out.mkdir()
    (out / "photo.jpg").write_bytes(b"")


def our_result_with_a_letter_in_it(out: Path) -> None:
    replace_folder(out, result("1"), force=False)
    (out / "letter.docx").write_bytes(b"")


def a_manifest_of_another_tool(out: Path) -> None:
    out.mkdir()
    (out / "manifest.json").write_text('{"tool": {"name": "other"}}', encoding="utf-8")


def a_file(out: Path) -> None:
    out.write_text("mine", encoding="utf-8")


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (a_folder_of_photos, "OUTPUT_NOT_OURS"),
        (our_result_with_a_letter_in_it, "OUTPUT_HOLDS_OTHERS"),
        (a_manifest_of_another_tool, "OUTPUT_NOT_OURS"),
        (a_file, "OUTPUT_IS_A_FILE"),
    ],
)
def test_what_is_not_ours_is_refused_even_with_force(prepare: Callable[[Path], None], code: str, out: Path) -> None:
    prepare(out)
    before = held(out) if out.is_dir() else out.read_bytes()
    assert refused(lambda: replace_folder(out, result("2"), force=True)) == code
    assert refused(lambda: refuse_if_taken(out, force=True)) == code
    assert (held(out) if out.is_dir() else out.read_bytes()) == before
    assert list(out.parent.iterdir()) == [out]


def test_a_missing_parent_is_named_and_not_made(tmp_path: Path) -> None:
    assert refused(lambda: replace_folder(tmp_path / "a" / "b", result("1"), force=False)) == "OUTPUT_NO_PARENT"
    assert list(tmp_path.iterdir()) == []


def test_a_result_behind_a_link_is_replaced_where_it_stands(out: Path) -> None:
    replace_folder(out, result("1"), force=False)
    link = out.with_name("link")
    link.symlink_to(out)
    replace_folder(link, result("2"), force=True)
    assert link.is_symlink()
    assert held(out) == result("2")


STEPS = ["write_through", "flush", "put_in_place"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "OUTPUT_DISK_FULL"),
        (errno.EDQUOT, "OUTPUT_DISK_FULL"),
        (errno.EACCES, "OUTPUT_NOT_PERMITTED"),
        (errno.EROFS, "OUTPUT_NOT_PERMITTED"),
        (errno.EIO, "OUTPUT_FAILED"),
    ],
)
@pytest.mark.parametrize("step", STEPS)
def test_what_the_system_refuses_is_said_and_leaves_nothing(
    step: str, number: int, code: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_folder(out, result("1"), force=False)

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(subject, step, fail)
    assert refused(lambda: replace_folder(out, result("2"), force=True)) == code
    assert held(out) == result("1")
    assert list(out.parent.iterdir()) == [out]


def let_one_fail(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The n-th disk operation from here on finds the disk full."""
    numbers = count(1)
    for module, name in ((os, "fsync"), (os, "mkdir"), (Path, "rename"), (Path, "open")):
        real = getattr(module, name)

        def counted(*arguments: Any, real: Callable[..., Any] = real, **named: Any) -> Any:
            if next(numbers) == n:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, counted)


def test_whichever_disk_operation_fails_the_old_result_stands_or_the_new_one(
    way: str, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_folder(out, result("1"), force=False)
    refusals = 0
    for n in range(1, 40):
        with monkeypatch.context() as patched:
            let_one_fail(n, patched)
            try:
                replace_folder(out, result("2"), force=True)
                failed = False
            except OutputRefused as refusal:
                failed = refusal.problem.code == "OUTPUT_DISK_FULL"
        if failed:
            refusals += 1
        assert held(out) in (result("1"), result("2"))
        assert list(out.parent.iterdir()) == [out]
        replace_folder(out, result("1"), force=True)
    assert refusals >= 8


KILL = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from small_result import result
from allocator.report import replace_folder as subject
calls = 0
def counted(module, name, real):
    def call(*arguments, **named):
        global calls
        calls += 1
        if calls == {n}:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    setattr(module, name, call)
exchange = subject.exchange if {way!r} == "exchange" else lambda one, other: False
counted(subject, "exchange", exchange)
for module, name in ((os, "fsync"), (Path, "rename"), (subject, "flush"), (subject.shutil, "rmtree")):
    counted(module, name, getattr(module, name))
subject.replace_folder(Path({out!r}), result("2"), force=True)
"""


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_a_killed_run_leaves_the_old_result_or_the_new_one_and_the_next_run_cleans_up(way: str, out: Path) -> None:
    kills = 0
    for n in range(1, 14):
        replace_folder(out, result("1"), force=out.exists())
        program = KILL.format(tests=str(Path(__file__).parent), way=way, n=n, out=str(out))
        ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent.parent, capture_output=True)
        kills += ended.returncode == -signal.SIGKILL
        if held(out) is None:  # between two renames, where no exchange exists: the next run moves it back
            assert way == "two renames"
            assert refused(lambda: replace_folder(out, result("3"), force=False)) == "OUTPUT_EXISTS"
        assert held(out) in (result("1"), result("2"))
        replace_folder(out, result("3"), force=True)
        assert list(out.parent.iterdir()) == [out]
    assert 8 <= kills < 13


def test_the_folder_of_a_run_that_still_lives_is_not_taken_for_a_leftover(out: Path) -> None:
    with subject.new_sibling(out) as fresh:
        replace_folder(out, result("1"), force=False)
        assert fresh.is_dir()
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_of_another_name_is_not_taken_for_a_leftover(out: Path) -> None:
    other = out.parent / ".other.landquota-abc"
    other.mkdir()
    replace_folder(out, result("1"), force=False)
    assert other.is_dir()
