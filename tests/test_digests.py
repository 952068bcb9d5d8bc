"""A deployment and a version are new exactly when callers would see something else; nothing else makes one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from support.catalog import CATALOG
from tierforge.blueprint.source import parse
from tierforge.projects import project_of

BASE = """\
name: box-office
pattern: mobile-backend
profile: prod
auth: {method: cognito, scopes: {refund: Give money back}}
resources:
  tickets:
    operations: [list, create, read]
    data_store: tickets
    owner: true
    function: {memory_mb: 512}
  shows:
    operations: [list, read]
    data_store: shows
data_stores:
  tickets: {type: dynamodb, ttl: expiresAt}
  shows: {type: rds, engine: postgres}
"""
Edit = Callable[[str], str]


@cache
def digests(blueprint: str) -> Mapping[str, str]:
    """The digest in each logical ID that ends in one, by what stands before it."""
    made = project_of(parse("app.yaml", blueprint), CATALOG, linted=False).template
    found = (re.fullmatch(r"(ApiDeployment|\w+Version)([0-9a-f]{8})", entry.key) for entry in made.resources())
    return {match[1]: match[2] for match in found if match}


def changed(edit: Edit, blueprint: str = BASE) -> set[str]:
    """What is new after `edit`; IDs that come or go are left to the test of what is rendered."""
    before, after = digests(blueprint), digests(edit(blueprint))
    assert edit(blueprint) != blueprint
    return {stem for stem in before.keys() & after.keys() if before[stem] != after[stem]}


def adding(text: str) -> Edit:
    return lambda blueprint: blueprint + text + "\n"


def replacing(old: str, new: str) -> Edit:
    return lambda blueprint: blueprint.replace(old, new)


VERSIONS = {"TicketsVersion", "ShowsVersion", "ShowsMigrateVersion"}

UNCHANGED: dict[str, Edit] = {
    "a comment": adding("# a comment"),
    "a tag": adding("tags: {Team: Sales}"),
    "a description in a template": replacing("profile: prod", "# said by nobody\nprofile: prod"),
    "the level of execution logs": adding("observability: {execution_log_level: INFO}"),
    "how long logs are kept": adding("observability: {log_retention_days: 30}"),
    "metrics": adding("observability: {metrics: true}"),
    "what a request leaves in the log": adding("observability: {access_logs: {fields: [status, path]}}"),
    "lines in Common Log Format": adding("observability: {access_logs: clf}"),
    "a dashboard": adding("observability: {dashboard: true}"),
    "an archive of the logs": adding("observability: {log_archive: true}"),
    "where alarms go": adding("observability: {alarms: {email: ops@example.com}}"),
    "the stage's throttle": adding("api: {throttle: {rate_limit: 5, burst_limit: 5}}"),
    "a route's throttle": replacing("owner: true", "owner: true\n    throttle: {rate_limit: 5, burst_limit: 5}"),
    "the firewall": adding("api: {waf: false}"),
    "a cache that keeps nothing yet": adding("api: {cache: {size_gb: 0.5}}"),
    "a plan's quota": adding("api: {usage_plans: {basic: {keys: [app], quota: {limit: 10, period: DAY}}}}"),
    "reserved concurrency": replacing("memory_mb: 512", "memory_mb: 512, reserved_concurrency: 5"),
    "backups": replacing("ttl: expiresAt", "ttl: expiresAt, backup_days: 7"),
    "another resource in the template": adding("extra_resources: {Topic: {Type: 'AWS::SNS::Topic'}}"),
}
NEW_DEPLOYMENT: dict[str, Edit] = {
    "a route": replacing("[list, read]", "[list, read, delete]"),
    "a custom route": replacing("data_store: shows", "data_store: shows\n    routes: ['POST /shows/{id}/like']"),
    "who may call": replacing("owner: true", "owner: true\n    allow: {scopes: [refund]}"),
    "a public resource": replacing("data_store: shows", "data_store: shows\n    auth: none"),
    "what a body is": replacing("owner: true", "owner: true\n    request_schema: {type: object, required: [seat]}"),
    "an answer of the gateway": adding(
        "overrides: {ThrottledResponse: {Properties: {ResponseTemplates: {application/json: '{}'}}}}"
    ),
    "what answers are kept by": lambda blueprint: adding("api: {cache: {}}")(
        blueprint.replace("data_store: shows", "data_store: shows\n    response_cache: {keys: [query.lang]}")
    ),
    "an API key to call with": lambda blueprint: adding("api: {usage_plans: {basic: {keys: [app]}}}")(
        blueprint.replace("data_store: shows", "data_store: shows\n    api_key: true")
    ),
    "who reaches it": adding("api: {allow_cidrs: [203.0.113.0/24]}"),
    "a domain, which closes its own address": adding(
        "api: {domain: {name: api.example.com, hosted_zone_id: Z0123456789}}"
    ),
    "compression": adding("overrides: {RestApi: {Properties: {MinimumCompressionSize: 0}}}"),
    "what the authorizer caches": adding("overrides: {Authorizer: {Properties: {AuthorizerResultTtlInSeconds: 60}}}"),
    "a resource server made anew": adding("overrides: {ResourceServer: {Properties: {Identifier: shop}}}"),
}
AS_ONE_DOCUMENT = "api: {definition: openapi}\n"
NEW_VERSIONS: dict[str, tuple[Edit, set[str]]] = {
    "memory": (replacing("memory_mb: 512", "memory_mb: 1024"), {"TicketsVersion"}),
    "a variable": (replacing("memory_mb: 512", "environment: {MODE: fast}"), {"TicketsVersion"}),
    "a runtime": (replacing("memory_mb: 512", "runtime: python3.12"), {"TicketsVersion"}),
    "the level of the functions' logs": (adding("observability: {log_level: DEBUG}"), VERSIONS),
    "handlers": (adding("handlers: plain"), VERSIONS),
    "a table made anew": (adding("overrides: {TicketsTable: {Properties: {TableName: tickets}}}"), {"TicketsVersion"}),
    "a table with another key": (replacing("    owner: true\n", ""), {"TicketsVersion"}),
    "a secret made anew": (
        adding("overrides: {ShowsSecret: {Properties: {Name: shows}}}"),
        {"ShowsVersion", "ShowsMigrateVersion"},
    ),
    "a role made anew": (adding("overrides: {ShowsRole: {Properties: {RoleName: shows}}}"), {"ShowsVersion"}),
    "another VPC": (adding("network: {cidr: 10.99.0.0/16}"), {"ShowsVersion", "ShowsMigrateVersion"}),
}

HTTP = BASE.replace("auth:", "api: {type: http}\nauth:", 1)
# What means the same to both types of API; the other edits are about what REST APIs alone have.
ALIKE = (
    "a comment",
    "a tag",
    "how long logs are kept",
    "metrics",
    "what a request leaves in the log",
    "a dashboard",
    "an archive of the logs",
    "where alarms go",
    "a route's throttle",
)
ALIKE_ANEW = ("a route", "a custom route", "who may call", "a public resource", "a resource server made anew")


def saying(more: str) -> Edit:
    return replacing("type: http", "type: http, " + more)


HTTP_UNCHANGED: dict[str, Edit] = {
    **{what: UNCHANGED[what] for what in ALIKE},
    "the stage's throttle": saying("throttle: {rate_limit: 5, burst_limit: 5}"),
    "stages that stand beside the first": adding("stages: {prod: {}, test: {}}"),
}
HTTP_NEW_DEPLOYMENT: dict[str, Edit] = {
    **{what: NEW_DEPLOYMENT[what] for what in ALIKE_ANEW},
    "a domain, which closes its own address": saying("domain: {name: api.example.com, hosted_zone_id: Z0123456789}"),
    "pages that may call": saying('cors: {allow_origins: ["https://app.example.com"]}'),
    "for whom tokens are": adding("overrides: {AppClient: {Properties: {GenerateSecret: true}}}"),
    "how long the API waits": adding("overrides: {TicketsIntegration: {Properties: {TimeoutInMillis: 29500}}}"),
}


def test_they_are_the_same_each_time() -> None:
    assert digests(BASE) == digests(BASE)
    assert set(digests(BASE)) == {"ApiDeployment", *VERSIONS}


@pytest.mark.parametrize("what", UNCHANGED)
def test_nothing_is_released_for(what: str) -> None:
    assert changed(UNCHANGED[what]) == set()


@pytest.mark.parametrize("what", NEW_DEPLOYMENT)
def test_the_api_is_deployed_anew_for(what: str) -> None:
    assert "ApiDeployment" in changed(NEW_DEPLOYMENT[what])


def says_api(edit: Edit) -> bool:
    """Whether an edit adds the section that a blueprint of the other form has already."""
    return "\napi:" in "\n" + edit(BASE)


@pytest.mark.parametrize("what", [what for what in UNCHANGED if not says_api(UNCHANGED[what])])
def test_nothing_is_released_for_it_where_the_api_is_one_document(what: str) -> None:
    assert changed(UNCHANGED[what], BASE + AS_ONE_DOCUMENT) == set()


@pytest.mark.parametrize("what", [what for what in NEW_DEPLOYMENT if not says_api(NEW_DEPLOYMENT[what])])
def test_one_document_is_deployed_anew_for(what: str) -> None:
    assert "ApiDeployment" in changed(NEW_DEPLOYMENT[what], BASE + AS_ONE_DOCUMENT)


@pytest.mark.parametrize("what", HTTP_UNCHANGED)
def test_no_http_api_is_released_for(what: str) -> None:
    assert changed(HTTP_UNCHANGED[what], HTTP) == set()


@pytest.mark.parametrize("what", HTTP_NEW_DEPLOYMENT)
def test_an_http_api_is_deployed_anew_for(what: str) -> None:
    assert "ApiDeployment" in changed(HTTP_NEW_DEPLOYMENT[what], HTTP)


@pytest.mark.parametrize("what", NEW_VERSIONS)
def test_functions_alone_are_published_anew_for(what: str) -> None:
    edit, wanted = NEW_VERSIONS[what]
    assert changed(edit) == wanted


def test_tracing_is_the_stages_and_the_functions_business() -> None:
    assert changed(adding("observability: {tracing: false}")) == VERSIONS


def test_cors_is_for_the_api_and_for_the_handlers_that_answer() -> None:
    found = changed(adding('api: {cors: {allow_origins: ["https://app.example.com"]}}'))
    assert found == {"ApiDeployment", "TicketsVersion", "ShowsVersion"}


def test_going_back_brings_back_the_digest() -> None:
    there = replacing("memory_mb: 512", "memory_mb: 1024")
    back = replacing("memory_mb: 1024", "memory_mb: 512")
    assert digests(back(there(BASE))) == digests(BASE)
