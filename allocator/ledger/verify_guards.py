"""Whether the tables are built as they should be, and whether the guards stand and are those that were shipped.

What PostgreSQL says of a trigger is its own wording of it. So a function is compared by its text, a trigger by what it
is called on and whether it is switched on; conditions of triggers are compared word by word on SQLite.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, Table, UniqueConstraint, inspect, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect, Inspector
from sqlalchemy.schema import CreateIndex, CreateTable

from allocator.ledger import schema
from allocator.ledger.finding import Finding
from allocator.ledger.guarding import guards

NAME = re.compile(r"\s*CREATE (?:OR REPLACE )?(TRIGGER|FUNCTION) (\w+)")
BODY = re.compile(r"\$\$(.*)\$\$", re.DOTALL)
CALLED = re.compile(r"(BEFORE|AFTER) ([A-Z]+(?: OR [A-Z]+)*) ON (\w+)")

TRIGGERS = """
SELECT t.tgname, t.tgenabled, c.relname, p.proname, t.tgtype, pg_get_triggerdef(t.oid)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
"""
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
OTHERS = """
SELECT c.relname, 'rule ' || r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
UNION ALL
SELECT relname, 'row security' FROM pg_class
WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace
UNION ALL
SELECT c.relname, 'foreign key triggers off' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE t.tgisinternal AND t.tgenabled <> 'O' AND c.relnamespace = current_schema()::regnamespace
"""


def check_tables(connection: Connection) -> Iterator[Finding]:
    """Every table and index with its columns, keys and constraints."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type <> 'trigger'"))
        there = {row.name: _lines(row.sql or "") for row in rows}
        built = _statements()
    else:
        inspector = inspect(connection)
        names = set(inspector.get_table_names())
        there = {name: _found(name, inspector, connection.dialect) for name in names}
        built = {table.name: _built(table, connection.dialect) for table in schema.metadata.sorted_tables}
    for name, expected in built.items():
        found = there.get(name, [])
        if expected != found:
            missing = [part for part in expected if part not in found]
            added = [part for part in found if part not in expected]
            yield Finding("TABLE_DIFFERS", subject=name, expected="; ".join(missing), found="; ".join(added))


@cache
def _statements() -> Mapping[str, list[str]]:
    """The statements that build tables and indexes, by name, as SQLite keeps them."""
    tables = schema.metadata.sorted_tables
    made = {table.name: CreateTable(table) for table in tables}
    made |= {str(index.name): CreateIndex(index) for table in tables for index in table.indexes}
    return {name: _lines(str(made[name].compile(dialect=sqlite.dialect()))) for name in made}


def _lines(statement: str) -> list[str]:
    """The columns and constraints of a statement, a line each, in whatever order they were written."""
    return sorted(line.strip().rstrip(",") for line in statement.strip().splitlines())


def _built(table: Table, dialect: Dialect) -> list[str]:
    """How the schema has a table, in a form in which PostgreSQL can be asked; of checks the names alone."""
    parts = [f"{c.name} {c.type.compile(dialect)} {bool(c.nullable)}" for c in table.columns]
    parts.append(f"key {[c.name for c in table.primary_key]}")
    for c in table.constraints:
        if isinstance(c, UniqueConstraint):
            parts.append(f"unique {sorted(c.columns.keys())}")
        elif isinstance(c, ForeignKeyConstraint):
            parts.append(f"foreign {sorted(c.columns.keys())} {c.referred_table.name}")
        elif isinstance(c, CheckConstraint):
            parts.append(f"check {c.name}")
    return sorted([*parts, *(f"index {index.name}" for index in table.indexes)])


def _found(name: str, inspector: Inspector, dialect: Dialect) -> list[str]:
    """How PostgreSQL has it."""
    parts = [f"{c['name']} {c['type'].compile(dialect)} {c['nullable']}" for c in inspector.get_columns(name)]
    parts.append(f"key {inspector.get_pk_constraint(name)['constrained_columns']}")
    parts += [f"unique {sorted(c['column_names'])}" for c in inspector.get_unique_constraints(name)]
    for c in inspector.get_foreign_keys(name):
        parts.append(f"foreign {sorted(c['constrained_columns'])} {c['referred_table']}")
    parts += [f"check {c['name']}" for c in inspector.get_check_constraints(name)]
    indexes = inspector.get_indexes(name)
    return sorted([*parts, *(f"index {c['name']}" for c in indexes if "duplicates_constraint" not in c)])


def _plain(words: str) -> str:
    return " ".join(words.split())


def check_file(connection: Connection) -> Iterator[Finding]:
    """What SQLite finds wrong with its own file: pages, indexes, constraints. A server keeps checksums of its own."""
    if connection.dialect.name == "sqlite":
        for (said,) in connection.execute(text("PRAGMA integrity_check(10)")):
            if said != "ok":
                yield Finding("UNREADABLE", found=str(said))


def check_guards(connection: Connection) -> Iterator[Finding]:
    """Every guard as it was shipped and switched on, and no trigger besides."""
    shipped = {
        (found[1], found[2]): statement
        for statement in guards(connection.dialect.name)
        if (found := NAME.match(statement))
    }
    if connection.dialect.name == "sqlite":
        yield from _check_sqlite(connection, {name: statement for (_, name), statement in shipped.items()})
    else:
        yield from _check_postgresql(connection, shipped)


def _check_sqlite(connection: Connection, shipped: Mapping[str, str]) -> Iterator[Finding]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    there = {row.name: row.sql for row in rows}
    yield from _missing_and_added(set(shipped), set(there))
    for name in sorted(set(shipped) & set(there)):
        if _plain(there[name]) != _plain(shipped[name]):
            yield Finding("GUARD_DIFFERS", subject=name, found=_plain(there[name]))


def _check_postgresql(connection: Connection, shipped: Mapping[tuple[str, str], str]) -> Iterator[Finding]:
    functions = {row.proname: row.prosrc for row in connection.execute(text(FUNCTIONS))}
    for (sort, name), statement in sorted(shipped.items()):
        body = BODY.search(statement)
        if sort == "FUNCTION" and body and name in functions and functions[name] != body[1]:
            yield Finding("GUARD_DIFFERS", subject=name, found=_plain(functions[name]))
    triggers = {row.tgname: row for row in connection.execute(text(TRIGGERS))}
    wanted = {name: statement for (sort, name), statement in shipped.items() if sort == "TRIGGER"}
    named = {name for sort, name in shipped if sort == "FUNCTION"}
    yield from _missing_and_added(set(wanted) | named, set(triggers) | (set(functions) & named))
    for name in sorted(set(wanted) & set(triggers)):
        row = triggers[name]
        if row.tgenabled not in "OA" or _calls(row.pg_get_triggerdef) != _calls(wanted[name]):
            yield Finding("GUARD_DIFFERS", subject=name, found=f"{row.tgenabled} {row.pg_get_triggerdef}")
    for table, what in connection.execute(text(OTHERS)):
        yield Finding("GUARD_DIFFERS", subject=table, found=what)


def _calls(statement: str) -> tuple[object, ...]:
    """When, on what and on which table a trigger is called, and what it calls, in PostgreSQL's words or in ours."""
    plain = re.sub(r"\b(ON|FUNCTION) \w+\.", r"\1 ", _plain(statement).rstrip(";"))  # without the name of a schema
    called = CALLED.search(plain)
    before, events, table = called.groups() if called else ("", "", "")
    function = re.search(r"EXECUTE (?:FUNCTION|PROCEDURE) (.*)", plain)
    level = "ROW" if "FOR EACH ROW" in plain else "STATEMENT"
    return before, sorted(events.split(" OR ")), table, level, "WHEN" in plain, function and function[1]


def _missing_and_added(wanted: set[str], there: set[str]) -> Iterator[Finding]:
    for name in sorted(wanted - there):
        yield Finding("GUARD_MISSING", subject=name)
    for name in sorted(there - wanted):
        yield Finding("GUARD_ADDED", subject=name)
