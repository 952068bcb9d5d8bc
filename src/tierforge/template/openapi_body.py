"""The resources of a REST API, as the OpenAPI document that API Gateway imports.

A pure function of finished properties: intrinsic functions stay where they are. Properties that CloudFormation
and the document only spell differently are copied, whatever they are; the tables below say the exceptions.
Source: Amazon API Gateway Developer Guide, OpenAPI extensions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tierforge.model import Part
from tierforge.template.fragments import Entry
from tierforge.template.openapi_schema import openapi_schemas

Properties = Mapping[str, Any]
Document = dict[str, Any]

VERSION = "3.0.1"  # the one that API Gateway writes itself
EXTENSION = "x-amazon-apigateway-"
JSON = "application/json"
# Properties of the API that importing a document would reset, and where the document says them.
OF_THE_API = {
    "ApiKeySourceType": "api-key-source",
    "BinaryMediaTypes": "binary-media-types",
    "MinimumCompressionSize": "minimum-compression-size",
    "Policy": "policy",
    "SecurityPolicy": "security-policy",
    "EndpointAccessMode": "endpoint-access-mode",
}
RENAMED = {"IntegrationHttpMethod": "httpMethod", "IntegrationResponses": "responses"}
LOWER_CASE = ("Type", "PassthroughBehavior")  # properties whose values the document writes small
PLACES = {"path": "path", "querystring": "query", "multivaluequerystring": "query", "header": "header"}
SIGNED = {"AWS_IAM": ("sigv4", "awsSigv4")}  # authorization without an authorizer: scheme, and what it is called
API_KEY = {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
BUILT_IN = ("Empty", "Error")  # models that every API has


@dataclass
class Body:
    """A document under construction; `owners` says by path who made what stands there."""

    document: Document
    owners: dict[tuple[str, ...], Part] = field(default_factory=dict)

    def put(self, part: Part, value: Any, *path: str) -> None:
        """`value` at `path`, which is made as far as it isn't there. Raises ValueError where something stands."""
        here = self.document
        for step in path[:-1]:
            here = here.setdefault(step, {})
        if path[-1] in here:
            raise ValueError(f"{'/'.join(path)} would stand there twice")
        here[path[-1]] = value
        self.owners[path] = part


def body_of(api: Entry, entries: Mapping[str, Entry]) -> Body:
    """The document of `api`, made of the other `entries` (by logical ID) that belong to it."""
    properties = api.data["Properties"]
    body = Body(_head(properties))
    for name, place in OF_THE_API.items():
        if name in properties:
            body.put(api.part, properties[name], EXTENSION + place)
    body.document["paths"] = {}
    methods = [entry for entry in entries.values() if entry.data["Type"] == "AWS::ApiGateway::Method"]
    for entry in sorted(methods, key=lambda entry: entry.data["Properties"]["HttpMethod"] == "OPTIONS"):
        said = entry.data["Properties"]
        operation = _operation(said, _path(said["ResourceId"], entries), entries)
        body.put(entry.part, operation, "paths", _path(said["ResourceId"], entries), _verb(said["HttpMethod"]))
    for entry in entries.values():
        for value, *path in _others(entry):
            body.put(entry.part, value, *path)
    _add_what_methods_use(body, [entry.data["Properties"] for entry in methods], api.part)
    return body


def _head(properties: Properties) -> Document:
    described = {"description": properties["Description"]} if "Description" in properties else {}
    head: Document = {"openapi": VERSION, "info": {"title": properties["Name"], **described, "version": "1.0"}}
    endpoint = properties.get("EndpointConfiguration", {})
    reached = {"vpcEndpointIds": endpoint["VpcEndpointIds"]} if "VpcEndpointIds" in endpoint else {}
    if "DisableExecuteApiEndpoint" in properties:
        reached["disableExecuteApiEndpoint"] = properties["DisableExecuteApiEndpoint"]
    if reached:
        head["servers"] = [{"url": "/", EXTENSION + "endpoint-configuration": reached}]
    return head


def _path(resource: Any, entries: Mapping[str, Entry]) -> str:
    """The path of a Ref to a resource; the API's root is a GetAtt."""
    if "Ref" not in resource:
        return "/"
    said = entries[resource["Ref"]].data["Properties"]
    return f"{_path(said['ParentId'], entries).rstrip('/')}/{said['PathPart']}"


def _verb(method: str) -> str:
    return EXTENSION + "any-method" if method == "ANY" else method.lower()


def _operation(method: Properties, path: str, entries: Mapping[str, Entry]) -> Document:
    operation: Document = {"operationId": method["OperationName"]} if "OperationName" in method else {}
    parameters = list(_parameters(method.get("RequestParameters", {}), path))
    if parameters:
        operation["parameters"] = parameters
    models = method.get("RequestModels", {})
    if models:
        operation["requestBody"] = {"required": True, "content": _content(models, entries)}
    operation["responses"] = {said["StatusCode"]: _answer(said, entries) for said in method["MethodResponses"]}
    security = dict(_security(method, entries))
    if security:
        operation["security"] = [security]
    if "RequestValidatorId" in method:
        validator = entries[method["RequestValidatorId"]["Ref"]].data["Properties"]["Name"]
        operation[EXTENSION + "request-validator"] = validator
    operation[EXTENSION + "integration"] = _integration(method["Integration"])
    return operation


def _parameters(said: Mapping[str, bool], path: str) -> Iterator[Document]:
    """What a method declares, and every variable of its path: a document may leave none of them out."""
    declared = {f"method.request.path.{name}": True for name in re.findall(r"\{(\w+)\+?\}", path)}
    for place, required in {**declared, **said}.items():
        _, _, where, name = place.split(".", 3)
        several = where == "multivaluequerystring"
        schema = {"type": "array", "items": {"type": "string"}} if several else {"type": "string"}
        yield {"name": name, "in": PLACES[where], "required": required, "schema": schema}


def _content(models: Mapping[str, Any], entries: Mapping[str, Entry]) -> Document:
    return {kind: {"schema": {"$ref": _model(model, entries)}} for kind, model in models.items()}


def _model(model: Any, entries: Mapping[str, Entry]) -> str:
    name = model if isinstance(model, str) else entries[model["Ref"]].data["Properties"]["Name"]
    return f"#/components/schemas/{name}"


def _answer(said: Properties, entries: Mapping[str, Entry]) -> Document:
    headers = [place.removeprefix("method.response.header.") for place in said.get("ResponseParameters", {})]
    answer: Document = {"description": f"{said['StatusCode']} response"}
    if headers:
        answer["headers"] = {header: {"schema": {"type": "string"}} for header in headers}
    if said.get("ResponseModels"):
        answer["content"] = _content(said["ResponseModels"], entries)
    return answer


def _security(method: Properties, entries: Mapping[str, Entry]) -> Iterator[tuple[str, list[Any]]]:
    """Scheme and scopes of everything that a call has to bring along."""
    kind = method.get("AuthorizationType", "NONE")
    if kind in SIGNED:
        yield SIGNED[kind][0], []
    elif kind != "NONE":
        authorizer = entries[method["AuthorizerId"]["Ref"]].data["Properties"]
        yield authorizer["Name"], method.get("AuthorizationScopes", [])
    if method.get("ApiKeyRequired"):
        yield from ((name, []) for name in API_KEY)


def _integration(said: Properties) -> Document:
    answers = said.get("IntegrationResponses", ())
    found = _small({key: value for key, value in said.items() if key != "IntegrationResponses"})
    if answers:
        found[RENAMED["IntegrationResponses"]] = {
            answer.get("SelectionPattern", "default"): _small(
                {key: value for key, value in answer.items() if key != "SelectionPattern"}
            )
            for answer in answers
        }
    if "TlsConfig" in said:
        found["tlsConfig"] = _small(said["TlsConfig"])
    return found


def _small(said: Properties) -> Document:
    """Properties under the names that the document has for them: `TimeoutInMillis` is `timeoutInMillis`."""
    return {
        RENAMED.get(key, key[0].lower() + key[1:]): value.lower() if key in LOWER_CASE else value
        for key, value in said.items()
    }


def _others(entry: Entry) -> Iterator[tuple[Any, *tuple[str, ...]]]:
    """What an entry that is no method and no path is in the document: value, and where it stands."""
    said = {key: value for key, value in entry.data["Properties"].items() if key != "RestApiId"}
    match entry.data["Type"]:
        case "AWS::ApiGateway::Model":
            for name, schema in openapi_schemas(said["Name"], said["Schema"]).items():
                yield schema, "components", "schemas", name
        case "AWS::ApiGateway::Authorizer":
            yield _authorizer(said), "components", "securitySchemes", said["Name"]
        case "AWS::ApiGateway::RequestValidator":
            name = said.pop("Name")
            yield _small(said), EXTENSION + "request-validators", name
        case "AWS::ApiGateway::GatewayResponse":
            kind = said.pop("ResponseType")
            yield _small(said), EXTENSION + "gateway-responses", kind


def _authorizer(said: Properties) -> Document:
    """An authorizer as a security scheme; where it looks in a header, that is the scheme's."""
    source = str(said.get("IdentitySource", "")).split(",")[0]
    header = source.removeprefix("method.request.header.")
    elsewhere = ("Name", "AuthType") if said["Type"] == "REQUEST" else ("Name", "AuthType", "IdentitySource")
    own = {key: value for key, value in said.items() if key not in elsewhere}
    return {
        "type": "apiKey",
        "name": header if header != source else "Unused",
        "in": "header",
        EXTENSION + "authtype": said.get("AuthType", "custom" if "AuthorizerUri" in said else said["Type"].lower()),
        EXTENSION + "authorizer": _small(own),
    }


def _add_what_methods_use(body: Body, methods: list[Properties], part: Part) -> None:
    """Schemes and models that are no resources of their own."""
    for kind, (name, word) in SIGNED.items():
        if any(method.get("AuthorizationType") == kind for method in methods):
            scheme = {"type": "apiKey", "name": "Authorization", "in": "header", EXTENSION + "authtype": word}
            body.put(part, scheme, "components", "securitySchemes", name)
    if any(method.get("ApiKeyRequired") for method in methods):
        for name, scheme in API_KEY.items():
            body.put(part, scheme, "components", "securitySchemes", name)
    answers = [answer.get("ResponseModels", {}) for method in methods for answer in method["MethodResponses"]]
    used = {str(m) for models in [*answers, *(m.get("RequestModels", {}) for m in methods)] for m in models.values()}
    for name in (name for name in BUILT_IN if name in used):
        body.put(part, {"type": "object"}, "components", "schemas", name)
