"""What may stand in a cell, and what is said about everything else."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from tables_by_hand import found, noted, policy, problems, project, read

from allocator.messages import as_dict, describe
from allocator.quantities import LARGEST


def value_of(column: str, value: object) -> object:
    (application,) = read(project(**{column: value})).applications
    return getattr(application, column.removesuffix("_mu").removesuffix("_on"), None)


@pytest.mark.parametrize("text", ["0012", "1e5", "NA", "None", "null", "TRUE", "=1+1", "<script>", "项目-1", "𣗋"])
def test_an_id_stays_the_text_it_is(text: str) -> None:
    (application,) = read(project(project_id=text)).applications
    assert application.project_id == text


def test_a_number_in_an_id_column_becomes_its_digits_with_a_note() -> None:
    assert read(project(project_id=12)).applications[0].project_id == "12"
    assert noted(project(project_id=12)) == [("ID_FROM_NUMBER", "A2")]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (1234567890123456, "DIGITS_LOST"),
        (Decimal("1.5"), "DIGITS_LOST"),
        (date(2026, 3, 1), "ID_IS_DATE"),
        (True, "ID_IS_BOOLEAN"),
        ("P\u200b1", "BAD_CHARACTER"),
        ("P\u202e1", "BAD_CHARACTER"),
        ("P\x001", "BAD_CHARACTER"),
        ("P\t1", "BAD_CHARACTER"),
        ("P" * 201, "TOO_LONG"),
        (("error", "#REF!"), "CELL_ERROR"),
        (("uncached", "=A1"), "FORMULA_UNCACHED"),
        (None, "ID_EMPTY"),
        ("  ", "ID_EMPTY"),
    ],
)
def test_an_id_that_is_none_is_refused_with_its_cell(written: object, code: str) -> None:
    assert found(project(project_id=written)) == [(code, "A2")]


def test_an_id_in_full_width_is_narrowed_and_the_change_is_noted() -> None:
    assert read(project(project_id="Ｐ００１ ")).applications[0].project_id == "P001"
    assert noted(project(project_id="Ｐ００１ ")) == [("ID_NORMALISED", "A2")]


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        (10, 100_000),
        (Decimal("0.0001"), 1),
        ("12.5", 125_000),
        ("１２３．５", 1_235_000),
        ("1,234.5", 12_345_000),
        ("１，２３４", 12_340_000),
        ("-0", 0),
        (" 3　", 30_000),
        (None, 0),
        ("", 0),
        ("1.50000", 15_000),
        (LARGEST // 10_000, LARGEST),
    ],
)
def test_a_quantity_is_read_exactly(written: object, steps: int) -> None:
    assert value_of("plan_mu", written) == steps


@pytest.mark.parametrize(("written", "changed"), [("１２３．５", 1), ("1,234.5", 1), ("12.5", 0), (" 3 ", 0), (12, 0)])
def test_a_changed_number_is_noted(written: object, changed: int) -> None:
    assert noted(project(plan_mu=written)) == [("NUMBER_NORMALISED", "E2")] * changed


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1.234,5", "NUMBER_DECIMAL_COMMA"),
        ("12,5", "NUMBER_DECIMAL_COMMA"),
        ("12.5亩", "NUMBER_WITH_UNIT"),
        ("12.5 mu", "NUMBER_WITH_UNIT"),
        ("约100", "NUMBER_APPROXIMATE"),
        ("≥50", "NUMBER_APPROXIMATE"),
        ("100左右", "NUMBER_APPROXIMATE"),
        ("100-120", "NUMBER_RANGE"),
        ("100～120", "NUMBER_RANGE"),
        ("一百二十", "NUMBER_CHINESE"),
        ("壹佰", "NUMBER_CHINESE"),
        ("60%", "NUMBER_PERCENT"),
        ("1_000", "NOT_A_NUMBER"),
        ("٣٤", "NUMBER_FOREIGN_DIGITS"),
        ("²", "NOT_A_NUMBER"),
        ("⅓", "NOT_A_NUMBER"),
        ("0x10", "NUMBER_WITH_UNIT"),
        ("1e400", "NUMBER_SCIENTIFIC"),
        ("1E+17", "NUMBER_SCIENTIFIC"),
        ("NaN", "NUMBER_NOT_FINITE"),
        ("inf", "NUMBER_NOT_FINITE"),
        ("-Infinity", "NUMBER_NOT_FINITE"),
        ("无", "NOT_A_NUMBER"),
        ("-", "NOT_A_NUMBER"),
        (".5", "NOT_A_NUMBER"),
        ("'12", "NOT_A_NUMBER"),
        ("12\n13", "NOT_A_NUMBER"),
        (-3, "NEGATIVE"),
        ("－3", "NEGATIVE"),
        ("−3", "NEGATIVE"),
        (Decimal("0.00001"), "OFF_GRID"),
        (Decimal("0.30000000000000004"), "OFF_GRID"),
        (LARGEST // 10_000 + 1, "TOO_LARGE"),
        ("9" * 5000, "TOO_LARGE"),
        (True, "BOOLEAN_IN_NUMBER"),
        (date(2026, 3, 1), "DATE_IN_NUMBER"),
        (("error", "#DIV/0!"), "CELL_ERROR"),
        (("uncached", "=B2*2"), "FORMULA_UNCACHED"),
    ],
)
def test_what_is_not_plainly_a_number_is_refused_with_its_cell(written: object, code: str) -> None:
    assert found(project(plan_mu=written)) == [(code, "E2")]


@pytest.mark.parametrize(
    ("written", "code"),
    [(0, "NOT_POSITIVE"), (-1, "NOT_POSITIVE"), ("1.5", "NOT_WHOLE"), ("first", "NOT_WHOLE"), ("第1", "NOT_WHOLE")],
)
def test_a_rank_is_a_whole_number_above_zero(written: object, code: str) -> None:
    assert found(project(rank=written)) == [(code, "D2")]


def test_a_capacity_finer_than_a_hundredth_of_a_kilogram_is_refused() -> None:
    assert found(project(capacity_kg="1.005")) == [("OFF_GRID", "F2")]
    assert found(project(capacity_kg="1.05")) == []


@pytest.mark.parametrize(
    "written",
    [
        date(2026, 3, 1),
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "２０２６－０３－０１",
        "2026 年 3 月 1 日",
        ("date", "2026-03-01T00:00:00"),
    ],
)
def test_a_day_is_read_in_every_form_that_can_mean_only_one(written: object) -> None:
    assert read(project(filed_on=written)).applications[0].filed_on == date(2026, 3, 1)
    assert noted(project(filed_on=written)) == []


@pytest.mark.parametrize("written", [("date", "2026-03-01T23:59:59"), "2026-03-01 12:30"])
def test_a_time_of_day_is_dropped_with_a_note(written: object) -> None:
    assert read(project(filed_on=written)).applications[0].filed_on == date(2026, 3, 1)
    assert noted(project(filed_on=written)) == [("TIME_DROPPED", "F2")]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("26/3/1", "DATE_SHORT_YEAR"),
        ("26年3月1日", "DATE_SHORT_YEAR"),
        ("3月", "DATE_INCOMPLETE"),
        ("2026年3月", "DATE_INCOMPLETE"),
        ("3月1日", "DATE_INCOMPLETE"),
        (46000, "DATE_SERIAL"),
        ("46000", "DATE_SERIAL"),
        (20260301, "NOT_A_DATE"),
        ("soon", "NOT_A_DATE"),
        ("2026-3/1", "NOT_A_DATE"),
        (True, "NOT_A_DATE"),
        ("1900-02-29", "NO_SUCH_DAY"),
        ("2026-02-30", "NO_SUCH_DAY"),
        ("1999-12-31", "DATE_OUT_OF_RANGE"),
        ("2101-01-01", "DATE_OUT_OF_RANGE"),
    ],
)
def test_what_is_not_one_day_is_refused_with_its_cell(written: object, code: str) -> None:
    assert found(project(filed_on=written)) == [(code, "F2")]


def test_a_serial_number_is_refused_with_the_day_it_would_be() -> None:
    (problem,) = problems(project(filed_on=46000))
    assert "2025-12-09" in describe(problem, "en")


@pytest.mark.parametrize("written", ["是", "yes", "TRUE", True, 1, "1", "√", "Y"])
def test_yes_is_read_in_all_its_spellings(written: object) -> None:
    assert value_of("materials_complete", written) is True


@pytest.mark.parametrize("written", ["否", "No", "false", False, 0, "N"])
def test_no_is_read_in_all_its_spellings(written: object) -> None:
    assert value_of("materials_complete", written) is False


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    assert found(project(materials_complete="maybe")) == [("NOT_YES_NO", "F2")]


@pytest.mark.parametrize(
    ("written", "category"),
    [
        ("key.industry", "key.industry"),
        ("重点工业", "key.industry"),
        ("重点其他", "key.other"),
        ("一般经营性", "general.commercial"),
        ("一般民生", "general.livelihood"),
        ("三旧", "general.three_old"),
        ("机动", "flex"),
        ("KEY.Industry ", "key.industry"),
    ],
)
def test_a_category_is_read_in_both_languages(written: str, category: str) -> None:
    assert value_of("category", written) == category


def test_an_unknown_category_is_refused_and_the_nearest_is_named() -> None:
    (problem,) = problems(project(category="重点工厂"))
    assert (problem.code, problem.place.cell, problem.facts["nearest"]) == (
        "CATEGORY_UNKNOWN",
        "C2",
        "重点·产业 key.industry",
    )


def test_an_unknown_level_is_refused() -> None:
    assert found(project(level="planet")) == [("CHOICE_UNKNOWN", "F2")]


def test_an_unknown_sector_is_kept_as_written_with_a_warning() -> None:
    assert value_of("sector", "fishing") == "fishing"
    assert found(project(sector="fishing")) == [("SECTOR_UNKNOWN", "F2")]


def test_a_sector_is_known_by_its_title() -> None:
    sector = policy().sectors[0]
    assert value_of("sector", sector.title.zh) == sector.code


def test_what_the_law_prohibits_can_be_tagged_in_its_own_words() -> None:
    tags = value_of("tags", "“两高一资”；产能过剩；低水平重复建设；违反国家产业政策")
    assert tags == frozenset({"two_high", "overcapacity", "low_level_duplication", "policy_breach"})


@pytest.mark.parametrize("written", ["national_major;redline", "national_major；redline", "national_major，生态红线"])
def test_tags_are_separated_by_any_of_the_usual_signs(written: str) -> None:
    assert value_of("tags", written) == frozenset({"national_major", "redline"})


def test_a_tag_that_no_rule_reads_is_kept_with_a_warning_and_the_nearest() -> None:
    (problem,) = problems(project(tags="nationl_major"))
    assert (problem.code, problem.facts["nearest"]) == ("TAG_UNKNOWN", "国家重大 national_major")
    assert value_of("tags", "nationl_major") == frozenset({"nationl_major"})


def test_a_score_is_an_exact_fraction() -> None:
    assert value_of("score", "87.35") == Fraction(1747, 20)


def test_a_name_keeps_its_characters_on_one_line() -> None:
    assert value_of("name", "Ａ区\n一期 ") == "Ａ区 一期"


def test_a_message_says_where_what_why_and_what_to_do() -> None:
    (problem,) = problems(project(project_id="P-104", plan_mu=-3))
    assert describe(problem, "en") == (
        "data.xlsx: projects!E2: P-104: plan_mu is -3; it cannot be negative: "
        "write 0 or leave the cell empty if there is none [QY-4.3.1]"
    )
    assert as_dict(problem, "zh")["do"] == "没有就写 0 或留空"


def test_every_problem_is_said_at_once_in_the_order_of_the_file() -> None:
    sheet = project(plan_mu=-3, project_id=None, filed_on="soon", rank="x")
    assert found(sheet) == [("ID_EMPTY", "A2"), ("NOT_WHOLE", "D2"), ("NEGATIVE", "E2"), ("NOT_A_DATE", "F2")]
