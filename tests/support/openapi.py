"""An API that is one OpenAPI document, taken apart again into the resources that API Gateway makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierforge.names import pascal
from tierforge.template.assemble import Template

Resources = dict[str, Mapping[str, Any]]
EXTENSION = "x-amazon-apigateway-"
KINDS = {"cognito_user_pools": "COGNITO_USER_POOLS", "custom": "CUSTOM", "awsSigv4": "AWS_IAM"}
PLACES = {"path": "path", "query": "querystring", "header": "header"}
ITEMS = {
    "api-key-source": "ApiKeySourceType",
    "binary-media-types": "BinaryMediaTypes",
    "minimum-compression-size": "MinimumCompressionSize",
    "policy": "Policy",
    "security-policy": "SecurityPolicy",
    "endpoint-access-mode": "EndpointAccessMode",
}


def expanded(resources: Mapping[str, Mapping[str, Any]], rendered: Template) -> Resources:
    """`resources` with those of every body in its place; `rendered` has the logical IDs that names belong to."""
    found: Resources = {}
    for key, said in resources.items():
        body = said.get("Properties", {}).get("Body") if said["Type"] == "AWS::ApiGateway::RestApi" else None
        if not body:
            found[key] = said
            continue
        own = {name: value for name, value in said["Properties"].items() if name != "Body"}
        own |= {name: body[EXTENSION + place] for place, name in ITEMS.items() if EXTENSION + place in body}
        found[key] = {**said, "Properties": own}
        found |= _Reader(body, key, rendered).resources()
    return found


class _Reader:
    """Makes resources of a document."""

    def __init__(self, body: Mapping[str, Any], api: str, rendered: Template) -> None:
        self.body, self.api = body, api
        self.ids = {(e.data["Type"], _name(e.data)): e.key for e in rendered.resources() if _name(e.data)}

    def resources(self) -> Resources:
        made = [*self.paths(), *self.methods(), *self.named()]
        assert len({key for key, _, _ in made}) == len(made)
        return {
            key: {"Type": f"AWS::ApiGateway::{kind}", "Properties": {"RestApiId": {"Ref": self.api}, **said}}
            for key, kind, said in made
        }

    def id(self, kind: str, name: str) -> str:
        return self.ids[f"AWS::ApiGateway::{kind}", name]

    def paths(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        seen = set()
        for path in self.body["paths"]:
            steps = path.strip("/").split("/")
            for depth in range(1, len(steps) + 1):
                here, above = "/".join(steps[:depth]), "/".join(steps[: depth - 1])
                if here not in seen:
                    seen.add(here)
                    root = {"Fn::GetAtt": [self.api, "RootResourceId"]}
                    parent = {"Ref": pascal(above) + "Resource"} if above else root
                    yield pascal(here) + "Resource", "Resource", {"ParentId": parent, "PathPart": steps[depth - 1]}

    def methods(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, operations in self.body["paths"].items():
            for verb, operation in operations.items():
                method = "ANY" if verb == EXTENSION + "any-method" else verb.upper()
                yield pascal(path) + method.capitalize(), "Method", self.method(method, path, operation)

    def method(self, method: str, path: str, said: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"HttpMethod": method, "ResourceId": {"Ref": pascal(path) + "Resource"}}
        if "operationId" in said:
            found["OperationName"] = said["operationId"]
        found |= self.authorization(said.get("security", [{}])[0])
        parameters = {
            f"method.request.{PLACES[p['in']]}.{p['name']}": p["required"] for p in said.get("parameters", ())
        }
        if parameters and method != "OPTIONS":  # a preflight asks for none; a document says those of the path
            found["RequestParameters"] = parameters
        if "requestBody" in said:
            found["RequestModels"] = self.models(said["requestBody"]["content"])
        if EXTENSION + "request-validator" in said:
            name = said[EXTENSION + "request-validator"]
            found["RequestValidatorId"] = {"Ref": self.id("RequestValidator", name)}
        found["Integration"] = _integration(said[EXTENSION + "integration"])
        found["MethodResponses"] = [self.answer(status, answer) for status, answer in said["responses"].items()]
        return found

    def authorization(self, security: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"AuthorizationType": "NONE"}
        for name, scopes in security.items():
            scheme = self.body["components"]["securitySchemes"][name]
            if EXTENSION + "authtype" not in scheme:
                found["ApiKeyRequired"] = True
                continue
            found["AuthorizationType"] = KINDS[scheme[EXTENSION + "authtype"]]
            if EXTENSION + "authorizer" in scheme:
                found["AuthorizerId"] = {"Ref": self.id("Authorizer", name)}
            if scopes:
                found["AuthorizationScopes"] = scopes
        return found

    def models(self, content: Mapping[str, Any]) -> dict[str, Any]:
        names = {kind: said["schema"]["$ref"].rpartition("/")[2] for kind, said in content.items()}
        return {k: n if n in ("Empty", "Error") else {"Ref": self.id("Model", n)} for k, n in names.items()}

    def answer(self, status: str, said: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"StatusCode": status}
        if "headers" in said:
            found["ResponseParameters"] = {f"method.response.header.{name}": True for name in said["headers"]}
        if "content" in said:
            found["ResponseModels"] = self.models(said["content"])
        return found

    def named(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for name, said in self.body.get(EXTENSION + "request-validators", {}).items():
            yield self.id("RequestValidator", name), "RequestValidator", {"Name": name, **_large(said)}
        for kind, said in self.body.get(EXTENSION + "gateway-responses", {}).items():
            yield self.id("GatewayResponse", kind), "GatewayResponse", {"ResponseType": kind, **_large(said)}
        components = self.body.get("components", {})
        for name, scheme in components.get("securitySchemes", {}).items():
            if EXTENSION + "authorizer" in scheme:
                said = _large(scheme[EXTENSION + "authorizer"])
                source = {"IdentitySource": f"method.request.header.{scheme['name']}"}
                yield self.id("Authorizer", name), "Authorizer", {"Name": name, **source, **said}
        for name, schema in components.get("schemas", {}).items():
            if ("AWS::ApiGateway::Model", name) in self.ids:
                said = {"Name": name, "ContentType": "application/json", "Schema": schema}
                yield self.id("Model", name), "Model", said


def _name(data: Mapping[str, Any]) -> Any:
    """What a document calls a resource."""
    own = data.get("Properties", {})
    found = own.get("ResponseType") if data["Type"] == "AWS::ApiGateway::GatewayResponse" else own.get("Name")
    return found if isinstance(found, str) else None


def _integration(said: Mapping[str, Any]) -> dict[str, Any]:
    found = _large({key: value for key, value in said.items() if key not in ("httpMethod", "responses")})
    if "httpMethod" in said:
        found["IntegrationHttpMethod"] = said["httpMethod"]
    if "tlsConfig" in said:
        found["TlsConfig"] = _large(said["tlsConfig"])
    if "responses" in said:
        found["IntegrationResponses"] = [
            _large(answer) | ({} if pattern == "default" else {"SelectionPattern": pattern})
            for pattern, answer in said["responses"].items()
        ]
    return found


def _large(said: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as CloudFormation spells them."""
    loud = ("type", "passthroughBehavior")
    return {key[0].upper() + key[1:]: value.upper() if key in loud else value for key, value in said.items()}
