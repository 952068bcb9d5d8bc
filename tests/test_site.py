"""A page behind CloudFront: what its functions make of paths, and what its policies let it do."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from support.rendered import rendered, variant

PAGE = "/index.html"
# What the page's function makes of a path.
PATHS = {
    "/": PAGE,
    "/index.html": PAGE,
    "/tickets": PAGE,
    "/tickets/": PAGE,
    "/tickets/42/edit": PAGE,
    "/users/jane.doe": PAGE,  # a dot in an address is no ending of a file
    "/versions/2.1": PAGE,
    "/caf%C3%A9/%2E": PAGE,
    "/api": PAGE,
    "/apis/tickets": PAGE,
    "/favicon.ico": "/favicon.ico",
    "/runtime-config.json": "/runtime-config.json",
    "/images/LOGO.PNG": "/images/LOGO.PNG",
    "/images/a%20b.jpeg": "/images/a%20b.jpeg",
    "/gone-0a1B2c3d.js": "/gone-0a1B2c3d.js",  # missing: a 404, not the page
    "/site.webmanifest": "/site.webmanifest",
    "/.well-known/apple-app-site-association": "/.well-known/apple-app-site-association",
}
# What the API's function makes of a path below /api.
CALLS = {
    "/api/tickets": "/tickets",
    "/api/tickets/42": "/tickets/42",
    "/api/": "/",
    "/api/api/x": "/api/x",
    "/api/caf%C3%A9/a.js": "/caf%C3%A9/a.js",
    "/apix/tickets": "/apix/tickets",
}
HARNESS = """
const paths = JSON.parse(require('fs').readFileSync(0));
const made = paths.map((uri) => handler({request: {method: 'GET', uri, querystring: {a: {value: '1'}}, headers: {}}}));
console.log(JSON.stringify(made));
"""


def resources(name: str) -> dict[str, Any]:
    found: dict[str, Any] = rendered(name).template.data["Resources"]
    return found


def requests_made(name: str, function: str, paths: list[str]) -> list[dict[str, Any]]:
    """What a CloudFront Function of a blueprint's template makes of requests for `paths`."""
    node = shutil.which("node")
    if not node:
        pytest.skip("node is not installed")
    code = resources(name)[function]["Properties"]["FunctionCode"]
    done = subprocess.run(
        [node, "-e", code + HARNESS], input=json.dumps(paths), capture_output=True, text=True, check=True
    )
    made: list[dict[str, Any]] = json.loads(done.stdout)
    return made


@pytest.mark.parametrize(("function", "table"), [("SitePageFunction", PATHS), ("SiteApiFunction", CALLS)])
def test_functions_at_the_edge_lead_paths_to_what_is_meant(function: str, table: dict[str, str]) -> None:
    made = requests_made("site", function, list(table))
    assert {path: request["uri"] for path, request in zip(table, made, strict=True)} == table
    assert all(request["querystring"] == {"a": {"value": "1"}} for request in made)


def policy(name: str) -> dict[str, list[str]]:
    """The content security policy of a blueprint's page, by directive, and `enforced` if it is."""
    config = resources(name)["SiteHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    said = config["SecurityHeadersConfig"].get("ContentSecurityPolicy", {}).get("ContentSecurityPolicy")
    reports = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    text = said or reports["Content-Security-Policy-Report-Only"]
    parts = (text if isinstance(text, str) else text["Fn::Sub"]).split("; ")
    found = {directive: sources for directive, *sources in (part.split() for part in parts)}
    return {**found, **({"enforced": []} if said else {})}


SIGN_IN = [
    "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}",
    "https://${LoginDomain}.auth.${AWS::Region}.amazoncognito.com",
]


def test_a_page_may_call_the_api_and_who_signs_people_in_and_nobody_else() -> None:
    assert policy("site")["connect-src"] == ["'self'", *SIGN_IN]  # the API is below /api
    own = "https://${RestApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    assert policy("site-plain")["connect-src"] == ["'self'", own, *SIGN_IN]
    assert policy("site-given")["connect-src"] == ["'self'"]  # and nobody signs in


def test_an_api_that_names_the_page_is_not_named_in_turn() -> None:
    """An HTTP API, and a REST API with its methods within it, wait for the page's address: the policy takes any API."""
    for api in ({"type": "http", "waf": None}, {"definition": "openapi"}):
        for presentation in ({}, {"hosting": "amplify", "framework": "none"}):
            made = variant("site-plain", api=api, presentation=presentation).template.text
            assert " https://*.execute-api.${AWS::Region}.${AWS::URLSuffix} " in made


@pytest.mark.parametrize(
    ("domain", "holder"),
    [(None, dict), ({"name": "api.example.com", "existing": {"parameter": "/company/domain"}}, str)],
)
def test_headers_at_amplify_are_substituted_where_they_name_what_the_stack_makes(domain: Any, holder: type) -> None:
    """Where every host is known, there is nothing to substitute: cfn-lint warns of `!Sub`."""
    more = {"api": {"domain": domain}, "auth": "none", "presentation": {"hosting": "amplify"}}
    properties = variant("site-plain", **more).template.data["Resources"]["SiteApp"]["Properties"]
    assert isinstance(properties["CustomHeaders"], holder)


def test_a_policy_only_reports_until_it_is_to_be_enforced() -> None:
    assert "enforced" in policy("site")
    assert policy("site")["img-src"] == ["'self'", "data:", "https://images.example.com"]
    assert "enforced" not in policy("site-plain")


def test_the_web_acl_of_an_api_behind_the_edge_does_not_take_the_edge_for_one_caller() -> None:
    """It sees addresses of CloudFront only: the rate is limited in front of that."""

    def rules(acl: dict[str, Any]) -> list[str]:
        return [rule["Name"] for rule in acl["Properties"]["Rules"]]

    assert "rate-limit" not in rules(resources("site")["WebAcl"])
    (edge,) = rendered("site").companions
    assert "rate-limit" in rules(edge.template.data["Resources"]["SiteWebAcl"])


def test_an_http_api_stands_behind_the_page_by_the_name_of_its_stage() -> None:
    """A reference to the stage would be a circle: stage, routes, authorizer, app client, back to the page's address."""
    made = variant("site-plain", api={"type": "http", "waf": None}, presentation={"api_path": "/api"})
    config = made.template.data["Resources"]["SiteDistribution"]["Properties"]["DistributionConfig"]
    (origin,) = (each for each in config["Origins"] if each["Id"] == "api")
    assert origin["DomainName"] == {"Fn::Sub": "${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert origin["OriginPath"] == "/prod"
    assert "CorsConfiguration" not in made.template.data["Resources"]["HttpApi"]["Properties"]


def test_signed_requests_that_the_page_can_not_lead_to_the_api_are_told_of() -> None:
    """Who signs may call the API's own address all the same: a warning, at the route that is meant."""
    reports = {"operations": ["read"], "data_store": "reports", "auth": {"method": "iam", "roles": ["reports"]}}
    made = variant("site", resources={"reports": reports}, data_stores={"reports": {"type": "dynamodb"}})
    (told,) = (note for note in made.stack.notes if note.severity == "warning")
    assert told.message == "signed requests don't come by the page's host: host and path are part of the signature"
    assert told.span.source.strip() == "auth:"


UNREGISTERED = "the page has no client id, and https://login.example.com/ signs nobody in without one"


@pytest.mark.parametrize("method", ["lambda-authorizer", "jwt"])
def test_a_page_that_can_sign_nobody_in_is_told_of(method: str) -> None:
    auth = {"method": method, "issuer": "https://login.example.com/", "audience": "box-office"}
    api = {"type": "http", "waf": None} if method == "jwt" else {}
    for client_id, told in ((None, {UNREGISTERED}), ("page", set())):
        made = variant("site-plain", api=api, auth={**auth, "client_id": client_id})
        assert {note.message for note in made.stack.notes if note.severity == "warning"} == told
