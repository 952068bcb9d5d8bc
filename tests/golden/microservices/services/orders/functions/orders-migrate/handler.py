"""Brings the database of orders up to date; run it after every deploy that brings a migration.

Called with `{}` it migrates. Secrets Manager calls it, with a step, to rotate the application's
password. It is the only function that may read the master user's secret.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from migrate import migrate
from rotate import rotate

MIGRATIONS = Path(__file__).with_name("migrations")

# Lambda's runtime has given the root logger a handler that writes the request's id on every line.
logger = logging.getLogger()
logger.setLevel(logging.INFO)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    if "Step" in event:
        rotate(event)
        logger.info("rotation: %s is done", event["Step"])
        return {"step": event["Step"]}
    if event:
        raise ValueError("call this function with an empty object: {}")
    applied = migrate(MIGRATIONS)
    logger.info("migrations applied: %s", ", ".join(applied) or "none, all were applied before")
    return {"applied": applied}
