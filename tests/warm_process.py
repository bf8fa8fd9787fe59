"""A process that has loaded the program, and forks a child for each job: a fault costs no start-up.

It runs alone, as `python tests/warm_process.py`, and has one thread, so that it may fork. It reads one JSON line a job
from standard input and answers with one: {"start": job} gives {"child": pid}; {"wait": pid} gives {"status", "said"}.
A job names a function, "module:function", and its arguments; what that returns comes back as "said", None from a child
that was killed. Patches are made in the child alone; the program knows nothing of them.
"""

import io
import json
import os
import signal
import sys
import tempfile
import traceback
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

LOADED = (
    "scenarios.commands.street",
    "scenarios.commands.ledger_init",
    "scenarios.commands.propose",
    "scenarios.commands.approve",
    "scenarios.commands.nightly",
    "scenarios.opening",
    "scenarios.ledger_printed",
    "scenarios.proposing",
    "scenarios.nightly",
    "allocator.intake.csv_folder",
    "allocator.intake.workbook",
    "allocator.ledger.events",
    "allocator.ledger.reading",
    "allocator.nightly.report",
    "models.exact",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "fault_points",
    "fault_writers",
)


def fork(job: dict[str, Any]) -> tuple[int, int]:
    """Start a child; its id, and the pipe on which it answers."""
    answers, tells = os.pipe()
    child = os.fork()
    if child:
        os.close(tells)
        return child, answers
    os.close(answers)
    output = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    try:
        module, _, name = job["call"].partition(":")
        said = getattr(import_module(module), name)(*job["arguments"])
        os.write(tells, json.dumps(said).encode())
        code = 0
    except BaseException:
        traceback.print_exc()
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def rehearse() -> None:
    """Live a small year once, in this process: what is read from files then is not read again in each child."""
    from fault_points import command
    from faults import Books, approval, night, year_of

    with tempfile.TemporaryDirectory() as folder:
        books = Books(Path(folder))
        heard = io.BytesIO()
        stream, talk = (io.TextIOWrapper(raw, "utf-8", write_through=True) for raw in (heard, io.BytesIO()))
        with redirect_stdout(stream), redirect_stderr(talk):
            command(["ledger", "init", str(year_of(books)), "--db", books.url])
            start = heard.tell()
            command(["propose", "--db", books.url, "--format", "json"])
            proposal = json.loads(heard.getvalue()[start:])["proposal"]
            for words in (approval(books, proposal), night(books, Path(folder) / "out")):
                command(words)


def serve() -> None:
    """Answer until standard input ends."""
    sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]
    for name in LOADED:
        import_module(name)
    rehearse()
    pipes: dict[int, int] = {}
    tasks = Path("/proc/self/task")  # of Linux
    print(json.dumps({"ready": len(list(tasks.iterdir())) if tasks.is_dir() else 1}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            child, pipe = fork(asked["start"])
            pipes[child] = pipe
            answer: dict[str, Any] = {"child": child}
        else:
            child = asked["wait"]
            with os.fdopen(pipes.pop(child), "rb") as pipe_end:
                told = pipe_end.read()
            _, status = os.waitpid(child, 0)
            answer = {"status": os.waitstatus_to_exitcode(status), "said": json.loads(told) if told else None}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve()
