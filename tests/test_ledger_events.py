"""The file of events: whatever a spreadsheet saves is read, and every wrong row is told with cell, value and remedy."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from small_year import MU, event, in_its_place, law, lived, planned, refused

from allocator.intake.columns import EVENTS
from allocator.intake.vocabulary import EVENTS as KINDS
from allocator.ledger import life
from allocator.ledger.book import Book
from allocator.ledger.deadlines import close_year, recall
from allocator.ledger.entry import Track
from allocator.ledger.event import Event, EventKind, verdict
from allocator.ledger.events import VOCABULARY, read_events, read_reported
from allocator.ledger.fold import after
from allocator.messages import describe
from allocator.problems import InputRejected
from allocator.words import texts

ENGLISH = "occurred_on,kind,project_id,quantity_mu,document,note"
CHINESE = "日期,类型,项目编号,面积（亩）,文号,备注"
ROWS = ("2026-05-04,撤回,0012,,文〔2026〕1号,不再建设", "2026年5月6日,extra_quota,,-12.5,省〔2026〕7号,")
READ = (
    Event(
        occurred_on=date(2026, 5, 4),
        kind=EventKind.WITHDRAW,
        project_id="0012",
        document="文〔2026〕1号",
        note="不再建设",
    ),
    Event(occurred_on=date(2026, 5, 6), kind=EventKind.EXTRA_QUOTA, quantity=-125_000, document="省〔2026〕7号"),
)


def saved(folder: Path, text: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def wrong(path: Path) -> list[tuple[str, str]]:
    """Code and place of everything wrong with a file."""
    with pytest.raises(InputRejected) as rejected:
        read_events(path)
    return [(problem.code, str(problem.place)) for problem in rejected.value.problems if problem.severity == "error"]


@pytest.mark.parametrize("header", [ENGLISH, CHINESE, "　日期 , 类型,项目编号,面积（ 亩 ）,文号,备　注"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_of_any_encoding_is_read_under_headers_of_either_language(
    header: str, encoding: str, tmp_path: Path
) -> None:
    assert read_events(saved(tmp_path, "\n".join((header, *ROWS)), encoding=encoding)) == READ


@pytest.mark.parametrize("separator", [";", "\t", "，"])
def test_other_separators_are_read_with_a_note(separator: str, tmp_path: Path) -> None:
    text = "\r\n".join((CHINESE, *ROWS)).replace(",", separator)
    read = read_reported(saved(tmp_path, text))
    assert read.events == READ
    assert {note.code for note in read.notes} == {"CSV_SEPARATOR"}


@pytest.mark.parametrize(
    ("sheets", "codes"), [(["事件"], set()), (["x"], set()), (["x", "说明"], {"EVENTS_FIRST_SHEET"})]
)
def test_a_workbook_is_read_from_the_sheet_of_that_name_else_from_the_first(
    sheets: list[str], codes: set[str], tmp_path: Path
) -> None:
    book = Workbook()
    book.remove(book.active)
    for title in sheets:
        sheet = book.create_sheet(title)
        if title == sheets[0]:
            sheet.append(CHINESE.split(","))
            sheet.append([date(2026, 5, 4), "撤回", "0012", None, "文〔2026〕1号", "不再建设"])
            sheet.append(["2026-05-06", "追加", None, -12.5, "省〔2026〕7号"])
    book.save(tmp_path / "a.xlsx")
    read = read_reported(tmp_path / "a.xlsx")
    assert read.events == READ
    assert {note.code for note in read.notes} == codes


def test_the_named_sheet_is_read_wherever_it_stands(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["something", "else"])
    sheet = book.create_sheet("Events")
    sheet.append(ENGLISH.split(","))
    sheet.append(["2026-05-04", "withdraw", "0012", None, "文〔2026〕1号", "不再建设"])
    book.save(tmp_path / "a.xlsx")
    assert read_events(tmp_path / "a.xlsx") == READ[:1]


def test_an_area_in_hectares_is_the_same_event(tmp_path: Path) -> None:
    (one,) = read_events(saved(tmp_path, "日期,类型,项目编号,面积（公顷）\n2026-05-04,核减,W1,0.2"))
    assert one.quantity == 3 * MU


def test_every_kind_is_read_by_its_name_and_by_its_chinese_word() -> None:
    words = ["撤回", "材料齐备", "批复", "缴款", "调出", "收回", "追加", "核减", "负面清单", "指定", "取消指定"]
    (spellings,) = VOCABULARY.values()
    assert [spellings[word] for word in words] == [kind.value for kind in EventKind]
    assert all(spellings[kind.value] == kind.value for kind in EventKind)


def test_headers_without_rows_say_that_nothing_happened(tmp_path: Path) -> None:
    assert read_events(saved(tmp_path, CHINESE + "\n")) == ()


def test_every_column_is_explained_in_both_languages() -> None:
    assert set(texts("columns")["events"]) == {"table", *(column.name for column in EVENTS.columns)}


def test_everything_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        "2026-02-30,撤回,P-1,,文,",
        "2026-05-04,退出,P-1,,文,",
        "2026-05-04,核减,W1,约3,文,",
        "2026-05-04,核减,W1,0.00001,文,",
        ",撤回,P-1,,文,",
        "5月4日,,P-1,,文,",
    ]
    assert wrong(saved(tmp_path, "\n".join((CHINESE, *rows)))) == [
        ("NO_SUCH_DAY", "a.csv: a!A2"),
        ("CHOICE_UNKNOWN", "a.csv: a!B3"),
        ("NUMBER_APPROXIMATE", "a.csv: a!D4"),
        ("OFF_GRID", "a.csv: a!D5"),
        ("ID_EMPTY", "a.csv: a!A6"),
        ("DATE_INCOMPLETE", "a.csv: a!A7"),
        ("CELL_REQUIRED", "a.csv: a!B7"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.txt", CHINESE, "EVENTS_FILE"),
        ("a.csv", "", "FILE_EMPTY"),
        ("a.csv", "日期,类型\n2026-05-04,撤回", "COLUMN_MISSING"),
        ("a.csv", CHINESE + ",金额\n", "COLUMN_UNKNOWN"),
        ("a.csv", "PK\x03\x04", "CSV_NOT_TEXT"),
        ("a.xlsx", "PK", "WORKBOOK_NOT_ZIP"),
    ],
)
def test_a_file_that_is_no_table_of_events_is_told(name: str, text: str, code: str, tmp_path: Path) -> None:
    assert code in [found for found, _ in wrong(saved(tmp_path, text, name))]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert wrong(tmp_path / "no.csv")[0][0] == "PATH_MISSING"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("", "grant"),
        (" grant: 民生", "grant"),
        ("准予安排", "grant"),
        ("Deny", "deny"),
        ("不予，缺规划", "deny"),
        ("建议不予", ""),
    ],
)
def test_the_note_of_a_pin_grants_or_denies(note: str, said: str) -> None:
    assert verdict(note) == said


def withdrawn() -> Book:
    return lived(planned(), event("withdraw", "P-1", "2026-04-02"))


def filed() -> Book:
    return lived(planned(), event("materials_filed", "P-1", "2026-04-02"))


def approved() -> Book:
    return lived(filed(), event("approval_issued", "P-1", "2026-04-03", document="批1"))


def used() -> Book:
    """Used by the recall, since what is filed counts as used."""
    return after(filed(), recall(filed(), law(), date(2026, 10, 1), "clerk"))


def paid() -> Book:
    return lived(planned(), event("paid", "P-1", "2026-04-02"))


def pinned() -> Book:
    return lived(planned(), event("pin", "P-5", "2026-04-02", note="不予", document="纪要3"))


def unpinned() -> Book:
    return lived(pinned(), event("unpin", "P-5", "2026-04-03", document="纪要4"))


def held() -> dict[str, Any]:
    return {"policy": law(recall__used_when="approved")}


WRONG: dict[str, tuple[Any, Event, str, str, str, str, str]] = {
    # what -> books, event, code, cell, rule, Chinese words, English words
    "a project nobody knows": (
        planned, event("withdraw", "P-11"), "EVENT_PROJECT_UNKNOWN", "C7", "QY-10.3",
        "账本里没有项目“P-11”，最接近的是 P-1。", "the books have no project 'P-11'; the nearest is P-1: correct",
    ),
    "no project": (
        planned, event("withdraw"), "EVENT_PROJECT_MISSING", "C7", "QY-10.3",
        "“撤回 withdraw”没有写项目编号。填写项目编号", "撤回 withdraw names no project: write the id of the project",
    ),
    "no county": (
        planned, event("penalty", mu=1), "EVENT_PROJECT_MISSING", "C7", "QY-14.3",
        "没有写项目编号或县市代码", "names no project and no county",
    ),
    "a county nobody knows": (
        planned, event("penalty", "W3", mu=1), "EVENT_COUNTY_UNKNOWN", "C7", "QY-14.3",
        "“W3”既不是账本里的县市", "'W3' is neither a county nor a project of the books; the nearest is W",
    ),
    "extra quota for one project": (
        planned, event("extra_quota", "P-1", mu=3), "EVENT_PROJECT_UNUSED", "C7", "QY-12.2",
        "给全市，不给单个项目", "leave the project empty",
    ),
    "a day to come": (
        planned, event("withdraw", "P-1", "2026-12-31"), "EVENT_IN_FUTURE", "A7", "QY-10.3",
        "2026-12-31，晚于记账日期 2026-12-30", "2026-12-31 is after the day of this run, 2026-12-30",
    ),
    "another plan year": (
        planned, event("pin", "P-5", "2025-12-31"), "EVENT_OTHER_YEAR", "A7", "QY-9.1",
        "2025-12-31 不在账本的计划年度 2026", "2025-12-31 is not in 2026, the plan year",
    ),
    "a day before the grant": (
        planned, event("withdraw", "P-1", "2026-03-19"), "EVENT_BEFORE_STATE", "A7", "QY-10.3",
        "早于它成为“已安排 GRANTED”的 2026-03-20", "2026-03-19 is before 2026-03-20, since when it is 已安排 GRANTED",
    ),
    "no document": (
        planned, event("materials_filed", "P-1", document=""), "EVENT_NO_DOCUMENT", "E7", "QY-11.1",
        "没有依据：事件·文号 events.document 是空的", "has no document: 事件·文号 events.document is empty",
    ),
    "a second withdrawal": (
        withdrawn, event("withdraw", "P-1", document="另文"), "EVENT_WITHDRAWN_TWICE", "B7", "QY-10.3",
        "P-1 已于 2026-04-02 撤回", "P-1 was withdrawn on 2026-04-02, and cannot be withdrawn again: delete the row",
    ),
    "a withdrawal of one that waits": (
        planned, event("withdraw", "P-5"), "EVENT_NOT_LISTED", "B7", "QY-10.3",
        "P-5 现在是“候补 WAITLISTED”，不能办“撤回 withdraw”：只有“已安排 GRANTED, 材料已报 MATERIALS_FILED”可以",
        "P-5 is 候补 WAITLISTED, and 撤回 withdraw does not lead on from there",
    ),
    "an approval before the materials": (
        planned, event("approval_issued", "P-1"), "EVENT_NOT_LISTED", "B7", "QY-10.5", "材料已报", "does not",
    ),
    "a second approval": (
        approved, event("approval_issued", "P-1", document="批2"), "EVENT_APPROVED_TWICE", "E7", "QY-10.5",
        "P-1 已由 批1 批复，不能再以 批2 批复一次", "was approved by 批1 already, and is not approved again by 批2",
    ),
    "an approval of what is used, before it was filed": (
        used, event("approval_issued", "P-1", "2026-04-01"), "EVENT_BEFORE_STATE", "A7", "QY-10.5",
        "早于它成为“材料已报 MATERIALS_FILED”的 2026-04-02", "2026-04-01 is before 2026-04-02",
    ),
    "more than is held": (
        planned, event("withdraw", "P-1", mu=31), "EVENT_ABOVE_BALANCE", "D7", "QN-1.1",
        "写了 31 亩，它只有计划指标 30 亩", "says 31 mu, and the project holds 30 mu of plan quota: write 30",
    ),
    "less than is held": (
        planned, event("withdraw", "P-1", mu=29.5), "EVENT_IN_PART", "D7", "QY-10.4",
        "指标跟着项目走", "says 29.5 mu of the 30 mu it holds: quota follows the project",
    ),
    "nothing at all of what is held": (
        planned, event("withdraw", "P-1", mu=0), "EVENT_IN_PART", "D7", "QY-10.4", "写了 0 亩", "says 0 mu of the 30",
    ),
    "an area that means nothing": (
        planned, event("paid", "P-1", mu=5), "EVENT_AREA_UNUSED", "D7", "QN-12.3", "却写了 5 亩", "leave the area",
    ),
    "materials that come too late": (
        planned, event("materials_filed", "P-1", "2026-06-21"), "EVENT_LATE", "A7", "QY-11.1",
        "材料于 2026-06-21 报来，期限是 2026-06-20", "came on 2026-06-21, and were due by 2026-06-20",
    ),
    "materials that come after the recall": (
        lambda: planned(date(2026, 8, 1)), event("materials_filed", "P-1", "2026-10-01"), "EVENT_AFTER_RECALL", "A7",
        "QY-12.1", "自 2026-10-01 起已被收回", "is taken back from 2026-10-01 on",
    ),
    "a payment without a request": (
        planned, event("paid", "P-7"), "EVENT_NOTHING_TO_PAY", "B7", "QN-14.3", "没有要缴款的", "nothing to pay for",
    ),
    "a payment for what is free": (
        planned, event("paid", "P-2"), "EVENT_NOTHING_TO_PAY", "B7", "QN-14.3", "本县市入池", "its own county pooled",
    ),
    "a second payment": (
        paid, event("paid", "P-1", document="另据"), "EVENT_PAID_TWICE", "B7", "QN-12.3", "已缴款 PAID", "pay back",
    ),
    "a payment after the grant was lost": (
        withdrawn, event("paid", "P-1"), "EVENT_NOT_LISTED", "B7", "QN-12.3", "方案已批", "已受理 ACCEPTED",
    ),
    "a transfer that nobody waits for": (
        planned, event("transferred", "P-1"), "EVENT_NOTHING_TO_TRANSFER", "B7", "QN-8.1", "没有要从", "no boundary",
    ),
    "a recall too early": (
        planned, event("recall", "P-1", "2026-09-30"), "EVENT_RECALL_EARLY", "A7", "QY-12.1",
        "早于可以收回的 2026-10-01", "before 2026-10-01, the first day on which quota is taken back",
    ),
    "a recall of what is used": (
        filed, event("recall", "P-1", "2026-10-08"), "EVENT_RECALL_USED", "B7", "QY-10.5",
        "是“材料已报 MATERIALS_FILED”，指标已算使用", "its quota counts as used, and is not taken back",
    ),
    "a province that takes more than there is": (
        planned, event("extra_quota", mu=-42.0001), "EVENT_EXTRA_BELOW_ZERO", "D7", "QN-1.1",
        "省里收回 -42.0001 亩，机动指标和暂存的追加指标合计只有 42 亩", "held back are 42 mu",
    ),
    "extra quota of nothing": (
        planned, event("extra_quota", mu=0), "EVENT_EXTRA_WITHOUT_AREA", "D7", "QY-12.2", "不为零", "other than zero",
    ),
    "a penalty without an amount": (
        planned, event("penalty", "W1"), "EVENT_CUT_WITHOUT_AREA", "D7", "QY-14.3", "必须给出", "it must be given",
    ),
    "a penalty of nothing": (
        planned, event("penalty", "W1", mu=0), "EVENT_CUT_WITHOUT_AREA", "D7", "QY-14.3", "“0”", "above zero",
    ),
    "a penalty below zero": (
        planned, event("penalty", "P-1", mu=-1), "EVENT_CUT_WITHOUT_AREA", "D7", "QY-14.3", "“-1”", "above zero",
    ),
    "a pin that does not say what": (
        planned, event("pin", "P-5", note="请研究"), "EVENT_PIN_UNCLEAR", "F7", "QY-9.1",
        "备注“请研究”没有说明是准予还是不予", "does not say whether it grants or denies",
    ),
    "a pin of what no answer changes any more": (
        withdrawn, event("pin", "P-1"), "EVENT_PIN_TOO_LATE", "B7", "QY-9.1", "指定不能再改变", "WITHDRAWN: a pin",
    ),
    "a pin against another": (
        pinned, event("pin", "P-5", note="准予"), "EVENT_PINS_CONTRADICT", "F7", "QY-9.1",
        "这次指定为 grant，而 纪要3 已指定为 deny", "and 纪要3 pinned it to deny: report an unpin first",
    ),
    "an unpin of what is not pinned": (
        unpinned, event("unpin", "P-5"), "EVENT_NOT_PINNED", "B7", "QY-9.1", "已取消（纪要4）", "already (纪要4)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_event_is_refused_with_its_cell_its_rule_and_words_in_both_languages(what: str) -> None:
    book, one, code, cell, rule, zh, en = WRONG[what]
    (problem,) = refused(book(), in_its_place(7, one))
    assert (problem.code, str(problem.place), problem.rule) == (code, f"a.csv: a!{cell}", rule)
    chinese, english = describe(problem, "zh"), describe(problem, "en")
    assert zh in chinese
    assert en in english
    assert chinese.endswith(f"[{rule}]")
    assert "{" not in chinese + english


def test_a_policy_without_a_recall_takes_nothing_back() -> None:
    (problem,) = refused(planned(), event("recall", "P-1", "2026-10-08"), policy=law(recall=None))
    assert problem.code == "EVENT_NO_RECALL"
    assert "the policy prefecture takes no quota back" in describe(problem, "en")


def test_what_was_filed_is_recalled_only_where_use_means_approval_and_filing_does_not_keep() -> None:
    one = event("recall", "P-1", "2026-10-08")
    assert lived(filed(), one, **held()).state("P-1") == "RECALLED"
    kept = law(recall=law().recall.model_copy(update={"used_when": "approved", "mode": "keep_if_filed"}))
    assert [problem.code for problem in refused(filed(), one, policy=kept)] == ["EVENT_RECALL_USED"]


def test_nothing_is_entered_into_a_year_that_is_closed() -> None:
    closed = after(planned(), close_year(planned(), date(2026, 12, 31), "clerk"))
    for one in (event("withdraw", "P-1"), event("extra_quota", mu=1), event("pin", "P-5")):
        (problem,) = refused(closed, one, as_of="2027-01-04")
        assert problem.code == "EVENT_YEAR_CLOSED"


def test_every_trouble_of_a_row_is_told_at_once_and_rows_stay_in_their_order() -> None:
    late = in_its_place(9, event("paid", "P-99", "2027-01-01", document="", mu=1))
    early = in_its_place(3, event("withdraw", "P-5", "2026-06-01"))
    problems = refused(planned(), late, early)
    assert [(problem.place.cell, problem.code) for problem in problems] == [
        ("B3", "EVENT_NOT_LISTED"),
        ("A9", "EVENT_IN_FUTURE"),
        ("C9", "EVENT_PROJECT_UNKNOWN"),
        ("D9", "EVENT_AREA_UNUSED"),
        ("E9", "EVENT_NO_DOCUMENT"),
    ]


def test_every_problem_of_events_is_met_here() -> None:
    met = {row[2] for row in WRONG.values()} | {"EVENT_NO_RECALL", "EVENT_YEAR_CLOSED"}
    errors = {code for code in texts("problems") if code.startswith("EVENT_")}
    warnings = {"EVENT_LINKED_STAYS", "EVENT_REFUND", "EVENT_TRANSFER_BACK"}
    assert errors - met == warnings | {"EVENT_CUT_NOT_CARRIED", "EVENT_LISTING_NOT_CARRIED"}


def test_the_page_on_the_books_lists_every_kind_column_and_state() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "books.md").read_text(encoding="utf-8")
    for kind, (word, *_) in KINDS.items():
        assert f"| `{kind}` | {word} |" in page
    for column in EVENTS.columns:
        assert f"| `{column.name}` | {column.header('zh').replace('(', '（').replace(')', '）')} |" in page
    for state in life.states(Track.APPLICATION):
        assert f"`{state}`" in page or state == "DRAFT"
