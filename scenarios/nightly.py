"""`landquota nightly`, from the address of the books to what lies in the folder of reports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from allocator.commands.conventions import Exit
from allocator.ledger.database import Database
from allocator.ledger.refusals import Refused
from allocator.nightly.night import NotWhole, Told, run_night
from allocator.nightly.notify import notify
from allocator.nightly.report import as_json, page
from allocator.nightly.run_log import RunLog
from allocator.nightly.telling import Asked
from allocator.outcome import Run
from allocator.problems import InputRejected, Problem, errors
from allocator.report.replace_folder import refuse, refusing
from allocator.words import Language
from scenarios.kept import kept_run
from scenarios.proposing import fault
from scenarios.study_journal import write_whole

ZONE = ZoneInfo("Asia/Shanghai")
"""The day of the books is the day there, wherever the machine stands."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")


class RolledBack(Exception):
    """A dry run has told what it would do; nothing of it is kept."""

    def __init__(self, told: Told) -> None:
        self.told = told
        super().__init__("dry run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A night, the files that were written about it, and what came of handing it on."""

    told: Told
    written: tuple[Path, ...] = ()
    warning: Problem | None = None


def today() -> date:
    """The day in Asia/Shanghai."""
    return datetime.now(ZONE).date()


def run(
    database: Database,
    asked: Asked,
    *,
    out: Path | None = None,
    command: str = "",
    language: Language = "zh",
) -> Reported:
    """Run one night; another one that runs on these books makes it raise `Locked`.

    Raises as `run_night` does, `OutputRefused` when the folder cannot be written. The books stand once they are
    written, whatever becomes of files and command; the same night run once more writes what is missing.
    """
    out = folder_for(out) if out and not asked.dry_run else None
    with database.lock():
        log = RunLog(out, asked.as_of)
        try:
            told = on_the_books(database, asked, log)
        except InputRejected as refused:
            log.add("refused", exit=Exit.REJECTED, codes=codes(problem.code for problem in errors(refused.problems)))
            raise
        except NotWhole as broken:
            log.add("refused", exit=Exit.CHECK_FAILED, codes=codes(finding.code for finding in broken.findings))
            raise
        pages = files(told)
        written = write(out, pages) if out else ()
        log.add("end", head=told.night["head_after"], files=len(written))
    warning: Problem | None = None
    if command and not asked.dry_run:
        name = f"{told.night['as_of']}.{language}.md"
        path = out / name if out else None
        summary = pages[name].decode("utf-8")
        warning = notify(command, summary, path=path, as_of=asked.as_of, head=told.night["head_after"])
    return Reported(told=told, written=written, warning=warning)


def codes(found: Iterable[str]) -> str:
    """The codes of what a night was refused for, each once, in their order."""
    return " ".join(dict.fromkeys(found))


def on_the_books(database: Database, asked: Asked, log: RunLog) -> Told:
    """The night in one write transaction, which a dry run rolls back."""

    def run_of(connection: Connection, digest: str) -> Run:
        return kept_run(connection, digest, asked.as_of).run

    try:
        with database.writing() as connection:
            told = run_night(connection, asked, run_of, log)
            if asked.dry_run:
                raise RolledBack(told)
    except RolledBack as dry:
        return dry.told
    except Refused as refused:
        raise InputRejected([fault("LEDGER_REFUSED", asked.as_of.isoformat(), detail=str(refused))]) from refused
    return told


def files(told: Told) -> Mapping[str, bytes]:
    """What is written about a night, by name; about one that was run before, what it told then."""
    night = told.stored or told.night
    day = night["as_of"]
    pages = {f"{day}.{language}.md": page(night, language).encode("utf-8") for language in LANGUAGES}
    return {**pages, f"{day}.json": as_json(night)}


def folder_for(out: Path) -> Path:
    """The folder of reports, made if it is not there; raises `OutputRefused`."""
    with refusing(out):
        if not out.parent.is_dir():
            raise refuse("OUTPUT_NO_PARENT", out, parent=str(out.parent))
        if out.exists() and not out.is_dir():
            raise refuse("OUTPUT_IS_A_FILE", out)
        out.mkdir(exist_ok=True)
    return out


def write(out: Path, pages: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Each file whole, or as it was; one that is the same already is left alone. Those that were written."""
    written: list[Path] = []
    for name, content in pages.items():
        file = out / name
        with refusing(file):
            if not file.exists() or file.read_bytes() != content:
                write_whole(file, content)
                written.append(file)
    return tuple(written)
