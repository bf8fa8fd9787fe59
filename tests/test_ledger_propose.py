"""Proposals on the books of a scenario: what they are made from, what stands against approving them."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from years import book_of, opened

from allocator import policy_files
from allocator.ledger import journal, life
from allocator.ledger.database import connect
from allocator.ledger.entry import EntryKind
from allocator.problems import InputRejected, Severity
from allocator.solve import allocate
from scenarios import proposing
from scenarios.kept import ask, kept_run
from scenarios.opening import open_books
from scenarios.proposing import propose
from scenarios.question import read_run
from scenarios.shipped import HOME

APPROVAL = date(2026, 4, 10)


@dataclass(frozen=True)
class Year:
    folder: Path
    url: str

    def approve(self, proposal: str, on: date = APPROVAL, document: str = "L-1") -> None:
        with connect(self.url) as database:
            proposing.approve(database, proposal, on=on, document=document, actor="clerk", dry_run=False)

    def change(self, before: str, after: str, file: str = "scenario.toml") -> None:
        path = self.folder / file
        content = path.read_text(encoding="utf-8")
        assert before in content
        path.write_text(content.replace(before, after), encoding="utf-8")

    def plan(self) -> str:
        proposal = propose(None, (), self.url).proposal
        assert proposal
        self.approve(proposal.id)
        return proposal.id


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example beside its books, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    shutil.copytree(HOME / "worked-example", folder / "year")
    open_books(str(folder / "year"), (), f"sqlite:///{folder / 'books.sqlite'}", as_of=None, actor="clerk")
    return folder


@pytest.fixture
def year(template: Path, tmp_path: Path) -> Year:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return Year(tmp_path / "year", f"sqlite:///{tmp_path / 'books.sqlite'}")


def codes(refused: pytest.ExceptionInfo[InputRejected]) -> list[str]:
    return [problem.code for problem in refused.value.problems if problem.severity is Severity.ERROR]


def test_a_proposal_takes_no_quota_and_the_same_question_is_the_same_proposal(year: Year) -> None:
    first, again = (propose(None, (), year.url) for _ in range(2))
    assert first.proposal
    assert again.proposal
    assert first.proposal.id == again.proposal.id
    with connect(year.url) as database:
        assert book_of(database) == first.book
        with database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM proposals")).scalar() == 1
    assert first.considered.allocation.decided == allocate(read_run("worked-example", [])[0]).decided


def test_the_scenario_is_read_from_the_books_when_its_folder_is_gone(year: Year) -> None:
    before = propose(None, (), year.url, dry_run=True)
    shutil.rmtree(year.folder)
    assert propose(None, (), year.url, dry_run=True).proposal == before.proposal


def test_equal_scenarios_open_equal_books_wherever_they_lie(year: Year, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere" / "year"
    shutil.copytree(year.folder, folder)
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    open_books(str(folder), (), other, as_of=None, actor="clerk")
    with connect(year.url) as one, connect(other) as two:
        assert book_of(one).head == book_of(two).head


def test_a_kept_scenario_asks_on_another_day_what_it_would_have_asked_then(year: Year) -> None:
    with connect(year.url) as database, database.reading() as connection:
        digest = journal.facts(connection)["inputs"]
        kept = kept_run(connection, digest, APPROVAL, ["policy.ranking.fill=stop_at_first_misfit"])
    straight = ask(str(year.folder), ["policy.ranking.fill=stop_at_first_misfit"], APPROVAL)
    assert kept.run.policy == straight.run.policy
    assert kept.run.tables.applications == straight.run.tables.applications
    assert (kept.run.as_of, kept.run.plan_submitted) == (APPROVAL, read_run("worked-example", [])[0].as_of)
    assert (kept.run.overrides, kept.run.policy_files) == (straight.run.overrides, straight.run.policy_files)


def test_a_policy_of_ones_own_is_kept_with_the_files_it_extends(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "year"
    shutil.copytree(HOME / "worked-example", folder)
    above, below = tmp_path / "base.toml", tmp_path / "a" / "city.toml"
    title = '{ zh = "甲", en = "A" }'
    above.write_text(f'extends = "qingyuan"\nname = "base"\ntitle = {title}\n', encoding="utf-8")
    below.write_text(f'extends = "../base.toml"\nname = "city"\ntitle = {title}\n', encoding="utf-8")
    url = f"sqlite:///{tmp_path / 'books.sqlite'}"
    open_books(str(folder), [f"policy={below}"], url, as_of=None, actor="clerk")
    above.unlink()
    below.unlink()
    proposed = propose(None, (), url)
    assert proposed.considered.run.policy.name == "city"
    assert [source.name for source in proposed.considered.run.policy_files][1:] == [
        "../base.toml",
        "policies/qingyuan.toml",
    ]


def test_a_scenario_that_would_not_solve_opens_no_books(year: Year, tmp_path: Path) -> None:
    year.change("I1,", "I2,", "data/projects.csv")
    file = tmp_path / "none.sqlite"
    with pytest.raises(InputRejected):
        open_books(str(year.folder), (), f"sqlite:///{file}", as_of=None, actor="clerk")
    assert not file.exists()
    with pytest.raises(InputRejected) as refused:
        open_books("worked-example", (), year.url, as_of=None, actor="clerk")
    assert codes(refused) == ["LEDGER_EXISTS"]


def test_a_proposal_on_an_older_head_is_refused_and_nothing_is_posted(year: Year) -> None:
    old = propose(None, (), year.url).proposal
    other = propose(None, ["policy.ranking.fill=stop_at_first_misfit"], year.url).proposal
    assert old
    assert other
    assert old.id != other.id
    year.approve(other.id)
    with connect(year.url) as database:
        before = book_of(database)
    with pytest.raises(InputRejected) as refused:
        year.approve(old.id, date(2026, 4, 11))
    assert codes(refused) == ["STALE_PROPOSAL"]
    with connect(year.url) as database:
        assert book_of(database) == before


@pytest.mark.parametrize(
    ("on", "document", "found"),
    [
        (date(2026, 1, 14), "L-1", "APPROVAL_TOO_EARLY"),
        (date(2027, 1, 4), "L-1", "APPROVAL_OUTSIDE_YEAR"),
        (APPROVAL, "  ", "APPROVAL_WITHOUT_DOCUMENT"),
    ],
)
def test_an_approval_has_a_day_in_the_year_and_a_document(year: Year, on: date, document: str, found: str) -> None:
    proposal = propose(None, (), year.url).proposal
    assert proposal
    with pytest.raises(InputRejected) as refused:
        year.approve(proposal.id, on, document)
    assert codes(refused) == [found]


def test_unknown_and_decided_proposals_are_refused_and_one_that_was_rejected_gets_another_id(year: Year) -> None:
    with pytest.raises(InputRejected) as refused:
        year.approve("0" * 12)
    assert codes(refused) == ["PROPOSAL_UNKNOWN"]
    first = propose(None, (), year.url).proposal
    assert first
    with connect(year.url) as database:
        proposing.reject(database, first.id, on=None, reason="again", actor="clerk", dry_run=False)
    with pytest.raises(InputRejected) as refused:
        year.approve(first.id)
    assert codes(refused) == ["PROPOSAL_REJECTED"]
    second = propose(None, (), year.url).proposal
    assert second
    assert second.id != first.id
    year.approve(second.id)
    with pytest.raises(InputRejected) as refused:
        year.approve(second.id)
    assert codes(refused) == ["PROPOSAL_APPROVED"]


def test_a_proposal_that_was_changed_in_the_database_is_not_approved(year: Year) -> None:
    proposal = propose(None, (), year.url).proposal
    assert proposal
    with connect(year.url) as database, database.writing() as connection:
        guards = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'proposals'")
        )
        for (guard,) in guards.fetchall():
            connection.execute(text(f'DROP TRIGGER "{guard}"'))
        connection.execute(text("UPDATE proposals SET content = replace(content, '\"I1\"', '\"I4\"')"))
    with pytest.raises(InputRejected) as refused:
        year.approve(proposal.id)
    assert codes(refused) == ["PROPOSAL_CHANGED"]


def test_a_new_project_competes_with_those_that_wait_and_its_files_are_in_force_once_approved(year: Year) -> None:
    year.plan()
    with connect(year.url) as database:
        before = book_of(database)
    projects = year.folder / "data" / "projects.csv"
    lines = projects.read_text(encoding="utf-8").splitlines()
    head = lines[0].split(",")
    row = dict(zip(head, next(line for line in lines if line.startswith("B3,")).split(","), strict=True))
    added = row | {"project_id": "N1", "plan_mu": "200"} | ({"rank": "9"} if "rank" in row else {})
    added |= {"overall_rank": "16"} if "overall_rank" in row else {}
    projects.write_text("\n".join([*lines, ",".join(added[name] for name in head)]) + "\n", encoding="utf-8")
    proposed = propose(str(year.folder), (), year.url)
    assert {d.project_id for d in proposed.considered.allocation.decided if d.parts} == {"N1"}
    assert proposed.proposal
    assert proposed.proposal.kind == "replacement"
    year.approve(proposed.proposal.id, date(2026, 5, 6))
    with connect(year.url) as database:
        after = book_of(database)
    assert after.state("N1") == "GRANTED"
    assert after.inputs == proposed.proposal.inputs != before.inputs
    assert propose(None, (), year.url).proposal is None


def test_a_scenario_of_other_books_is_refused_with_everything_that_differs(year: Year) -> None:
    year.change("2026", "2025")
    projects = year.folder / "data" / "projects.csv"
    lines = projects.read_text(encoding="utf-8").splitlines()
    last = next(line for line in lines if line.startswith("B3,"))
    projects.write_text("\n".join(line for line in lines if line != last) + "\n", encoding="utf-8")
    with pytest.raises(InputRejected) as refused:
        propose(str(year.folder), (), year.url, as_of=APPROVAL)
    assert set(codes(refused)) == {"ANOTHER_YEAR", "PROJECT_MISSING"}


def test_another_total_is_a_warning_and_the_books_decide(year: Year) -> None:
    proposed = propose(None, ["quota.plan_mu=20000"], year.url)
    assert [problem.code for problem in proposed.of_books] == ["TOTAL_OF_BOOKS"]
    assert proposed.considered.run.total == 10_000 * 10_000


def test_a_day_before_the_last_entry_is_refused(year: Year) -> None:
    year.plan()
    with pytest.raises(InputRejected) as refused:
        propose(None, (), year.url, as_of=date(2026, 4, 9))
    assert codes(refused) == ["AS_OF_BEFORE_BOOKS"]


def test_a_shipped_policy_that_is_no_longer_the_kept_one_is_named_and_comes_into_force_by_approval(
    year: Year, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    year.plan()
    folder = tmp_path / "policies"
    folder.mkdir()
    for file in Path(str(policy_files.FOLDER)).glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes() + b"\n# changed\n")
    monkeypatch.setattr(policy_files, "FOLDER", folder)
    with pytest.raises(InputRejected) as refused:
        propose(None, (), year.url)
    assert codes(refused) == ["POLICY_CHANGED"]
    proposal = propose(str(year.folder), (), year.url).proposal
    assert proposal
    assert [entry.kind for entry in proposal.entries] == [EntryKind.RERANKED]
    year.approve(proposal.id, date(2026, 5, 6))
    assert propose(None, (), year.url).proposal is None


def test_accounts_are_those_of_the_books_and_their_balances_too(tmp_path: Path) -> None:
    run, _ = read_run("prefecture-2026", [])
    first, second, third, *rest = run.tables.accounts
    changed = (
        replace(first, account_id="NEW"),
        replace(second, county="9999"),
        replace(third, balance=third.balance + 1),
        *rest,
    )
    other = replace(run, tables=replace(run.tables, accounts=changed))
    with opened(f"sqlite:///{tmp_path / 'books.sqlite'}", run) as database:
        book = book_of(database)
        with database.reading() as connection:
            brought = proposing.opening_balances(connection)
    assert [(p.code, p.value) for p in proposing.misfits(other, book)] == [
        ("ACCOUNT_NOT_IN_BOOKS", "NEW"),
        ("ACCOUNT_DIFFERS", second.account_id),
        ("ACCOUNT_MISSING", first.account_id),
    ]
    told = [p for p in proposing.differences(other, brought, book) if p.value != "NEW"]
    assert [(p.code, p.value, p.severity) for p in told] == [("BALANCE_OF_BOOKS", third.account_id, Severity.WARNING)]


def rewritten(year: Year, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """The rows of the scenario's projects, each changed."""
    file = year.folder / "data" / "projects.csv"
    head, *lines = (line.split(",") for line in file.read_text(encoding="utf-8").splitlines())
    rows = [change(dict(zip(head, line, strict=True))) for line in lines]
    text = "".join(",".join(row) + "\n" for row in (head, *(row.values() for row in rows)))
    file.write_text(text, encoding="utf-8")


def test_a_change_to_a_project_that_does_not_compete_is_told_with_both_values(year: Year) -> None:
    year.plan()
    rewritten(year, lambda row: row | ({"plan_mu": "2000"} if row["project_id"] == "I1" else {}))
    (told,) = propose(str(year.folder), (), year.url).of_books
    assert (told.code, told.value, told.severity) == ("CHANGE_WITHOUT_EFFECT", "I1", Severity.WARNING)
    assert "plan_mu" in told.facts["column"]
    assert (told.facts["new"], told.facts["state"]) == ("2000", life.titled("GRANTED"))
    assert told.facts["old"] not in ("-", "2000")
