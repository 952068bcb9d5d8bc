"""What data stores are told, made to fit together: sizes in order, copies elsewhere, stores that stand already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from support.catalog import CATALOG

Data = dict[str, Any]
ACCOUNT = "111122223333"
VPC = {"vpc_id": "vpc-12345678", "private_subnet_ids": ["subnet-12345678", "subnet-abcdef01"]}
COMPONENTS = CATALOG.of("data-store")


def shaped(draw: st.DrawFn, data: Data) -> None:
    """Capacity that begins below its ceiling, copies in other Regions, objects that move before they go."""
    for store in data.get("data_stores", {}).values():
        capacity = store.get("capacity")
        if isinstance(capacity, Mapping):
            store["capacity"] = {**capacity, "max_read": 100, "max_write": 50}
            if {"read", "write"} & capacity.keys():
                store["capacity"] |= {"read": draw(st.integers(1, 100)), "write": draw(st.integers(1, 50))}
        if isinstance(store.get("replicas"), list):
            home = data.get("region", "us-east-1")
            store["replicas"] = [region for region in ("eu-west-1", "us-west-2") if region != home][:1]
            store.pop("stream", None)
            store.pop("kms_key_arn", None)
        if "lifecycle" in store:
            days = {"infrequent_access_days": 40, "archive_days": 90, "expire_days": 400}
            store["lifecycle"] = {name: days[name] for name in store["lifecycle"]}


def adopted(_draw: st.DrawFn, data: Data) -> None:
    """Stores that stand already are told nothing of their shape, and are where the stack is."""
    region = data.get("region", "us-east-1")
    for name, store in data.get("data_stores", {}).items():
        given, component = store.get("existing"), COMPONENTS[store["type"]]
        if not isinstance(given, dict):
            continue
        if "adopts" not in component.data:
            store.pop("existing")
            continue
        for option in store.keys() - {"type", "existing", *component.data["adopts"]}:
            store.pop(option)
        for key in given:
            if key.endswith("_arn") or key == "arn":
                given[key] = _arn(key, store["type"], region)
        if {"arn", "name"} <= given.keys():
            given.pop("arn")
        if store["type"] == "dynamodb" and not {"arn", "name"} & given.keys():
            given["name"] = f"table-{name}"
        if store["type"] == "timestream" and store.get("engine") == "liveanalytics":
            store["existing"] = {"database": "kept"}
            continue
        if store["type"] == "timestream":
            given.pop("database", None)
            given |= {"endpoint": "influx.example.com", "security_group_id": "sg-01234567"}
        if store["type"] in ("elasticache", "memorydb"):
            _caches(store, given, region)
            data.setdefault("network", {})["vpc"] = VPC
        elif "secret_arn" in component.data["options"]["existing"]["properties"]:
            by_iam = store.get("credentials") == "iam"
            given.pop("secret_arn" if by_iam else "resource_id", None)
            given |= {"resource_id": "db-ABCDEFGH"} if by_iam else {"secret_arn": _arn("secret_arn", "", region)}
            data.setdefault("network", {})["vpc"] = VPC
        uploads = store.get("uploads")
        if isinstance(uploads, dict):
            uploads.pop("allow_origins", None)


def _caches(store: Data, given: Data, region: str) -> None:
    """What says which cache it is and how functions sign in, and no more of it than that way needs."""
    serverless, memcached = store.get("serverless", True), store.get("engine") == "memcached"
    by_secret = store.get("credentials") == "secret"
    named = "serverlesscache:fast" if serverless else "replicationgroup:fast"
    if store["type"] == "memorydb":
        named = "cluster/fast"
    given["arn"] = f"arn:aws:{store['type']}:{region}:{ACCOUNT}:{named}"
    if serverless:
        given.pop("cluster", None)
    for name in ("secret_arn", "kms_key_arn") if memcached or not by_secret else ():
        given.pop(name, None)
    if memcached or by_secret:
        given.pop("user", None)
    else:
        given["user"] = "app"
    if by_secret and not memcached:
        given["secret_arn"] = _arn("secret_arn", "", region)


def _arn(key: str, kind: str, region: str) -> str:
    named = {
        "kms_key_arn": ("kms", "key/01234567-89ab-cdef-0123-456789abcdef"),
        "secret_arn": ("secretsmanager", "secret:app-AbCdEf"),
        "master_secret_arn": ("secretsmanager", "secret:master-AbCdEf"),
        "stream_arn": ("dynamodb", "table/tickets/stream/2026-01-01T00:00:00.000"),
        "arn": (kind, "table/tickets"),
    }
    service, what = named.get(key, (kind, "thing"))
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{what}"


def presented(_draw: st.DrawFn, data: Data) -> None:
    """A page that its hosting can have: of several options that go together, all or none."""
    of_pattern = CATALOG.get("pattern", data["pattern"]).data.get("defaults", {}).get("presentation", {})
    said = data.get("presentation") or {}
    for option in ("basic_auth", "domain") if "certificate_arn" not in str(said.get("domain")) else ("basic_auth",):
        said.pop(option, None)
    if {**of_pattern, **said}.get("hosting") == "amplify":
        _amplified(said, data)
    elif said.get("api_path") and "iam" in str(data.get("auth")):
        said.pop("api_path")
    if "acl_arn" in str(said.get("waf")) or data.get("region", "us-east-1").startswith(("cn-", "us-gov-", "us-iso")):
        said.pop("waf", None)
    said.pop("hsts", None)


def _amplified(said: Data, data: Data) -> None:
    """What Amplify can do, with a repository and without."""
    for option in ("api_path", "domain", "build", "rendering"):
        said.pop(option, None)
    if "repository" not in said:
        said.pop("previews", None)
        said.pop("branches", None)
    if said.get("branch") in (said.get("branches") or {}):
        said.pop("branch")
    for branch in (said.get("branches") or {}).values():
        branch.pop("subdomain", None)
    if data.get("region", "us-east-1") != "us-east-1":
        said.pop("waf", None)
