"""Logs: one JSON object a line, each with the request that it belongs to. Never a body or a token."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from request import Request

# What a LogRecord has of itself; anything else came in through `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_request: dict[str, Any] = {"cold_start": True}


def name_lines(request: Request | None, context: Any) -> None:
    """Say on every line from now on which request it is about; None is what another function asks."""
    cold_start = "function_request_id" not in _request
    _request.clear()
    _request.update(function_request_id=context.aws_request_id, cold_start=cold_start)
    if request:
        _request.update(
            request_id=request.id, correlation_id=request.correlation_id, route=request.route
        )


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            **_request,
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _logger() -> logging.Logger:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    logger = logging.getLogger("api")
    logger.handlers = [handler]
    logger.propagate = False  # Lambda's own handler would write every line a second time
    # Lambda sets the variable from the function's logging configuration; its TRACE is our DEBUG.
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
    logger.setLevel(logging.getLevelNamesMapping().get(level, logging.DEBUG))
    return logger


logger = _logger()
