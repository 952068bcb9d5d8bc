"""The REST API of a rendered template over HTTP: its routes, answered by the rendered functions.

What API Gateway does before and after a function is done as the template says it: who may call, which bodies are
let through, what a preflight request is told, and how its own answers look.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import jwt
from jsonschema import Draft4Validator

from support.requests import CONTEXT, event
from support.web.internet import Request, Response
from support.web.stack import ACCOUNT, REGION, Stack

Claims = Callable[..., Mapping[str, Any]]  # of a token, by its uses; raises jwt.PyJWTError
Handler = Callable[[dict[str, Any], Any], Any]
PLAIN = {"Content-Type": "application/json"}


class Refused(Exception):
    """An answer of API Gateway itself: the type of response, its status by default, its message."""

    def __init__(self, kind: str, status: int, message: str) -> None:
        super().__init__(message)
        self.kind, self.status, self.message = kind, status, message


@dataclass(frozen=True)
class Route:
    pattern: re.Pattern[str]
    path: str
    method: str
    id: str
    said: Mapping[str, Any]


@dataclass
class RestApi:
    """The API of `stack`. `handlers` has its functions by logical ID, `claims` reads tokens of the user pool."""

    stack: Stack
    handlers: Mapping[str, Handler]
    claims: Claims

    @cached_property
    def stage(self) -> str:
        return str(next(said for _, said in self.stack.of("AWS::ApiGateway::Stage"))["StageName"])

    @cached_property
    def host(self) -> str:
        (name, _), *_ = self.stack.of("AWS::ApiGateway::RestApi")
        return f"{self.stack.resolved({'Ref': name})}.execute-api.{REGION}.amazonaws.com"

    @cached_property
    def routes(self) -> list[Route]:
        """Those whose paths have no parameters come first, as API Gateway prefers them."""
        found = []
        for name, raw in self.stack.template["Resources"].items():
            if raw["Type"] == "AWS::ApiGateway::Method":
                path = self._path(raw["Properties"]["ResourceId"])
                pattern = "/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/"))
                said = self.stack.resolved(raw["Properties"])
                found.append(Route(re.compile(pattern), path, said["HttpMethod"], name, said))
        return sorted(found, key=lambda route: route.path.count("{"))

    def _path(self, resource: Mapping[str, Any]) -> str:
        if "Ref" not in resource:  # the root
            return ""
        said = self.stack.template["Resources"][resource["Ref"]]["Properties"]
        return f"{self._path(said['ParentId'])}/{said['PathPart']}"

    def __call__(self, request: Request) -> Response:
        request_id = str(uuid.uuid4())
        try:
            prefix, path = f"/{self.stage}", request.path
            if not path.startswith(f"{prefix}/"):
                raise Refused("MISSING_AUTHENTICATION_TOKEN", 403, "Forbidden")
            return self._answer(request, path.removeprefix(prefix), request_id)
        except Refused as refused:
            return self._refusal(refused, request_id)

    def _answer(self, request: Request, path: str, request_id: str) -> Response:
        matching = (r for r in self.routes if r.pattern.fullmatch(path) and r.method == request.method)
        route = next(matching, None)
        if route is None:
            raise Refused("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
        if route.said["Integration"]["Type"] == "MOCK":
            (reply,) = route.said["Integration"]["IntegrationResponses"]  # to a preflight request
            return Response(int(reply["StatusCode"]), _literals("method.response.header.", reply))
        made = self._event(request, route, path, request_id)
        made["requestContext"]["authorizer"] = self._authorizer(made, route, request)
        self._validate(route, request)
        uri = json.dumps(self.stack.template["Resources"][route.id]["Properties"]["Integration"]["Uri"])
        handler = next(self.handlers[name] for name in self.handlers if f"${{{name}.Arn}}" in uri)
        return self._sent(handler(made, CONTEXT))

    def _event(self, request: Request, route: Route, path: str, request_id: str) -> dict[str, Any]:
        names = re.findall(r"\{([^}]+)\}", route.path)
        values = (part for part, wanted in zip(path.split("/"), route.path.split("/"), strict=True) if "{" in wanted)
        query = request.parameters
        headers = {name.title(): value for name, value in request.headers.items()}
        made = event(request.method, route.path, dict(zip(names, map(unquote, values), strict=True)))
        context = {**made["requestContext"], "requestId": request_id, "stage": self.stage}
        return made | {
            "path": path,
            "body": request.body or None,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
            "requestContext": context,
        }

    def _authorizer(self, made: Mapping[str, Any], route: Route, request: Request) -> Any:
        """What functions see of the caller. Raises Refused for callers who may not."""
        kind = route.said["AuthorizationType"]
        if kind == "NONE":
            return None
        raw = self.stack.template["Resources"][route.id]["Properties"]["AuthorizerId"]["Ref"]
        token = request.headers.get("authorization", "")
        if not token:
            raise Refused("UNAUTHORIZED", 401, "Unauthorized")
        if kind == "CUSTOM":
            return self._custom(raw, made, token)
        wanted = route.said.get("AuthorizationScopes", [])
        try:  # methods with scopes take access tokens alone, others ID tokens alone
            claims = self.claims(token.removeprefix("Bearer "), "access" if wanted else "id")
        except jwt.PyJWTError as error:
            raise Refused("UNAUTHORIZED", 401, str(error)) from error
        if wanted and not set(wanted) & set(claims["scope"].split()):
            raise Refused("UNAUTHORIZED", 401, "Unauthorized")
        return {"claims": {name: _text(value) for name, value in claims.items()}}

    def _custom(self, authorizer: str, made: Mapping[str, Any], token: str) -> Any:
        said = self.stack.template["Resources"][authorizer]["Properties"]
        uri = json.dumps(said["AuthorizerUri"])
        handler = next(self.handlers[name] for name in self.handlers if name.removesuffix("Function") + "Alias" in uri)
        api = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.host.partition('.')[0]}"
        arn = f"{api}/{self.stage}/{made['httpMethod']}{made['path']}"
        asked = {"type": said["Type"], "methodArn": arn}
        asked |= {"authorizationToken": token} if said["Type"] == "TOKEN" else made
        try:
            answer = handler(asked, CONTEXT)
        except Exception as error:  # how a function says 401; whatever else it raises is a fault of its own
            if str(error) == "Unauthorized":
                raise Refused("UNAUTHORIZED", 401, "Unauthorized") from error
            raise Refused("AUTHORIZER_FAILURE", 500, f"{type(error).__name__}: {error}") from error
        (statement,) = answer["policyDocument"]["Statement"]
        if statement["Effect"] != "Allow" or not any(fnmatchcase(arn, each) for each in statement["Resource"]):
            raise Refused("ACCESS_DENIED", 403, "User is not authorized to access this resource")
        return {"principalId": answer["principalId"], **{k: _text(v) for k, v in answer.get("context", {}).items()}}

    def _validate(self, route: Route, request: Request) -> None:
        raw = self.stack.template["Resources"][route.id]["Properties"]
        if "RequestModels" not in raw:
            return
        model = self.stack.template["Resources"][raw["RequestModels"]["application/json"]["Ref"]]
        schema = model["Properties"]["Schema"]
        try:
            found = [error.message for error in Draft4Validator(schema).iter_errors(json.loads(request.body))]
        except ValueError:
            found = ["the body is no JSON"]
        if found:
            raise Refused("BAD_REQUEST_BODY", 400, "[" + ", ".join(found).replace('"', "'") + "]")

    def _sent(self, answer: Mapping[str, Any]) -> Response:
        several = {name: ",".join(values) for name, values in (answer.get("multiValueHeaders") or {}).items()}
        headers = PLAIN | several | (answer.get("headers") or {})
        return Response(answer["statusCode"], headers, (answer.get("body") or "").encode())

    def _refusal(self, refused: Refused, request_id: str) -> Response:
        said = self._gateway_response(refused)
        text = said.get("ResponseTemplates", {}).get("application/json", '{"message":$context.error.messageString}')
        text = text.replace("$context.error.messageString", json.dumps(refused.message))
        text = text.replace("$context.error.validationErrorString", refused.message)
        text = text.replace("$context.requestId", request_id)
        headers = PLAIN | _literals("gatewayresponse.header.", said)
        return Response(int(said.get("StatusCode", refused.status)), headers, text.encode())

    def _gateway_response(self, refused: Refused) -> Mapping[str, Any]:
        known = {said["ResponseType"]: said for _, said in self.stack.of("AWS::ApiGateway::GatewayResponse")}
        return known.get(refused.kind) or known.get(f"DEFAULT_{refused.status // 100}XX") or {}


def _literals(prefix: str, said: Mapping[str, Any]) -> dict[str, str]:
    """The headers of an answer, whose values stand in quotes."""
    return {name.removeprefix(prefix): text.strip("'") for name, text in said.get("ResponseParameters", {}).items()}


def _text(value: Any) -> str:
    """A claim or an authorizer's context as functions get it: a text, lists with commas."""
    return ",".join(value) if isinstance(value, list) else str(value)
