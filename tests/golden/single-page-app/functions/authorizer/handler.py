"""Tells API Gateway who calls, or that nobody does whom we know."""

from __future__ import annotations

import logging
from typing import Any

import answers
from caller import caller_of
from credentials import token_of
from errors import Refused
from tokens import verified

# Lambda's runtime has given the root logger a handler that writes the request's id on every line.
logger = logging.getLogger()
logger.setLevel(logging.INFO)


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    try:
        caller = caller_of(verified(token_of(event)))
    except Refused as reason:
        logger.info("refused: %s", reason)
        return answers.refusal(event)
    return answers.permission(event, caller)
