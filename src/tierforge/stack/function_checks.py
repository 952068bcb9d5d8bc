"""Functions before they are built, held against the limits of Lambda and the end of its runtimes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tierforge.blueprint.blueprint import Blueprint
from tierforge.blueprint.schema import versions
from tierforge.components import Catalog
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Function, Part, Where
from tierforge.names import upper_snake
from tierforge.stack.functions import said_at

MAX_NAME = 64  # of a Lambda function
MAX_ENVIRONMENT = 4096  # bytes of names and values together
# How names of layers tell the processor that they were built for.
PROCESSORS = {
    "arm64": re.compile(r"(?i)(?<![a-z0-9])(arm64|aarch64|arm)(?![a-z0-9])"),
    "x86_64": re.compile(r"(?i)(?<![a-z0-9])(x86_64|x86-64|amd64|x86)(?![a-z0-9])"),
}


def function_faults(functions: Sequence[Function], blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    """Limits of Lambda that the functions cross, and runtimes that AWS ends."""
    known = versions(catalog)
    said: dict[str, Function] = {}
    for function in functions:
        full = f"{blueprint.stack_name}-{function.name}"
        if len(full) > MAX_NAME:
            message = f"the function's name {full!r} has {len(full)} characters, Lambda takes {MAX_NAME}"
            yield Diagnostic(message, function.span, "shorten the application's name or this one")
        other = said.setdefault(function.name, function)
        if other is not function:
            message = f"two functions would be called {function.name!r}"
            yield Diagnostic(message, function.span, "rename one of them", related=(other.span,))
        yield from _contradictions(function, blueprint)
        for option, told in catalog.get("function", function.settings["package"]).data.get("lacks", {}).items():
            if function.settings[option]:
                yield Diagnostic(told["message"], place_of(function, blueprint, option), told["hint"])
        yield from _environment_faults(function, blueprint, catalog)
        yield from _layer_faults(function, blueprint)
        yield from _crowded(function)
        deprecated = known[function.identifier][1].get("deprecated")
        if deprecated:
            yield Diagnostic(
                f"the runtime {function.identifier} is deprecated since {deprecated}",
                place_of(function, blueprint, "runtime"),
                f"use {next(iter(function.runtime.component.data['versions']))}",
                severity="warning",
            )


def _crowded(function: Function) -> Iterator[Diagnostic]:
    """Stores of which a function can use one, as they say (`alone`)."""
    crowds: dict[str, dict[str, Part]] = {}
    for use in (use for use in function.uses if "alone" in use.part.facts):
        crowds.setdefault(use.part.facts["alone"], {})[use.part.name] = use.part
    for why, stores in crowds.items():
        if len(stores) > 1:
            message = f"the function {function.name!r} uses {' and '.join(map(repr, stores))}: {why}"
            hint = "give their resources functions of their own, or keep both in one store"
            yield Diagnostic(message, function.span, hint)


def place_of(function: Function, blueprint: Blueprint, *keys: str | int) -> Span:
    """Where the blueprint says a setting of a function; the default at the top where nothing nearer does."""
    for place in reversed(function.places):
        if str(keys[0]) in said_at(place, blueprint):
            return blueprint.source.span([*place, *keys])
    return blueprint.source.span(keys)


def _contradictions(function: Function, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Unlike settings that several resources want of the one function that serves them all."""
    if function.routes and function.routes[0].own:
        return
    first: dict[str, tuple[Where, str]] = {}
    for place in function.places:
        said = said_at(place, blueprint)
        variables = said.get("environment") or {}
        flat: dict[tuple[str, ...], object] = {(key,): value for key, value in said.items() if key != "environment"}
        flat |= {("environment", key): value for key, value in variables.items()}
        for keys, value in flat.items():
            written = json.dumps(value, sort_keys=True)
            other, earlier = first.setdefault(".".join(keys), ((*place, *keys), written))
            if earlier != written:
                yield Diagnostic(
                    f"the function {function.name!r} serves every resource and has one {keys[-1]}, but two are said",
                    blueprint.source.span([*place, *keys]),
                    "say it once, or say `granularity: per-resource`",
                    related=(blueprint.source.span(other),),
                )


def _layer_faults(function: Function, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Layers of another Region, two versions of one, and those that name another processor than the function's."""
    first: dict[str, int] = {}
    for index, arn in enumerate(function.settings["layers"]):
        *_, region, _account, _layer, name, _version = arn.split(":")
        place = place_of(function, blueprint, "layers", index)
        if region != blueprint.region:
            message = f"the layer {name!r} is in {region}; a function in {blueprint.region} can't use it"
            yield Diagnostic(message, place, "name a version of it in the function's Region")
        if first.setdefault(arn.rpartition(":")[0], index) != index:
            message = f"the function {function.name!r} would have two versions of the layer {name!r}"
            yield Diagnostic(message, place, "keep one of them")
        processor, own = _processor(name), function.settings["architecture"]
        if processor not in (None, own):
            message = f"the layer {name!r} seems to be for {processor}; the function {function.name!r} runs on {own}"
            yield Diagnostic(message, place, "name the layer for the function's processor", severity="warning")


def _processor(layer: str) -> str | None:
    """The processor that the name of a layer tells."""
    return next((processor for processor, words in PROCESSORS.items() if words.search(layer)), None)


def _environment_faults(function: Function, blueprint: Blueprint, catalog: Catalog) -> Iterator[Diagnostic]:
    api = catalog.get("api", blueprint.data["api"]["type"])
    taken = {name for part in (api, function.runtime.component) for name in part.data.get("variables", ())}
    prefixes = {f"{upper_snake(use.part.name)}_": use.part for use in function.uses if "variable" not in use.part.view}
    names = {
        use.part.view["variable"]: use.part.options["name"] for use in function.uses if "variable" in use.part.view
    }
    size = sum(len(f"{name}{value}".encode()) for name, value in {**function.environment, **names}.items())
    if size > MAX_ENVIRONMENT - 1024:
        message = (
            f"the variables take {size:,} bytes; Lambda has room for {MAX_ENVIRONMENT:,}, a quarter for tierforge's"
        )
        place = place_of(function, blueprint, "environment" if function.environment else "secrets")
        yield Diagnostic(message, place, "keep long values in a file or a parameter")
    for name in function.environment:
        owner = next((store for prefix, store in prefixes.items() if name.startswith(prefix)), None)
        if name not in taken | names.keys() and owner is None:
            continue
        hint = "leave it out, or choose another name"
        if owner is not None:
            kind = owner.component.kind.replace("-", " ")
            hint = f"names beginning with {upper_snake(owner.name)}_ belong to the {kind} {owner.name!r}"
        yield Diagnostic(f"the variable {name} is set by tierforge", _variable(function, name, blueprint), hint)


def _variable(function: Function, name: str, blueprint: Blueprint) -> Span:
    places = [place for place in function.places if name in (said_at(place, blueprint).get("environment") or {})]
    return blueprint.source.span([*places[-1], "environment", name], of="key")
