"""The page on policies says what is: its example is checked and solved, its keys are those of the model."""

import re
from pathlib import Path

import pytest
import readme

from allocator.policy import Policy
from allocator.policy_files import load

PAGE = (readme.ROOT / "docs" / "policies.md").read_text(encoding="utf-8")


def example(folder: Path) -> Path:
    file = folder / "my-city.toml"
    file.write_text(readme.example(PAGE), encoding="utf-8")
    return file


def documented(heading: str) -> set[str]:
    table = PAGE.partition(f"| key | {heading} |")[2].partition("\n\n")[0]
    return {
        key
        for cell in re.findall(r"^\| (`[^|]*) \|", table, flags=re.MULTILINE)
        for key in cell.strip("`").split("`, `")
    }


@pytest.mark.long
def test_the_commands_of_the_page_run_in_their_order(tmp_path: Path) -> None:
    example(tmp_path)
    answers = []
    for line in readme.shell_lines(PAGE):
        run = readme.run(*line.split()[1:], folder=tmp_path, language="en")
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"
        answers.append(run.stdout)
    checked, solved = answers
    assert "policy.gates.LATE.parameters.closes: the policy it extends says 10-30; here it is 11-15" in checked
    assert "leaves out of the policy it extends: prefecture_designated" in checked
    assert "My city" in solved


def test_the_example_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    changed, parent = load(str(example(tmp_path))).policy, load("prefecture").policy
    assert [gate.reason for gate in changed.gates] == [gate.reason for gate in parent.gates]
    assert {row.tag for row in parent.access} ^ {row.tag for row in changed.access} == {
        "prefecture_designated",
        "city_park",
    }
    differing = {name for name, value in changed if value != getattr(parent, name)}
    assert differing == {"extends", "without", "name", "title", "rules", "shares", "gates", "access"}


def test_the_keys_of_the_page_are_those_of_the_model() -> None:
    fields = Policy.model_fields.items()
    assert documented("says") == {name for name, field in fields if field.is_required()}
    assert documented("says; left out, the rule is off") == {name for name, field in fields if not field.is_required()}
