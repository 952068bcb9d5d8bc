"""What API Gateway calls by itself: by roles that make one call, with answers that it passes on as they are meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from support.guarantees.view import Properties, View, in_text, listed, target

MAPPED = ("AWS", "MOCK")  # types whose answers API Gateway makes
# The actions that a call of a service by a direct integration is allowed by, beside those for its key.
LOOKS = {"s3:GetObject": {"s3:ListBucket"}}
VERBS = {"GET": "s3:GetObject", "PUT": "s3:PutObject", "DELETE": "s3:DeleteObject"}
KEYS = {"kms:Decrypt", "kms:GenerateDataKey"}


def mapped_answers_are_complete(view: View) -> Iterator[str]:
    """API Gateway refuses, or drops in silence, what a method doesn't declare; it wants one answer by default."""
    for key, method in view.of("ApiGateway::Method"):
        integration = method["Integration"]
        if integration["Type"] not in MAPPED:
            continue
        answers = integration["IntegrationResponses"]
        statuses = [answer["StatusCode"] for answer in answers]
        if sum("SelectionPattern" not in answer for answer in answers) != 1 or len(set(statuses)) != len(statuses):
            yield f"{key} has not exactly one answer by default and one for each status"
        declared = {said["StatusCode"]: said.get("ResponseParameters", {}) for said in method["MethodResponses"]}
        for answer in answers:
            missing = answer.get("ResponseParameters", {}).keys() - declared.get(answer["StatusCode"], {}).keys()
            if answer["StatusCode"] not in declared or missing:
                yield f"{key} does not declare {answer['StatusCode']} with {sorted(missing)}"
        asked = {name for name in map(str, integration.get("RequestParameters", {}).values()) if "method." in name}
        unknown = asked - method.get("RequestParameters", {}).keys()
        yield from (f"{key} reads {name}, which it does not declare" for name in sorted(unknown))


def mapped_answers_are_for_browsers_too(view: View) -> Iterator[str]:
    cors = view.blueprint["api"]["cors"]
    wanted = in_text(f"'{cors['allow_origins'][0]}'") if cors else None
    for key, method in view.of("ApiGateway::Method"):
        for answer in method["Integration"].get("IntegrationResponses", ()):
            origin = answer.get("ResponseParameters", {}).get("method.response.header.Access-Control-Allow-Origin")
            if origin != wanted:
                yield f"{key} answers {answer['StatusCode']} to the origin {origin}"


def services_are_called_by_a_role_for_one_call(view: View) -> Iterator[str]:
    for key, method in view.of("ApiGateway::Method"):
        service, action = _called(method["Integration"])
        if service in ("dynamodb", "s3", "sqs"):
            role = target(method["Integration"].get("Credentials"))
            if role != f"{key}Role":
                yield f"{key} has no role of its own"
            else:
                yield from _role_faults(role, action, view)
        elif "Credentials" in method["Integration"]:
            yield f"{key} has a role for nothing"


def _called(integration: Properties) -> tuple[str, str]:
    """The service behind an integration, and the action of IAM that its one call needs."""
    uri = str(integration.get("Uri", ""))
    found = re.search(r":(lambda|dynamodb|s3|sqs):(?:path|action)/(\w*)", uri)
    service = found[1] if found else ""
    verb = VERBS.get(integration.get("IntegrationHttpMethod", ""), "")
    return service, {"dynamodb": f"dynamodb:{found and found[2]}", "s3": verb, "sqs": "sqs:SendMessage"}.get(
        service, ""
    )


def _role_faults(key: str, action: str, view: View) -> Iterator[str]:
    role = view.properties(key)
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    if [s["Principal"] for s in trust] != [{"Service": "apigateway.amazonaws.com"}] or "Condition" in trust[0]:
        yield f"{key} can't be assumed by API Gateway, or by others too"
    statements: list[Any] = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    granted = {action for statement in statements for action in listed(statement["Action"])}
    if not {action} <= granted <= {action} | LOOKS.get(action, set()) | KEYS:
        yield f"{key} grants {sorted(granted)} for {action}"


def services_get_post_requests(view: View) -> Iterator[str]:
    for key, method in view.of("ApiGateway::Method"):
        service, _ = _called(method["Integration"])
        if service in ("lambda", "dynamodb", "sqs") and method["Integration"].get("IntegrationHttpMethod") != "POST":
            yield f"{key} does not call {service} with POST"


def what_fails_behind_an_answer_is_kept(view: View) -> Iterator[str]:
    """An asynchronous call has nobody to tell: its failures go to a queue."""
    kept = {(target(c["FunctionName"]), c["Qualifier"]) for _, c in view.of("Lambda::EventInvokeConfig")}
    for _, config in view.of("Lambda::EventInvokeConfig"):
        queue = target(config["DestinationConfig"]["OnFailure"]["Destination"])
        if view.kind(queue) != "SQS::Queue":
            yield f"{target(config['FunctionName'])} keeps failures nowhere"
    for route in view.project.stack.routes:
        if route.function and route.integration.facts.get("status") == 202:
            function = next(f for f in view.project.stack.functions if f.name == route.function)
            sides = [side for stage in view.project.stack.stages for side in stage.sides]
            for side in sides:
                if (f"{function.id}Function", side.alias) not in kept:
                    yield f"{function.name} forgets what it fails at after {route.method} {route.path}"


GUARANTEES = (
    mapped_answers_are_complete,
    mapped_answers_are_for_browsers_too,
    services_are_called_by_a_role_for_one_call,
    services_get_post_requests,
    what_fails_behind_an_answer_is_kept,
)
