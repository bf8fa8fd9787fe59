"""Pages: golden texts, and what every page must let a reader recount."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from factories import answered, hostile
from golden_text import assert_golden

from allocator.explain import explain
from allocator.outcome import Allocation, Run
from allocator.report.ahead import ahead
from allocator.report.certificates import certificates
from allocator.report.folder import write_folder
from allocator.report.page import LISTED, page
from allocator.report.read_folder import Folder, read_folder
from allocator.words import Language


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    out = tmp_path_factory.mktemp("results") / "out"
    write_folder(out, *answered(), language="zh", force=False)
    return read_folder(out)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("project", ["P-01", "P-02", "P-03", "P-04", "P-06", "P-07", "P-09"])
def test_a_page_reads_as_agreed(project: str, language: Language, folder: Folder) -> None:
    text = page(project, folder, language).replace(folder.manifest["inputs_digest"], "0" * 12)
    assert_golden(f"explain_{project}_{language}.txt", text)


def test_every_project_has_a_page_in_both_languages(folder: Folder) -> None:
    for project in folder.explanations:
        for language in ("zh", "en"):
            text = page(project, folder, language)
            assert project in text
            assert "{" not in text


def test_every_shortage_on_a_page_adds_up(folder: Folder) -> None:
    proofs = folder.certificates
    assert {shortage["kind"] for shortage in proofs["shortages"].values()} == {"share", "reserve", "store", "pool"}
    for shortage in proofs["shortages"].values():
        held = sum(Fraction(proofs["accounts"][account]["balance"]) for account in shortage["accounts"])
        assert Fraction(shortage["asked"]) + Fraction(shortage["ahead"]) - held == Fraction(shortage["short"]) > 0


def test_the_projects_ahead_are_recounted_from_the_records(folder: Folder) -> None:
    for shortage in folder.certificates["shortages"].values():
        counted = ahead(shortage, folder.explanations.values(), folder.manifest)
        assert len(counted) == shortage["ahead_count"]
        assert sum(Fraction(need) for _, need in counted) == Fraction(shortage["ahead"])


def test_payments_of_projects_sum_to_the_payments_of_counties() -> None:
    allocation, run = answered()
    owed: dict[tuple[str, str, str], Fraction] = {}
    for record in explain(allocation, run):
        for due in record["payments"]:
            key = (record["county"], due["payee"], due["indicator"])
            owed[key] = owed.get(key, Fraction(0)) + Fraction(due["amount_yuan"] or 0)
    assert owed == {
        (p.payer, p.payee, p.indicator.value): Fraction(p.amount_fen or 0, 100) for p in allocation.settlement.payments
    }


def test_only_twenty_of_many_ahead_are_listed_and_the_rest_summed(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", *crowded(), language="en", force=False)
    text = page("Z", read_folder(tmp_path / "out"), "en")
    assert f"{LISTED}. position 20," in text
    assert "21. position" not in text
    assert "... and 10 more, 10 mu together" in text
    assert "check: asked 5 + ahead 30 - balances 30.8 = short 4.2 mu" in text


def crowded() -> tuple[Allocation, Run]:
    """Thirty grants before the one that does not fit a share of 30.8 mu."""
    from runs import application, run_of

    from allocator.solve import allocate

    served = [application(f"A{number:02}", "key.other", 1, rank=number) for number in range(1, 31)]
    run = run_of([*served, application("Z", "key.other", 5, rank=31)], total=110)
    return allocate(run), run


def stories(stopping: bool) -> Iterator[tuple[str, list[str]]]:
    from runs import run_of

    from allocator.solve import allocate

    _, run = answered()
    override = {"policy.ranking.fill": "stop_at_first_misfit"} if stopping else {}
    again = run_of(run.tables.applications, total=100, accounts=run.tables.accounts, trades=run.tables.trades,
                   overrides=override)  # fmt: skip
    for record in explain(allocate(again), again):
        yield record["project_id"], [turn["outcome"] for turn in record["turns"]]


def test_each_round_tells_what_happened_in_it() -> None:
    assert dict(stories(stopping=False))["P-04"] == ["misfit", "short"]
    told = dict(stories(stopping=True))
    assert told["P-10"] == ["misfit", "misfit"]
    assert told["P-07"] == ["misfit", "closed"]


def test_what_was_left_at_a_turn_agrees_with_the_shortage() -> None:
    allocation, run = answered()
    proofs = certificates(allocation, run)
    for record in explain(allocation, run):
        for reference in record["shortages"]:
            shortage = proofs["shortages"][reference]
            if shortage["indicator"] == "plan":
                turn = next(turn for turn in record["turns"] if turn["round"] == shortage["round"])
                assert Fraction(turn["asked_mu"]) - Fraction(turn["left_mu"]) == Fraction(shortage["short"])


def test_no_name_moves_the_cursor_of_the_reader(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", *hostile(), language="en", force=False)
    folder = read_folder(tmp_path / "out")
    for project in folder.explanations:
        assert all(line.isprintable() for line in page(project, folder, "zh").split("\n"))
