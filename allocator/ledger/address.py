"""Where the books lie, from what a user wrote; and how that is shown, without its password."""

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from allocator.problems import DatabaseRejected, Place, Problem, Severity

SECONDS_TO_CONNECT = "15"
"""How long a server may take to answer at all, unless the address says otherwise."""

KINDS = re.compile(r"postgres(?:ql)?|sqlite|mysql|mariadb|oracle|mssql", re.IGNORECASE)
"""How an address begins that somebody may have meant: this much of it can be shown."""

BROKEN = re.compile(
    r"[a-z][\w+.-]+:/"  # a scheme with one slash
    r"|(postgres|sqlite)\w*[+:]"
    r"|(postgres|postgresql|sqlite)//"  # or without its colon
    r"|(.*\s)?(host|hostaddr|port|user|dbname)\s*="  # the keywords of libpq
    r"|.*pass\w*\s*=",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
"""How an address of a server begins, or what it has in it, that is no URL."""

HARMLESS = frozenset({"host", "port", "user", "dbname", "sslmode", "connect_timeout", "application_name"})
"""The parameters of a server that are shown; in another there may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database lies."""

    shown: str  # for messages: the password is not in it
    place: Path | URL  # a SQLite file, which need not be there yet, or a PostgreSQL database


def read_address(url: str) -> Address:
    """The address that `sqlite:///path`, a bare path, or `postgresql://...` names; paths from the present folder.

    Raises DatabaseRejected (DATABASE_URL, DATABASE_IN_MEMORY, DATABASE_IS_FOLDER, DATABASE_NO_FOLDER).
    """
    _, mark, rest = url.partition("://")
    if not mark:
        return _file(url)
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):  # its words may quote a piece of the password
        read = None
    kind = read.get_backend_name() if read else ""
    if read and kind == "sqlite" and not (read.query or read.host or read.username or read.password):
        return _file(read.database or "", scheme="sqlite://")
    if read and kind in ("postgresql", "postgres") and _is_clean(read, rest):
        return _server(read)
    raise DatabaseRejected([problem("DATABASE_URL", _covered(url))])


def problem(code: str, shown: str, /, value: str = "", **facts: str) -> Problem:
    """One thing that is wrong with the database at `shown`."""
    return Problem(code=code, severity=Severity.ERROR, place=Place(file=shown), value=value, facts=facts)


def _covered(text: str) -> str:
    """What can be shown of an address that is none: a password may stand anywhere in it."""
    kind = KINDS.match(text)
    return f"{kind[0]}://***" if kind else "***"


def _is_clean(url: URL, rest: str) -> bool:
    """Whether nothing behind the host is left of a password in which `@` or `/` was not written as %XX."""
    name = url.database or ""
    return bool(name) and "@" not in rest.partition("@")[2] and not {"@", "/"} & {*name, *(url.host or "")}


def _is_plain(name: str) -> bool:
    """Whether this is the path of a file, and no address that was written wrong."""
    without_drive = re.sub(r"^[A-Za-z]:(?=[\\/])", "", name)
    return not BROKEN.match(name) and not ("@" in without_drive and ":" in without_drive)


def _server(url: URL) -> Address:
    """The address of a database on a server; a password among its parameters goes to where nothing shows it."""
    if isinstance(password := url.query.get("password"), str):
        url = url.difference_update_query(["password"]).set(password=password)
    place = url.set(drivername="postgresql+psycopg")
    if "connect_timeout" not in place.query:
        place = place.update_query_dict({"connect_timeout": SECONDS_TO_CONNECT})
    shown = url.difference_update_query([name for name in url.query if name not in HARMLESS])
    return Address(shown=shown.render_as_string(), place=place)


def _file(name: str, *, scheme: str = "") -> Address:
    """The address of a file, which need not be there yet; its folder must."""
    if not _is_plain(name):
        raise DatabaseRejected([problem("DATABASE_URL", _covered(scheme or name))])
    if not name or name.startswith((":memory:", "file:")):
        raise DatabaseRejected(
            [problem("DATABASE_IN_MEMORY" if "memory" in name or not name else "DATABASE_URL", name)]
        )
    path = Path(name).expanduser().absolute()
    if path.is_dir():
        raise DatabaseRejected([problem("DATABASE_IS_FOLDER", name)])
    if not path.parent.is_dir():
        raise DatabaseRejected([problem("DATABASE_NO_FOLDER", name, folder=str(path.parent))])
    return Address(shown=name, place=path)
