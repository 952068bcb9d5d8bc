"""What an operator turns while the application runs replaces nothing: no resource is made anew, none goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import parse
from tierforge.projects import project_of
from tierforge.tables import conditionally_create_only, create_only

BASE: dict[str, Any] = {
    "name": "box-office",
    "pattern": "mobile-backend",
    "resources": {
        "tickets": {"operations": ["list", "create", "read"], "data_store": "tickets", "owner": True},
        "shows": {"operations": ["list", "read"], "data_store": "shows"},
    },
    "data_stores": {"tickets": {"type": "dynamodb"}, "shows": {"type": "rds", "engine": "postgres"}},
    "workers": {"sales": {"trigger": {"type": "sqs"}, "data_store": "tickets"}},
    "stages": {"prod": {}, "test": {}},
    "observability": {"alarms": {"email": "on-call@example.com"}},
}
APIS: dict[str, dict[str, Any]] = {
    "REST": {"type": "rest"},
    "REST as one document": {"type": "rest", "definition": "openapi"},
    "HTTP": {"type": "http"},
}
RATE = {"rate_limit": 5, "burst_limit": 7}
TURNED: dict[str, dict[str, Any]] = {
    "the level of the functions' logs": {"observability": {"log_level": "DEBUG"}},
    "traces": {"observability": {"tracing": False}},
    "metrics": {"observability": {"metrics": True}},
    "how long logs are kept": {"observability": {"log_retention_days": 30}},
    "whether logs stay": {"observability": {"keep_logs": False}},
    "the format of the access log": {"observability": {"access_logs": "clf"}},
    "the fields of the access log": {"observability": {"access_logs": {"fields": ["status", "path"]}}},
    "a dashboard": {"observability": {"dashboard": True}},
    "an archive of the logs": {"observability": {"log_archive": True}},
    "who gets the alarms": {"observability": {"alarms": {"email": "second-line@example.com"}}},
    "the API's throttle": {"api": {"throttle": RATE}},
    "a stage's throttle": {"stages": {"test": {"throttle": RATE}}},
    "a resource's throttle": {"resources": {"shows": {"throttle": RATE}}},
}
# What REST APIs alone have.
TURNED_ON_REST: dict[str, dict[str, Any]] = {
    "the level of the gateway's logs": {"observability": {"execution_log_level": "INFO"}},
    "the level of a stage's logs": {"stages": {"test": {"log_level": "OFF"}}},
    "the cache": {"api": {"cache": {"size_gb": 1.6, "ttl_seconds": 10}}},
    "the firewall's rate": {"api": {"waf": {"rate_limit": 500}}},
}
CASES = [
    *((api, what) for api in APIS for what in TURNED),
    *((api, what) for api in APIS if api != "HTTP" for what in TURNED_ON_REST),
]
# A version goes when the next one is published, and a deployment when the next is made; tests of digests say when.
RELEASES = re.compile(r"(\w+Version|ApiDeployment)[0-9a-f]{8}")
# The subscription of an address is that address; the topic stays.
OWN = {"who gets the alarms": {"AlarmSubscription"}}


def resources(blueprint: Mapping[str, Any]) -> dict[str, Any]:
    return rendered(yaml.safe_dump(blueprint, sort_keys=False))


@cache
def rendered(text: str) -> dict[str, Any]:
    made = project_of(parse("app.yaml", text), CATALOG, linted=False).template
    return {entry.key: entry.data for entry in made.resources()}


def replaced(before: Mapping[str, Any], after: Mapping[str, Any]) -> set[str]:
    """What CloudFormation would make anew: resources whose create-only properties differ, and those that go."""
    old, new = resources(before), resources(after)
    return {key for key in old if key not in new or fixed(old[key]) != fixed(new[key])}


def fixed(data: Any) -> dict[str, Any]:
    """The type of a resource, and the values of the properties whose change replaces it."""
    paths = (*create_only(data["Type"]), *conditionally_create_only(data["Type"]))
    found = {}
    for path in paths:
        value: Any = data.get("Properties", {})
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        found[path] = value
    return {"Type": data["Type"], **found}


@pytest.mark.parametrize(("api", "what"), CASES)
def test_nothing_is_replaced_for(api: str, what: str) -> None:
    base = BASE | {"api": APIS[api]}
    turned = merged(base, (TURNED | TURNED_ON_REST)[what])
    assert resources(base) != resources(turned)
    made_anew = {key for key in replaced(base, turned) if not RELEASES.fullmatch(key)}
    assert made_anew == OWN.get(what, set())


@pytest.mark.parametrize(
    ("what", "key"),
    [
        ({"overrides": {"ShowsSecret": {"Properties": {"Name": "shows"}}}}, "ShowsSecret"),
        (
            {"data_stores": {"tickets": {"partition_key": "show"}}, "resources": {"tickets": {"owner": False}}},
            "TicketsTable",
        ),
        ({"resources": {"shows": {"operations": ["list"]}}}, "ShowsIdGet"),
    ],
)
def test_what_is_replaced_is_seen(what: dict[str, Any], key: str) -> None:
    assert key in replaced(BASE, merged(BASE, what))


def test_a_proxy_that_is_made_anew_has_another_name() -> None:
    """Both stand for a while, and CloudFormation gives no name twice."""
    aurora = {"type": "aurora", "engine": "mysql", "proxy": True, "read_from": "reader"}
    base = BASE | {"data_stores": {"tickets": {"type": "dynamodb"}, "shows": aurora}}
    wider = merged(base, {"network": {"availability_zones": 3}})
    names = {
        "ShowsProxy": "DBProxyName",
        "ShowsProxyReader": "DBProxyEndpointName",
        "ShowsProxyLogGroup": "LogGroupName",
    }
    assert replaced(base, wider) >= set(names)
    for key, name in names.items():
        old, new = (resources(blueprint)[key]["Properties"][name] for blueprint in (base, wider))
        assert old != new
