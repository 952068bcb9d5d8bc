"""Blueprints that were generated from the schema alone, mended so that what they refer to exists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from hypothesis import strategies as st

from support import meaning_data
from support.catalog import CATALOG
from tierforge.blueprint.schema import options_schema
from tierforge.blueprint.services import INHERITED
from tierforge.tables import regions

Data = dict[str, Any]
AUTH = {name: options_schema(component) for name, component in CATALOG.of("auth").items()}
SOURCES = {"dynamodb-stream": "dynamodb", "s3": "s3"}  # by trigger, the store that it is about
ENGINE_VERSIONS = {
    "postgres": ["16", "17", "18"],
    "mysql": ["8.4"],
    "mariadb": ["11.4", "11.8"],
    "sqlserver": ["2022", "2025"],
    "oracle": ["19"],
    "neptune": ["1.4.5.1", "1.4.7.0"],
    "valkey": ["7.2", "8.0", "8.1"],
    "redis": ["7.0", "7.1"],
    "memcached": ["1.6"],
    "documentdb": ["5.0", "8.0"],
}
KEY = "key/01234567-89ab-cdef-0123-456789abcdef"
CLASSES = {
    "documentdb": ["db.t4g.medium", "db.r6g.large"],
    "neptune": ["db.t4g.medium", "db.r6g.large"],
    "sqlserver": ["db.t3.xlarge", "db.m6i.xlarge"],
    "oracle": ["db.t3.medium", "db.m5.large"],
}
EDITIONS = {"sqlserver": ["web", "standard", "enterprise"], "oracle": ["standard", "enterprise"]}
OF_SERVERS = ("engine_version", "instance_class", "storage", "audit", "slow_log", "slow_ms")
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"KmsMasterKeyId": "alias/aws/sns", "DisplayName": "${AWS::Region}"}}
QUEUE = {
    "Type": "AWS::SQS::Queue",
    "DeletionPolicy": "Delete",
    "UpdateReplacePolicy": "Delete",
    "Properties": {"SqsManagedSseEnabled": True, "QueueName": {"Fn::Sub": "${AWS::StackName}-no"}},
}
PARAMETER = {
    "Type": "AWS::SSM::Parameter",
    "Properties": {"Type": "String", "Value": {"Ref": "AWS::StackName"}},
}
OF_REST_APIS = {"RestApi", "ApiStage"}  # of the following, what an HTTP API does not have, or not so
OF_REST_APIS_ALONE = {"mock", "s3", "dynamodb", "lambda-async", "lambda-custom"}  # integrations
OVERRIDES: dict[str, Any] = {
    "RestApi": {"Properties": {"Description": "an API: with # marks"}},
    "AccessLogGroup": {"Properties": {"RetentionInDays": 30}},
    "$ApiDeployment": {"Properties": {"Description": "no"}},
    "NoSuchThing": {"Properties": {"Description": "nothing"}},
    "ApiStage": [{"op": "replace", "path": "/Properties/TracingEnabled", "value": False}],
}


def mended(draw: st.DrawFn, data: Data) -> Data:
    """`data` with most of its references leading somewhere; one kind of them in thirty is left as it is."""
    for mend in MENDS:
        if draw(st.integers(0, 29)) < 29:
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
        for name in OF_SERVERS if store.get("elastic") is not None else ():
            store.pop(name, None)
        if "engine_version" in store:
            store["engine_version"] = draw(
                st.sampled_from(ENGINE_VERSIONS.get(_engine(store), [store["engine_version"]]))
            )
        if "edition" in store:
            store["edition"] = draw(st.sampled_from(EDITIONS.get(_engine(store), [""])))
            if not store["edition"]:
                store.pop("edition")
        if _engine(store) != "oracle":
            store.pop("license", None)
        if "instance_class" in store:
            known = CLASSES.get(_engine(store), ["db.t4g.micro", "db.t4g.small", "db.m7g.large"])
            store["instance_class"] = draw(st.sampled_from(known))


def _engine(store: Data) -> str:
    """Whose versions and classes a store has."""
    return str(store.get("engine", store["type"] if store.get("type") in ENGINE_VERSIONS else "valkey"))


def _series(draw: st.DrawFn, data: Data) -> None:
    """Warehouses that say what their kind has, and measurements that nobody changes."""
    for store in data.get("data_stores", {}).values():
        if store.get("type") == "redshift":
            other = (
                ("node_type", "nodes", "multi_az")
                if store.get("serverless", True)
                else ("base_capacity", "max_capacity")
            )
            for name in other:
                store.pop(name, None)
            if "node_type" in store:
                store["node_type"] = draw(st.sampled_from(["ra3.large", "ra3.4xlarge"]))
        elif store.get("type") == "timestream":
            of_a_server, live = ("instance_type", "deployment", "storage_gb"), store.get("engine") == "liveanalytics"
            for name in of_a_server if live else ("existing_customer", "memory_hours", "retention_days"):
                store.pop(name, None)
            if live:
                store["existing_customer"] = True
    for _, resource in _resources(data):
        if any(store.get("type") == "timestream" for store in _stores_of(resource, data)) and "operations" in resource:
            kept = [name for name in resource["operations"] if name not in ("update", "delete")]
            resource["operations"] = kept or ["list"]


def _caches(draw: st.DrawFn, data: Data) -> None:
    """Caches that exist and hold nothing, before stores that are none and that functions work on."""
    for store in data.get("data_stores", {}).values():
        if store.get("type") == "elasticache":
            _nodes(draw, store)
        if store.get("type") == "memorydb":
            store.pop("engine_version", None)
            store.pop("node_type", None)
    for _, resource in _resources(data):
        for store in _stores_of(resource, data):
            if store.get("engine") == "memcached" and "list" in resource.get("operations", ()):
                store["engine"] = "valkey"
                for option in ("engine_version", "existing"):
                    store.pop(option, None)
        said = resource.get("cache")
        held = [store.get("type") for store in _stores_of(resource, data)]
        if said is None or not held or {"elasticache", "memorydb"} & set(held) or "integration" in resource:
            resource.pop("cache", None)
        else:
            data["data_stores"].setdefault("a-cache", {"type": "elasticache"})
            resource["cache"] = {"store": "a-cache", "ttl_seconds": 60} if isinstance(said, dict) else "a-cache"
            if data.get("granularity") == "per-api":
                resource["cache"] = "a-cache"


def _nodes(draw: st.DrawFn, store: Data) -> None:
    """What a cache can say: a serverless one nothing of nodes, Memcached nothing of users."""
    memcached, serverless = store.get("engine") == "memcached", store.get("serverless", True)
    for name in ("node_type", "replicas") if serverless else ("storage_gb", "ecpu_per_second"):
        store.pop(name, None)
    for name in (("credentials",) + (() if serverless else ("backup_days", "replicas"))) if memcached else ():
        store.pop(name, None)
    if memcached and store.get("ttl_seconds", 0) > 2_592_000:
        store["ttl_seconds"] = 60
    if "node_type" in store:
        store["node_type"] = draw(st.sampled_from(["cache.t4g.small", "cache.m7g.large"]))


def _callers(draw: st.DrawFn, data: Data) -> None:
    """Somebody signs in where it matters who calls, and groups and scopes that are asked for exist."""
    asking = [r for _, r in _resources(data) if r.get("owner") or r.get("allow") or _allowed(r)]
    if not asking:
        return
    if data.get("auth") in ("none", {"method": "none"}):
        for resource in asking:
            for place in _places(resource):
                place.pop("owner", None)
                place.pop("allow", None)
        return
    for resource in asking:
        for place in _places(resource):
            if place.get("auth") in ("none", {"method": "none"}) or _method(place) == "iam":
                place.pop("auth")  # nobody signs in there, or nothing in a signature says what for
    auth = data.get("auth")
    data["auth"] = auth if isinstance(auth, dict) else {"method": "cognito"}
    if data["auth"].get("method", "cognito") != "cognito":
        return  # groups and scopes are somebody else's to declare
    for kind in ("groups", "scopes"):
        asked = {name for resource in asking for allow in _allowed(resource) for name in allow.get(kind, ())}
        asked -= {"read", "write"} if kind == "scopes" else set()
        if asked:
            known = data["auth"].get(kind, {})
            more = dict.fromkeys(sorted(asked), "asked: for")
            data["auth"][kind] = [*dict.fromkeys([*known, *more])] if isinstance(known, list) else {**known, **more}
            if kind == "scopes":
                data["auth"].pop("sign_in", None)


def _authorizers(_draw: st.DrawFn, data: Data) -> None:
    """Resources and routes say what their own auth method lets them say."""
    above = _method(data) or "cognito"
    for _, resource in _resources(data):
        for place in _places(resource):
            method = _method(place) or _method(resource) or above
            known = {name for name, said in AUTH[method].items() if said.get("x-per-route")}
            if isinstance(place.get("auth"), dict):
                place["auth"] = {key: value for key, value in place["auth"].items() if key in {"method", *known}}


def _issuers(_draw: st.DrawFn, data: Data) -> None:
    """Lambda authorizers know whose tokens are good, and by one kind of proof."""
    for place in [data, *(place for _, resource in _resources(data) for place in _places(resource))]:
        if _method(place) != "lambda-authorizer":
            continue
        said = place["auth"] if isinstance(place["auth"], dict) else {"method": "lambda-authorizer"}
        if "introspection" in said:
            said.pop("saml", None)
        elif "saml" not in said:
            said = {"issuer": "https://login.example.com", "audience": "box-office", **said}
        if said.get("type") == "token":
            said.pop("identity_sources", None)
            if data.get("api", {}).get("type") == "http":
                del said["type"]
        place["auth"] = said


def _user_pools(draw: st.DrawFn, data: Data) -> None:
    """A user pool is made or stands already; metadata has an address, and what tokens carry fits together."""
    said = data.get("auth")
    if not isinstance(said, dict) or said.get("method", "cognito") != "cognito":
        return
    for name, provider in said.get("identity_providers", {}).items():
        if name.startswith("saml"):
            provider.pop("metadata_file", None)
            provider.setdefault("metadata_url", "https://login.example.com/metadata.xml")
    if "existing" in said:
        said["existing"].setdefault("resource_server", "api")
        for decided in said.keys() - {"method", "existing", "sign_in", "token"}:
            del said[decided]
    if said.get("token") == "id" or said.get("sign_in") == "native":
        said.pop("machine_clients", None)
        if "scopes" in said:
            said.pop("token", None)
            said.pop("sign_in", None)
        if said.get("sign_in") == "native":
            said.pop("identity_providers", None)
    for machine in said.get("machine_clients", {}).values():
        machine["scopes"] = draw(st.sampled_from([["read"], ["read", "write"]]))
    email = said.get("email")
    if email is not None:
        identity = "arn:aws:ses:us-east-1:111122223333:identity/no-reply@example.com"
        said["email"] = {**email, "identity": identity} if isinstance(email, dict) else identity


def _credentials(draw: st.DrawFn, data: Data) -> None:
    """Credentials are for users of a pool that is named, and reach a bucket that is there."""
    for place in [data, *(place for _, resource in _resources(data) for place in _places(resource))]:
        pool = place["auth"].get("identity_pool") if isinstance(place.get("auth"), dict) else None
        if isinstance(pool, dict):
            pool |= {"user_pool_id": "us-east-1_AbCdEfGhI", "client_id": "abc"}
            if "data_stores" in pool:
                data.setdefault("data_stores", {})["own-objects"] = {"type": "s3"}
                pool["data_stores"] = {"own-objects": draw(st.sampled_from(list(pool["data_stores"].values())))}


def _workers(draw: st.DrawFn, data: Data) -> None:
    """Workers of stores that are there, each with a source of its own that Lambda can read."""
    stores = data.get("data_stores", {})
    for worker in data.get("workers", {}).values():
        trigger = worker["trigger"]
        if "data_store" in worker:
            worker["data_store"] = draw(st.sampled_from(sorted(stores))) if stores else "none"
            if not stores:
                del worker["data_store"]
        wanted = SOURCES.get(trigger["type"])
        if wanted:
            able = [name for name, store in stores.items() if store["type"] == wanted]
            trigger["data_store"] = draw(st.sampled_from(able)) if able else wanted
            data.setdefault("data_stores", {}).setdefault(trigger["data_store"], {"type": wanted})
        for named in ("queue_arn", "stream_arn"):
            if named in trigger:
                trigger.pop("create", None)
                trigger.pop("queue", None)
        trigger.pop("queue", None)
        if trigger.get("queue_arn", "").endswith(".fifo"):
            trigger |= {"batch_size": min(trigger.get("batch_size", 10), 10), "window_seconds": 0}
        elif trigger["type"] == "sqs" and trigger.get("batch_size", 10) > 10:
            trigger["window_seconds"] = 1
        if trigger["type"] == "event":
            trigger["pattern"] = draw(
                st.sampled_from([{"source": ["shop"]}, {"detail": {"amount": [{"numeric": [">", 0]}]}}])
            )


def _integrations(draw: st.DrawFn, data: Data) -> None:
    """Direct integrations on a store of their type, addresses without parameters, one response by default."""
    for _, resource in _resources(data):
        stores = {store.get("type") for store in _stores_of(resource, data)[:1]}
        for place in [resource, *(route for route in resource.get("routes", ()) if isinstance(route, dict))]:
            said = place.get("integration")
            own = said if isinstance(said, dict) else {}
            own.pop("data_store", None)
            kind = own.get("type") or said
            if (kind in ("s3", "dynamodb") and kind not in stores) or said in ("function", "http", "sqs"):
                place.pop("integration")  # no such store, or an integration that has to say more than its name
            if "url" in own:
                own["url"] = "https://elsewhere.example.com/v1"
            if own.get("responses"):
                by_status = {response["status"]: response for response in own["responses"]}
                own["responses"] = [{"pattern": "x.*", **response} for response in by_status.values()]
                own["responses"][0].pop("pattern")
            elif "responses" in own:
                del own["responses"]


def _invocations(draw: st.DrawFn, data: Data) -> None:
    """Functions that call workers, and functions elsewhere in their Region: such calls make no circle."""
    region, workers = data.get("region", "us-east-1"), sorted(data.get("workers", {}))
    elsewhere = f"arn:aws:lambda:{region}:210987654321:function:elsewhere:live"
    for worker in data.get("workers", {}).values():
        if worker.get("function", {}).get("invokes"):
            worker["function"]["invokes"] = [elsewhere]
    for _, resource in _resources(data):
        for place in _places(resource):
            if place.get("function", {}).get("invokes"):
                place["function"]["invokes"] = draw(
                    st.lists(st.sampled_from([*workers, elsewhere]), max_size=3, unique=True)
                )


def _network(draw: st.DrawFn, data: Data) -> None:
    network = data.get("network", {})
    if "cidr" in network:
        network["cidr"] = draw(st.sampled_from(["10.0.0.0/16", "172.16.4.0/22", "192.168.0.0/20"]))
    if network.get("endpoints") == "existing":
        network.setdefault("cidr", "10.0.0.0/16")
        if not isinstance(network.get("vpc"), Mapping):
            network["vpc"] = {"vpc_id": "vpc-12345678", "private_subnet_ids": ["subnet-12345678", "subnet-abcdef01"]}
    if "shared" in network:
        network["shared"] = "/company/network/"
    if isinstance(network.get("vpc"), Mapping):
        network.pop("nat", None)
        network.pop("shared", None)
    elif any(said.get("egress") == "https" for said in _settings(data)):
        data.setdefault("network", network).setdefault("nat", draw(st.sampled_from(["single", "per-az"])))
    if isinstance(network.get("availability_zones"), list):
        count = len(network["availability_zones"])
        network["availability_zones"] = [f"{data.get('region', 'us-east-1')}{letter}" for letter in "abcd"[:count]]


def _traffic(draw: st.DrawFn, data: Data) -> None:
    """Answers are kept where there is a cache and for those they are for; plans count routes that exist."""
    api = data.get("api", {})
    for _, resource in _resources(data):
        for place in [resource, *(route for route in resource.get("routes", ()) if isinstance(route, dict))]:
            kept = place.get("response_cache")
            if kept:
                data.setdefault("api", api).setdefault("cache", {"size_gb": 0.5})
            if isinstance(kept, dict):
                kept["keys"] = [key for key in kept.get("keys", ()) if not key.startswith("path.")]
                if resource.get("owner") and "shared" in kept:
                    kept["shared"] = False
    for number, plan in enumerate((api.get("usage_plans") or {}).values()):
        plan["keys"] = [f"caller{n}-of-plan{number}" for n, _ in enumerate(plan["keys"])]
        plan.get("throttle", {}).pop("routes", None)


def _range(text: str) -> str:
    """An address range by its first address, without the zeros that a number may begin with."""
    address, prefix = text.split("/")
    return str(ip_network(".".join(str(int(part)) for part in address.split(".")) + f"/{prefix}", strict=False))


def _reach(draw: st.DrawFn, data: Data) -> None:
    """Who reaches the API is said for the endpoint that it has, and its domain has a certificate where it belongs."""
    api = data.get("api", {})
    region, edge, private = (
        data.get("region", "us-east-1"),
        api.get("endpoint") == "edge",
        api.get("endpoint") == "private",
    )
    if private:
        api.pop("allow_cidrs", None)
        api.pop("allow_accounts", None)
        data.get("network", {}).pop("endpoints", None)
        data.get("network", {}).pop("shared", None)
        if isinstance(data.get("network", {}).get("vpc"), Mapping):
            data["network"]["cidr"] = "10.0.0.0/16"
        if "vpc_endpoint_ids" in (api.get("private") or {}):
            api["private"].pop("on_premises_cidrs", None)
            data.get("network", {}).pop("on_premises_cidrs", None)
    else:
        api.pop("private", None)
    for place, option in (
        (api, "allow_cidrs"),
        (api.get("private") or {}, "on_premises_cidrs"),
        (data.get("network", {}), "on_premises_cidrs"),
    ):
        if place.get(option):
            place[option] = sorted({_range(text) for text in place[option]})
    alarms = data.get("observability", {}).get("alarms")
    for said, option in ((api.get("waf"), "web_acl_arn"), (alarms, "topic_arn")):
        if isinstance(said, dict) and option in said:
            said[option] = ":".join([*said[option].split(":")[:3], region, *said[option].split(":")[4:]])
    if domain := api.get("domain"):
        domain.setdefault("hosted_zone_id", "Z0123456789ABCDEFGHIJ")
        domain["name"] = draw(st.sampled_from(["api.example.com", "a.b-c.example.org"]))
        there = "us-east-1" if edge else region
        if "certificate_arn" in domain or there != region:
            domain["certificate_arn"] = (
                f"arn:aws:acm:{there}:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef"
            )
        if private:
            domain["certificate_arn"] = (
                f"arn:aws:acm:{region}:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef"
            )
            if "vpc_endpoint_ids" in (api.get("private") or {}):
                domain.pop("hosted_zone_id")
        if edge or private:
            domain.pop("mutual_tls", None)
            domain.pop("base_path", None)
            domain.pop("existing", None)
        if "existing" in domain:
            for option in ("hosted_zone_id", "certificate_arn", "mutual_tls"):
                domain.pop(option, None)


def _watching(draw: st.DrawFn, data: Data) -> None:
    """Fields of the access log that its API has, each once, and an archive whose key is in the Region."""
    said = data.get("observability", {})
    log, archive = said.get("access_logs"), said.get("log_archive")
    if isinstance(log, dict):
        kind = data.get("api", {}).get("type", "rest")
        known = st.sampled_from(CATALOG.get("api", kind).data["access_log"]["variables"])
        names = draw(st.lists(known, min_size=len(log["fields"]), max_size=len(log["fields"]), unique=True))
        listed = isinstance(log["fields"], list)
        log["fields"] = names if listed else dict(zip(log["fields"], names, strict=True))
    if isinstance(archive, dict) and "kms_key_arn" in archive:
        parts = archive["kms_key_arn"].split(":")
        archive["kms_key_arn"] = ":".join([*parts[:3], data.get("region", "us-east-1"), *parts[4:]])


def _security(draw: st.DrawFn, data: Data) -> None:
    """Keys are of the Region, and what an environment says of accounts is of one account."""
    region = data.get("region", "us-east-1")
    said = data.get("security")
    triggers = [worker["trigger"] for worker in data.get("workers", {}).values()]
    for place in (said, *data.get("data_stores", {}).values(), *triggers):
        if isinstance(place, dict) and "kms_key_arn" in place:
            place["kms_key_arn"] = ":".join([*place["kms_key_arn"].split(":")[:3], region, f"111122223333:{KEY}"])
    if isinstance(said, dict) and "permissions_boundary" in said:
        said["permissions_boundary"] = "arn:aws:iam::111122223333:policy/company/boundary"
        for own in data.get("environments", {}).values():
            own.pop("account_id", None)


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


def _releases(draw: st.DrawFn, data: Data) -> None:
    """Stages or environments, and one way of a release at a time."""
    if "environments" in data:
        data.pop("stages", None)
    stages = [stage for stage in data.get("stages", {}).values() if isinstance(stage, dict)]
    release = data.get("release", {})
    if release.get("strategy", "all-at-once") != "all-at-once":
        release["percent"] = draw(st.integers(10, 99))
        release["minutes"] = draw(st.integers(1, 60))
        for place in (data.get("api", {}), *stages):
            place.pop("canary", None)


def _http_api(draw: st.DrawFn, data: Data) -> None:
    """What an HTTP API lacks is not asked of it, and who signs in with its authorizer does so there."""
    places = [data, *(place for _, resource in _resources(data) for place in _places(resource))]
    for place in places:
        if _method(place) == "jwt" and not isinstance(place["auth"], dict):
            place["auth"] = {"method": "jwt"}
        if _method(place) == "jwt":
            place["auth"] |= {"issuer": "https://login.example.com", "audience": "box-office"}
    if not any(_method(place) == "jwt" for place in places) and data.get("api", {}).get("type") != "http":
        return
    said = data.get("api", {})
    data["api"] = said if said.get("type") == "http" else {"type": "http"}
    if isinstance(data["api"].get("cors"), dict):
        data["api"]["cors"].pop("allow_credentials", None)
    for place in places:
        for lacking in ("request_schema", "api_key", "response_cache"):
            place.pop(lacking, None)
        said = place.get("integration", {})
        if (said if isinstance(said, str) else said.get("type")) in OF_REST_APIS_ALONE:
            del place["integration"]
    for stage in data.get("stages", {}).values():
        for lacking in ("cache", "log_level", "canary"):
            stage.pop(lacking, None)
    data.get("observability", {}).pop("execution_log_level", None)


def _functions(draw: st.DrawFn, data: Data) -> None:
    """Layers of the function's Region, each once, and no more executions than an account has."""
    region = data.get("region", "us-east-1")
    for said in _settings(data):
        if "image" in (data.get("package"), said.get("package")):
            said.pop("layers", None)
        if "layers" in said:
            count = len(said["layers"])
            said["layers"] = [f"arn:aws:lambda:{region}:111122223333:layer:l{n}:1" for n in range(count)]
        for number, secret in enumerate(said.get("secrets", ())):
            if isinstance(secret, dict):
                secret["name"] = f"shop/key{number}"
                secret.update({k: f"arn:aws:kms:{region}:111122223333:{KEY}" for k in secret if k == "kms_key_arn"})
        if "provisioned_concurrency" in said:
            said["provisioned_concurrency"] = 1
        if "reserved_concurrency" in said:
            said["reserved_concurrency"] = draw(st.integers(20, 30))  # a stage has ten aliases, and as many canaries


def _free_form(draw: st.DrawFn, data: Data) -> None:
    """CloudFormation as people write it, and overrides of resources that are there."""
    if data.get("extra_resources"):
        pick = st.sampled_from([TOPIC, QUEUE, PARAMETER])
        data["extra_resources"] = {f"Own{n}": draw(pick) for n, _ in enumerate(data["extra_resources"])}
    if data.get("overrides"):
        there = OVERRIDES.keys() - (OF_REST_APIS if data.get("api", {}).get("type") == "http" else set())
        names = draw(st.lists(st.sampled_from(sorted(there)), min_size=1, max_size=2, unique=True))
        data["overrides"] = {name: OVERRIDES[name] for name in names}


def _events(_draw: st.DrawFn, data: Data) -> None:
    """Events where there is somebody to tell, of operations that are there and a function answers."""
    for _, resource in _resources(data):
        told = _published(resource)
        resource.pop("publishes", None)
        served = resource.get("operations", ()) if "integration" not in resource else ()
        told = {operation: event for operation, event in told.items() if operation in served}
        if told and data["pattern"] == "microservices":
            resource["publishes"] = told


def _published(resource: Data) -> dict[str, str]:
    """The events of a resource, by operation."""
    said = resource.get("publishes")
    return {"create": said} if isinstance(said, str) else said or {}


def _services(draw: st.DrawFn, data: Data) -> None:
    """What a blueprint says, as that of one service of two, where its pattern has services."""
    places = [data, *data.get("environments", {}).values()]
    if data["pattern"] != "microservices":
        for place in places:
            place.pop("services", None)
        return
    shared = {*INHERITED} - {"auth"}  # each may have users of its own
    own = {key: data[key] for key in data.keys() - {*shared, "environments", "services"}}
    for place in places:
        for key in place.keys() - {*shared, "environments", "extends", "account_id"}:
            del place[key]
    other = {
        "resources": {"kept": {"operations": ["list"], "data_store": "kept"}},
        "data_stores": {"kept": {"type": "dynamodb"}},
    }
    calls = draw(st.sampled_from([[], ["first"]])) if _method(own) in ("", "iam") else []
    private = data.get("api", {}).get("endpoint") == "private"
    if private and not isinstance(data.get("network", {}).get("vpc"), Mapping):
        other["network"] = own["network"] = {"vpc": "create"}  # its endpoint takes names of the whole VPC
    events = {event for _, resource in _resources(own) for event in _published(resource).values()}
    subscribes = dict.fromkeys(sorted(events), "heard")
    data["services"] = {"second": {**other, "calls": calls, "subscribes": subscribes}, "first": own}


def _clients(_draw: st.DrawFn, data: Data) -> None:
    """Apps where people sign in with a browser."""
    said = data.get("auth", {})
    said = {"method": said} if isinstance(said, str) else said
    pages = said.get("method") == "cognito" and not {"existing", "sign_in"} & said.keys()
    if not pages and "issuer" not in said:
        data.pop("clients", None)


MENDS: list[Callable[[st.DrawFn, Data], None]] = [
    _region,
    _stores,
    meaning_data.shaped,
    meaning_data.adopted,
    _operations,
    _keys,
    _list_by,
    _engines,
    _series,
    _caches,
    _callers,
    _user_pools,
    _integrations,
    _events,
    _authorizers,
    _credentials,
    _http_api,
    _issuers,
    _workers,
    _invocations,
    _functions,
    _network,
    _traffic,
    _clients,
    _reach,
    _watching,
    _security,
    _environments,
    _releases,
    _free_form,
    meaning_data.presented,
    _services,
]


def _resources(data: Data) -> Iterator[tuple[str, Data]]:
    yield from data.get("resources", {}).items()


def _places(resource: Data) -> list[Data]:
    """A resource and those of its routes that say something of their own."""
    return [resource, *(route for route in resource.get("routes", ()) if isinstance(route, dict))]


def _settings(data: Data) -> list[Data]:
    """What is said of how functions run: of resources, their routes and workers."""
    own = [
        *(place for _, resource in _resources(data) for place in _places(resource)),
        *data.get("workers", {}).values(),
    ]
    return [place["function"] for place in own if isinstance(place.get("function"), dict)]


def _method(place: Data) -> str:
    """The auth method that is said at a place, "" for none."""
    said = place.get("auth", "")
    return said if isinstance(said, str) else said.get("method", "")


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
