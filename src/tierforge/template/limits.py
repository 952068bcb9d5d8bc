"""A finished template, held against what CloudFormation, IAM, Lambda and the Region allow.

Sources: CloudFormation quotas (resources 500, parameters 200, outputs 200, body in S3 1 MB), IAM quotas
(inline policies of a role 10,240 characters without white space), Lambda quotas (resource policy 20,480
bytes), API Gateway quotas (10 authorizers of an API, resource policy 8,192 characters), and the Regions that have a
resource type. An API's OpenAPI document may have 6 MB: it stands in the template, which reaches its own limit first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tierforge.blueprint.blueprint import Blueprint
from tierforge.diagnostics import Diagnostic
from tierforge.model import Part
from tierforge.template.assemble import Template
from tierforge.template.fragments import Entry
from tierforge.template.openapi import definitions
from tierforge.template.regions import region_faults

AUTHORIZERS = ("AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer")
MAX_AUTHORIZERS = 10  # of an API
RESOURCES = "resources"
MODEL_BYTES = 400 * 1024  # of a model (API Gateway quotas)
PERMISSION_BYTES = 450  # of one statement in a function's resource policy, as Lambda writes it


@dataclass(frozen=True)
class Budget:
    """How much of a limit a template uses."""

    name: str
    used: int
    limit: int

    def __str__(self) -> str:
        return f"{self.name} {self.used:,} of {self.limit:,}"


def budgets(template: Template) -> list[Budget]:
    """What the template uses of CloudFormation's quotas."""
    sections = Counter(entry.section for entry in template.entries)
    return [
        Budget(RESOURCES, sections["Resources"], 500),
        Budget("bytes", len(template.text.encode()), 1_000_000),
        Budget("parameters", sections["Parameters"], 200),
        Budget("outputs", sections["Outputs"], 200),
    ]


def limit_faults(template: Template, blueprint: Blueprint) -> Iterator[Diagnostic]:
    """Limits that `template` crosses and resource types that its Region lacks, at their blueprint lines."""
    name = blueprint.source.span(["name"], of="key")
    for budget in budgets(template):
        if budget.used > budget.limit:
            message = f"the template has {budget.used:,} {budget.name}; CloudFormation takes {budget.limit:,}"
            yield Diagnostic(message, name, _way_out(budget, template))
        elif budget.used > 0.9 * budget.limit:
            message = f"the template uses {budget.used:,} of {budget.limit:,} {budget.name}"
            yield Diagnostic(message, name, f"plan to {_split(template)}", severity="warning")
    permissions: Counter[str] = Counter()
    for entry in template.resources():
        data = entry.data
        if data["Type"] == "AWS::IAM::Role":
            yield from _role_faults(entry)
        if data["Type"] == "AWS::IAM::ManagedPolicy":
            yield from _managed_policy_faults(entry)
        if data["Type"] == "AWS::ApiGateway::RestApi":
            yield from _access_faults(entry)
        if data["Type"] == "AWS::ApiGateway::Model":
            yield from _model_faults(entry)
        if data["Type"] == "AWS::Lambda::Permission":
            alias = json.dumps(data.get("Properties", {}).get("FunctionName"))
            permissions[alias] += PERMISSION_BYTES
            if permissions[alias] > 20_480 >= permissions[alias] - PERMISSION_BYTES:
                message = "the function's resource policy would grow over Lambda's 20,480 bytes"
                yield Diagnostic(message, entry.part.span, "move routes with prefixes of their own to other resources")
    yield from _authorizer_faults(template)
    yield from region_faults(template, blueprint)


def _way_out(budget: Budget, template: Template) -> str:
    """How to get below a budget: by an API that is one resource, if that is enough; else by several stacks."""
    for definition in definitions(template):
        saved = len(definition.inner)
        if budget.name == RESOURCES and not definition.asked and budget.used - saved <= budget.limit:
            return f"{definition.advice}: {saved} of them become one document"
    return _split(template)


def _split(template: Template) -> str:
    """How to have several stacks, and which resources of the API take the most room in this one."""
    counted = Counter(name for entry in template.resources() if (name := _served(entry.part)))
    most = " and ".join(f"{count} are for {name!r}" for name, count in counted.most_common(2))
    hint = "make services of it (`pattern: microservices`), each with a stack of its own"
    return f"{hint}: of its resources {most}" if most else hint


def _served(part: Part) -> str:
    """The resource of the API that a part is for: its routes, its function and what goes with these."""
    route, function = part.view.get("route"), part.view.get("function")
    routes = [route] if route else function.routes if function else ()
    return next((str(each.resource.name) for each in routes), "")


def _role_faults(entry: Entry) -> Iterator[Diagnostic]:
    policies = entry.data.get("Properties", {}).get("Policies", [])
    documents = [policy.get("PolicyDocument") for policy in policies if isinstance(policy, Mapping)]
    size = sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)
    if size > 10_240:
        message = f"the policies of the role {entry.key} take {size:,} characters; IAM allows 10,240"
        yield Diagnostic(message, entry.part.span, "use fewer data stores and secrets in one function")


def _authorizer_faults(template: Template) -> Iterator[Diagnostic]:
    made = [entry for entry in template.resources() if entry.data["Type"] in AUTHORIZERS]
    for entry in made[MAX_AUTHORIZERS : MAX_AUTHORIZERS + 1]:
        message = f"the API would have {len(made)} authorizers; API Gateway takes {MAX_AUTHORIZERS}"
        yield Diagnostic(message, entry.part.span, "let resources share one: say `auth` alike, or once for the API")


def _managed_policy_faults(entry: Entry) -> Iterator[Diagnostic]:
    size = len(json.dumps(entry.data.get("Properties", {}).get("PolicyDocument"), separators=(",", ":")))
    if size > 6_144:
        message = f"the policy {entry.key} takes {size:,} characters; IAM allows 6,144"
        yield Diagnostic(message, entry.part.span, "say `auth` at resources, so that each has a policy of its own")


def _access_faults(entry: Entry) -> Iterator[Diagnostic]:
    policy = entry.data.get("Properties", {}).get("Policy", {})
    size = len(json.dumps(policy, separators=(",", ":")))
    if size > 8_192:
        message = f"the resource policy of the API takes {size:,} characters; API Gateway allows 8,192"
        yield Diagnostic(message, entry.part.span, "name fewer endpoints, VPCs, accounts or address ranges")


def _model_faults(entry: Entry) -> Iterator[Diagnostic]:
    size = len(json.dumps(entry.data.get("Properties", {}).get("Schema"), separators=(",", ":")).encode())
    if size > MODEL_BYTES:
        message = f"the schema of a body takes {size:,} bytes; API Gateway allows {MODEL_BYTES:,}"
        yield Diagnostic(
            message, entry.part.span, "say less of it in `request_schema`, and check the rest in the function's service"
        )
