"""What a database says when it cannot or must not do something, turned into a problem for the person who can act.

SQLite is asked for its result code, PostgreSQL for its SQLSTATE: their words change with language and version.
"""

import re
from typing import Any

from sqlalchemy.exc import DBAPIError

from allocator.ledger.address import problem
from allocator.problems import DatabaseRejected

SECONDS_TO_WAIT = 60
"""How long one writer waits for another."""

REASON = re.compile(r"([A-Z][A-Z_]+): ")
"""How the words of a guard begin (`guards/`)."""

SQLITE = {
    3: "DATABASE_FORBIDDEN",  # SQLITE_PERM
    5: "DATABASE_BUSY",  # SQLITE_BUSY
    6: "DATABASE_BUSY",  # SQLITE_LOCKED
    8: "DATABASE_READ_ONLY",  # SQLITE_READONLY
    10: "DATABASE_DISK",  # SQLITE_IOERR
    11: "DATABASE_DAMAGED",  # SQLITE_CORRUPT
    13: "DATABASE_FULL",  # SQLITE_FULL
    14: "DATABASE_FORBIDDEN",  # SQLITE_CANTOPEN
    26: "NOT_A_LEDGER",  # SQLITE_NOTADB
}
"""Primary result code (https://sqlite.org/rescode.html) -> code of the problem."""

POSTGRESQL = {
    "08": "DATABASE_LOST",  # connection exception
    "57": "DATABASE_LOST",  # operator intervention: shut down, crashed, cancelled
    "58": "DATABASE_DISK",  # system error
    "25006": "DATABASE_READ_ONLY",
    "28": "DATABASE_REFUSED",
    "3D000": "DATABASE_REFUSED",
    "40": "DATABASE_BUSY",  # given up in favour of another transaction
    "42501": "DATABASE_FORBIDDEN",
    "53": "DATABASE_REFUSED",  # insufficient resources, such as too many connections
    "53100": "DATABASE_FULL",
    "55P03": "DATABASE_BUSY",
    "XX001": "DATABASE_DAMAGED",
    "XX002": "DATABASE_DAMAGED",
}
"""SQLSTATE or its class (https://www.postgresql.org/docs/current/errcodes-appendix.html) -> code of the problem."""


class Refused(Exception):
    """The database refused an entry because the books would no longer be right; nothing was written.

    `reason` is a stable code: BELOW_ZERO, NOT_LISTED, OTHER_STATE, ...; CONSTRAINT where it is not a guard's.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(detail)


def understood(error: DBAPIError, shown: str) -> Exception:
    """What to raise for `error` of the database at `shown`: DatabaseRejected, Refused, or the error as it is."""
    cause: Any = error.orig
    detail = " ".join(str(cause).split("\n", 1)[0].split())
    if spoken := REASON.match(detail):
        return Refused(spoken[1], detail)
    code = SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF) or _postgresql(error, cause)
    if not code:
        return Refused("CONSTRAINT", detail) if type(error).__name__ == "IntegrityError" else error
    return DatabaseRejected([problem(code, shown, detail=detail, seconds=str(SECONDS_TO_WAIT))])


def _postgresql(error: DBAPIError, cause: Any) -> str | None:
    """The code of the problem that PostgreSQL, or the way to it, reports."""
    if not type(cause).__module__.startswith("psycopg"):
        return None
    if state := cause.sqlstate:
        return POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
    if error.connection_invalidated:
        return "DATABASE_LOST"
    if type(error).__name__ == "ProgrammingError" and error.statement is None:  # before there was a connection
        return "DATABASE_PARAMETER"
    if type(error).__name__ != "OperationalError":
        return None
    return "DATABASE_REFUSED" if "FATAL" in str(cause) or "致命" in str(cause) else "DATABASE_UNREACHABLE"
