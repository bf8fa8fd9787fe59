"""The street: exit codes, the error boundary, languages, completion."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import rich_click as click
from click.testing import CliRunner, Result
from paces import mostly_long

from allocator.commands.conventions import Exit, help_language, help_text, locale_language
from scenarios.commands import street

LANDQUOTA = Path(sys.executable).with_name("landquota")


def call(*arguments: str, folder: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    """The installed command with nothing in its environment but `surroundings`."""
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "COLUMNS": "300"}
    return subprocess.run(
        [LANDQUOTA, *arguments],
        cwd=folder,
        env=bare | surroundings,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run `landquota solve` as if its command did what the test says, in an empty folder."""

    def run(deed: Callable[..., object], *arguments: str, options: tuple[click.Option, ...] = ()) -> Result:
        command = click.RichCommand(name="solve", callback=deed, params=list(options))
        monkeypatch.setattr(street, "load", lambda _: command)
        monkeypatch.chdir(tmp_path)
        return CliRunner().invoke(street.street, ["solve", *arguments], env={"HOME": str(tmp_path), "LANG": "C.UTF-8"})

    return run


def failing(trouble: BaseException) -> Callable[[], None]:
    def deed() -> None:
        raise trouble

    return deed


def test_a_current_folder_that_is_gone_stops_no_command(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    leave = (
        f"import os, sys; os.rmdir({str(gone)!r}); sys.argv = ['landquota', 'policy', 'list']\nimport cli; cli.main()"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run([sys.executable, "-c", leave], cwd=gone, env=environment, capture_output=True, check=False)
    assert run.returncode == Exit.DONE, run.stderr.decode()


@pytest.mark.parametrize("name", street.STREET)
def test_a_summary_in_the_street_is_the_commands_own(name: str) -> None:
    assert street.load(name).get_short_help_str(limit=1000) == help_text(f"{name}.short")


@pytest.mark.parametrize("name", street.STREET)
def test_the_help_of_a_command_has_an_example(name: str, tmp_path: Path) -> None:
    shown = call(name, "--help", folder=tmp_path)
    assert shown.returncode == Exit.DONE
    assert (
        f"landquota {name}"
        in shown.stdout.partition("COMMAND")[2] + shown.stdout.partition("Usage")[2].partition("\n")[2]
    )


def test_help_and_version_end_with_0(tmp_path: Path) -> None:
    assert call("--help", folder=tmp_path).returncode == Exit.DONE
    version = call("--version", folder=tmp_path)
    assert version.returncode == Exit.DONE
    assert re.search(r"\d+\.\d+\.\d+", version.stdout)


@pytest.mark.parametrize(
    "arguments", [["divide"], ["solve"], ["solve", "x", "--engine", "magic"], ["solve", "x", "--lang", "fr"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    refused = call(*arguments, folder=tmp_path)
    assert refused.returncode == Exit.USAGE
    assert not refused.stdout
    assert "Traceback" not in refused.stderr


def test_a_rejected_input_ends_with_5_and_says_every_problem(tmp_path: Path) -> None:
    (tmp_path / "scenario.toml").write_text("year = 'soon'\nas_of = 'never'\n", encoding="utf-8")
    refused = call("solve", ".", folder=tmp_path)
    assert refused.returncode == Exit.REJECTED
    assert not refused.stdout
    assert "year" in refused.stderr
    assert "as_of" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_rejected_input_is_said_as_json_when_json_is_asked_for(tmp_path: Path) -> None:
    refused = call("solve", "no-such-scenario", "--format", "json", folder=tmp_path)
    assert refused.returncode == Exit.REJECTED
    (problem,) = json.loads(refused.stderr)["problems"]
    assert problem["code"] == "SCENARIO_NOT_FOUND"


def test_a_setting_without_a_value_ends_with_5(tmp_path: Path) -> None:
    assert call("solve", "worked-example", "--set", "policy.ranking.fill", folder=tmp_path).returncode == Exit.REJECTED


def test_our_own_failure_ends_with_1_and_leaves_a_report(pretend: Callable[..., Result], tmp_path: Path) -> None:
    failed = pretend(failing(ZeroDivisionError("by nought")))
    assert failed.exit_code == Exit.OUR_BUG
    assert "Traceback" not in failed.output
    (report,) = tmp_path.glob("landquota-report-*.txt")
    assert str(report) in failed.output
    assert "ZeroDivisionError: by nought" in report.read_text(encoding="utf-8")


def test_a_failed_recount_leaves_its_reproducer(pretend: Callable[..., Result], tmp_path: Path) -> None:
    from allocator.solve import RecountFailed

    failed = pretend(failing(RecountFailed(["an account is overdrawn"], {"instance": {"quantity": [1, 2, 3]}})))
    assert failed.exit_code == Exit.OUR_BUG
    (report,) = tmp_path.glob("landquota-report-*.txt")
    assert '"quantity": [1, 2, 3]' in report.read_text(encoding="utf-8")


def test_a_report_goes_to_the_temporary_folder_when_this_one_is_read_only(
    pretend: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    monkeypatch.setattr("allocator.commands.bug.Path.cwd", lambda: tmp_path / "gone")
    assert pretend(failing(ZeroDivisionError())).exit_code == Exit.OUR_BUG
    assert list(spare.glob("landquota-report-*.txt"))


@pytest.mark.parametrize("address", ["postgresql://u:canary@host/db", "u:canary@host", "host=h password=canary"])
def test_a_report_holds_no_password(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from allocator.commands.bug import report

    monkeypatch.chdir(tmp_path)
    report(ZeroDivisionError(), ["nightly", "--db", address, "--yes"], "en")
    (written,) = tmp_path.glob("landquota-report-*.txt")
    assert "canary" not in written.read_text(encoding="utf-8")
    assert '"--yes"' in written.read_text(encoding="utf-8")


def test_an_interruption_ends_with_130(pretend: Callable[..., Result]) -> None:
    stopped = pretend(failing(KeyboardInterrupt()))
    assert stopped.exit_code == Exit.INTERRUPTED
    assert "Interrupted" in stopped.output


def test_a_reader_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    with subprocess.Popen(
        [LANDQUOTA, "policy", "list"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout
        assert child.stderr
        child.stdout.close()
        assert child.wait(timeout=60) == Exit.DONE
        assert child.stderr.read() == b""


def test_the_codes_are_those_of_the_documentation() -> None:
    page = (Path(__file__).parent.parent / "docs" / "commands.md").read_text(encoding="utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)} == set(Exit)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "", "LC_ALL": "zh_TW"}, "zh"),
    ],
)
def test_the_language_is_that_of_the_locale(environment: Mapping[str, str], language: str) -> None:
    assert locale_language(environment) == language


def test_landquota_lang_beats_the_locale_in_help() -> None:
    assert help_language({"LANDQUOTA_LANG": "en", "LANG": "zh_CN.UTF-8"}) == "en"
    assert help_language({"LANDQUOTA_LANG": "zh"}) == "zh"
    assert help_language({"LANDQUOTA_LANG": "fr", "LC_ALL": "zh_CN"}) == "zh"


@pytest.mark.parametrize(
    ("written", "language"),
    mostly_long(
        [("zh-Hans", "zh"), ("ZH", "zh"), ("zh_CN", "zh"), ("en_US", "en"), ("zh_CN.UTF-8", "zh"), ("En", "en")],
        every=3,
    ),
)
def test_a_language_may_be_written_as_people_and_systems_write_it(written: str, language: str, tmp_path: Path) -> None:
    assert help_language({"LANDQUOTA_LANG": written, "LANG": "C"}) == language
    by_option = call("check", "no-such-scenario", "--lang", written, folder=tmp_path)
    by_environment = call("check", "no-such-scenario", folder=tmp_path, LANDQUOTA_LANG=written)
    assert by_option.returncode == by_environment.returncode == Exit.REJECTED
    assert bool(re.search("[\u4e00-\u9fff]", by_option.stdout)) is (language == "zh")
    assert by_option.stdout == by_environment.stdout


@pytest.mark.parametrize("written", mostly_long(["fr", "zhongwen", "english", "C"], every=3))
def test_a_language_without_words_is_wrong_usage(written: str, tmp_path: Path) -> None:
    assert call("check", "worked-example", "--lang", written, folder=tmp_path).returncode == Exit.USAGE


@pytest.mark.parametrize(
    ("arguments", "environment", "chinese"),
    [
        ([], {}, False),
        ([], {"LANG": "zh_CN.UTF-8"}, True),
        ([], {"LANG": "zh_CN.UTF-8", "LANDQUOTA_LANG": "en"}, False),
        (["--lang", "zh"], {"LANDQUOTA_LANG": "en"}, True),
    ],
)
def test_the_option_beats_the_environment_which_beats_the_locale(
    arguments: list[str], environment: dict[str, str], chinese: bool, tmp_path: Path
) -> None:
    refused = call("check", "no-such-scenario", *arguments, folder=tmp_path, **environment)
    assert refused.returncode == Exit.REJECTED
    assert bool(re.search("[\u4e00-\u9fff]", refused.stdout)) is chinese


@pytest.mark.parametrize("encoding", mostly_long(["ascii", "latin-1", "gbk", "utf-8"], every=2))
def test_no_encoding_of_the_terminal_breaks_a_message(encoding: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [LANDQUOTA, "check", "没有这个方案", "--lang", "zh"],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "PYTHONIOENCODING": encoding,
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
        },
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == Exit.REJECTED, run.stderr.decode("utf-8", "replace")


ENGINE = click.Option(["--engine"], default="auto")


def test_a_default_comes_from_the_first_place_that_names_it(pretend: Callable[..., Result], tmp_path: Path) -> None:
    def show(engine: str) -> None:
        click.echo(engine)

    users = Path(click.get_app_dir("landquota", force_posix=False))
    assert users.name == "landquota"
    assert pretend(show, options=(ENGINE,)).output == "auto\n"
    (tmp_path / "landquota.toml").write_text("[solve]\nengine = 'mip'\n", encoding="utf-8")
    assert pretend(show, options=(ENGINE,)).output == "mip\n"
    os.environ["LANDQUOTA_SOLVE_ENGINE"] = "exact"
    try:
        assert pretend(show, options=(ENGINE,)).output == "exact\n"
        assert pretend(show, "--engine", "auto", options=(ENGINE,)).output == "auto\n"
    finally:
        del os.environ["LANDQUOTA_SOLVE_ENGINE"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completion(shell: str, tmp_path: Path) -> None:
    assert "_LANDQUOTA_COMPLETE" in call(folder=tmp_path, _LANDQUOTA_COMPLETE=f"{shell}_source").stdout


def test_commands_and_options_are_completed(tmp_path: Path) -> None:
    asked = {"_LANDQUOTA_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    assert call(folder=tmp_path, COMP_WORDS="landquota so", **asked).stdout == "plain,solve\n"
    asked["COMP_CWORD"] = "2"
    assert "plain,--engine" in call(folder=tmp_path, COMP_WORDS="landquota solve --en", **asked).stdout
