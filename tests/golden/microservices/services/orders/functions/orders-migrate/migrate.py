"""Runs the SQL files of `migrations/` once each, in the order of their names, as the master user."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import engine
import secret_values


class MigrationError(Exception):
    """A migration that can't be applied; the message says which and what to do."""


def migrate(directory: Path) -> list[str]:
    """Apply what is new in `directory` and give the application's user its rights.

    Returns the names of the files applied now. Raises MigrationError if a file that was applied
    before has changed since. Two runs at once wait for each other.
    """
    with engine.connect(*secret_values.master()) as connection:
        engine.lock(connection)
        engine.run(connection, engine.LEDGER)
        applied = _apply_new(connection, directory)
        engine.put_user(connection, secret_values.application_password())
        engine.grant(connection)
    return applied


def _apply_new(connection: Any, directory: Path) -> list[str]:
    ledger = dict(engine.run(connection, "SELECT name, checksum FROM schema_migrations"))
    applied = []
    for path in sorted(directory.glob("*.sql")):
        script = path.read_text(encoding="utf-8")  # with \n, whatever git made of the line ends
        checksum = hashlib.sha256(script.encode()).hexdigest()
        if path.name not in ledger:
            _apply(connection, path.name, script, checksum)
            applied.append(path.name)
        elif ledger[path.name] != checksum:
            raise MigrationError(
                f"{path.name} has changed since it was applied: "
                "restore it and put the change into a new file"
            )
    return applied


def _apply(connection: Any, name: str, script: str, checksum: str) -> None:
    try:
        with engine.transaction(connection):
            engine.run_script(connection, script)
            engine.run(
                connection,
                "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
                (name, checksum),
            )
    except engine.Error as error:
        raise MigrationError(f"{name} could not be applied: {error}") from error
