"""The result on a terminal: golden tables, aligned for wide characters, and the same rows as JSON and CSV."""

import json
from decimal import Decimal

import pytest
from factories import DANGEROUS, answered, hostile
from golden_text import assert_golden
from rich.cells import cell_len

from allocator.report.folder import write_files
from allocator.report.terminal import as_csv, as_json, table
from allocator.words import Language


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_reads_as_agreed(language: Language) -> None:
    assert_golden(f"explain_table_{language}.txt", table(*answered(), language))


def test_columns_are_aligned_whatever_the_width_of_their_characters() -> None:
    header, *lines = table(*answered(), "zh").split("\n\n")[1].splitlines()
    start = cell_len(header[: header.index("类别")])
    categories = ("重点·", "一般·", "机动  ")
    assert {cell_len(line[: min(line.find(c) for c in categories if c in line)]) for line in lines} == {start}


def test_no_name_breaks_a_line() -> None:
    body = table(*hostile(), "en").split("\n\n")[1].splitlines()
    assert len(body) == 1 + len(DANGEROUS)
    assert all(line.isprintable() for line in body)


def test_json_has_a_version_and_exact_decimals() -> None:
    content = json.loads(as_json(*answered(), "en"))
    assert content["schema_version"] == 1
    assert content["granted_plan_mu"] == "80.5"
    assert sum(Decimal(row["granted_plan_mu"]) for row in content["projects"]) == Decimal("80.5")
    assert next(row for row in content["projects"] if row["project_id"] == "P-09")["overall_position"] is None


def test_csv_is_the_allocation_file() -> None:
    assert as_csv(*answered(), "zh").encode() == write_files(*answered(), language="zh")["allocation.csv"]
