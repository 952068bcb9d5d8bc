"""What no row of a table shows: limits of size, warnings, and a policy that tells signed requests from others."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import permutations, product
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.model import Route
from tierforge.projects import Project, project_of
from tierforge.stack.access import access_of, exposed_routes
from tierforge.stack.traffic import settings_of

BASE: dict[str, Any] = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "resources": {
        "tickets": {"operations": ["list", "create", "read"], "data_store": "tickets", "owner": True},
        "shows": {"operations": ["list", "read"], "data_store": "shows", "auth": "none"},
    },
    "data_stores": {"tickets": {"type": "dynamodb"}, "shows": {"type": "dynamodb"}},
}


def project(**said: Any) -> Project:
    """The base blueprint with what is said laid over it."""
    return project_of(
        parse("app.yaml", yaml.safe_dump(merged(deepcopy(BASE), said), sort_keys=False)), CATALOG, linted=False
    )


def warnings(made: Project) -> list[str]:
    """The warnings that come with a project."""
    return [found.message for found in made.stack.notes if found.severity == "warning"]


@pytest.mark.parametrize("count", [400, 480])
def test_a_resource_policy_has_a_largest_size(count: int) -> None:
    ranges = [f"203.0.{n // 250 + 100}.{n % 250}/32" for n in range(count)]
    if count == 400:
        assert project(api={"allow_cidrs": ranges}).template.text
        return
    with pytest.raises(BlueprintError) as refused:
        project(api={"allow_cidrs": ranges})
    (found,) = refused.value.diagnostics
    assert "API Gateway allows 8,192" in found.message
    assert found.span.source.startswith("api:")


@pytest.mark.parametrize(
    ("said", "warning"),
    [
        ({"api": {"cache": {}}}, "no resource keeps answers in the cache"),
        ({"api": {"api_key": True}}, "routes ask for an API key, and no usage plan here has one"),
        (
            {"api": {"usage_plans": {"basic": {"keys": ["app"]}}}},
            "no route asks for an API key, so no plan ever counts",
        ),
        (
            {"api": {"api_key": True, "usage_plans": {"basic": {"keys": ["app"]}}}},
            "an API key is all that 'shows' asks for: it counts callers, and does not say who they are",
        ),
        (
            {"api": {"api_key": True, "cors": {"allow_origins": ["https://app.example.com"]}}},
            "pages can't send the API key that routes ask for",
        ),
        (
            {"api": {"endpoint": "private", "private": {"account_ids": ["111122223333"]}}},
            "accounts are told apart by requests that are signed, and no route asks for that",
        ),
    ],
)
def test_what_is_allowed_and_comes_to_nothing_is_told(said: dict[str, Any], warning: str) -> None:
    assert warning not in warnings(project())
    assert warning in warnings(project(**said))


def signed(route: Route) -> Route:
    """A route whose callers sign their requests with AWS credentials."""
    return replace(route, auth=replace(route.auth, facts={"signed": True}))


def test_signed_requests_are_for_accounts_and_others_for_whoever_the_authorizer_lets_in() -> None:
    made = project(api={"endpoint": "private", "private": {"account_ids": ["111122223333"]}})
    routes = [signed(route) if route.resource.name == "tickets" else route for route in made.stack.routes]
    access = access_of(made.stack.api, routes, made.stack.stages, made.blueprint)
    assert access is not None
    anyone, accounts = access.grants
    assert anyone.methods == ("execute-api:/prod/GET/shows", "execute-api:/prod/GET/shows/*")
    assert set(accounts.methods) == {f"execute-api:/prod/{m}/tickets" for m in ("GET", "POST")} | {
        "execute-api:/prod/GET/tickets/*"
    }
    assert (anyone.anyone, accounts.anyone) == (True, False)
    assert access.accounts == ("${AWS::AccountId}", "111122223333")


def test_where_all_requests_are_signed_nothing_is_granted_to_everybody() -> None:
    made = project(api={"endpoint": "private"})
    routes = [signed(route) for route in made.stack.routes]
    access = access_of(made.stack.api, routes, made.stack.stages, made.blueprint)
    assert access is not None
    assert [(grant.anyone, grant.methods) for grant in access.grants] == [(False, ("execute-api:/*",))]


def test_a_private_domain_is_associated_with_each_endpoint_that_is_given() -> None:
    certificate = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
    endpoints = ["vpce-0123456789abcdef0", "vpce-0fedcba9876543210"]
    made = project(
        api={
            "endpoint": "private",
            "private": {"vpc_endpoint_ids": endpoints},
            "domain": {"name": "api.corp.example.com", "certificate_arn": certificate},
        }
    )
    resources = made.template.data["Resources"]
    kind = "AWS::ApiGateway::DomainNameAccessAssociation"
    found = [r["Properties"]["AccessAssociationSource"] for r in resources.values() if r["Type"] == kind]
    assert found == endpoints
    assert not [key for key, resource in resources.items() if resource["Type"] == "AWS::Route53::RecordSetGroup"]


PATHS = ["/a", "/a/{x}", "/a/b", "/a/{x}/b", "/a/b/{y}", "/a/{x}/{y}", "/a/{x}/c/b", "/a/{x}/b/{y}", "/b/{x}"]


def requests(path: str) -> list[str]:
    """Paths that clients may type for a path with parameters."""
    steps = [("b", "c", "z") if step.startswith("{") else (step,) for step in path.split("/")]
    return ["/".join(typed) for typed in product(*steps)]


def leads_to(typed: str, paths: list[str]) -> str:
    """The path that API Gateway chooses: from the left, a fixed step goes before a parameter."""
    fitting = [path for path in paths if typed in requests(path)]
    return min(fitting, key=lambda path: [step.startswith("{") for step in path.split("/")])


@pytest.mark.parametrize(("opened", "asked"), list(permutations(PATHS, 2)))
def test_what_a_policy_opens_covers_no_signed_route(opened: str, asked: str) -> None:
    made = made_private()
    (route, other, *_) = made.stack.routes
    routes = [replace(route, method="GET", path=opened), signed(replace(other, method="GET", path=asked))]
    access = access_of(made.stack.api, routes, made.stack.stages, made.blueprint)
    assert access is not None
    (anyone, _) = access.grants
    reached = [typed for typed in requests(asked) if leads_to(typed, [opened, asked]) == asked]
    exposed = any(fnmatchcase(f"execute-api:/prod/GET{typed}", anyone.methods[0]) for typed in reached)
    assert bool(list(exposed_routes(access, routes))) is exposed
    assert not list(exposed_routes(access, [routes[0], replace(routes[1], method="POST")]))


@cache
def made_private() -> Project:
    return project(api={"endpoint": "private"})


def test_settings_of_a_method_inherit_nothing_and_escape_its_slashes() -> None:
    made = project(
        api={"cache": {"ttl_seconds": 7}, "throttle": {"rate_limit": 50, "burst_limit": 60}},
        resources={
            "shows": {"response_cache": {"shared": True}},
            "tickets": {"throttle": {"rate_limit": 1, "burst_limit": 2}},
        },
        stages={"prod": {}, "test": {"cache": False, "throttle": {"rate_limit": 5}}},
    )
    prod, test = (settings_of(stage, made.stack.routes) for stage in made.stack.stages)
    assert [(s.path, s.method, s.throttle["rate_limit"], s.ttl_seconds) for s in prod] == [
        ("/*", "*", 50, None),
        ("/~1tickets", "GET", 1, None),
        ("/~1tickets", "POST", 1, None),
        ("/~1tickets~1{id}", "GET", 1, None),
        ("/~1shows", "GET", 50, 7),
        ("/~1shows~1{id}", "GET", 50, 7),
    ]
    assert [(s.path, s.throttle) for s in test if s.path == "/*"] == [("/*", {"rate_limit": 5, "burst_limit": 60})]
    assert {s.ttl_seconds for s in test} == {None}
