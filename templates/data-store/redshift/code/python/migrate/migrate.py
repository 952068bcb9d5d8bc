"""Runs the SQL files of `migrations/` once each, and lets the functions' users do what their functions do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import warehouse

LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name varchar(255) NOT NULL,
        checksum varchar(64) NOT NULL,
        applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
    )
"""
KNOWN = "SELECT name, checksum FROM schema_migrations"
APPLIED = """
    INSERT INTO schema_migrations (name, checksum)
    VALUES (CAST(:name AS varchar(255)), CAST(:checksum AS varchar(64)))
"""
USER = "SELECT usename FROM pg_user WHERE LOWER(usename) = LOWER(:user_name)"
MOST_STATEMENTS = 39  # that a file may have: a batch has 40, and ours is one of them

Grant = tuple[str, str, list[str]]  # a role's name, a table, and the rights of the one to the other


class MigrationError(Exception):
    """A migration that can't be applied; the message says which and what to do."""


def migrate(directory: Path) -> list[str]:
    """Apply what is new in `directory`; the names of the files applied now.

    Raises MigrationError if a file that was applied before has changed since. Of two runs at once the
    second one fails and leaves nothing behind: run it again.
    """
    warehouse.run(LEDGER)
    ledger = {row[0]: row[1] for row in warehouse.run(KNOWN)}
    applied = []
    for path in sorted(directory.glob("*.sql")):
        script = path.read_text(encoding="utf-8")  # with \n, whatever git made of the line ends
        checksum = hashlib.sha256(script.encode()).hexdigest()
        if path.name not in ledger:
            _apply(path.name, script, checksum)
            applied.append(path.name)
        elif ledger[path.name] != checksum:
            raise MigrationError(
                f"{path.name} has changed since it was applied: "
                "restore it and put the change into a new file"
            )
    return applied


def grant(grants: Iterable[Grant]) -> list[str]:
    """Give each role's database user its rights to each table and no others; the users."""
    users = []
    # everybody might make tables otherwise
    warehouse.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for role, table, rights in grants:
        user = f"IAMR:{role}"  # as Redshift calls the user that a role signs in as
        if user not in users:
            if not warehouse.run(USER, {"user_name": user}):
                warehouse.run(f"CREATE USER {_name(user)} PASSWORD DISABLE")
            users.append(user)
        warehouse.together(_granting(_name(user), table, rights))
    return users


def _granting(user: str, table: str, rights: Sequence[str]) -> list[str]:
    items, gate = _name(table), _name(f"{table}_gate")
    statements = [f"REVOKE ALL ON {items} FROM {user}", f"REVOKE ALL ON {gate} FROM {user}"]
    if rights:
        statements.append(f"GRANT {', '.join(rights)} ON {items} TO {user}")
    if "INSERT" in rights:  # to lock a table takes the right to change its rows
        statements.append(f"GRANT UPDATE ON {gate} TO {user}")
    return statements


def _apply(name: str, script: str, checksum: str) -> None:
    statements = split(script)
    if len(statements) > MOST_STATEMENTS:
        raise MigrationError(f"{name} has over {MOST_STATEMENTS} statements: make it two files")
    try:
        warehouse.together([*statements, APPLIED], {"name": name, "checksum": checksum})
    except warehouse.StatementError as error:
        raise MigrationError(f"{name} could not be applied: {error}") from error


def split(script: str) -> list[str]:
    """The statements of a script: each ends with a semicolon at the end of a line, comments are left out."""
    text = re.sub(r"^\s*--.*\n?", "", script, flags=re.MULTILINE)
    return [part.strip() for part in re.split(r";[ \t]*(?:\n|\Z)", text) if part.strip()]


def _name(text: str) -> str:
    """`text` as the name of something in a statement, where no parameter can stand."""
    return '"' + text.replace('"', '""') + '"'
