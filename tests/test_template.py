"""A new scenario's folder: complete, explained, accepted as it stands and as it is filled in; never half written."""

from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from allocator.intake.columns import TABLE, TABLES
from allocator.intake.vocabulary import CATEGORIES, INDICATORS, KINDS, LISTS
from allocator.problems import Severity, errors
from scenarios import template, template_sheets
from scenarios.scenario import read_scenario
from scenarios.solving import check, solve

DAY = date(2026, 3, 31)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "我的方案"
    template.write_template(folder, DAY)
    return folder


def sheets(folder: Path) -> dict[str, Worksheet]:
    return {sheet.title: sheet for sheet in load_workbook(folder / "data.xlsx")}


def drop_downs(sheet: Worksheet) -> dict[str, str]:
    """Header -> what its drop-down offers."""
    return {
        str(sheet[f"{str(rule.sqref).split(':')[0].rstrip('0123456789')}1"].value): rule.formula1
        for rule in sheet.data_validations.dataValidation
        if rule.type == "list"
    }


def drop_downs_of(folder: Path, sheet: str) -> dict[str, list[str]]:
    return {head: offered.strip('"').split(",") for head, offered in drop_downs(sheets(folder)[sheet]).items()}


def test_a_template_as_written_passes_the_check_without_a_word_about_its_data(made: Path) -> None:
    assert [p for p in check(str(made), ()) if p.place.file == "data.xlsx"] == []
    assert not errors(check(str(made), ()))


def test_the_examples_of_a_template_are_granted_and_use_every_column_that_counts(made: Path) -> None:
    answer = solve(str(made), (), engine="auto", announce=lambda _: None)
    assert {decided.reason for decided in answer.allocation.decided} == {"GRANTED"}
    assert answer.allocation.screening.not_checked == ()
    assert answer.allocation.screening.not_applied == ()


def test_examples_that_were_left_in_are_noted(made: Path) -> None:
    (note,) = [p for p in check(str(made), ()) if p.code == "EXAMPLES_LEFT"]
    assert note.facts == {"count": "2", "projects": "示例-1, 示例-2"}
    assert [p for p in check("worked-example", ()) if p.code == "EXAMPLES_LEFT"] == []


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2024, 2, 29), date(2026, 12, 31)])
def test_a_template_passes_the_check_whatever_day_it_is_written(tmp_path: Path, day: date) -> None:
    template.write_template(tmp_path / "new", day)
    assert not errors(check(str(tmp_path / "new"), ()))
    assert read_scenario(str(tmp_path / "new")).year == day.year


def test_a_template_filled_in_as_its_notes_say_passes_the_check(tmp_path: Path) -> None:
    """Examples away, unused columns and sheets away, hectares in the header, a choice from every drop-down."""
    template.write_template(tmp_path, DAY)
    book = load_workbook(tmp_path / "data.xlsx")
    for name in ("清单", "平台交易"):
        del book[name]
    for sheet in book:
        if sheet.title != "说明":
            sheet.delete_rows(2, sheet.max_row)
    projects, accounts = book["项目"], book["指标库"]
    for header in ("总排序", "得分", "规模得分", "投资强度得分", "节能减排得分", "税收得分", "进度得分", "紧迫性得分"):
        projects.delete_cols([cell.value for cell in projects[1]].index(header) + 1)
    heads = [str(cell.value) for cell in projects[1]]
    projects.cell(1, heads.index("计划指标(亩)") + 1).value = "计划指标(公顷)"
    for number, category in enumerate(drop_downs_of(tmp_path, "项目")["类别"], start=1):
        row = {"项目编号": f"00{number}", "项目名称": "甲", "县市": "522731", "类别": category, "行业": "现代产业"}
        row |= {
            "类内排序": 1,
            "材料是否齐全": "是",
            "计划指标(亩)": 1.5,
            "台账面积(亩)": 22.5,
            "申报日期": date(2025, 10, 8),
        }
        projects.append([row.get(head) for head in heads])
    book["县市"].append(["522731", "惠水县"])
    for indicator in ("补充耕地数量", "水田", "粮食产能", "城镇开发边界规模"):
        accounts.append([f"惠水-{indicator}", indicator, "县级自有", "惠水县", 100])
    book.save(tmp_path / "data.xlsx")
    found = check(str(tmp_path), ())
    assert [p for p in found if p.severity is Severity.ERROR] == []
    assert {d.reason for d in solve(str(tmp_path), (), engine="auto", announce=lambda _: None).allocation.decided} == {
        "GRANTED"
    }


def test_a_template_has_every_sheet_that_its_policy_reads_and_names_the_others(made: Path) -> None:
    found = sheets(made)
    assert list(found) == ["项目", "县市", "指标库", "平台交易", "清单", "分期", "指定", "说明"]
    notes = "\n".join(str(row[0].value) for row in found["说明"].iter_rows(max_row=10))
    for table in TABLES:
        assert table.zh in found or table.zh in notes


def test_headers_are_chinese_with_units_and_the_english_name_in_a_comment(made: Path) -> None:
    for title, sheet in sheets(made).items():
        if title == "说明":
            continue
        assert sheet.freeze_panes == "B2"
        specs = {spec.header("zh"): spec for table in TABLES if table.zh == title for spec in table.columns}
        for cell in sheet[1]:
            spec = specs[str(cell.value)]
            assert cell.comment is not None
            assert cell.comment.text.startswith(f"{spec.name}\n"), cell.coordinate
            assert str(cell.value).endswith(f"({spec.unit('zh')})" if spec.dimension else spec.zh)


def test_fixed_choices_have_drop_downs(made: Path) -> None:
    found = sheets(made)
    assert drop_downs_of(made, "项目")["类别"] == [names[0] for names in CATEGORIES.values()]
    assert drop_downs_of(made, "项目")["材料是否齐全"] == ["是", "否"]
    assert len(drop_downs_of(made, "项目")["行业"]) == 7
    assert drop_downs_of(made, "指标库")["指标种类"] == [names[0] for names in INDICATORS.values()]
    assert drop_downs_of(made, "指标库")["持有类型"] == [names[0] for names in KINDS.values()]
    assert drop_downs_of(made, "清单")["清单"] == [names[0] for names in LISTS.values()]
    assert drop_downs(found["项目"])["县市"].startswith("'县市'!$A$2")


def test_the_sheet_of_notes_explains_every_column_in_both_languages_with_its_rule(made: Path) -> None:
    found = sheets(made)
    lines = {(row[0], row[2]): row for row in found["说明"].iter_rows(values_only=True) if row[2]}
    for title, sheet in found.items():
        for cell in sheet[1] if title != "说明" else ():
            name = str(cell.comment.text).split("\n")[0] if cell.comment else ""
            line = lines[title, name]
            assert line[5], line
            assert line[6], line
            assert line[7], line
    assert "[QY-5.1]" in str(lines["项目", "category"][7])


def test_the_tags_are_listed_in_a_comment_and_on_the_sheet_of_notes(made: Path) -> None:
    found = sheets(made)
    (head,) = [cell for cell in found["项目"][1] if cell.value == "标签"]
    (line,) = [row for row in found["说明"].iter_rows(values_only=True) if row[2] == "tags"]
    assert head.comment is not None
    for text in (str(head.comment.text), str(line[5])):
        assert "国家重大、省重点、5+3、市州指定（这几个可使用统筹池）；" in text
        assert "上级指标" in text
        assert "两高" in text
    assert "national_major" in str(line[6])


def test_the_notes_say_of_an_empty_sheet_what_the_program_does(made: Path) -> None:
    book = load_workbook(made / "data.xlsx")
    assert "唯有空的“指标库”表示没有任何指标，空的“平台交易”表示没有成交" in str(book["说明"]["A2"].value)


def test_example_rows_say_that_they_are_examples(made: Path) -> None:
    rows = list(sheets(made)["项目"].iter_rows(min_row=2, values_only=True))
    assert rows
    assert all(str(row[0]).startswith("示例") and "请删除" in str(row[1]) for row in rows)


def test_the_same_template_is_the_same_to_the_byte(tmp_path: Path) -> None:
    for name in ("a", "b"):
        template.write_template(tmp_path / name / "x", DAY)
    for file in ("data.xlsx", "scenario.toml"):
        assert (tmp_path / "a" / "x" / file).read_bytes() == (tmp_path / "b" / "x" / file).read_bytes()


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(tmp_path: Path) -> None:
    policy = read_scenario("prefecture-2026").policy.policy
    specs = {"projects": [TABLE["projects"]["project_id"], TABLE["projects"]["name"]]}
    rows = {"projects": [{"project_id": "=1+1", "name": "http://example.org"}]}
    template_sheets.write_book(tmp_path / "x.xlsx", rows, specs, policy, ["x"])
    sheet = load_workbook(tmp_path / "x.xlsx")["项目"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s"]
    assert sheet["B2"].hyperlink is None
