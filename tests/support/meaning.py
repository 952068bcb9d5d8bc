"""Blueprints that were generated from the schema alone, mended so that what they refer to exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from tierforge.tables import regions

Data = dict[str, Any]
ENGINE_VERSIONS = {"postgres": ["16", "17", "18"], "mysql": ["8.4"]}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns", "DisplayName": "${AWS::Region}"}}
QUEUE = {
    "Type": "AWS::SQS::Queue",
    "DeletionPolicy": "Delete",
    "UpdateReplacePolicy": "Delete",
    "Properties": {"SqsManagedSseEnabled": True, "QueueName": {"Fn::Sub": "${AWS::StackName}-no"}},
}
PARAMETER = {
    "Type": "AWS::SSM::Parameter",
    "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["RestApi", "RootResourceId"]}},
}
OVERRIDES: dict[str, Any] = {
    "RestApi": {"Properties": {"Description": "an API: with # marks"}},
    "AccessLogGroup": {"Properties": {"RetentionInDays": 30}},
    "$ApiDeployment": {"Properties": {"Description": "no"}},
    "NoSuchThing": {"Properties": {"Description": "nothing"}},
    "ApiStage": [{"op": "replace", "path": "/Properties/TracingEnabled", "value": False}],
}


def mended(draw: st.DrawFn, data: Data) -> Data:
    """`data` with most of its references leading somewhere; one kind of them in ten is left as it is."""
    for mend in MENDS:
        if draw(st.integers(0, 9)) < 9:
            mend(draw, data)
    return data


def _region(draw: st.DrawFn, data: Data) -> None:
    if "region" in data:
        common = ["eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "us-gov-west-1", "cn-north-1"]
        data["region"] = draw(st.sampled_from([*common, *sorted(regions())]))


def _operations(draw: st.DrawFn, data: Data) -> None:
    """Something is offered, and there is a store for it where one is needed."""
    for name, resource in _resources(data):
        if not resource.get("operations") and not resource.get("routes"):
            resource["operations"] = draw(st.sampled_from([["list", "create", "read", "update", "delete"], ["read"]]))
        if resource.get("operations") and not resource.get("data_store"):
            resource["data_store"] = name
            data.setdefault("data_stores", {})[name] = {"type": "dynamodb"}


def _stores(draw: st.DrawFn, data: Data) -> None:
    """Stores that exist, mostly one for each resource; a table is one resource's alone."""
    names = list(data.get("data_stores", {}))
    for _, resource in _resources(data):
        said = resource.get("data_store")
        if said is not None and not names:
            resource.pop("data_store")
        elif said and not (isinstance(said, str) and said in data["data_stores"] and draw(st.booleans())):
            name = draw(st.sampled_from(names))
            resource["data_store"] = [name] if isinstance(said, list) else name
        for name in _names(resource):
            if name in names and _type(data, name) == "dynamodb":
                names.remove(name)


def _keys(_draw: st.DrawFn, data: Data) -> None:
    """Key attributes of a table only where the resource that uses it leaves its own open."""
    for _, resource in _resources(data):
        for store in _stores_of(resource, data):
            if not resource.get("owner"):
                store.pop("sort_key", None)
            if {"partition_key", "sort_key"} & store.keys():
                resource.pop("id", None)
            if "{" in resource.get("path", ""):
                resource.pop("path")


def _list_by(draw: st.DrawFn, data: Data) -> None:
    for _, resource in _resources(data):
        indexes = [name for store in _stores_of(resource, data)[:1] for name in store.get("indexes", {})]
        if indexes and not resource.get("owner") and draw(st.booleans()):
            resource["list_by"] = draw(st.sampled_from(indexes))
        else:
            resource.pop("list_by", None)


def _engines(draw: st.DrawFn, data: Data) -> None:
    for store in data.get("data_stores", {}).values():
        if "engine_version" in store:
            store["engine_version"] = draw(st.sampled_from(ENGINE_VERSIONS[store["engine"]]))
        if "instance_class" in store:
            store["instance_class"] = draw(st.sampled_from(["db.t4g.micro", "db.t4g.small", "db.m7g.large"]))


def _callers(draw: st.DrawFn, data: Data) -> None:
    """Somebody signs in where it matters who calls, and groups and scopes that are asked for exist."""
    asking = [r for _, r in _resources(data) if r.get("owner") or r.get("allow") or _allowed(r)]
    if not asking:
        return
    if data.get("auth") in ("none", {"method": "none"}):
        for resource in asking:
            for place in [resource, *(route for route in resource.get("routes", ()) if isinstance(route, dict))]:
                place.pop("owner", None)
                place.pop("allow", None)
        return
    for resource in asking:
        for place in [resource, *(route for route in resource.get("routes", ()) if isinstance(route, dict))]:
            if place.get("auth") in ("none", {"method": "none"}):
                place.pop("auth")
    auth = data.get("auth")
    data["auth"] = auth if isinstance(auth, dict) else {"method": "cognito"}
    for kind in ("groups", "scopes"):
        asked = {name for resource in asking for allow in _allowed(resource) for name in allow.get(kind, ())}
        asked -= {"read", "write"} if kind == "scopes" else set()
        if asked:
            data["auth"][kind] = {**data["auth"].get(kind, {}), **dict.fromkeys(sorted(asked), "asked: for")}
            if kind == "scopes":
                data["auth"].pop("sign_in", None)


def _network(draw: st.DrawFn, data: Data) -> None:
    network = data.get("network", {})
    if "cidr" in network:
        network["cidr"] = draw(st.sampled_from(["10.0.0.0/16", "172.16.4.0/22", "192.168.0.0/20"]))
    if network.get("endpoints") == "existing":
        network.setdefault("cidr", "10.0.0.0/16")
        if not isinstance(network.get("vpc"), Mapping):
            network["vpc"] = {"vpc_id": "vpc-12345678", "private_subnet_ids": ["subnet-12345678", "subnet-abcdef01"]}
    if isinstance(network.get("availability_zones"), list):
        count = len(network["availability_zones"])
        network["availability_zones"] = [f"{data.get('region', 'us-east-1')}{letter}" for letter in "abcd"[:count]]


def _environments(draw: st.DrawFn, data: Data) -> None:
    """Environments that say again what stands there, or take it away, and one that differs as environments do."""
    said = data.get("environments", {})
    names = list(said)
    for own in said.values():
        for key in own.keys() - {"extends", "account_id"}:
            own[key] = data.get(key)
        if "extends" in own:
            own["extends"] = draw(st.sampled_from(names))
    if names:
        differs = st.sampled_from([{"profile": "dev"}, {"observability": {"tracing": False}}, {"tags": {"Stage": "x"}}])
        said[names[0]] = {**said[names[0]], **draw(differs)}


def _free_form(draw: st.DrawFn, data: Data) -> None:
    """CloudFormation as people write it, and overrides of resources that are there."""
    if data.get("extra_resources"):
        pick = st.sampled_from([TOPIC, QUEUE, PARAMETER])
        data["extra_resources"] = {f"Own{n}": draw(pick) for n, _ in enumerate(data["extra_resources"])}
    if data.get("overrides"):
        names = draw(st.lists(st.sampled_from(sorted(OVERRIDES)), min_size=1, max_size=2, unique=True))
        data["overrides"] = {name: OVERRIDES[name] for name in names}


MENDS: list[Callable[[st.DrawFn, Data], None]] = [
    _region,
    _stores,
    _operations,
    _keys,
    _list_by,
    _engines,
    _callers,
    _network,
    _environments,
    _free_form,
]


def _resources(data: Data) -> Iterator[tuple[str, Data]]:
    yield from data.get("resources", {}).items()


def _type(data: Data, store: str) -> str:
    return str(data["data_stores"][store]["type"])


def _stores_of(resource: Data, data: Data) -> list[Data]:
    stores = data.get("data_stores", {})
    return [stores[name] for name in _names(resource) if name in stores]


def _names(resource: Data) -> list[str]:
    said = resource.get("data_store", [])
    return [said] if isinstance(said, str) else said


def _allowed(resource: Data) -> list[Data]:
    """Every {groups, scopes} that a resource or one of its routes says."""
    own = resource.get("allow", {})
    routes = [route.get("allow", {}) for route in resource.get("routes", ()) if isinstance(route, dict)]
    return [own, *(said for said in own.values() if isinstance(said, dict)), *routes]
