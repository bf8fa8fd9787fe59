"""Where the books lie, from what a user wrote; and how that is shown, without its password."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from allocator.problems import InputRejected, Place, Problem, Severity

SECONDS_TO_CONNECT = "15"
"""How long a server may take to answer at all, unless the address says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database lies."""

    shown: str  # for messages: the password is not in it
    place: Path | URL  # a SQLite file, which need not be there yet, or a PostgreSQL database


def read_address(url: str) -> Address:
    """The address that `sqlite:///path`, a bare path, or `postgresql://...` names; paths from the present folder.

    Raises InputRejected (DATABASE_URL, DATABASE_IN_MEMORY, DATABASE_IS_FOLDER, DATABASE_NO_FOLDER).
    """
    scheme, mark, _ = url.partition("://")
    if not mark:
        return _file(url)
    try:
        read = make_url(url)
    except (ArgumentError, ValueError):  # its words may quote a piece of the password
        read = None
    kind = read.get_backend_name() if read else ""
    if read and kind == "sqlite" and not (read.query or read.host or read.username or read.password):
        return _file(read.database or "")
    if read and kind in ("postgresql", "postgres") and read.database:
        return _server(read)
    raise InputRejected([problem("DATABASE_URL", f"{scheme}://..." if scheme.isalnum() else "")])


def problem(code: str, shown: str, /, value: str = "", **facts: str) -> Problem:
    """One thing that is wrong with the database at `shown`."""
    return Problem(code=code, severity=Severity.ERROR, place=Place(file=shown), value=value, facts=facts)


def _server(url: URL) -> Address:
    """The address of a database on a server; a password among its parameters goes to where nothing shows it."""
    if isinstance(password := url.query.get("password"), str):
        url = url.difference_update_query(["password"]).set(password=password)
    place = url.set(drivername="postgresql+psycopg")
    if "connect_timeout" not in place.query:
        place = place.update_query_dict({"connect_timeout": SECONDS_TO_CONNECT})
    return Address(shown=url.difference_update_query(["sslpassword"]).render_as_string(), place=place)


def _file(name: str) -> Address:
    """The address of a file, which need not be there yet; its folder must."""
    if not name or name.startswith((":memory:", "file:")):
        raise InputRejected([problem("DATABASE_IN_MEMORY" if "memory" in name or not name else "DATABASE_URL", name)])
    path = Path(name).expanduser().absolute()
    if path.is_dir():
        raise InputRejected([problem("DATABASE_IS_FOLDER", name)])
    if not path.parent.is_dir():
        raise InputRejected([problem("DATABASE_NO_FOLDER", name, folder=str(path.parent))])
    return Address(shown=name, place=path)
