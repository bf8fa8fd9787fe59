"""The refusal that docs/proofs.md works out by hand is the one in the certificates, and its sums are right."""

import json
import re
from pathlib import Path

import readme
from click.testing import CliRunner

from scenarios.commands import street

PAGE = (readme.ROOT / "docs" / "proofs.md").read_text(encoding="utf-8")


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_refusal_by_hand_is_the_one_in_the_certificates(tmp_path: Path) -> None:
    solved = CliRunner().invoke(street.street, ["solve", "worked-example", "-o", str(tmp_path / "out")])
    assert solved.exit_code == 0, solved.stderr
    proofs = json.loads((tmp_path / "out" / "certificates.json").read_text(encoding="utf-8"))
    recorded = [
        (s["asked"], s["ahead"], proofs["accounts"][s["accounts"][0]]["balance"], s["short"])
        for s in proofs["shortages"].values()
        if s["project_id"] == "B3"
    ]
    by_hand = re.findall(r"asked (\S+) \+ granted ahead \(.* = (\S+)\) - balance (\S+) = (\S+) mu short", PAGE)
    assert [[str(number(cell)) for cell in row] for row in by_hand] == [list(row) for row in recorded]
    assert len(by_hand) == 2


def test_every_sum_on_the_page_adds_up() -> None:
    sums = re.findall(r"((?:[\d,]+ \+ )+[\d,]+) = ([\d,]+)", PAGE)
    assert len(sums) >= 6
    for terms, total in sums:
        assert sum(number(term) for term in terms.split(" + ")) == number(total), terms
    for asked, ahead, balance, short in re.findall(r"asked (\S+) \+ .* = (\S+)\) - balance (\S+) = (\S+) mu", PAGE):
        assert number(asked) + number(ahead) - number(balance) == number(short)


def test_the_table_of_shares_closes() -> None:
    rows = re.findall(
        r"^\| (?:key|general|together).*? \| ([\d,]+) \| (?:.* = )?([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE
    )
    figures = [[number(cell) for cell in row] for row in rows]
    assert len(figures) == 6
    assert all(budget - granted == released for budget, granted, released in figures)
    assert [sum(column) for column in zip(*figures[:-1], strict=True)] == figures[-1]
