"""What functions say of others that they call (`invokes`), turned into uses of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from tierforge.blueprint.blueprint import Blueprint
from tierforge.components import Catalog, facts
from tierforge.diagnostics import Diagnostic, Span
from tierforge.model import Function, Network, Part, Stage, Use
from tierforge.names import kebab, pascal, upper_snake
from tierforge.stack.function_checks import place_of
from tierforge.stack.stages import aliases_of

CALLEE = "callee"  # the role of a function that another one calls
ARN = "arn:"


def with_invocations(
    functions: Sequence[Function], stages: Sequence[Stage], blueprint: Blueprint, catalog: Catalog
) -> list[Function]:
    """`functions`, each with what it calls among its uses, and with its callers; unknown names are left out."""
    calls = [
        (function, part) for function in functions for part in _callees(function, functions, stages, blueprint, catalog)
    ]
    return [
        replace(
            function,
            uses=(*function.uses, *(Use(part, CALLEE) for caller, part in calls if caller is function)),
            callers=tuple(part for _, part in calls if part.view["callee"] is function),
        )
        for function in functions
    ]


def _callees(
    caller: Function, functions: Sequence[Function], stages: Sequence[Stage], blueprint: Blueprint, catalog: Catalog
) -> Iterator[Part]:
    component = catalog.get("callee", "function")
    for index, said in enumerate(caller.settings["invokes"]):
        callee = named(said, functions)
        if callee or said.startswith(ARN):
            name = callee.name if callee else _name_in(said)
            aliases = aliases_of(callee, stages) if callee else ()
            by_alias = bool(caller.routes) and len(aliases) > 1
            arn = None if callee else said
            view = {
                "callee": callee,
                "arn": arn,
                "aliases": aliases if by_alias else aliases[:1],
                "by_alias": by_alias,
            }
            span = place_of(caller, blueprint, "invokes", index)
            yield Part(component, name, span, id=pascal(name), facts=facts(component, {"arn": arn}), view=view)


def named(said: str, functions: Sequence[Function]) -> Function | None:
    """The function that a name means: its own, or that of the worker."""
    able = [function for function in functions if function.routes or function.trigger]
    by_worker = {function.trigger.name: function for function in able if function.trigger}
    return {**by_worker, **{function.name: function for function in able}}.get(said)


def _name_in(arn: str) -> str:
    """What a function that stands elsewhere is called here."""
    name = kebab(arn.split(":")[6])
    return name if name[:1].isalpha() else f"function-{name}"


def invocation_faults(
    functions: Sequence[Function], network: Network | None, blueprint: Blueprint
) -> Iterator[Diagnostic]:
    """Functions that are not there, can't be reached, or would call each other in a circle."""
    graph: dict[str, list[str]] = {}
    for function in functions:
        variables: dict[str, str] = {}
        for index, said in enumerate(function.settings["invokes"]):
            place = place_of(function, blueprint, "invokes", index)
            callee = named(said, functions)
            if callee is None and not said.startswith(ARN):
                yield _unknown(said, functions, place)
                continue
            if callee is function:
                hint = "call what both do as a Python function; what may wait goes into a queue (`integration: sqs`)"
                yield Diagnostic(f"the function {function.name!r} would call itself", place, hint)
                continue
            name = callee.name if callee else _name_in(said)
            variable = f"{upper_snake(name)}_FUNCTION_ARN"
            if other := variables.get(variable):
                message = f"{other!r} and {said!r} would both be in the variable {variable}"
                yield Diagnostic(message, place, "give one of them a caller of its own, such as another resource")
            variables[variable] = said
            if callee:
                graph.setdefault(function.name, []).append(callee.name)
            elif network and function in network.functions and said.split(":")[3] != blueprint.region:
                message = f"{function.name!r} is in a VPC, whose endpoint leads to functions in {blueprint.region} only"
                hint = "let a resource whose store needs no VPC call it"
                yield Diagnostic(message, place, hint)
    yield from _circle(graph, functions, blueprint)


def _unknown(said: str, functions: Sequence[Function], place: Span) -> Diagnostic:
    known = [function.name for function in functions if function.routes or function.trigger]
    close = get_close_matches(said, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}; or an ARN"
    return Diagnostic(f"there is no function {said!r} to call", place, hint)


def _circle(graph: dict[str, list[str]], functions: Sequence[Function], blueprint: Blueprint) -> Iterator[Diagnostic]:
    """The first circle of calls: each would wait for the other, and CloudFormation could make none before the other."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as fault:
        circle: list[str] = fault.args[1][::-1]
        by_name = {function.name: function for function in functions}
        places = [place_of(by_name[name], blueprint, "invokes") for name in circle[:-1]]
        hint = "let one of them hand its work over without waiting: `integration: sqs`, or an event, and a worker"
        message = f"functions would call each other in a circle: {' -> '.join(circle)}"
        yield Diagnostic(message, places[0], hint, related=tuple(places[1:]))
