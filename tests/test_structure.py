"""The house holds: who may import whom, how long a file is, what stays light, which words exist."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from allocator.words import texts

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("models", "allocator", "scenarios", "cli")  # each may import itself and those before it
CODE = sorted(
    path.relative_to(ROOT) for layer in LAYERS for path in (*ROOT.glob(f"{layer}.py"), *(ROOT / layer).rglob("*.py"))
)
SOURCES = sorted(
    [*CODE, *(path.relative_to(ROOT) for top in ("tests", "benchmarks") for path in (ROOT / top).rglob("*.py"))]
)
WORDS = sorted((ROOT / "allocator" / "words").rglob("*.toml"))
SOLVERS = {"ortools", "pulp", "highspy"}
HEAVY = SOLVERS | {"pandas", "openpyxl", "numpy", "pydantic", "xlsxwriter"}


def read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(read(path))


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(parsed(path)))


def imports(path: Path) -> Iterator[str]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports by a relative name"
            yield node.module or ""


def modules_after(statement: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after `statement`."""
    program = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in json.loads(run.stdout.splitlines()[-1])}


@pytest.mark.parametrize("path", CODE, ids=str)
def test_imports_run_one_way(path: Path) -> None:
    own = LAYERS.index(path.parts[0].removesuffix(".py"))
    upwards = [name for name in imports(path) if name.partition(".")[0] in LAYERS[own + 1 :]]
    assert not upwards
    assert path == Path("cli.py") or "cli" not in imports(path)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_has_at_most_400_lines(path: Path) -> None:
    assert len(read(path).splitlines()) <= 400


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name == "__init__.py"], ids=str)
def test_a_package_holds_a_docstring_and_nothing_else(path: Path) -> None:
    body = parsed(path).body
    assert len(body) == 1
    assert ast.get_docstring(parsed(path))


@pytest.mark.parametrize("path", CODE, ids=str)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(parsed(path))


def test_verifying_loads_neither_a_solver_nor_the_models() -> None:
    assert not modules_after("import allocator.verify") & (SOLVERS | {"models", "pandas"})


def modules_after_command(*arguments: str, **surroundings: str) -> set[str]:
    """The top-level modules that `landquota` holds when it ends."""
    started = f"import os, sys\nsys.argv = {['landquota', *arguments]!r}\nos.environ.update({surroundings!r})"
    return modules_after(f"{started}\nimport cli\ntry:\n    cli.main()\nexcept SystemExit:\n    pass")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(argument: str) -> None:
    assert not modules_after_command(argument) & HEAVY


def test_completing_a_command_name_loads_nothing_heavy() -> None:
    line = {"_LANDQUOTA_COMPLETE": "bash_complete", "COMP_WORDS": "landquota s", "COMP_CWORD": "1"}
    assert not modules_after_command(**line) & HEAVY


def test_solving_with_the_exact_engine_loads_neither_a_solver_nor_pandas() -> None:
    assert not modules_after_command("solve", "worked-example", "--quiet") & (SOLVERS | {"pandas"})


def test_solving_with_the_program_loads_its_solver() -> None:
    assert "ortools" in modules_after_command("solve", "worked-example", "--quiet", "--engine", "mip")


def test_only_engines_import_solvers() -> None:
    users = {str(path) for path in CODE for name in imports(path) if name.partition(".")[0] in SOLVERS}
    assert users <= {"models/cp_sat.py", "models/second_pulp.py"}


def test_the_four_names_are_ours_wherever_python_starts(tmp_path: Path) -> None:
    program = (
        "import allocator, cli, models, scenarios\nfor m in (allocator, cli, models, scenarios): print(m.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        encoding="utf-8",
    )
    expected = [
        ROOT / "allocator/__init__.py",
        ROOT / "cli.py",
        ROOT / "models/__init__.py",
        ROOT / "scenarios/__init__.py",
    ]
    assert [Path(line) for line in run.stdout.splitlines()] == expected


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_is_left_for_later(path: Path) -> None:
    marks = ("TO" + "DO", "FIX" + "ME", "X" + "XX", "raise NotImplemented" + "Error")
    assert not [mark for mark in marks if mark in read(path)]


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "tests"], ids=str)
def test_no_test_is_skipped_or_expected_to_fail(path: Path) -> None:
    called = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
    assert not called & {"skip", "skipif", "xfail", "importorskip"}


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[0] in ("models", "allocator")], ids=str)
def test_no_float_decides(path: Path) -> None:
    assert not [n.lineno for n in nodes(path) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "float"]
    likeness = [n.value for n in nodes(path) if isinstance(n, ast.keyword) and n.arg == "cutoff"]  # of a misspelt name
    constants = [n for n in nodes(path) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    assert not [n.lineno for n in constants if n not in likeness]


def jurisdictions() -> set[str]:
    shipped = {path.stem for path in (ROOT / "allocator" / "policies").glob("*.toml")} - {"rules", "settings"}
    return shipped - {"prefecture"} | {"qiannan", "清远", "黔南"}  # a prefecture is also a holder of accounts


@pytest.mark.parametrize("path", [path for path in CODE if path.parts[0] in ("models", "allocator")], ids=str)
def test_no_code_of_the_domain_names_a_jurisdiction(path: Path) -> None:
    texts = [n.value for n in nodes(path) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    docstrings = {ast.get_docstring(n, clean=False) for n in nodes(path) if isinstance(n, DOCUMENTED)}
    assert not [text for text in texts if text not in docstrings for name in jurisdictions() if name in text]


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def texts_in(node: object, at: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of a word file: its dotted path and its languages."""
    if isinstance(node, dict):
        if node and all(isinstance(value, str) for value in node.values()):
            yield at, node
        else:
            for key, value in node.items():
                yield from texts_in(value, f"{at}.{key}")


def braces(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.name)
def test_every_text_has_both_languages_with_the_same_braces(path: Path) -> None:
    for at, text in texts_in(tomllib.loads(path.read_text(encoding="utf-8")), path.stem):
        assert set(text) == {"zh", "en"}, at
        assert all(text.values()), at
        assert braces(text["zh"]) == braces(text["en"]), at


def problem_codes_in_code() -> set[str]:
    """The codes with which code makes a problem: `Problem(code=...)`, and calls of the makers named like severities."""
    makers = {"error", "warning", "note", "_problem", "problem", "_error", "_warning", "_note"}
    found: set[str] = set()
    for path in CODE:
        for node in nodes(path):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            coded = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            given = [*coded, *node.args] if name in makers else coded
            constants = {value.value for value in given if isinstance(value, ast.Constant)}
            found |= {code for code in constants if isinstance(code, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", code)}
    return found


def texts_in_code() -> set[str]:
    return {
        node.value
        for path in CODE
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_problem_code_in_code_has_words() -> None:
    assert problem_codes_in_code() <= set(texts("problems"))


def test_every_problem_with_words_occurs_in_code() -> None:
    assert set(texts("problems")) <= texts_in_code()
