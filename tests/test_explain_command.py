"""`landquota explain`: ids as people type them, folders that are no result, and what it must not load."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from factories import answered

from allocator.problems import InputRejected
from allocator.report.folder import write_folder
from allocator.report.lookup import find, look_up
from allocator.report.read_folder import read_folder
from scenarios.commands import street


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("results") / "out"
    write_folder(path, *answered(), language="zh", force=False)
    return path


def landquota(*arguments: object) -> Result:
    return CliRunner().invoke(street.street, [str(argument) for argument in arguments])


def codes(rejected: pytest.ExceptionInfo[InputRejected]) -> list[str]:
    return [problem.code for problem in rejected.value.problems]


@pytest.mark.parametrize("typed", ["P-03", "p-03", "Ｐ－０３", " p-03 "])
def test_an_id_is_found_whatever_its_case_and_width(typed: str, out: Path) -> None:
    result = landquota("explain", out, typed, "--lang", "zh")
    assert result.exit_code == 0
    assert result.stdout.startswith("P-03 过境公路")


def test_an_id_that_two_projects_share_but_for_case_must_be_written_exactly() -> None:
    assert find("a1", {"A1": "", "a1": ""}) == "a1"
    assert find("ａ1", {"A1": "", "a1": ""}) is None


def test_a_project_is_found_by_a_name_that_is_its_own(out: Path) -> None:
    assert landquota("explain", out, "过境公路", "--lang", "zh").stdout.startswith("P-03 过境公路")
    assert find("体育中心", {"P-1": "体育中心", "P-2": "客运枢纽站"}) == "P-1"
    assert find("体育中心", {"P-1": "体育中心", "P-2": "体育中心"}) is None
    assert find("P-2", {"P-1": "P-2", "P-2": "体育中心"}) == "P-2"


def test_an_unknown_project_is_answered_without_talk_of_checking_the_input(out: Path) -> None:
    result = landquota("explain", out, "P-33", "--lang", "en")
    assert len(result.stderr.splitlines()) == 1
    assert "landquota check" not in result.stderr


def test_an_unknown_project_names_the_nearest_ids(out: Path) -> None:
    result = landquota("explain", out, "P-33", "--lang", "en")
    assert result.exit_code == 5
    assert result.stdout == ""
    assert "no project 'P-33'" in result.stderr
    assert "P-03" in result.stderr


def test_an_id_like_no_other_points_to_the_list(out: Path) -> None:
    with pytest.raises(InputRejected) as rejected:
        look_up(out, "某项目", "zh", "table")
    assert codes(rejected) == ["PROJECT_UNLIKE_ANY"]


def test_json_holds_the_record_its_shortages_and_their_accounts(out: Path) -> None:
    content = json.loads(landquota("explain", out, "P-04", "--format", "json").stdout)
    assert content["schema_version"] == 1
    assert content["explanation"]["project_id"] == "P-04"
    assert sorted(content["shortages"]) == content["explanation"]["shortages"]
    assert set(content["accounts"]) == {a for s in content["shortages"].values() for a in s["accounts"]}


def test_csv_is_one_row_with_what_the_record_says_once(out: Path) -> None:
    record = json.loads(landquota("explain", out, "P-04", "--format", "json").stdout)["explanation"]
    (row,) = csv.DictReader(io.StringIO(landquota("explain", out, "P-04", "--format", "csv").stdout))
    once = {key: value for key, value in record.items() if not isinstance(value, list)}
    assert list(row) == list(once)
    assert (row["project_id"], row["granted_plan_mu"]) == ("P-04", record["granted_plan_mu"])
    assert row["deciding_tie"] == json.dumps(record["deciding_tie"])


def test_the_format_of_an_explanation_may_come_from_the_environment(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANDQUOTA_FORMAT", "json")
    assert json.loads(landquota("explain", out, "P-04").stdout)["explanation"]["project_id"] == "P-04"


@pytest.mark.parametrize(
    ("words", "asked"),
    [(["-P2"], "-P2"), (["-P2", "-q"], "-P2"), (["-q2"], "-q2"), (["--", "--P2"], "--P2"), (["--", "-q"], "-q")],
)
def test_an_id_may_begin_with_a_dash(words: list[str], asked: str, out: Path) -> None:
    result = landquota("explain", out, "--format", "csv", *words)
    assert result.exit_code == 5
    (problem,) = csv.DictReader(io.StringIO(result.stderr))
    assert problem["value"] == asked


@pytest.mark.parametrize("words", [["--P2"], ["P-03", "--fromat", "json"], ["-qv"]])
def test_what_is_written_like_an_option_is_one(words: list[str], out: Path) -> None:
    assert landquota("explain", out, *words).exit_code == 2


@pytest.mark.parametrize("manifest", [None, "", "[]", '{"tool": "landquota"}', '{"tool": {"name": "other"}}'])
def test_a_folder_that_is_no_result_is_rejected(manifest: str | None, tmp_path: Path) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    result = landquota("explain", tmp_path, "P-01")
    assert result.exit_code == 5
    assert "Traceback" not in result.output


def test_a_result_of_another_version_is_rejected(tmp_path: Path) -> None:
    manifest = {"tool": {"name": "landquota"}, "schema_version": 99}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputRejected) as rejected:
        read_folder(tmp_path)
    assert codes(rejected) == ["RESULT_OTHER_VERSION"]


@pytest.mark.parametrize("name", ["explanations.json", "certificates.json"])
def test_a_result_that_was_edited_or_lost_a_file_is_rejected(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, *answered(), language="zh", force=False)
    (out / name).write_text((out / name).read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(InputRejected) as rejected:
        read_folder(out)
    assert codes(rejected) == ["RESULT_FILE_CHANGED"]
    (out / name).unlink()
    with pytest.raises(InputRejected) as rejected:
        read_folder(out)
    assert codes(rejected) == ["RESULT_FILE_MISSING"]


def test_explaining_loads_no_solver_and_no_spreadsheet_library(out: Path) -> None:
    program = (
        f"import sys; sys.argv = ['landquota', 'explain', {str(out)!r}, 'P-04']\n"
        "import cli\ntry:\n    cli.main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted(m for m in sys.modules if '.' not in m))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, encoding="utf-8")
    loaded = run.stdout.splitlines()[-1]
    for heavy in ("ortools", "pulp", "pandas", "openpyxl", "xlsxwriter", "numpy", "pydantic", "numba"):
        assert f"'{heavy}'" not in loaded
