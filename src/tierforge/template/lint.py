"""A CloudFormation template to what cfn-lint finds in it, whatever is configured on the machine.

cfn-lint runs in this process: a process of its own would load everything again. Its result depends on
the template, the region and cfn-lint's version alone (and on the date, for runtimes at the end of their
life): no `.cfnlintrc`, environment variable or schema downloaded to the home folder changes it.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import gc
import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from tierforge import cache as results
from tierforge.diagnostics import Severity, TemplateBug, UsageError
from tierforge.tables import known_region

_LEVELS = ["I", "W", "E"]
_VERSION = 1  # of this module: a change of what it makes of cfn-lint's findings makes stored ones worthless
_SEVERITIES: dict[str, Severity] = {"error": "error", "warning": "warning", "informational": "info"}
_CRASHED = "E0002"  # cfn-lint's own rule for a rule of its that raised


@dataclass(frozen=True)
class Finding:
    """What a rule of cfn-lint says about a place in a template.

    `line` and `column` count from 1; `path` leads there from the template's top, for example
    `("Resources", "TicketsTable", "Properties")`; it is empty where the text could not be parsed.
    """

    path: tuple[str | int, ...]
    rule: str
    severity: Severity
    message: str
    line: int
    column: int


def lint(text: str, region: str, *, cache: bool = True) -> list[Finding]:
    """What cfn-lint finds in the template `text` (YAML or JSON) for `region`, in the order of its lines.

    All levels and the experimental rules are on; suppressions in the template's metadata count. With
    `cache`, an unchanged template is not linted twice on one day. Raises UsageError for an unknown
    region and TemplateBug if cfn-lint crashes.
    """
    if not known_region(region):
        raise UsageError(f"{region!r} is no region that cfn-lint knows")
    key = _key(text, region) if cache else None
    if key and (stored := _load(key)) is not None:
        return stored
    findings = _run(text, region)
    if key:
        results.store("lint", key, [astuple(finding) for finding in findings])
    return findings


def _key(text: str, region: str) -> str | None:
    """What findings depend on, as a digest, found out without the time it takes to import cfn-lint."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        return None
    try:
        version = Path(spec.origin).with_name("version.py").read_text("utf-8")
    except OSError:
        return None
    today = datetime.date.today().isoformat()  # as the rules that know when a runtime ends
    depends_on = json.dumps([_VERSION, _LEVELS, version, today, region, text])
    return hashlib.sha256(depends_on.encode()).hexdigest()


def _load(key: str) -> list[Finding] | None:
    """Findings of an earlier run; None if there is no sound record of one."""
    try:
        return [
            Finding(tuple(path), rule, severity, message, int(line), int(column))
            for path, rule, severity, message, line, column in results.load("lint", key)
        ]
    except (TypeError, ValueError):
        return None


def _run(text: str, region: str) -> list[Finding]:
    try:
        with _garbage_collector_off():
            matches = _linter()(text, region)
    except Exception as error:
        raise _crash(f"{type(error).__name__}: {error}") from error
    findings = sorted({_finding(match) for match in matches}, key=str)
    findings.sort(key=lambda finding: (finding.line, finding.column))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors and all(finding.rule == _CRASHED for finding in errors):  # else it stumbled over a real one
        raise _crash(errors[0].message)
    return findings


def _crash(what: str) -> TemplateBug:
    return TemplateBug(
        f"cfn-lint crashed on the template: {what}",
        "please report it with the blueprint; --no-lint renders without the check",
    )


def _finding(match: Any) -> Finding:
    path = tuple(part if isinstance(part, int) else str(part) for part in getattr(match, "path", None) or ())
    rule = match.rule
    place = match.linenumber, match.columnnumber
    return Finding(path, rule.id, _SEVERITIES[rule.severity], match.message, *place)


@functools.cache
def _linter() -> Any:
    """Load cfn-lint and its rules, once a process; gives a function from text and region to its matches.

    Measured with cfn-lint 1.58: of what it offers, only this path can be kept from reading settings.
    """
    import logging

    import cfnlint
    from cfnlint.config import _DEFAULT_RULESDIR, ConfigMixIn
    from cfnlint.decode.decode import decode_str
    from cfnlint.rules import Rules
    from cfnlint.runner import run_template_by_data
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as SCHEMAS

    # A newer download in ~/.cache/aws/cfn-lint would win over the schemas of the pinned version.
    bundled = Path(cfnlint.__file__).parent / "data" / "schemas"
    SCHEMAS._providers_dir, SCHEMAS._resources_dir = bundled / "providers", bundled / "resources"
    SCHEMAS.reset()
    logging.getLogger("cfnlint").addHandler(logging.NullHandler())  # what it logs, it also finds
    rules = Rules.create_from_directory(_DEFAULT_RULESDIR)
    gc.freeze()  # they stay until the process ends: later collections, and the last, needn't look at them

    def matches(text: str, region: str) -> list[Any]:
        template, errors = decode_str(text)
        if template is None or errors:
            return list(errors)
        config = ConfigMixIn(
            ["--config-file", os.devnull],  # instead of the ones in the home and the current folder
            regions=[region],
            include_checks=_LEVELS,
            include_experimental=True,
        )
        return list(run_template_by_data(template, config, rules))

    return matches


@contextlib.contextmanager
def _garbage_collector_off() -> Iterator[None]:
    """Spare the collector from walking a hundred megabytes of rules again and again (a fifth of the time)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
