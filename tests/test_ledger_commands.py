"""`ledger init`, `propose`, `approve` and `reject` as a person or a script meets them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from allocator.commands import books
from allocator.commands.conventions import Exit
from scenarios.commands.street import street

APPROVAL = ("--date", "2026-04-10", "--document", "L-1")
Call = Callable[..., Result]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Books of the worked example, to be copied, and what `ledger init` printed."""
    folder = tmp_path_factory.mktemp("template")
    url = f"sqlite:///{folder / 'books.sqlite'}"
    opened = invoke(folder, "ledger", "init", "worked-example", "--db", url, "--format", "json")
    assert opened.exit_code == Exit.DONE, opened.output
    (folder / "opened.json").write_text(opened.stdout, encoding="utf-8")
    return folder


def invoke(folder: Path, *arguments: str, **environment: str) -> Result:
    surroundings = {"HOME": str(folder), "LANG": "C.UTF-8", "LANDQUOTA_ACTOR": "clerk", **environment}
    return CliRunner().invoke(street, [*arguments], env=surroundings, prog_name="landquota")


@pytest.fixture
def call(template: Path, tmp_path: Path) -> Call:
    """A command on a copy of the books, whose address stands in LANDQUOTA_DB."""
    file = shutil.copy(template / "books.sqlite", tmp_path)
    return lambda *arguments: invoke(tmp_path, *arguments, LANDQUOTA_DB=f"sqlite:///{file}")


def proposed(call: Call) -> str:
    answer = json.loads(call("propose", "--format", "json").stdout)
    assert answer["schema_version"] == 1
    return answer["proposal"]


def test_opening_tells_what_was_brought_in_and_the_head(template: Path) -> None:
    opened = json.loads((template / "opened.json").read_text(encoding="utf-8"))["opened"]
    assert (opened["total_plan_mu"], opened["applications"], opened["entries"]) == ("10000", 15, 21)
    assert opened["head"].startswith("21:")


def test_a_proposal_is_printed_with_its_decisions_and_how_to_approve_it(call: Call) -> None:
    answer = json.loads(call("propose", "--format", "json").stdout)
    decisions = {row["project_id"]: row for row in answer["decisions"]}
    assert len(answer["proposal"]) == 12
    assert decisions["I3"]["decision"] == "granted"
    assert (decisions["B3"]["decision"], decisions["B3"]["rule"]) == ("waiting", "QY-10.2")
    assert decisions["B3"]["reason_code"]
    printed = call("propose").stdout
    assert f"landquota approve {answer['proposal']} --db URL --date 2026-01-15" in printed
    assert answer["head"] in printed


def test_what_is_approved_is_posted_and_then_nothing_is_left_to_propose(call: Call) -> None:
    name = proposed(call)
    tried = call("approve", name, *APPROVAL, "--dry-run")
    assert tried.exit_code == Exit.DONE, tried.output
    posted = call("approve", name, *APPROVAL, "--yes", "--format", "json")
    assert posted.exit_code == Exit.DONE, posted.output
    approved = json.loads(posted.stdout)["approved"]
    assert approved["entries"] == {"grant": 14, "release": 5, "reranked": 1, "transition": 60}
    assert {row["due_on"] for row in approved["granted"]} == {"2026-07-10"}
    nothing = call("propose", "--format", "json")
    answer = json.loads(nothing.stdout)
    assert (nothing.exit_code, answer["proposal"], answer["word"]) == (Exit.DONE, None, "nothing_to_propose")
    assert answer["head"] == approved["head"]
    again = call("approve", name, *APPROVAL, "--yes")
    assert again.exit_code == Exit.REJECTED
    assert "Traceback" not in again.output


def test_where_nobody_can_be_asked_yes_must_be_said(call: Call) -> None:
    name = proposed(call)
    refused = call("approve", name, *APPROVAL)
    assert refused.exit_code == Exit.USAGE
    assert "--yes" in refused.stderr
    assert proposed(call) == name


def test_a_yes_is_taken_where_nothing_is_asked(call: Call, tmp_path: Path) -> None:
    name = json.loads(call("propose", "--yes", "--format", "json").stdout)["proposal"]
    assert call("reject", name, "--reason", "again", "--yes").exit_code == Exit.DONE
    opening = ("ledger", "init", "worked-example", "--db", f"sqlite:///{tmp_path / 'new.sqlite'}", "--yes", "--dry-run")
    assert call(*opening).exit_code == Exit.DONE


def test_a_person_at_the_terminal_may_say_no(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    name = proposed(call)
    monkeypatch.setattr(books, "is_terminal", lambda: True)
    refused = call("approve", name, *APPROVAL)
    assert refused.exit_code == Exit.INTERRUPTED
    assert proposed(call) == name


def test_books_must_be_named(tmp_path: Path) -> None:
    for command in (["propose"], ["approve", "x", *APPROVAL], ["reject", "x", "--reason", "y"]):
        assert invoke(tmp_path, *command).exit_code == Exit.USAGE


def test_wrong_days_are_wrong_usage_and_wrong_proposals_are_rejected(call: Call) -> None:
    assert call("approve", "x", "--date", "10 April", "--document", "L-1").exit_code == Exit.USAGE
    unknown = call("approve", "0" * 12, *APPROVAL, "--yes")
    assert unknown.exit_code == Exit.REJECTED
    assert "landquota propose" in unknown.stderr


def test_a_rejected_proposal_is_closed_and_the_books_stay(call: Call) -> None:
    name = proposed(call)
    closed = call("reject", name, "--reason", "again", "--format", "json")
    assert closed.exit_code == Exit.DONE, closed.output
    assert json.loads(closed.stdout)["rejected"]["head"].startswith("21:")
    assert call("reject", name, "--reason", "again").exit_code == Exit.REJECTED
    assert proposed(call) != name


def test_a_dry_run_stores_no_proposal(call: Call) -> None:
    name = json.loads(call("propose", "--format", "json", "--dry-run").stdout)["proposal"]
    assert call("approve", name, *APPROVAL, "--yes").exit_code == Exit.REJECTED


def test_help_on_the_books_loads_no_database(tmp_path: Path) -> None:
    watch = (
        "import sys, cli\n"
        "try: cli.main()\n"
        "finally: print([m for m in ('sqlalchemy', 'numpy', 'pydantic') if m in sys.modules], file=sys.stderr)"
    )
    for arguments in (["--help"], ["ledger", "--help"], ["approve", "--help"]):
        run = subprocess.run(
            [sys.executable, "-c", watch, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode == Exit.DONE, run.stderr
        assert run.stderr.endswith("[]\n")


def test_a_refusal_for_the_database_does_not_ask_to_check_the_scenario(call: Call, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("not a database", encoding="utf-8")
    for place in ("taken", "none/books.sqlite"):
        refused = call("ledger", "init", "worked-example", "--db", str(tmp_path / place))
        assert refused.exit_code == Exit.REJECTED
        assert "landquota check" not in refused.stderr
    wrong = call("ledger", "init", "worked-example", "--db", str(tmp_path / "x"), "--set", "policy.shares.none=1")
    assert wrong.exit_code == Exit.REJECTED
    assert "landquota check" in wrong.stderr


def test_a_dry_run_shows_no_password(call: Call) -> None:
    asked = ("ledger", "init", "worked-example", "--db", "postgresql://u:c4n4ry@h/books", "--dry-run")
    for form in ("table", "json", "csv"):
        done = call(*asked, "--format", form)
        assert (done.exit_code, "c4n4ry" in done.output) == (Exit.DONE, False), done.output


def test_an_adjustment_is_due_in_its_own_year(call: Call) -> None:
    call("approve", proposed(call), *APPROVAL, "--yes")
    assert call("nightly", "--as-of", "2026-10-01", "--yes").exit_code == Exit.DONE
    name = json.loads(call("propose", "--as-of", "2026-11-05", "--format", "json").stdout)["proposal"]
    posted = call("approve", name, "--date", "2026-11-06", "--document", "L-2", "--yes", "--format", "json")
    granted = json.loads(posted.stdout)["approved"]["granted"]
    assert {(row["state"], row["due_on"]) for row in granted} == {("REGRANTED", "2026-12-31")}
    told = json.loads(call("ledger", "due", "--as-of", "2026-11-06", "--format", "json").stdout)["due"]
    days = {row["project_id"]: row["due_on"] for row in next(v for v in told.values() if isinstance(v, list))}
    assert {row["project_id"]: row["due_on"] for row in granted}.items() <= days.items()
