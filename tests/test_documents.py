"""The documents say what is: shown commands run, documented options exist, links lead somewhere."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import readme
import rich_click as click
from paces import mostly_long

from scenarios.commands import street

ROOT = readme.ROOT
PAGES = sorted(
    path.relative_to(ROOT)
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md"))
)
READMES = {name: (ROOT / name).read_text(encoding="utf-8") for name in readme.PICTURES}


def read(name: str | Path) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_holds_the_two_commands() -> None:
    lines = readme.shell_lines(READMES["README.md"])
    assert lines[:2] == [
        "pip install uv && uv run landquota solve scenarios/shipped/prefecture-2026 -o out",
        "uv run pytest",
    ]


def test_the_twins_show_the_same_commands() -> None:
    assert readme.shell_lines(READMES["README.md"]) == readme.shell_lines(READMES["README.zh-CN.md"])


@pytest.mark.long
def test_the_shown_commands_run_in_their_order_in_one_folder(tmp_path: Path) -> None:
    """Those of the README, its picture's too, and of the pages; one that is shown twice is run once.

    The year of the books has a test of its own, in test_nightly_page; `landquota ledger init` alone names a command.
    """
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (tmp_path / "my-city.toml").write_text(readme.example(read("docs/policies.md")), encoding="utf-8")
    pages = ["README.md", *sorted(path for path in PAGES if path.parent == Path("docs") and path.stem != "nightly")]
    lines = dict.fromkeys(line for page in pages for line in readme.shown_commands(read(page)))
    shown = [line for line in lines if not re.fullmatch(r"landquota ledger \w+", line)]
    assert {line.split()[1] for line in shown} >= {"init", "check", "solve", "explain", "policy"}
    for line in shown:
        run = readme.run(*line.split()[1:], folder=tmp_path, language="en")
        assert run.returncode == 0, f"{line}\n{run.stdout}{run.stderr}"


def test_the_twins_show_the_same_commands_in_their_pictures_too() -> None:
    english, chinese = (readme.shown_commands(text) for text in READMES.values())
    assert english == chinese


@pytest.mark.parametrize(("name", "language"), mostly_long(readme.PICTURES.items(), every=2))
def test_the_picture_is_what_the_commands_print(name: str, language: str) -> None:
    assert readme.picture(READMES[name]) == readme.draw(language), "draw it again: python tests/readme.py"


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command under `name`, with its full name; the houses of the street are entered."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            inner = street.load(part) if command is street.street else command.get_command(context, part)
            assert inner
            yield from commands(inner, f"{name} {part}")


def built_options() -> dict[str, set[str]]:
    return {
        name: {flag for option in command.params if isinstance(option, click.Option) for flag in option.opts}
        for name, command in commands(street.street, "landquota")
        if name == "landquota" or not isinstance(command, click.Group)
    }


def documented_options() -> dict[str, set[str]]:
    sections = re.split(r"^## ", read("docs/commands.md"), flags=re.MULTILINE)[1:]
    tables = {section.partition("\n")[0]: section for section in sections if section.startswith("landquota")}
    return {
        name: {
            flag
            for cell in re.findall(r"^\| (`-[^|]*) \|", text, flags=re.MULTILINE)
            for flag in re.findall(r"`(-[^`]+)`", cell)
        }
        - {"--help", "-h"}
        for name, text in tables.items()
    }


def test_every_option_is_documented_and_every_documented_option_exists() -> None:
    assert documented_options() == {name: flags - {"--help", "-h"} for name, flags in built_options().items()}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", read(page)):
        path, _, heading = target.partition("#")
        found = ROOT / page.parent / path
        assert found.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, target


def test_every_decision_is_dated_and_in_the_list_by_its_title() -> None:
    pages = {path for path in (ROOT / "docs" / "decisions").glob("*.md") if path.name != "README.md"}
    listed = re.findall(
        r"^\| (\d{4}-\d\d-\d\d) \| \[(.+)\]\((.+)\) \|$", read("docs/decisions/README.md"), flags=re.MULTILINE
    )
    titles = {(p.name[:10], p.read_text(encoding="utf-8").splitlines()[0].removeprefix("# "), p.name) for p in pages}
    assert set(listed) == titles


def test_every_reason_code_stands_in_the_rules_page() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/rules.md"), flags=re.MULTILINE))
    worded = set(tomllib.loads(read("allocator/words/explain.toml"))["reasons"])
    wordings = {"GRANTED_WITHOUT_PLAN", "GRANTED_FROM_SEVERAL", "STORE_KEPT", "KEPT_FOR_SHARES"}  # of other codes
    wordings |= {"PLAN_MISFIT_WITHOUT_TURN", "REDUCED_WITHOUT_TURN"}
    gates = {gate["reason"] for gate in tomllib.loads(read("allocator/policies/qingyuan.toml"))["gates"]}
    assert listed == worded - wordings | gates


def test_the_shares_of_the_rules_page_are_those_of_the_policy() -> None:
    shares = tomllib.loads(read("allocator/policies/qingyuan.toml"))["shares"]["top"]
    page = read("docs/rules.md")
    for name, row in {"key": "key projects", "general": "general projects", "flex": "flexible reserve"}.items():
        assert f"| {row} | {round(100 * float(shares[name]))} % |" in page


def test_the_virtues_of_a_message_are_five() -> None:
    section = read("CONTRIBUTING.md").partition("five virtues")[2].partition("\n## ")[0]
    assert re.findall(r"^\d\. \*\*(.+?)\*\*", section, flags=re.MULTILINE) == [
        "where", "what", "why", "what to do", "all at once",
    ]  # fmt: skip


def test_the_lock_holds_no_address() -> None:
    assert "://" not in read("requirements.lock")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_repository_speaks_of_the_project_alone() -> None:
    machine = ("/" + "work/", "/" + "home/", "/" + "root/", "/" + "tmp/")
    foreign = re.compile("|".join([*map(re.escape, machine), "shared" + "/", r"pypi\." + "org", r"00\d_[0-9a-f]{8,}"]))
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a workbook
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in foreign.finditer(text)]
    assert not found
