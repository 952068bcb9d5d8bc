"""One connection, kept as long as Lambda keeps the execution environment, and statements on it.

Every statement is a transaction of its own. None is sent twice: a write whose answer got lost may
have happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import credentials
import errors
from connection import connect, driver, password_refused


class Result(NamedTuple):
    rows: list[tuple[Any, ...]]
    affected: int


_kept: Any = None


def run(statement: str, parameters: Sequence[object]) -> Result:
    """Run one statement. What the database refuses is raised as one of our own errors."""
    try:
        with _connection().cursor() as cursor:
            cursor.execute(statement, parameters)
            rows = list(cursor.fetchall()) if cursor.description else []
            return Result(rows, cursor.rowcount)
    except driver.IntegrityError:
        raise errors.Conflict("An item with this id exists already") from None
    except driver.DataError:
        raise errors.InvalidRequest("The item holds a value that can't be stored") from None
    except (driver.OperationalError, driver.InterfaceError) as error:
        close()
        raise errors.Unavailable from error


def close() -> None:
    """Let go of the connection; the next statement opens a new one."""
    global _kept
    if _kept is not None:
        _close(_kept)
    _kept = None


def _connection() -> Any:
    global _kept
    if _kept is not None and not _alive(_kept):
        close()
    if _kept is None:
        _kept = _open()
    return _kept


def _alive(connection: Any) -> bool:
    """Ask the server: since the last request Lambda may have been frozen for many minutes."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except driver.Error:
        return False
    return True


def _open() -> Any:
    try:
        return connect(*credentials.current())
    except driver.Error as error:
        if not password_refused(error):
            raise
        # The password was rotated after we had read it.
        credentials.forget()
        return connect(*credentials.current())


def _close(connection: Any) -> None:
    with suppress(driver.Error):  # it may be dead already
        connection.close()
