"""What CloudFront does with a rendered distribution: behaviours by path, functions, origins, headers of answers.

A function's code is run as it stands in the template, by Node.js. Errors are remapped only if the template says so.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from support.nodejs import NODE
from support.web.files import answered
from support.web.internet import Request, Response, Site
from support.web.stack import Stack

ALL_VIEWER = {  # managed origin request policies that pass all headers of a request on
    "b689b0a8-53d0-40ab-baf2-68738e2966ac",  # AllViewerExceptHostHeader
    "216adef6-5c7f-47e4-b989-5492eafa07d3",  # AllViewer
    "33f36d7e-f396-46d9-90e0-52428a34d9dc",  # AllViewerAndCloudFrontHeaders-2022-06
}
DISTRIBUTION = "AWS::CloudFront::Distribution"
# What a custom origin gets without a policy; a request's own headers are then left out.
KEPT = ("content-type", "content-length", "if-match", "if-none-match", "range")


@dataclass
class Edge:
    """The distribution of `stack`: `bucket` is a folder in place of it, `origins` are the other origins by host."""

    stack: Stack
    bucket: Path
    origins: Mapping[str, Site]

    @cached_property
    def config(self) -> Mapping[str, Any]:
        ((_, said),) = self.stack.of(DISTRIBUTION)
        config: Mapping[str, Any] = said["DistributionConfig"]
        return config

    @cached_property
    def hosts(self) -> list[str]:
        """The names that it answers to."""
        ((name, _),) = self.stack.of(DISTRIBUTION)
        return [*self.config.get("Aliases", []), self.stack.resolved({"Fn::GetAtt": [name, "DomainName"]})]

    def __call__(self, request: Request) -> Response:
        behaviour = next(
            (b for b in self.config.get("CacheBehaviors", []) if fnmatchcase(request.path, _pattern(b["PathPattern"]))),
            self.config["DefaultCacheBehavior"],
        )
        if request.method not in behaviour.get("AllowedMethods", ["GET", "HEAD"]):
            return self._headed(behaviour, Response(403, {"Content-Type": "text/html"}, b"method not allowed"))
        if request.path == "/" and (root := self.config.get("DefaultRootObject")):
            request = replace(request, path=f"/{root}")
        for association in behaviour.get("FunctionAssociations", []):
            assert association["EventType"] == "viewer-request", "the tests run no other function"
            answer = run(self._code(behaviour, association["EventType"]), _event(request))
            if "statusCode" in answer:
                headers = {name: each["value"] for name, each in answer.get("headers", {}).items()}
                return self._headed(behaviour, Response(answer["statusCode"], headers))
            request = replace(request, path=answer["uri"])
        return self._headed(behaviour, self._remapped(self._origin(behaviour, request)))

    def _code(self, behaviour: Mapping[str, Any], event: str) -> str:
        """The code of a behaviour's function, by the resource that its ARN is of."""
        raw = self._raw(behaviour)
        (arn,) = (a["FunctionARN"] for a in raw["FunctionAssociations"] if a["EventType"] == event)
        name = arn["Fn::GetAtt"][0] if "Fn::GetAtt" in arn else arn["Ref"]
        return str(self.stack.resolved(self.stack.template["Resources"][name]["Properties"]["FunctionCode"]))

    def _raw(self, behaviour: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same behaviour before its references were resolved."""
        ((name, _),) = self.stack.of(DISTRIBUTION)
        raw = self.stack.template["Resources"][name]["Properties"]["DistributionConfig"]
        all_raw = [raw["DefaultCacheBehavior"], *raw.get("CacheBehaviors", [])]
        found: Mapping[str, Any] = next(b for b in all_raw if self.stack.resolved(b) == behaviour)
        return found

    def _origin(self, behaviour: Mapping[str, Any], request: Request) -> Response:
        (origin,) = (o for o in self.config["Origins"] if o["Id"] == behaviour["TargetOriginId"])
        if "S3OriginConfig" in origin:
            return answered(self.bucket, origin.get("OriginPath", "") + request.path)
        headers = dict(request.headers)
        if behaviour.get("OriginRequestPolicyId") not in ALL_VIEWER:
            headers = {name: value for name, value in headers.items() if name in KEPT}
        host = origin["DomainName"]
        passed = replace(request, host=host, path=origin.get("OriginPath", "") + request.path, headers=headers)
        return self.origins[host](passed)

    def _remapped(self, response: Response) -> Response:
        for said in self.config.get("CustomErrorResponses", []):
            if int(said["ErrorCode"]) == response.status and "ResponsePagePath" in said:
                page = self._origin(self.config["DefaultCacheBehavior"], Request("GET", "", said["ResponsePagePath"]))
                return replace(page, status=int(said.get("ResponseCode", response.status)))
        return response

    def _headed(self, behaviour: Mapping[str, Any], response: Response) -> Response:
        """With what the behaviour's policy says of headers, which takes the place of an origin's where it overrides."""
        raw = self._raw(behaviour).get("ResponseHeadersPolicyId")
        if not isinstance(raw, Mapping):
            return response
        policy = self.stack.template["Resources"][raw["Ref"]]["Properties"]["ResponseHeadersPolicyConfig"]
        said = self.stack.resolved(policy)
        present = {name.lower() for name in response.headers}
        headers = {n: v for n, v, override in _headers(said) if override or n.lower() not in present}
        kept = {n: v for n, v in response.headers.items() if n.lower() not in {name.lower() for name in headers}}
        removed = {item["Header"].lower() for item in said.get("RemoveHeadersConfig", {}).get("Items", [])}
        return replace(response, headers={n: v for n, v in (kept | headers).items() if n.lower() not in removed})


def _headers(policy: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, value and whether it overrides, of all that a policy adds."""
    made = []
    for kind, said in policy.get("SecurityHeadersConfig", {}).items():
        match kind:
            case "StrictTransportSecurity":
                value = f"max-age={said['AccessControlMaxAgeSec']}"
                value += "; includeSubDomains" * said.get("IncludeSubdomains", False)
                value += "; preload" * said.get("Preload", False)
                made.append(("Strict-Transport-Security", value, said["Override"]))
            case "ContentTypeOptions":
                made.append(("X-Content-Type-Options", "nosniff", said["Override"]))
            case "FrameOptions":
                made.append(("X-Frame-Options", said["FrameOption"], said["Override"]))
            case "ReferrerPolicy":
                made.append(("Referrer-Policy", said["ReferrerPolicy"], said["Override"]))
            case "ContentSecurityPolicy":
                made.append(("Content-Security-Policy", said["ContentSecurityPolicy"], said["Override"]))
            case _:
                raise AssertionError(f"the tests know no {kind}")
    items = policy.get("CustomHeadersConfig", {}).get("Items", [])
    return made + [(item["Header"], item["Value"], item["Override"]) for item in items]


def _pattern(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"


def _event(request: Request) -> dict[str, Any]:
    """A viewer request, as CloudFront Functions see it."""
    query = {name: {"value": value} for name, value in request.parameters.items()}
    headers = {name: {"value": value} for name, value in request.headers.items()}
    said = {"method": request.method, "uri": quote(request.path, safe="/%:@!$&'()*+,;=-._~"), "querystring": query}
    context = {"distributionDomainName": request.host, "eventType": "viewer-request", "requestId": "1"}
    return {
        "version": "1.0",
        "context": context,
        "viewer": {"ip": "192.0.2.1"},
        "request": {**said, "headers": headers, "cookies": {}},
    }


def run(code: str, event: Mapping[str, Any]) -> Any:
    """What the function of a distribution makes of `event`."""
    return json.loads(_run(json.dumps({"code": code, "event": event})))


@cache
def _run(asked: str) -> str:
    """A function keeps nothing between two calls, so that the same is asked once."""
    done = subprocess.run(["node", NODE / "edge.mjs"], input=asked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
