"""The output folder: its files, their columns, and one sequence of bytes for equal inputs."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from factories import answered

from allocator.report.folder import write_files

COLUMNS = {
    "allocation": "project_id name county category rank overall_position decision round pool granted_plan_mu "
    "reason_code rule reason",
    "draws": "project_id indicator account_id tier quantity unit unit_price_yuan amount_yuan",
    "pools": "pool share budget_mu used_mu released_mu received_mu closing_mu",
    "donors": "county indicator given remaining_before remaining_after usage_rate",
    "payments": "payer payee indicator quantity unit_price_yuan amount_yuan",
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(write_files(*answered(), language="zh"))


def rows(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode("utf-8"), newline="")))


def test_the_folder_holds_exactly_the_promised_files(files: dict[str, bytes]) -> None:
    promised = {*(f"{name}.csv" for name in COLUMNS), "certificates.json", "explanations.json", "manifest.json"}
    assert set(files) == promised | {"allocation.xlsx"}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_table_has_exactly_the_promised_columns(name: str, files: dict[str, bytes]) -> None:
    assert files[f"{name}.csv"].decode("utf-8").partition("\n")[0].split(",") == COLUMNS[name].split()


def test_a_refused_project_has_no_round_and_no_pool(files: dict[str, bytes]) -> None:
    told = {row["project_id"]: row for row in rows(files, "allocation")}
    assert (told["P-04"]["round"], told["P-04"]["pool"], told["P-04"]["granted_plan_mu"]) == ("", "", "0")
    assert told["P-09"]["overall_position"] == ""
    assert (told["P-07"]["round"], told["P-07"]["pool"]) == ("flex", "flex")


def test_plan_grants_are_draws_too(files: dict[str, bytes]) -> None:
    drawn = {row["project_id"]: row for row in rows(files, "draws") if row["indicator"] == "plan"}
    granted = {row["project_id"]: row for row in rows(files, "allocation") if row["granted_plan_mu"] != "0"}
    assert set(drawn) == set(granted)
    for project, row in granted.items():
        assert drawn[project]["account_id"] == f"plan:{row['pool']}"
        assert drawn[project]["quantity"] == row["granted_plan_mu"]


def test_every_pool_closes_as_its_columns_say(files: dict[str, bytes]) -> None:
    for row in rows(files, "pools"):
        book = {key: Decimal(value) for key, value in row.items() if key.endswith("_mu")}
        left = book["budget_mu"] + book["received_mu"] - book["released_mu"] - book["used_mu"]
        assert left == book["closing_mu"]
        assert row["pool"] == "flex" or left == 0


def test_the_manifest_holds_the_hash_of_every_other_file(files: dict[str, bytes]) -> None:
    outputs = json.loads(files["manifest.json"])["outputs"]
    assert outputs == {n: hashlib.sha256(c).hexdigest() for n, c in files.items() if n != "manifest.json"}


def test_equal_runs_give_equal_bytes_but_for_the_timings(files: dict[str, bytes]) -> None:
    allocation, run = answered()
    again = write_files(allocation, replace(run, milliseconds={"read": 99}), language="zh")
    assert {n for n in files if files[n] != again[n]} == {"manifest.json"}
    one, other = (json.loads(each["manifest.json"]) for each in (files, again))
    assert one.pop("timings_ms") != other.pop("timings_ms")
    assert one == other


def test_the_digest_follows_what_was_asked(files: dict[str, bytes]) -> None:
    allocation, run = answered()
    other = write_files(allocation, replace(run, year=2027), language="zh")
    digests = {json.loads(each["manifest.json"])["inputs_digest"] for each in (files, other)}
    assert len(digests) == 2


def test_the_language_changes_words_and_no_number(files: dict[str, bytes]) -> None:
    english = dict(write_files(*answered(), language="en"))
    for name in ("draws", "pools", "donors", "payments"):
        assert english[f"{name}.csv"] == files[f"{name}.csv"]
    assert english["explanations.json"] == files["explanations.json"]
    for one, other in zip(rows(files, "allocation"), rows(english, "allocation"), strict=True):
        assert one.pop("reason") != other.pop("reason")
        assert one == other


def test_json_files_carry_their_version(files: dict[str, bytes]) -> None:
    for name in ("certificates.json", "explanations.json", "manifest.json"):
        assert json.loads(files[name])["schema_version"] == 1


def test_json_files_hold_one_record_a_line(files: dict[str, bytes]) -> None:
    lines = files["explanations.json"].decode("utf-8").splitlines()
    record = next(line for line in lines if line.startswith('  {"project_id": "P-04"'))
    assert json.loads(record.strip().rstrip(","))["project_id"] == "P-04"
    assert len(lines) == 3 + 10 + 2 + len(json.loads(files["explanations.json"])["paradoxes"]) + 2
