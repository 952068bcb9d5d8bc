"""Executions that functions reserve or have started before requests come, held against what Lambda can give."""

from __future__ import annotations

from collections.abc import Iterator

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Stack
from tierforge.stack.function_checks import place_of
from tierforge.stack.stages import aliases_of

UNRESERVED = 100  # executions that Lambda keeps for the functions that reserve none (Lambda's guide)
RESERVED, PROVISIONED = "reserved_concurrency", "provisioned_concurrency"


def concurrency_faults(stack: Stack, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Functions that have more started than they may run, or that take more of the account's pool than it gives."""
    pool = blueprint.data["limits"]["lambda_concurrency"]
    taken = 0
    for function in stack.functions:
        started = _started(function, stack)
        reserved = function.settings[RESERVED]
        if reserved and started > reserved:
            aliases = len(aliases_of(function, stack.stages))
            each = (
                f"{aliases} aliases have {started} executions started together"
                if aliases > 1
                else f"{started} executions are started"
            )
            message = f"{each}, but the function {function.name!r} reserves {reserved}"
            hint = f"say `reserved_concurrency: {started}` or more, or have fewer started"
            yield Diagnostic(message, place_of(function, blueprint, PROVISIONED), hint)
        before, taken = taken, taken + (reserved or started)
        if before <= pool - UNRESERVED < taken:
            message = (
                f"the functions take {taken:,} of the account's {pool:,} concurrent executions; "
                f"Lambda keeps {UNRESERVED} for others"
            )
            hint = "reserve fewer, or say `limits: {lambda_concurrency: …}` if AWS raised the quota"
            yield Diagnostic(message, place_of(function, blueprint, RESERVED if reserved else PROVISIONED), hint)


def _started(function: Function, stack: Stack) -> int:
    """The executions that all aliases of a function have started together."""
    return int(function.settings[PROVISIONED] or 0) * len(aliases_of(function, stack.stages))
