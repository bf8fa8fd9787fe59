"""Break points of one number: what a grid over every value finds, found without asking at every value."""

import json
from pathlib import Path

import pytest
from studies import EXAMPLE, answers, contents, stocked, study, table

from allocator.commands.conventions import Exit
from models.instance import Grants
from scenarios import shipped, study_breakpoints

TOTAL = 'path = "quota.plan_mu"\nfrom = "9300"\nto = "10300"\nstep = "20"\n'
FINE = 'path = "quota.plan_mu"\nfrom = "9529.998"\nto = "9530.002"\nstep = "0.0001"\n'
SHARE = 'path = "policy.shares.top.key"\ncomplement = "policy.shares.top.flex"\nfrom = 0.5\nto = 0.8\nstep = 0.02\n'
LEAF = (
    'path = "policy.shares.groups.key.industry"\ncomplement = "policy.shares.groups.key.other"\n'
    "from = 0.3\nto = 0.9\nstep = 0.05\n"
)
STOCK = 'path = "accounts.{}.balance"\nfrom = 0\nto = 120\nstep = 5\n'
STOCKED = 'scenario = "scenario.toml"\n'
ASKED = {
    "total": EXAMPLE + TOTAL,
    "total, as finely as it is stored": EXAMPLE + FINE,
    "share": EXAMPLE + SHARE,
    "share of a group": EXAMPLE + LEAF,
    "own store": STOCKED + STOCK.format("a.own"),
    "pool": STOCKED + STOCK.format("city"),
}
FILLS = ("skip_and_fill", "stop_at_first_misfit", "guarantee")
PAIRS = [("total", fill) for fill in FILLS] + [
    (asked, FILLS[n % 3]) for n, asked in enumerate(ASKED) if asked != "total"
]


def split(asked: str, fill: str) -> tuple[str, str]:
    """The same question as break points and as a grid over every value."""
    scenario, _, number = asked.partition("\n")
    head = f'{scenario}\n[set]\n"policy.ranking.fill" = "{fill}"\n'
    design = 'design = "{}"\n'
    return design.format("breakpoints") + head + "[breakpoints]\n" + number, (
        design.format("grid") + head + "[[factors]]\n" + number
    )


@pytest.mark.parametrize(("asked", "fill"), PAIRS)
def test_break_points_are_what_a_grid_over_every_value_finds(asked: str, fill: str, tmp_path: Path) -> None:
    stocked(tmp_path)
    walked, grid = split(ASKED[asked], fill)
    assert study(tmp_path, grid, out="grid").exit_code == Exit.DONE
    done = study(tmp_path, walked, out="walked")
    assert done.exit_code == Exit.DONE, done.stderr
    _, *dense = [answer["granted"] for answer in answers(tmp_path / "grid")]
    path = ASKED[asked].partition('path = "')[2].partition('"')[0]
    values = [row[path] for row in table(tmp_path / "grid", "cases")[1:]]
    turns = [n for n in range(1, len(values)) if dense[n] != dense[n - 1]]
    assert turns
    pieces = table(tmp_path / "walked", "pieces")
    assert [piece["from"] for piece in pieces] == [values[0], *(values[n] for n in turns)]
    assert [piece["to"] for piece in pieces] == [*(values[n - 1] for n in turns), values[-1]]
    told = {(row["at"], row["project_id"]): row for row in table(tmp_path / "walked", "breakpoints")}
    assert told.keys() == {
        (values[n], project)
        for n in turns
        for project in dense[n].keys() | dense[n - 1].keys()
        if dense[n].get(project) != dense[n - 1].get(project)
    }
    for n in turns:
        entered = {project for (at, project), row in told.items() if at == values[n] and row["change"] == "gained"}
        assert entered == dense[n].keys() - dense[n - 1].keys()


def test_some_of_these_break_points_are_where_a_larger_number_costs_somebody_the_grant(tmp_path: Path) -> None:
    study(tmp_path, split(ASKED["total"], "skip_and_fill")[0])
    assert "lost" in {row["change"] for row in table(tmp_path / "out", "breakpoints")}


def test_a_limit_is_reached_and_raised_and_nothing_is_found_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked, _ = split(ASKED["total"], "skip_and_fill")
    study(tmp_path, walked, out="whole")
    limited = study(tmp_path, walked + "limit = 3\n")
    assert "The limit of 3 pieces is reached" in limited.stdout
    assert not json.loads(contents(tmp_path / "out")["summary.json"])["complete"]
    begun: list[int] = []
    cut = study_breakpoints.cut
    monkeypatch.setattr(study_breakpoints, "cut", lambda *given: begun.append(given[2]) or cut(*given))
    study(tmp_path, walked)
    pieces = table(tmp_path / "out", "pieces")
    assert begun == [int((float(pieces[3]["from"]) - 9300) / 20)]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_a_divisible_project_gets_is_told_at_both_ends_of_a_piece(tmp_path: Path) -> None:
    example = shipped.HOME / "worked-example"
    (tmp_path / "data").mkdir()
    lines = (example / "data" / "projects.csv").read_text(encoding="utf-8").splitlines()
    divided = [lines[0] + ",min_area_mu", *(f"{line},{'1' if line.startswith('I1,') else ''}" for line in lines[1:])]
    (tmp_path / "data" / "projects.csv").write_text("\n".join(divided), encoding="utf-8")
    (tmp_path / "scenario.toml").write_bytes((example / "scenario.toml").read_bytes())
    text = 'scenario = "scenario.toml"\ndesign = "breakpoints"\n[breakpoints]\npath = "quota.plan_mu"\n'
    text += "from = 10\nto = 20\n"
    done = study(tmp_path, text)
    assert done.exit_code == Exit.DONE, done.stderr
    first, *_ = table(tmp_path / "out", "pieces")
    assert first["granted_plan_mu"] != first["granted_plan_at_to_mu"]


REFUSED = {
    'path = "policy.ranking.fill"\nfrom = 1\nto = 2\n': "not built",
    'path = "projects.I1.plan_mu"\nfrom = 1\nto = 2\n': "not built",
    'path = "accounts.none.balance"\nfrom = 1\nto = 2\n': "accounts.none.balance",
    'path = "policy.shares.top.key"\nfrom = 0.5\nto = 0.6\nstep = 0.1\n': "complement is missing",
    SHARE.replace("step = 0.02\n", ""): "step is missing",
    SHARE.replace("0.8", "0.85"): "below zero",
    'path = "quota.plan_mu"\nfrom = "0.00001"\nto = 2\n': "0.0001 mu",
    'path = "quota.plan_mu"\nfrom = 1\nto = 2\nlimit = 0\n': "1000",
}


@pytest.mark.parametrize("asked", REFUSED)
def test_break_points_that_are_not_built_are_refused(asked: str, tmp_path: Path) -> None:
    refused = study(tmp_path, EXAMPLE + 'design = "breakpoints"\n[breakpoints]\n' + asked)
    assert refused.exit_code == Exit.REJECTED
    assert REFUSED[asked] in refused.stderr


def test_a_mode_that_an_integer_program_decides_is_refused_by_its_name(tmp_path: Path) -> None:
    walked, _ = split(ASKED["total"], "max_weight")
    refused = study(tmp_path, walked)
    assert refused.exit_code == Exit.REJECTED
    assert "max_weight" in refused.stderr


def test_a_walk_that_does_not_agree_with_the_plain_one_is_our_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(instance: object, *_: object) -> Grants:
        zero = instance.plan * 0  # type: ignore[attr-defined]
        return Grants(round=zero, plan=zero)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("models.pieces.walk", nothing)
    assert study(tmp_path, split(ASKED["total"], "skip_and_fill")[0]).exit_code == Exit.OUR_BUG


def test_pins_which_would_move_along_are_refused_by_their_name(tmp_path: Path) -> None:
    scenario = stocked(tmp_path)
    (tmp_path / "data" / "pins.csv").write_text("project_id,pin,reason,document\nA1,grant,key,minutes\n")
    refused = study(tmp_path, scenario + 'design = "breakpoints"\n[breakpoints]\n' + TOTAL)
    assert refused.exit_code == Exit.REJECTED
    assert "with pins, more than quota.plan_mu" in refused.stderr
