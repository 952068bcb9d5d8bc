"""Runs the commands in the files of `migrations/` once each, in the order of their names, as the master user."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo.errors import DuplicateKeyError, OperationFailure

import engine
import secret_values

LEDGER = "schema_migrations"
EXISTS = {23, 48}  # what is said of a collection that is spread over shards already, or is there
OF_ADMIN = {"shardCollection"}  # commands that name the collection's database, and run in another


class MigrationError(Exception):
    """A migration that can't be applied; the message says which and what to do."""


def migrate(directory: Path) -> list[str]:
    """Apply what is new in `directory` and give the application's user its rights.

    Returns the names of the files applied now. Raises MigrationError if a file that was applied
    before has changed since.
    """
    with engine.connect(*secret_values.master()) as client:
        applied = [path.name for path in sorted(directory.glob("*.json")) if _apply(client, path)]
        engine.put_user(client, secret_values.application_password())
    return applied


def _apply(client: engine.Client, path: Path) -> bool:
    """Apply one file, unless it was; whether it was applied now."""
    script = path.read_text(encoding="utf-8")  # with \n, whatever git made of the line ends
    checksum = hashlib.sha256(script.encode()).hexdigest()
    ledger = engine.database(client)[LEDGER]
    try:
        # Whoever writes the line first applies the file: two runs at once do not do it twice.
        ledger.insert_one({"_id": path.name, "checksum": checksum, "applied": None})
    except DuplicateKeyError:
        _compare(ledger.find_one({"_id": path.name}) or {}, path.name, checksum)
        return False
    try:
        for command in json.loads(script):
            _run(client, command)
    except (engine.Error, ValueError) as error:
        ledger.delete_one({"_id": path.name})
        raise MigrationError(f"{path.name} could not be applied: {error}") from error
    ledger.update_one({"_id": path.name}, {"$set": {"applied": datetime.now(UTC)}})
    return True


def _compare(line: dict[str, Any], name: str, checksum: str) -> None:
    if line.get("checksum") != checksum:
        raise MigrationError(
            f"{name} has changed since it was applied: "
            "restore it and put the change into a new file"
        )
    if line.get("applied") is None:
        raise MigrationError(
            f"{name} is being applied by another run, or one broke off in it: "
            f"look at what it did, then delete its line from {LEDGER}"
        )


def _run(client: engine.Client, command: dict[str, Any]) -> None:
    database = client.admin if OF_ADMIN & command.keys() else engine.database(client)
    try:
        database.command(command)
    except OperationFailure as error:
        if error.code not in EXISTS:
            raise
