"""REST methods of a rendered template, answered as API Gateway does: by mapping templates, with moto behind them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from support.vtl import Input, mapped

Names = Mapping[str, str]  # logical ID or ID.Attribute to what it stands for
Function = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Reply:
    """What a client gets; `sent` is what the integration sent to whatever is behind it."""

    status: int
    headers: Mapping[str, str]
    body: str
    sent: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Gateway:
    """The API of a template. `names` resolves references, `function` is called for Lambda integrations."""

    template: Mapping[str, Any]
    names: Names
    function: Function | None = None

    def __call__(
        self,
        method: str,
        path: Mapping[str, str] | None = None,
        *,
        body: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        claims: Mapping[str, str] | None = None,
        request_id: str = "request-1",
    ) -> Reply:
        """The reply of the method with the logical ID `method`."""
        said = self.template["Resources"][method]["Properties"]
        integration = said["Integration"]
        request = {"header": headers or {}, "querystring": query or {}, "path": path or {}}
        resource = self._path(said["ResourceId"])
        context = {
            "requestId": request_id,
            "path": f"/live{resource}",
            "resourcePath": resource,
            "httpMethod": said["HttpMethod"],
            "stage": "live",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": {"sub": "ann", **(claims or {})}},
        }
        template = self._template(integration, headers or {})
        if template is None and integration["PassthroughBehavior"] == "NEVER":
            return Reply(415, {}, "", "")
        sent = body if template is None else mapped(template, Input(body, request), context)[0]
        behind = {"MOCK": self._mock, "AWS": self._service}[integration["Type"]]
        found, text, extra = behind(integration, sent, request, context)
        return self._reply(said, found, text, extra, sent, context)

    def _path(self, resource: Mapping[str, str]) -> str:
        said = self.template["Resources"][resource["Ref"]]["Properties"]
        parent = said["ParentId"]
        return (self._path(parent) if "Ref" in parent else "") + f"/{said['PathPart']}"

    def _template(self, integration: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
        kind = {name.lower(): value for name, value in headers.items()}.get("content-type", "application/json")
        template = integration.get("RequestTemplates", {}).get(kind.partition(";")[0])
        return None if template is None else self.resolved(template)

    def resolved(self, value: Any) -> str:
        """The text of a property, its references resolved."""
        if isinstance(value, str):
            return value
        ((function, said),) = value.items()
        if function != "Fn::Sub":
            return self.names[said if function == "Ref" else ".".join(said)]
        text, own = (said, {}) if isinstance(said, str) else said
        known = {**self.names, **{name: self.resolved(own[name]) for name in own}}
        filled = re.sub(r"\$\{([^!}]+)\}", lambda found: known[found[1]], text)
        return filled.replace("${!", "${")

    def _mock(self, _integration: Any, sent: str, _request: Any, _context: Any) -> tuple[str, str, Mapping[str, str]]:
        return str(json.loads(sent)["statusCode"]), "", {}

    def _service(
        self, integration: Mapping[str, Any], sent: str, request: Mapping[str, Any], context: Mapping[str, Any]
    ) -> tuple[str, str, Mapping[str, str]]:
        """What its response is chosen by (a status, or a function's error), the answer's text and headers."""
        _, _, _, region, service, rest = self.resolved(integration["Uri"]).split(":", 5)
        kind, _, action = rest.partition("/")
        parameters = {
            name.removeprefix("integration.request."): _read(source, request, context)
            for name, source in integration.get("RequestParameters", {}).items()
        }
        if service == "lambda":
            return self._invoke(sent, parameters)
        headers = {name[7:]: value for name, value in parameters.items() if name.startswith("header.") and value}
        for name, value in parameters.items():
            action = action.replace("{" + name.removeprefix("path.") + "}", value)
        if kind == "action":
            headers |= {"X-Amz-Target": f"DynamoDB_20120810.{action}", "Content-Type": "application/x-amz-json-1.0"}
            action = ""
        signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential=x/20260101/{region}/{service}/aws4_request"}
        url = f"https://{service}.{region}.amazonaws.com/{action}"
        got = requests.request(
            integration["IntegrationHttpMethod"], url, data=sent.encode(), headers=headers | signed, timeout=5
        )
        return str(got.status_code), got.text, got.headers

    def _invoke(self, sent: str, parameters: Mapping[str, str]) -> tuple[str, str, Mapping[str, str]]:
        assert self.function is not None
        event = json.loads(sent)
        if parameters.get("header.X-Amz-Invocation-Type") == "Event":
            return "", "", {}
        try:
            return "", json.dumps(self.function(event)), {}
        except Exception as fault:  # Lambda tells it by its message
            return str(fault), json.dumps({"errorMessage": str(fault), "errorType": type(fault).__name__}), {}

    def _reply(
        self, method: Mapping[str, Any], found: str, text: str, extra: Mapping[str, str], sent: str, context: Any
    ) -> Reply:
        responses = method["Integration"]["IntegrationResponses"]
        (default,) = (response for response in responses if "SelectionPattern" not in response)
        matching = [r for r in responses if "SelectionPattern" in r and re.fullmatch(r["SelectionPattern"], found)]
        assert len(matching) <= 1, f"{found!r} is matched by several patterns"
        chosen = matching[0] if matching else default
        templates = chosen.get("ResponseTemplates")
        body, override = text, {"header": {}}
        if templates:
            body, override = mapped(self.resolved(templates["application/json"]), Input(text), context)
        status = str(override.get("status", chosen["StatusCode"]))
        declared = {r["StatusCode"]: r.get("ResponseParameters", {}) for r in method["MethodResponses"]}
        assert status in declared, f"{status} is not among the method's responses"
        headers = {"Content-Type": "application/json"} if templates else {}
        for name, source in chosen.get("ResponseParameters", {}).items():
            short = name.removeprefix("method.response.header.")
            value = extra.get(source.removeprefix("integration.response.header."), "")
            headers[short] = source.strip("'") if source.startswith("'") else value
        headers |= override["header"]
        for name in headers.keys() - {"Content-Type"}:
            assert declared[status].get(f"method.response.header.{name}") is True, f"{name} is not declared"
        return Reply(int(status), headers, body, sent)


def _read(source: str, request: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """A value of `RequestParameters`: a literal, or a place in the request or its context."""
    if source.startswith("'"):
        return source.strip("'")
    if source.startswith("context."):
        here: Any = context
        for step in source.split(".")[1:]:
            here = here[step]
        return str(here)
    _, _, place, name = source.split(".")
    return str(request[place].get(name, ""))
