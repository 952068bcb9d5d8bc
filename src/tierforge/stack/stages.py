"""What a blueprint says of `stages`, turned into the stages of its API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Function, Options, Part, Stage, Where
from tierforge.names import pascal

MOST_MINUTES = 48 * 60  # between the first and the last step that CodeDeploy shifts (AWS CodeDeploy quotas)
LIVE = "live"  # the alias that callers address where there is one stage


def stages_of(blueprint: Blueprint, api: Part) -> tuple[Stage, ...]:
    """The stages of the API: those of `stages`, else one that is named after the environment or the profile.

    The first is deployed to, the others get releases moved to them.
    """
    said = blueprint.data["stages"]
    if not said:
        span = blueprint.source.span(["stages"], of="key")
        return (Stage(blueprint.environment or blueprint.profile, "", LIVE, _options({}, api, blueprint), span),)
    first = next(iter(said))
    return tuple(
        Stage(
            name,
            pascal(name),
            name,
            _options(options, api, blueprint),
            blueprint.source.span(["stages", name], of="key"),
            release=pascal(name),
            moved=name != first,
        )
        for name, options in said.items()
    )


def _options(said: Options, api: Part, blueprint: Blueprint) -> dict[str, Any]:
    """What a stage says, over the settings of the API."""
    shared = {
        "variables": {},
        "cache": api.options.get("cache"),
        "log_level": blueprint.data["observability"]["execution_log_level"],
        "canary": api.options.get("canary", False),
    }
    return {**shared, **said, "throttle": {**api.options["throttle"], **said.get("throttle", {})}}


def aliases_of(function: Function, stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """What has an alias of a function: each side of the API's stages where it serves them, else one of its own."""
    if function.routes:
        return tuple(side for stage in stages for side in stage.sides)
    return (Stage("", "", LIVE, {"canary": False}, function.span),)


def stage_faults(
    stages: Sequence[Stage], api: Part, parts: Sequence[Part], blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Stages that can't be made, and what to know of those that can."""
    shifted = any(part.facts.get("shifts") for part in parts)
    if blueprint.data["stages"] and blueprint.environment:
        message = "`stages` share one stack, `environments` have a stack each: a blueprint has one of the two"
        yield Diagnostic(message, _place(("stages",), blueprint), "leave `stages` out: an environment has one stage")
    aliases = {stage.alias: stage for stage in stages}
    for stage in stages:
        for side in stage.sides[1:]:
            if not api.facts.get("canary"):
                message = f"an API of type {api.name} has no canary"
                hint = "shift the traffic of the functions instead: release: {strategy: canary}"
                yield Diagnostic(message, _place(_canary(stage, blueprint), blueprint), hint)
            elif shifted:
                message = "a stage has a canary or its functions are shifted by CodeDeploy (`release`): one of the two"
                hint = "leave the canary out, or say release: {strategy: all-at-once}"
                yield Diagnostic(message, _place(_canary(stage, blueprint), blueprint), hint)
            elif side.alias in aliases:
                message = f"the canary of the stage {stage.name!r} has the alias {side.alias!r}, which is a stage too"
                other = aliases[side.alias]
                yield Diagnostic(message, other.span, "rename this stage", related=(stage.span,))
    release = blueprint.data["release"]
    steps = ceil(100 / release["percent"]) - 1
    if shifted and release["minutes"] * steps > MOST_MINUTES:
        hours = release["minutes"] * steps // 60
        message = f"the last step of the shift comes after {hours} hours; CodeDeploy allows {MOST_MINUTES // 60}"
        yield Diagnostic(message, _place(("release", "minutes"), blueprint), "take larger steps, or shorter ones")
    if len(stages) > 1 and blueprint.data["data_stores"]:
        message = f"the stages share their data: what {stages[0].name} writes, {stages[-1].name} reads"
        hint = "for data of its own give each an environment instead (`environments`)"
        yield Diagnostic(message, _place(("stages",), blueprint), hint, severity="info")


def _canary(stage: Stage, blueprint: Blueprint) -> Where:
    """Where the blueprint asks for the canary of a stage."""
    own = blueprint.data["stages"].get(stage.name, {})
    return ("stages", stage.name, "canary") if "canary" in own else ("api", "canary")


def _place(where: Where, blueprint: Blueprint) -> Any:
    return blueprint.source.span(where, of="key")
