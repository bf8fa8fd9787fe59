"""The commands that read the books, on a year of the worked example: approval, a withdrawal, a filing, the recall."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allocator.commands.conventions import Exit
from allocator.ledger.book import read_book
from allocator.ledger.database import connect
from allocator.ledger.journal import entries
from allocator.words import texts
from scenarios.commands.street import street

EVENTS = """occurred_on,kind,project_id,quantity_mu,document,note
2026-05-07,materials_filed,I1,,F-1,
2026-05-07,pin,I1,,L-3,grant: decided
2026-07-04,withdraw,I3,,=L-2,@not needed
"""
Call = Callable[..., Result]


def invoke(folder: Path, *arguments: str, **environment: str) -> Result:
    surroundings = {"HOME": str(folder), "LANG": "C.UTF-8", "LANDQUOTA_ACTOR": "clerk", **environment}
    return CliRunner().invoke(street, [*arguments], env=surroundings, prog_name="landquota")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the books at the end of the year's story; they are only read."""
    folder = tmp_path_factory.mktemp("year")
    (folder / "events.csv").write_text(EVENTS, encoding="utf-8")
    file = folder / "books.sqlite"

    def call(*arguments: str) -> str:
        done = invoke(folder, *arguments, LANDQUOTA_DB=f"sqlite:///{file}")
        assert done.exit_code == Exit.DONE, done.output
        return done.stdout

    call("ledger", "init", "worked-example")
    proposal = json.loads(call("propose", "--format", "json"))["proposal"]
    call("approve", proposal, "--date", "2026-04-10", "--document", "L-1", "--yes")
    call("nightly", "--as-of", "2026-07-05", "--events", str(folder / "events.csv"), "--yes")
    call("nightly", "--as-of", "2026-10-01", "--yes")
    return file


@pytest.fixture
def call(year: Path, tmp_path: Path) -> Call:
    return lambda *arguments: invoke(tmp_path, "ledger", *arguments, LANDQUOTA_DB=f"sqlite:///{year}")


def head(year: Path) -> str:
    with connect(f"sqlite:///{year}") as database, database.reading() as connection:
        return str(read_book(connection).head)


@pytest.mark.parametrize(
    "asked",
    [["balance"], ["statement", "plan:flex"], ["project", "I1"], ["due", "--as-of", "2026-10-05"], ["report", "2026"]],
    ids=" ".join,
)
def test_every_page_carries_the_head_of_the_books_and_its_day(call: Call, year: Path, asked: list[str]) -> None:
    last = head(year)
    table, document, rows = (call(*asked, "--format", form) for form in ("table", "json", "csv"))
    assert (table.exit_code, document.exit_code, rows.exit_code) == (0, 0, 0)
    assert last in table.stdout.splitlines()[-1]
    content = json.loads(document.stdout)
    assert content["schema_version"] == 1
    assert content[asked[0]]["head"] == last
    assert last in rows.stderr
    assert last not in rows.stdout
    assert len(list(csv.DictReader(io.StringIO(rows.stdout)))) > 1


def test_overdue_comes_first_and_a_reminder_that_was_reached_is_marked(call: Call) -> None:
    def due(day: str) -> list[dict[str, object]]:
        return json.loads(call("due", "--as-of", day, "--format", "json").stdout)["due"]["due"]

    early, soon, late = due("2026-05-09"), due("2026-07-06"), due("2026-07-20")
    assert not [row for row in early if row["mark"]]
    marks = {row["mark"] for row in soon if row["due"] == "materials"}
    assert marks == {"7 days' reminder", ""}  # B3 was granted later
    assert (late[0]["due"], late[0]["due_on"], late[0]["mark"]) == ("materials", "2026-07-10", "overdue by 10 days")
    assert [row["due"] for row in soon if row["due_on"] in ("2026-07-10", "2026-12-31") and not row["project_id"]] == [
        "quarter_report",
        "year_report",
    ]
    assert "I1" not in {row["project_id"] for row in soon}  # filed, and filing is use
    assert {row["due"] for row in soon if row["project_id"]} == {"materials", "use"}


def test_the_year_tells_what_was_recalled_and_that_filing_was_use(call: Call) -> None:
    told = json.loads(call("report", "2026", "--format", "json").stdout)["report"]
    every = told["counties"][-1]
    assert (every["granted_mu"], every["used_mu"], every["returned_mu"]) == ("10040", "1800", "7990")
    assert every["recalled_mu"] == "250"  # B3, whose three months were not over
    assert every["efficiency"] == "0.878"  # 1800 of 2050
    assert {row["pool"]: (row["share"], row["category_mu"]) for row in told["shares"]}["key.industry"] == (
        "0.42",
        "1800",
    )
    assert told["use"][-1]["in_force_mu"] == "2050"
    assert told["use"][-1]["used_in_force_mu"] == "1800"
    assert [row["project_id"] for row in told["pins"]] == ["I1"]
    assert [(row["county"], row["recalled_mu"]) for row in told["recalled"]][-1] == ("total", "250")
    assert {row["project_id"]: row["returned_mu"] for row in told["overdue"]}["I2"] == "1500"
    assert len(told["overdue"]) == 12
    assert told["due_on"] == "2026-12-31"


def test_a_quarter_is_due_so_many_days_after_its_end(call: Call) -> None:
    told = json.loads(call("report", "2026-Q2", "--format", "json").stdout)["report"]
    assert told["due_on"] == "2026-07-10"
    assert told["counties"][-1]["granted_mu"] == "9790"
    assert told["counties"][-1]["recalled_mu"] == "0"


def test_every_reason_in_the_books_has_words_of_its_own(year: Path) -> None:
    with connect(f"sqlite:///{year}") as database, database.reading() as connection:
        reasons = {each.entry.reason for each in entries(connection)}
    assert not [code for code in reasons if code not in {**texts("ledger")["reasons"], **texts("report")["reasons"]}]


def test_grants_say_category_and_term_and_the_files_are_safe_to_open(call: Call, tmp_path: Path) -> None:
    done = call("export", "-o", str(tmp_path / "out"), "--as-of", "2026-07-05")
    assert done.exit_code == Exit.DONE, done.output
    text = (tmp_path / "out" / "grants.csv").read_text(encoding="utf-8")
    grants = {row["project_id"]: row for row in csv.DictReader(io.StringIO(text))}
    assert len(grants) == 15
    assert (grants["I2"]["state"], grants["I2"]["granted_on"], grants["I2"]["due_on"]) == (
        "GRANTED", "2026-04-10", "2026-07-10",
    )  # fmt: skip
    assert (grants["I1"]["state"], grants["I1"]["due_on"], grants["I1"]["category"]) == (
        "MATERIALS_FILED", "", "key.industry",
    )  # fmt: skip
    assert (grants["I3"]["state"], grants["I3"]["granted_plan_mu"], grants["I3"]["pool"]) == ("WITHDRAWN", "0", "")
    assert ",'=L-2," in (tmp_path / "out" / "plan.csv").read_text(encoding="utf-8")
    refused = call("export", "-o", str(tmp_path / "out"))
    assert (refused.exit_code, "--force" in refused.stderr) == (Exit.USAGE, True)


def test_notes_are_guarded_in_what_is_printed_as_csv(call: Call) -> None:
    assert ",'@not needed" in call("project", "I3", "--format", "csv").stdout


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (["statement", "plan:flax"], Exit.REJECTED, "plan:flex"),
        (["project", "I9"], Exit.REJECTED, "I4"),
        (["report", "2027"], Exit.REJECTED, "2026-Q1"),
        (["report", "may"], Exit.USAGE, "2026-Q2"),
        (["statement", "plan:flex", "--from", "2026-07-01", "--to", "2026-06-30"], Exit.USAGE, "2026-06-30"),
        (["balance", "--as-of", "31.3.2026"], Exit.USAGE, "31.3.2026"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(call: Call, asked: list[str], code: Exit, said: str) -> None:
    refused = call(*asked)
    assert refused.exit_code == code
    assert said in " ".join(refused.stderr.split())


def test_books_whose_policy_is_another_one_now_are_still_read(
    call: Call, year: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from allocator.problems import InputRejected, Place, Problem, Severity
    from scenarios import ledger_reading

    def refuse(*_: object) -> None:
        raise InputRejected([Problem(code="POLICY_CHANGED", severity=Severity.ERROR, place=Place(), value="qingyuan")])

    monkeypatch.setattr(ledger_reading, "kept_run", refuse)
    told = call("report", "2026-Q2")
    assert told.exit_code == Exit.DONE
    assert "POLICY_CHANGED" in told.stdout
    assert call("due").exit_code == Exit.REJECTED
    assert call("export", "-o", str(tmp_path / "out")).exit_code == Exit.DONE
