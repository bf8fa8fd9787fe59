"""`landquota nightly` as a bureau meets it: what is printed and written, and how it ends."""

import json
import re
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
from click.testing import CliRunner, Result
from golden_text import assert_golden
from nights import LAPSE, all_but, counted, event, filed, night, worked, year

from allocator.commands.conventions import Exit
from allocator.ledger.database import connect
from allocator.nightly.report import page
from allocator.words import Language, texts
from scenarios import nightly
from scenarios.commands import street

HEADER = "occurred_on,kind,project_id,quantity_mu,document,note\n"
DAY = LAPSE.isoformat()


def land(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(street.street, [*arguments], env={"LANDQUOTA_LANG": "en", **environment})


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Books of the worked example, opened, proposed and approved by the commands."""
    file = tmp_path_factory.mktemp("books") / "b.sqlite"
    db = f"sqlite:///{file}"
    assert land("ledger", "init", "worked-example", "--db", db).exit_code == Exit.DONE
    proposal = json.loads(land("propose", "--db", db, "--format", "json").stdout)["proposal"]
    done = land("approve", proposal, "--db", db, "--date", "2026-03-20", "--document", "L-1", "--yes")
    assert done.exit_code == Exit.DONE
    return file.read_bytes()


@pytest.fixture
def db(approved: bytes, tmp_path: Path) -> str:
    """A copy of them."""
    (tmp_path / "b.sqlite").write_bytes(approved)
    return f"sqlite:///{tmp_path / 'b.sqlite'}"


@pytest.fixture
def events(tmp_path: Path) -> str:
    """Everybody but I2 filed in time."""
    file = tmp_path / "events.csv"
    rows = [f"2026-06-10,materials_filed,{project},,R-1,\n" for project in all_but("I2")]
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    return str(file)


def head_of(db: str) -> Any:
    with connect(db) as database:
        return counted(database)


def test_a_night_is_printed_written_logged_and_handed_on(db: str, events: str, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    script = "import sys; open(sys.argv[1], 'w', encoding='utf-8').write(sys.stdin.read())"
    heard = tmp_path / "heard"
    tell = " ".join(quote(part) for part in (sys.executable, "-c", script, str(heard)))
    options = ("--db", db, "--as-of", DAY, "--events", events, "--out", str(out), "--notify", tell, "--yes")
    done = land("nightly", *options)
    assert done.exit_code == Exit.DONE, done.output
    assert {path.name for path in out.iterdir()} == {f"{DAY}.zh.md", f"{DAY}.en.md", f"{DAY}.json", "nightly.jsonl"}
    assert done.stdout == (out / f"{DAY}.en.md").read_text(encoding="utf-8") == heard.read_text(encoding="utf-8")
    told = json.loads((out / f"{DAY}.json").read_text(encoding="utf-8"))
    assert [row["project_id"] for row in told["risen"]] == ["B3"]
    steps = [json.loads(line)["step"] for line in (out / "nightly.jsonl").read_text(encoding="utf-8").splitlines()]
    assert steps == ["begin", "events", "overdue", "calendar", "refill", "end"]

    head, kept = head_of(db), (out / f"{DAY}.zh.md").read_bytes()
    (out / f"{DAY}.zh.md").unlink()
    again = land("nightly", *options)
    assert (again.exit_code, head_of(db)) == (Exit.DONE, head)
    told_now = done.stdout.replace("in the books already: 0", f"in the books already: {len(told['events_taken'])}")
    assert again.stdout == told_now != done.stdout
    assert (out / f"{DAY}.zh.md").read_bytes() == kept
    assert "run already" in again.stderr


def test_a_dry_run_prints_the_page_and_leaves_books_and_folder_alone(db: str, events: str, tmp_path: Path) -> None:
    head = head_of(db)
    out = tmp_path / "reports"
    done = land("nightly", "--db", db, "--as-of", DAY, "--events", events, "--out", str(out), "--dry-run")
    assert done.exit_code == Exit.DONE
    assert "would move up: 1" in done.stdout
    assert head_of(db) == head
    assert not out.exists()


def test_the_other_forms_hold_the_record_and_who_moves(db: str, events: str) -> None:
    options = ("nightly", "--db", db, "--as-of", DAY, "--events", events, "--dry-run", "--format")
    assert json.loads(land(*options, "json").stdout)["refill"] == "posted"
    lines = land(*options, "csv").stdout.splitlines()
    assert lines[0] == "move,project_id,name,county,plan_mu,reason,rule"
    assert [line.split(",")[:2] for line in lines[1:]] == [["overdue", "I2"], ["risen", "B3"]]


def test_without_a_yes_and_a_terminal_nothing_is_written(db: str) -> None:
    head = head_of(db)
    assert land("nightly", "--db", db, "--as-of", DAY).exit_code == Exit.USAGE
    assert head_of(db) == head


def test_two_nights_cannot_meet(db: str) -> None:
    with connect(db) as database, database.lock():
        done = land("nightly", "--db", db, "--as-of", DAY, "--yes")
    assert done.exit_code == Exit.LOCKED
    assert land("nightly", "--db", db, "--as-of", "2026-03-21", "--yes").exit_code == Exit.DONE


def test_a_clock_that_was_set_back_and_a_bad_event_are_refused_by_name(db: str, tmp_path: Path) -> None:
    head = head_of(db)
    early = land("nightly", "--db", db, "--as-of", "2026-03-19", "--yes")
    assert early.exit_code == Exit.REJECTED
    assert "2026-03-20" in early.stderr
    bad = tmp_path / "bad.csv"
    bad.write_text(HEADER + "2026-04-01,withdraw,I1,,R-2,\n2026-04-01,withdraw,I9,,R-2,\n", encoding="utf-8")
    wrong = land("nightly", "--db", db, "--as-of", "2026-04-02", "--events", str(bad), "--yes")
    assert wrong.exit_code == Exit.REJECTED
    assert "bad.csv" in wrong.stderr
    assert "I9" in wrong.stderr
    assert head_of(db) == head


@pytest.mark.parametrize(("day", "dry"), [("2027-01-01", ()), ("2027-05-01", ("--dry-run",)), ("2025-12-31", ())])
def test_a_day_outside_the_plan_year_is_refused_and_the_last_one_closes_it(db: str, day: str, dry: Any) -> None:
    head = head_of(db)
    for language, word in (("en", "--as-of 2026-12-31 to close"), ("zh", "不在账本的计划年度")):
        refused = land("nightly", "--db", db, "--as-of", day, "--yes", "--lang", language, *dry)
        assert refused.exit_code == Exit.REJECTED
        assert word in refused.stderr
    assert head_of(db) == head
    assert land("nightly", "--db", db, "--as-of", "2026-12-31", "--yes").exit_code == Exit.DONE


def test_a_night_whose_pins_nothing_carries_posts_its_events_and_ends_with_a_code_of_its_own(
    db: str, tmp_path: Path
) -> None:
    file, out, head = tmp_path / "pins.csv", tmp_path / "reports", head_of(db)
    file.write_text(HEADER + "2026-05-08,pin,B3,,L-5,grant: the committee\n", encoding="utf-8")
    options = ("--db", db, "--as-of", "2026-05-08", "--events", str(file), "--out", str(out), "--yes")
    done = land("nightly", *options)
    assert done.exit_code == Exit.CONTRADICTION, done.output
    assert done.stdout == (out / "2026-05-08.en.md").read_text(encoding="utf-8")
    assert "the rules cannot be kept together" in done.stdout
    posted = head_of(db)
    assert posted != head
    assert (land("nightly", *options).exit_code, head_of(db)) == (Exit.CONTRADICTION, posted)


def test_a_refused_night_says_in_its_log_for_what(db: str, tmp_path: Path) -> None:
    file, out = tmp_path / "bad.csv", tmp_path / "reports"
    file.write_text(HEADER + "2026-04-01,withdraw,I9,,R-2,\n2026-04-01,paid,I8,,R-2,\n", encoding="utf-8")
    for day, events in (("2026-04-02", ("--events", str(file))), ("2026-03-19", ())):
        refused = land("nightly", "--db", db, "--as-of", day, *events, "--out", str(out), "--yes")
        assert refused.exit_code == Exit.REJECTED
    tamper(tmp_path / "b.sqlite")
    broken = land("nightly", "--db", db, "--as-of", "2026-04-02", "--out", str(out), "--yes")
    assert broken.exit_code == Exit.CHECK_FAILED, broken.output
    lines = [json.loads(line) for line in (out / "nightly.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == ["begin", "refused", "refused", "refused"]
    told = [(line["exit"], line["codes"]) for line in lines[1:]]
    assert told[:2] == [(Exit.REJECTED, "EVENT_PROJECT_UNKNOWN"), (Exit.REJECTED, "NIGHT_BEFORE_BOOKS")]
    assert (told[2][0], bool(told[2][1])) == (Exit.CHECK_FAILED, True)


def tamper(file: Path) -> None:
    """Change who acted, behind the back of the books."""
    with closing(sqlite3.connect(file)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("UPDATE entries SET actor = 'nobody'")
        connection.commit()


def test_a_command_that_fails_is_a_warning_and_the_books_stand(db: str) -> None:
    done = land(
        "nightly", "--db", db, "--as-of", DAY, "--yes", "--notify", f"{sys.executable} -c 'raise SystemExit(3)'"
    )
    assert done.exit_code == Exit.DONE
    assert "did not do its work" in done.stderr
    assert land("nightly", "--db", db, "--as-of", DAY, "--yes").stderr.count("run already") == 1


def test_the_day_is_that_of_shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2026, 12, 31, 16, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(nightly, "datetime", Clock)
    assert nightly.today().isoformat() == "2027-01-01"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_reads_as_the_golden_one(language: Language, tmp_path: Path) -> None:
    run = worked()
    with year(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        events = (*filed(*all_but("I2", "T2")), event("2026-06-12", "withdraw", "T2", paper="撤〔2026〕1号"))
        told = night(database, run, LAPSE, events).night
    assert_golden(f"night_{language}.txt", re.sub(r"\b[0-9a-f]{64}\b", "HASH", page(told, language)))


def test_every_outcome_and_cause_has_words_and_nothing_a_file_says_is_markup(tmp_path: Path) -> None:
    run = worked()
    with year(f"sqlite:///{tmp_path / 'b.sqlite'}", run) as database:
        told = night(database, run, LAPSE, filed(*all_but("I2"))).night
    for refill in texts("nightly")["refill"]:
        assert page({**told, "refill": refill}, "zh") != page({**told, "refill": refill}, "en")
    evil = {**told["risen"][0], "name": "<b>|x\n# y](http://x)"}
    text = page({**told, "risen": [evil]}, "en")
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert len([line for line in text.splitlines() if line.startswith("# ")]) == 1
