"""The HTTP API of a rendered template over HTTP: its routes, answered by the rendered functions.

What API Gateway does beside them is done as the template says it: preflight requests and the headers that let a page
call from elsewhere, who may call. Its own answers can't be shaped, and tell their id in a header alone.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import jwt

from support.requests import CONTEXT, event, of_http_api
from support.web.api import PLAIN, Claims, Handler
from support.web.internet import Request, Response
from support.web.stack import Stack


@dataclass(frozen=True)
class HttpApi:
    """The API of `stack`. `handlers` has its functions by logical ID, `claims` reads tokens of the user pool."""

    stack: Stack
    handlers: Mapping[str, Handler]
    claims: Claims

    @cached_property
    def host(self) -> str:
        ((name, _),) = self.stack.of("AWS::ApiGatewayV2::Api")
        return str(self.stack.resolved({"Fn::GetAtt": [name, "ApiEndpoint"]})).removeprefix("https://")

    @cached_property
    def cors(self) -> Mapping[str, Any]:
        ((_, said),) = self.stack.of("AWS::ApiGatewayV2::Api")
        return said.get("CorsConfiguration") or {}

    @cached_property
    def stage(self) -> str:
        ((_, said),) = self.stack.of("AWS::ApiGatewayV2::Stage")
        return str(said["StageName"])

    def __call__(self, request: Request) -> Response:
        request_id = str(uuid.uuid4())
        allowed = request.headers.get("origin") in self.cors.get("AllowOrigins", [])
        if self.cors and request.method == "OPTIONS":
            return Response(204, self._preflight() if allowed else {})
        answer = self._answer(request, request_id)
        # The function's own headers of CORS are passed over where the API has any.
        kept = {n: v for n, v in answer.headers.items() if not (self.cors and n.lower().startswith("access-control-"))}
        told = self._shared(request) if allowed else {}
        return replace(answer, headers=kept | told | {"Apigw-Requestid": request_id})

    def _preflight(self) -> dict[str, str]:
        listed = {"Methods": self.cors.get("AllowMethods", []), "Headers": self.cors.get("AllowHeaders", [])}
        told = {f"Access-Control-Allow-{name}": ",".join(values) for name, values in listed.items()}
        (origin, *_) = self.cors["AllowOrigins"]
        return told | {"Access-Control-Allow-Origin": origin, "Access-Control-Max-Age": str(self.cors.get("MaxAge", 0))}

    def _shared(self, request: Request) -> dict[str, str]:
        exposed = ",".join(self.cors.get("ExposeHeaders", []))
        return {"Access-Control-Allow-Origin": request.headers["origin"], "Access-Control-Expose-Headers": exposed}

    def _answer(self, request: Request, request_id: str) -> Response:
        route = self._route(request)
        if route is None:
            return _refusal(404, "Not Found")
        logical_id, said, values = route
        claims: Mapping[str, Any] | None = None
        if said["AuthorizationType"] == "JWT":
            try:
                claims = self._claims(logical_id, request)
            except jwt.PyJWTError:
                return _refusal(401, "Unauthorized")
            wanted = said.get("AuthorizationScopes", [])
            if wanted and not set(wanted) & set(claims.get("scope", "").split()):
                return _refusal(403, "Forbidden")
        made = event(request.method, said["RouteKey"].split()[1], values, claims=claims or {})
        made |= {"headers": request.headers, "body": request.body or None, "queryStringParameters": request.parameters}
        made["requestContext"] |= {"requestId": request_id, "authorizer": {"claims": claims} if claims else None}
        given = of_http_api(made)
        given |= {"rawPath": request.path}
        given["requestContext"] |= {"stage": self.stage}
        given["requestContext"]["http"] |= {"path": request.path}
        answer = self._handler(said)(given, CONTEXT)
        return Response(
            answer["statusCode"], PLAIN | (answer.get("headers") or {}), (answer.get("body") or "").encode()
        )

    def _route(self, request: Request) -> tuple[str, Mapping[str, Any], dict[str, str]] | None:
        """The route of a request, and its path parameters: routes without any are preferred."""
        routes = sorted(self.stack.of("AWS::ApiGatewayV2::Route"), key=lambda route: route[1]["RouteKey"].count("{"))
        for logical_id, said in routes:
            method, path = said["RouteKey"].split()
            names = re.findall(r"\{([^}]+)\}", path)
            pattern = re.sub(r"\\\{[^}]+\\\}", "([^/]+)", re.escape(f"/{self.stage}{path}"))
            if method == request.method and (found := re.fullmatch(pattern, request.path)):
                return logical_id, said, dict(zip(names, map(unquote, found.groups()), strict=True))
        return None

    def _claims(self, route: str, request: Request) -> Mapping[str, Any]:
        """Of a token that the route's authorizer takes. Raises jwt.PyJWTError for any other."""
        raw = self.stack.template["Resources"][route]["Properties"]["AuthorizerId"]["Ref"]
        said = self.stack.resolved(self.stack.template["Resources"][raw]["Properties"]["JwtConfiguration"])
        found = self.claims(request.headers.get("authorization", "").removeprefix("Bearer "), "access", "id")
        if found["iss"] != said["Issuer"] or found.get("aud", found.get("client_id")) not in said["Audience"]:
            raise jwt.InvalidTokenError("for another audience")
        return found

    def _handler(self, route: Mapping[str, Any]) -> Handler:
        integration = route["Target"].removeprefix("integrations/")
        found = next(k for k, _ in self.stack.of("AWS::ApiGatewayV2::Integration") if self._ref(k) == integration)
        uri = json.dumps(self.stack.template["Resources"][found]["Properties"]["IntegrationUri"])
        return next(self.handlers[name] for name in self.handlers if f"${{{name}.Arn}}" in uri)

    def _ref(self, name: str) -> str:
        return str(self.stack.resolved({"Ref": name}))


def _refusal(status: int, message: str) -> Response:
    return Response(status, PLAIN, json.dumps({"message": message}).encode())
