"""Logs: one JSON object a line, each with the message that it is about. Never what a message says."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

# What a LogRecord has of itself; anything else came in through `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_named: dict[str, Any] = {}


def name_lines(**names: str) -> None:
    """Say on every line from now on which call, and which message, it is about."""
    _named.update(names)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            **_named,
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _logger() -> logging.Logger:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logger = logging.getLogger("worker")
    logger.handlers = [handler]
    logger.propagate = False  # Lambda's own handler would write every line a second time
    # Lambda sets the variable from the function's logging configuration; its TRACE is our DEBUG.
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
    logger.setLevel(logging.getLevelNamesMapping().get(level, logging.DEBUG))
    return logger


logger = _logger()
