"""The READMEs as data: their shell lines and their picture. Run this file to draw the picture again."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LANDQUOTA = Path(sys.executable).with_name("landquota")
PICTURES = {"README.md": "en", "README.zh-CN.md": "zh"}
SHOWN = (("solve", "prefecture-2026", "-o", "answer"), ("explain", "answer", "QN-0077"))
LINES = 26  # of each command; what follows is left out


def shell_lines(text: str) -> list[str]:
    """The lines of all ```sh blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def shown_commands(text: str) -> list[str]:
    """The whole commands of landquota in a page, those in blocks before those in sentences; none with a placeholder."""
    blocks = "\n".join(re.findall(r"^```\w+\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE))
    lines = re.findall(r"^(?:\$ |.*uv run )?(landquota .*)$", blocks, flags=re.MULTILINE)
    spans = re.findall(r"`(landquota [^`\n]+)`", text)
    return [line for line in (*lines, *spans) if not re.search(r"\b[A-Z]{2,}\b(?!-)|\.\.\.|^landquota [a-z]+$", line)]


def example(text: str) -> str:
    """The first ```toml block of a page: the file its commands speak of."""
    return re.findall(r"^```toml\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)[0]


def picture(text: str) -> str:
    """The text between the marks of the picture."""
    return text.partition("<!-- picture -->")[2].partition("<!-- end of picture -->")[0]


def run(*arguments: str, folder: Path, language: str) -> subprocess.CompletedProcess[str]:
    """The installed command in `folder`, on a terminal of 100 columns without colour."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("LANDQUOTA_")}
    return subprocess.run(
        [LANDQUOTA, *arguments],
        cwd=folder,
        env=surroundings | {"LANDQUOTA_LANG": language, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def draw(language: str) -> str:
    """What the shown commands print in `language`, as it stands in a README."""
    parts: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for arguments in SHOWN:
            shown = run(*arguments, folder=Path(folder), language=language)
            shown.check_returncode()
            lines = [line.rstrip() for line in (shown.stdout + shown.stderr).strip("\n").splitlines()]
            parts += [f"$ landquota {' '.join(arguments)}", *lines[:LINES], *(["..."] if lines[LINES:] else []), ""]
    return "\n\n```text\n" + "\n".join(parts).strip("\n") + "\n```\n\n"


def main() -> None:
    """Draw the picture of each README again."""
    for name, language in PICTURES.items():
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(picture(text), draw(language)), encoding="utf-8")


if __name__ == "__main__":
    main()
