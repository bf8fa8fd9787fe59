"""One policy file over another: what is merged, what is added, what is left out, and what is told of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from allocator.commands.policy import command
from allocator.messages import describe
from allocator.policy_files import Loaded, load
from allocator.problems import InputRejected, Severity

PARENT = load("prefecture").policy
LATE = "[[gates]]\nreason = 'LATE'\nparameters = { closes = '11-15' }\n"


def ours(folder: Path, text: str, head: str = "extends = 'prefecture'\nname = 'ours'\n") -> Loaded:
    (folder / "ours.toml").write_text(head + text, encoding="utf-8")
    return load("ours.toml", base=folder)


def told(loaded: Loaded) -> set[str]:
    assert {note.severity for note in loaded.differences} <= {Severity.NOTE}
    assert {note.place.file for note in loaded.differences} <= {"ours.toml"}
    return {f"{note.code} {note.place.cell} {note.value}" for note in loaded.differences}


def test_a_row_of_a_known_name_changes_that_row_alone_in_its_place(tmp_path: Path) -> None:
    loaded = ours(tmp_path, LATE)
    assert [gate.reason for gate in loaded.policy.gates] == [gate.reason for gate in PARENT.gates]
    late, before = ({g.reason: g for g in policy.gates}["LATE"] for policy in (loaded.policy, PARENT))
    assert late.parameters == {"opens": "10-01", "closes": "11-15", "years_before": 1}
    assert late.model_copy(update={"parameters": before.parameters}) == before
    assert told(loaded) == {"POLICY_CHANGES policy.gates.LATE.parameters.closes 11-15"}
    assert "says 10-30; here it is 11-15" in describe(loaded.differences[0], "en")


def test_a_row_of_a_new_name_comes_last(tmp_path: Path) -> None:
    loaded = ours(tmp_path, "[[access]]\ntag = 'ours'\ncite = 'QN-11.4'\n")
    assert [row.tag for row in loaded.policy.access] == [*(row.tag for row in PARENT.access), "ours"]
    assert told(loaded) == {"POLICY_ADDS policy.access ours"}


def test_rules_add_up(tmp_path: Path) -> None:
    loaded = ours(tmp_path, "rules = ['QY-2.1', '0.3']\n")
    assert loaded.policy.rules == (*PARENT.rules, "0.3")
    assert told(loaded) == {"POLICY_ADDS policy.rules 0.3"}


def test_a_tier_is_known_by_its_name_and_its_indicators(tmp_path: Path) -> None:
    row = "[[tiers]]\nname = 'prefecture'\nindicators = ['boundary']\nprice = 'platform_mean'\n"
    changed = ours(tmp_path, row).policy.tiers
    assert [tier.price for tier in changed if tier.name == "prefecture"] == ["platform_mean", "platform_mean"]
    assert len(changed) == len(PARENT.tiers)


@pytest.mark.parametrize("name", ["sectors", "gates", "access", "tiers"])
def test_without_an_array_its_rows_are_gone(name: str, tmp_path: Path) -> None:
    more = "" if name != "sectors" else ", 'shares.industry_map', 'ranking.priority_sectors'"
    loaded = ours(tmp_path, f"without = ['{name}'{more}]\n")
    assert getattr(loaded.policy, name) == ()
    assert f"POLICY_LEAVES_OUT policy {name}" in {told.partition(",")[0] for told in told(loaded)}


def test_what_is_left_out_may_be_stated_anew_and_then_comes_last(tmp_path: Path) -> None:
    head = "without = ['gates.LATE', 'tiers.own_store(boundary)', 'price', 'tiers.prefecture(area,paddy,capacity)', "
    head += "'tiers.other_pooled(area,paddy,capacity)', 'tiers.own_pooled(area,paddy,capacity)', "
    new = "'shares.industry_map.energy']\n[shares.industry_map]\n"
    gate = "[[gates]]\nreason = 'LATE'\noutcome = 'returned'\npredicate = 'is_listed'\ncite = 'QY-6.4'\n"
    loaded = ours(tmp_path, f"{head}{new}energy = 'industry'\n{gate}parameters = {{ lists = ['late'] }}\n")
    assert loaded.policy.gates[-1].parameters == {"lists": ["late"]}
    assert len(loaded.policy.gates) == len(PARENT.gates)
    assert next(tier.name for tier in loaded.policy.tiers if "boundary" in tier.indicators) == "own_pooled"
    assert loaded.policy.price is None
    assert list(loaded.policy.shares.industry_map)[-1] == "energy"


def test_what_a_parent_leaves_out_stays_out_and_its_child_leaves_out_its_own(tmp_path: Path) -> None:
    (tmp_path / "middle.toml").write_text("extends = 'prefecture'\nname = 'middle'\nwithout = ['gates.LATE']\n")
    loaded = ours(tmp_path, "without = ['gates.UPPER_QUOTA']\n", "extends = 'middle.toml'\nname = 'ours'\n")
    gone = {gate.reason for gate in PARENT.gates} - {gate.reason for gate in loaded.policy.gates}
    assert gone == {"LATE", "UPPER_QUOTA"}
    assert told(loaded) == {"POLICY_LEAVES_OUT policy.gates UPPER_QUOTA"}


def test_a_slip_in_a_row_is_told_of_the_file_that_wrote_it(tmp_path: Path) -> None:
    (tmp_path / "middle.toml").write_text("extends = 'prefecture'\nname = 'middle'\n[[gates]]\nreason='LATE'\nhue=1\n")
    with pytest.raises(InputRejected) as rejected:
        ours(tmp_path, "[[gates]]\nreason = 'UPPER_QUOTA'\ncolor = 1\n", "extends = 'middle.toml'\nname = 'ours'\n")
    assert {(p.place.file, p.place.cell) for p in rejected.value.problems} == {
        ("middle.toml", "policy.gates.LATE.hue"),
        ("ours.toml", "policy.gates.UPPER_QUOTA.color"),
    }


def test_what_leads_nowhere_is_told_together_with_slips_of_shape(tmp_path: Path) -> None:
    with pytest.raises(InputRejected) as rejected:
        ours(tmp_path, "without = ['gates.NONE']\n[ranking]\nfil = 1\n")
    assert {problem.code for problem in rejected.value.problems} == {"WITHOUT_NOTHING", "UNKNOWN_KEY"}


def test_a_policy_that_changes_nothing_differs_in_nothing(tmp_path: Path) -> None:
    assert ours(tmp_path, "").differences == load("qingyuan").differences == ()


def test_check_tells_the_differences_and_that_the_policy_can_be_used(tmp_path: Path) -> None:
    ours(tmp_path, LATE)
    found = CliRunner().invoke(command, ["check", str(tmp_path / "ours.toml"), "--lang", "en"])
    assert found.exit_code == 0
    assert "policy.gates.LATE.parameters.closes: the policy it extends says 10-30; here it is 11-15" in found.stdout
    assert "Rules: 60; gates: 7; tiers: 8." in found.stderr
