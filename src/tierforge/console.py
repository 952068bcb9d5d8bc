"""What a person reads in the terminal when something is wrong, and the exit code that goes with it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence

import typer

from tierforge.diagnostics import (
    EXIT_BUG,
    EXIT_FAULT,
    BlueprintError,
    Diagnostic,
    TemplateBug,
    TierforgeError,
    to_text,
)


def run(app: typer.Typer, arguments: Sequence[str] | None) -> None:
    """Run the command line and leave with its exit code; an unexpected exception is told, not thrown."""
    gc.disable()  # a command is over before collecting would pay
    try:
        app(args=arguments, prog_name="tierforge")
    except BlueprintError as fault:
        tell(fault.diagnostics)
        raise SystemExit(fault.exit_code) from None
    except TierforgeError as fault:
        say_error(str(fault), fault.hint, bug=isinstance(fault, TemplateBug))
        raise SystemExit(fault.exit_code) from None
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_FAULT) from None
    except Exception as bug:
        if os.environ.get("TIERFORGE_DEBUG"):
            raise
        say_error(f"{type(bug).__name__}: {bug}", "", bug=True)
        raise SystemExit(EXIT_BUG) from None


def tell(diagnostics: Sequence[Diagnostic]) -> None:
    for diagnostic in diagnostics:
        typer.echo(to_text(diagnostic), err=True)


def say_error(message: str, hint: str, *, bug: bool = False) -> None:
    if bug:
        message = f"tierforge itself is at fault: {message}"
        hint = hint or "please report it with the blueprint, `tierforge --version` and this line"
    typer.echo(f"error: {message}", err=True)
    if hint:
        typer.echo(f"  = hint: {hint}", err=True)


def one_of(option: str, value: str, allowed: Sequence[str]) -> None:
    """Refuse a value of an option that is not allowed, as wrong usage."""
    if value not in allowed:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}", param_hint=option)


def progress(quiet: bool) -> Callable[[str], None]:
    """What is told while something takes its time, or nothing."""

    def told(line: str) -> None:
        if not quiet:
            typer.echo(line, err=True)

    return told
