"""What a blueprint, a template's resources and an OpenAPI document say of each route, in rows that can be compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

METHODS = {"list": "GET", "create": "POST", "read": "GET", "update": "PUT", "delete": "DELETE"}
ITEM = ("read", "update", "delete")
AUTHORIZATIONS = {  # by auth method, and by the word that a document has for it
    "none": "NONE",
    "cognito": "COGNITO_USER_POOLS",
    "cognito_user_pools": "COGNITO_USER_POOLS",
    "iam": "AWS_IAM",
    "awsSigv4": "AWS_IAM",
    "lambda-authorizer": "CUSTOM",
    "custom": "CUSTOM",
    "jwt": "JWT",
}
OTHERS = ("header.authorization", "header.content-type", "header.if-match")  # what others read
AS_IT_IS = ("s3", "function", "http", "mock")  # integrations that take any body
INTEGRATIONS = {
    "lambda": "AWS_PROXY",
    "lambda-async": "AWS",
    "lambda-custom": "AWS",
    "function": "AWS_PROXY",
    "mock": "MOCK",
    "s3": "AWS",
    "dynamodb": "AWS",
    "sqs": "AWS",
    "http": "HTTP_PROXY",
}
EXTENSION = "x-amazon-apigateway-"


class Row(NamedTuple):
    """A route: who may call it, what a request has to have, and what answers it."""

    authorization: str
    scopes: tuple[str, ...]
    api_key: bool
    required: frozenset[str]
    optional: frozenset[str]
    body: bool
    integration: str


Table = dict[tuple[str, str], Row]


def of_document(document: Mapping[str, Any]) -> Table:
    """The routes of an API's OpenAPI body; the browsers' preflight requests left out."""
    found = {}
    for path, operations in document["paths"].items():
        for verb, said in operations.items():
            if verb != "options":
                validator = document[EXTENSION + "request-validators"][said[EXTENSION + "request-validator"]]
                assert validator == {"validateRequestBody": "requestBody" in said, "validateRequestParameters": True}
                parameters = {f"{p['in']}.{p['name']}": p["required"] for p in said.get("parameters", ())}
                found[verb.upper(), path] = Row(
                    *_security(said.get("security", []), document),
                    *_by_need(parameters),
                    "requestBody" in said,
                    said[EXTENSION + "integration"]["type"].upper(),
                )
    return found


def _security(said: list[Any], document: Mapping[str, Any]) -> tuple[str, tuple[str, ...], bool]:
    """What a list of one requirement asks for: authorization, scopes, and whether a key."""
    wanted = dict(*said)
    schemes = document["components"]["securitySchemes"] if wanted else {}
    key = wanted.pop("api_key", None) is not None
    if not wanted:
        return "NONE", (), key
    ((name, scopes),) = wanted.items()
    return AUTHORIZATIONS[schemes[name][EXTENSION + "authtype"]], _scopes(scopes), key


def of_resources(resources: Mapping[str, Mapping[str, Any]]) -> Table:
    """The routes of an API that is made of resources."""
    found = {}
    for said in (r["Properties"] for r in resources.values() if r["Type"] == "AWS::ApiGateway::Method"):
        if said["HttpMethod"] != "OPTIONS":
            named = said.get("RequestParameters", {}).items()
            parameters = {name.removeprefix("method.request.").replace("querystring", "query"): v for name, v in named}
            found[said["HttpMethod"], _path(said["ResourceId"], resources)] = Row(
                said["AuthorizationType"],
                _scopes(said.get("AuthorizationScopes", [])),
                said.get("ApiKeyRequired", False),
                *_by_need(parameters),
                "RequestModels" in said,
                said["Integration"]["Type"],
            )
    return found


def of_blueprint(data: Mapping[str, Any]) -> Table:
    """The routes that a blueprint asks for, worked out from it alone; `data` is complete with its defaults."""
    found = {}
    for name, said in data["resources"].items():
        stem = said.get("path") or f"/{name}"
        for operation in (each for each in METHODS if each in said["operations"]):
            method = METHODS[operation]
            store = data["data_stores"].get(_first(said.get("data_store") or said["integration"].get("data_store")), {})
            path = f"{stem}/{{{_id(said, stem, store)}}}" if operation in ITEM else stem
            key = (store.get("indexes") or {}).get(said.get("list_by"))
            grants = {**said.get("allow", {}), **said.get("allow", {}).get(operation, {})}
            lists = operation == "list"
            row = _row(data, said, {}, method, path, grants)
            found[method, path] = row._replace(
                required=row.required | ({f"query.{_attribute(key)}"} if lists and key else set()),
                optional=row.optional | ({"query.limit", "query.nextToken"} if lists else set()),
                body=operation in ("create", "update") and _is_checked(said, operation),
            )
        for route in said["routes"]:
            own = {"route": route} if isinstance(route, str) else route
            method, path = own["route"].split(" ")
            found[method, path] = _row(data, said, own, method, path, own.get("allow") or said.get("allow", {}))
    return found


def _row(
    data: Mapping[str, Any],
    resource: Mapping[str, Any],
    route: Mapping[str, Any],
    method: str,
    path: str,
    grants: Mapping[str, Any],
) -> Row:
    """A route without what only an operation has."""
    auth: dict[str, Any] = {}
    for said in (data["auth"], resource.get("auth"), route.get("auth")):
        own = {"method": said} if isinstance(said, str) else dict(said or {})
        auth = own if own.get("method", auth.get("method")) != auth.get("method") else {**auth, **own}
    access = route.get("access") or ("read" if method in ("GET", "HEAD") else "write")
    answered = route.get("integration") or resource["integration"]
    return Row(
        AUTHORIZATIONS[auth["method"]],
        _wanted_scopes(auth, grants, access),
        _nearest("api_key", route, resource, data["api"]) is True,
        frozenset(f"path.{each}" for each in re.findall(r"\{(\w+)\}", path)),
        frozenset(_keys(_nearest("response_cache", route, resource), auth) if method == "GET" else ()),
        False,
        INTEGRATIONS[answered if isinstance(answered, str) else answered["type"]],
    )


def _wanted_scopes(auth: Mapping[str, Any], grants: Mapping[str, Any], access: str) -> tuple[str, ...]:
    """One of which a token has to carry; ID tokens carry none, and those of an app's own pages carry one alone."""
    native = auth.get("sign_in") == "native"
    if auth["method"] != "cognito" or (auth.get("token") or ("id" if native else "access")) == "id":
        return ()
    return ("aws.cognito.signin.user.admin",) if native else tuple(grants.get("scopes") or (access,))


def _nearest(key: str, *said: Mapping[str, Any]) -> Any:
    """What the first that says anything says of `key`."""
    return next((each[key] for each in said if each.get(key) is not None), None)


def _keys(cached: Any, auth: Mapping[str, Any]) -> list[str]:
    """The parameters that an answer is kept by, but for those of the path, which a request has to have anyway.

    What tells who calls is one, unless everybody gets the same answer.
    """
    if not cached:
        return []
    said = cached if isinstance(cached, Mapping) else {}
    keys = [*said.get("keys", []), *(() if said.get("shared") else auth.get("identity_sources") or ())]
    return [key for key in keys if not key.startswith("path.") and key.lower() not in OTHERS]


def _first(stores: Any) -> str:
    return str(stores[0] if isinstance(stores, list) else stores or "")


def _attribute(index: Mapping[str, Any]) -> str:
    key = index["partition_key"]
    return str(key if isinstance(key, str) else key["name"])


def _by_need(parameters: Mapping[str, bool]) -> tuple[frozenset[str], frozenset[str]]:
    """Names of parameters: those that a request must have, and the others, without what is no business of the route."""
    needed = frozenset(name for name, required in parameters.items() if required)
    return needed, frozenset(name for name in parameters if name.lower() not in OTHERS) - needed


def _scopes(said: list[Any]) -> tuple[str, ...]:
    """Scopes without the resource server that they belong to."""
    return tuple((scope if isinstance(scope, str) else scope["Fn::Sub"]).rpartition("/")[2] for scope in said)


def _path(resource: Mapping[str, Any], resources: Mapping[str, Any]) -> str:
    if "Ref" not in resource:
        return ""
    said = resources[resource["Ref"]]["Properties"]
    return f"{_path(said['ParentId'], resources)}/{said['PathPart']}"


def _is_checked(said: Mapping[str, Any], operation: str) -> bool:
    """Whether the body of a resource's operation is checked: by a schema that it has, or because it is an item's."""
    schema = said.get("request_schema") or {}
    own = schema.get(operation) if set(schema) <= {"create", "update"} else schema
    return bool(own) or said["integration"]["type"] not in AS_IT_IS


def _id(said: Mapping[str, Any], stem: str, store: Mapping[str, Any]) -> str:
    """What an item's identifier is called: as the resource says, else as the store's own key is."""
    own = store.get("sort_key" if said["owner"] or "{" in stem else "partition_key")
    return str(said["id"] if said["id"] != "id" or not own else _attribute({"partition_key": own}))
