"""A real PostgreSQL for tests: a server of its own for each test process, a fresh database for each test that asks.

A test that runs on both kinds of database asks for `ledger_url`, one for PostgreSQL alone for `postgresql_url`, one
that ends the server under its clients for `postgresql_server` too. Whatever needs the server has the mark `postgresql`.

The server forces its writes to the disk as a real one does (`fsync` stays on), because tests kill it. It listens on a
socket in a folder that nobody else may enter, and on no port; it asks for no password and takes any.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

OWNER = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
PATIENCE = 60  # seconds, for a start or a stop
INSTALL = (
    "these tests need the programs initdb and postgres, version 13 or newer, on PATH or in /usr/lib/postgresql/*/bin: "
    "install PostgreSQL's server (Debian: apt-get install postgresql; macOS: brew install postgresql)"
)


def programs() -> Path:
    """The folder with `initdb` and `postgres`, the newest if Debian has several; the test fails if there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    for folder in (*folders, *reversed(installed)):
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return folder
    pytest.fail(INSTALL, pytrace=False)


@dataclass
class Server:
    """One PostgreSQL with its data in `folder`; what it says goes to the file `log` there."""

    programs: Path
    folder: Path
    running: "subprocess.Popen[bytes] | None" = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.folder / "log"

    def initialize(self) -> None:
        """Make the cluster: UTF-8, a checksum on every page. It is empty, so this alone need not reach the disk."""
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--data-checksums", "--no-sync"]
        command = [self.programs / "initdb", "-D", self.folder / "data", *options]
        made = subprocess.run(command, user=OWNER, group=OWNER, cwd=self.folder, capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode(errors="replace")

    def start(self) -> None:
        """Start the server and wait until it answers; after `crash` it recovers first."""
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", "max_connections=60"]
        command = [self.programs / "postgres", "-D", self.folder / "data", *(f"--{setting}" for setting in settings)]
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                command, user=OWNER, group=OWNER, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Wait for a server that starts, or recovers from the violent end of one of its backends."""
        assert self.running
        latest = time.monotonic() + PATIENCE
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if self.running.poll() is not None or time.monotonic() > latest:
                    pytest.fail(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')}", pytrace=False)
                time.sleep(0.05)
            else:
                return

    @property
    def runs(self) -> bool:
        """Whether the server has been started and has not ended since."""
        return self.running is not None and self.running.poll() is None

    def stop(self) -> None:
        """End the server as an administrator does, ending its connections; nothing to do when it does not run."""
        if self.running:
            self.running.send_signal(signal.SIGINT)
            self.running.wait(PATIENCE)
            self.running = None

    def crash(self) -> None:
        """End the server and its backends at once: what they hold in memory alone is lost, and the start recovers."""
        assert self.running
        self.running.send_signal(signal.SIGQUIT)
        self.running.wait(PATIENCE)
        self.running = None

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the administrator's, each statement on its own; whoever opens it closes it."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def url(self, database: str) -> str:
        """The address of `database` as SQLAlchemy reads it."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self.folder), safe='/')}"

    def create_database(self) -> str:
        """The name of a new, empty database.

        Texts sort in it as people sort them where the server can (PostgreSQL 15 and newer), not by their bytes: what
        counts on one order must say so.
        """
        name = f"fresh_{next(self.numbers)}"
        with self.connect() as connection:
            sorting = " LOCALE_PROVIDER icu ICU_LOCALE 'und'" if connection.info.server_version >= 150000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0{sorting}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database; connections that killed clients left behind are ended."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """The server of this test process, started when the first test asks and stopped at the end."""
    with started() as server:
        yield server


@contextmanager
def started() -> Generator[Server]:
    """A server of its own, stopped at the end and gone with its data."""
    folder = Path(tempfile.mkdtemp(prefix="landquota-"))
    if OWNER:
        shutil.chown(folder, OWNER, OWNER)
    server = Server(programs(), folder)
    try:
        server.initialize()
        server.start()
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """The address of an empty database on a running server, gone after the test."""
    name = postgresql_server.create_database()
    yield postgresql_server.url(name)
    if not postgresql_server.runs:  # ended by the test
        postgresql_server.start()
    postgresql_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database: a file that is not there yet, and under the mark `postgresql` a server's."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return request.getfixturevalue("postgresql_url")
