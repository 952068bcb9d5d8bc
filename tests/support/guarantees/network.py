"""A function in the VPC reaches its stores and the services it calls, and nothing else reaches or is reached."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees import stores
from support.guarantees.view import View, arn_of, frozen, listed, ref, target
from support.guarantees.workers import delivery_grants
from tierforge.components import dig
from tierforge.model import Function, Part

NOTHING = [{"CidrIp": "127.0.0.1/32", "IpProtocol": "-1"}]  # an egress list that is empty would allow everything
WITHOUT_ENDPOINT = {
    "execute-api",  # other services are called over the internet
    "logs",
    "xray",
    "ec2",
    "rds-db",
    "elasticfilesystem",
    "elasticache",
    "memorydb",
    "dax",
    "neptune-db",
    "redshift",
    "redshift-serverless",
}  # called by Lambda itself, or no service to connect to
GATEWAYS = {"dynamodb", "s3"}
ENDPOINT_PORTS = {"cassandra": 9142}  # others answer on 443
ANYWHERE = "0.0.0.0/0"
# Buckets of AWS that everybody may use: packages of Amazon Linux, and where CloudFormation takes signals.
OPEN = {
    "arn:${AWS::Partition}:s3:::al2023-repos-${AWS::Region}-de612dc2/*",
    "arn:${AWS::Partition}:s3:::cloudformation-waitcondition-${AWS::Region}/*",
}
PORTS = {
    "postgres": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "sqlserver": 1433,
    "oracle": 2484,
    "documentdb": 27017,
    "influxdb": 8086,
    "efs": 2049,
    "valkey": 6379,
    "redis": 6379,
    "memcached": 11211,
    "dynamodb": 9111,
    "neptune": 8182,
}
BESIDE = {6379: 6380, 11211: 11212}  # what a serverless cache names to clients itself
RULES = ("EC2::SecurityGroupEgress", "EC2::SecurityGroupIngress")
Rule = tuple[str, int, str]  # from a group, on a port, to a group, a range or a prefix list


def groups_let_nothing_out_by_themselves(view: View) -> Iterator[str]:
    for key, group in view.of("EC2::SecurityGroup"):
        egress = [
            {k: v for k, v in rule.items() if k != "Description"} for rule in group.get("SecurityGroupEgress", [])
        ]
        if egress != NOTHING:
            yield f"{key} lets {egress or 'everything'} out"
        if "SecurityGroupIngress" in group:
            yield f"{key} has rules of its own: two groups that name each other can't be made"


def functions_reach_what_they_use_and_nothing_else(view: View) -> Iterator[str]:
    made = {_rule(rule, "GroupId", _towards(rule)) for _, rule in view.of("EC2::SecurityGroupEgress")}
    wanted = {rule for function in view.project.stack.functions for rule in _needed(function, view)}
    wanted |= {rule for store in view.project.stack.stores for rule in _between(store)}
    wanted |= {rule for store in view.project.stack.stores for rule in _of_server(store, view)}
    yield from (f"{a} may reach {b} on port {port} for nothing" for a, port, b in sorted(made - wanted))
    yield from (f"{a} can't reach {b} on port {port}" for a, port, b in sorted(wanted - made))


def doors_open_from_one_side_to_the_other(view: View) -> Iterator[str]:
    out = {_rule(rule, "GroupId", _towards(rule)) for _, rule in view.of("EC2::SecurityGroupEgress")}
    doors = [rule for _, rule in view.of("EC2::SecurityGroupIngress") if "CidrIp" not in rule]
    into = {_rule(rule, "SourceSecurityGroupId", rule["GroupId"]) for rule in doors}
    between_groups = {rule for rule in out if "GroupId" in rule[2] or rule[2].startswith('"sg-')}
    yield from (f"{a} to {b} on {port} is open on one side only" for a, port, b in sorted(between_groups ^ into))


def rules_are_said_once(view: View) -> Iterator[str]:
    """EC2 refuses a rule that a group has already."""
    rules = [json.dumps({**rule, "Description": ""}, sort_keys=True) for _, rule in view.of(*RULES)]
    yield from (f"{rule} is said {n} times" for rule, n in Counter(rules).items() if n > 1)


def rules_are_narrow(view: View) -> Iterator[str]:
    for key, rule in view.of(*RULES):
        if rule["IpProtocol"] != "tcp" or rule["FromPort"] != rule["ToPort"] or not 0 < rule["ToPort"] <= 65535:
            yield f"{key} opens more than one port"
        if (
            rule.get("CidrIp") == ANYWHERE and (rule["ToPort"] != 443 or not _outward(rule, view))
        ) or "CidrIpv6" in rule:
            yield f"{key} opens the world"
        if not rule.get("Description"):
            yield f"{key} does not say what for"


def _outward(rule: Mapping[str, Any], view: View) -> bool:
    """Whether a rule is of a function that the blueprint lets call addresses on the internet."""
    named = [arn_of(f"{f.id}FunctionSecurityGroup", "GroupId") for f in view.project.stack.functions if _calls_out(f)]
    return "SourceSecurityGroupId" not in rule and rule["GroupId"] in named


def _needed(function: Function, view: View) -> Iterator[Rule]:
    """The rules of a function, from its uses and from the calls that its role allows."""
    if not _inside(function):
        return
    own = frozen(arn_of(f"{function.id}FunctionSecurityGroup", "GroupId"))
    for use in function.uses:
        if use.in_vpc:
            port = dig(use.part.options, "existing.port") or use.part.options.get("port") or PORTS[_engine(use.part)]
            yield own, port, frozen(stores.group(use.part, around=use.role == "owner"))
            if use.part.component.name == "elasticache" and use.part.options["serverless"]:
                yield own, BESIDE[PORTS[_engine(use.part)]], frozen(stores.group(use.part, around=True))
    if _calls_out(function):
        yield own, 443, frozen(ANYWHERE)
    called = _called(function, view)
    existing = view.blueprint["network"]["endpoints"] == "existing"
    place = view.blueprint["network"]["cidr"] if existing else _endpoint_group(view)
    for port in {ENDPOINT_PORTS.get(service, 443) for service in (called if existing else called - GATEWAYS)}:
        yield own, port, frozen(place)
    for service in called & GATEWAYS:
        yield own, 443, frozen(ref(f"{service.capitalize()}PrefixListId"))


def _engine(store: Part) -> str:
    return str(store.options.get("engine", store.component.name))


def _between(store: Part) -> Iterator[Rule]:
    """What a proxy may reach: its database."""
    if store.options.get("proxy") and not store.adopted:
        groups = (frozen(arn_of(f"{store.id}{each}SecurityGroup", "GroupId")) for each in ("Proxy", ""))
        yield next(groups), PORTS[store.options["engine"]], next(groups)


def _called_by_server(store: Part) -> set[str]:
    """What a server of one's own calls: to be managed, to measure, for its first secret, and for packages."""
    own = store.component.name == "ec2" and not store.adopted
    return {"monitoring", "s3", "secretsmanager", "ssm", "ssmmessages"} if own else set()


def _of_server(store: Part, view: View) -> Iterator[Rule]:
    """What a server of one's own may reach: the endpoints of what it calls."""
    if _called_by_server(store):
        own = frozen(arn_of(f"{store.id}SecurityGroup", "GroupId"))
        yield own, 443, frozen(ref("S3PrefixListId"))
        if view.blueprint["network"]["endpoints"] == "existing":
            yield own, 443, frozen(view.blueprint["network"]["cidr"])
        else:
            yield own, 443, frozen(_endpoint_group(view))


def _endpoint_group(view: View) -> Any:
    """The group of the interface endpoints, whoever made it."""
    return ref("EndpointSecurityGroupId") if view.shared else arn_of("EndpointSecurityGroup", "GroupId")


def functions_are_in_the_vpc_only_for_a_store(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        said = view.properties(f"{function.id}Function").get("VpcConfig")
        if bool(said) != _inside(function):
            yield f"{function.name} is in a VPC without need, or not in one where its store is"
        elif said:
            if said["SecurityGroupIds"] != [arn_of(f"{function.id}FunctionSecurityGroup", "GroupId")]:
                yield f"{function.name} has another's security group"
            if not said["SubnetIds"] or any(subnet not in _private_subnets(view) for subnet in said["SubnetIds"]):
                yield f"{function.name} is in other subnets than the private ones"


def _private_subnets(view: View) -> list[Any]:
    """The private subnets as the template names them, whoever made them."""
    said = view.blueprint["network"]["vpc"]
    made = view.template["Parameters"] if view.shared else dict(view.of("EC2::Subnet"))
    return said["private_subnet_ids"] if "vpc_id" in said else [ref(k) for k in made if k.startswith("PrivateSubnet")]


def services_have_a_way_in(view: View) -> Iterator[str]:
    """There is an endpoint for whatever is called, by the functions of this stack or of those that share its VPC."""
    created = view.blueprint["network"]["endpoints"] == "create" and not view.shared
    endpoints = {e["ServiceName"]["Fn::Sub"].rpartition(".")[2]: e for _, e in view.of("EC2::VPCEndpoint")}
    endpoints.pop("execute-api", None)  # the way into the API, which no function calls
    needed = {s for each in view.sharers for f in each.project.stack.functions if _inside(f) for s in _called(f, each)}
    stores = [store for each in view.sharers for store in each.project.stack.stores]
    needed |= {service for store in stores for service in _called_by_server(store)}
    if set(endpoints) != (needed if created else set()):
        yield f"there are endpoints of {sorted(endpoints)}, but {sorted(needed)} are called"
    for service, endpoint in endpoints.items():
        kind = "Gateway" if service in GATEWAYS else "Interface"
        if endpoint["VpcEndpointType"] != kind:
            yield f"the endpoint of {service} should be of kind {kind}"
        if kind == "Interface" and not (
            endpoint["PrivateDnsEnabled"]
            and endpoint["SecurityGroupIds"] == [arn_of("EndpointSecurityGroup", "GroupId")]
        ):
            yield f"the endpoint of {service} is not found by its name, or has another group"
        if kind == "Gateway" and not (endpoint["RouteTableIds"] and "SubnetIds" not in endpoint):
            yield f"the endpoint of {service} is in no route table"
        yield from _policy_faults(service, endpoint["PolicyDocument"], view)


def _policy_faults(service: str, policy: Mapping[str, Any], view: View) -> Iterator[str]:
    for statement in policy["Statement"]:
        condition = statement.get("Condition", {})
        if "Condition" not in statement and listed(statement["Resource"])[0].get("Fn::Sub", "") in OPEN:
            continue
        if service in GATEWAYS and view.sharers != [view]:
            yield from _shared_policy_faults(service, statement, view)
        elif service in GATEWAYS:
            allowed = condition.get("ArnEquals", {}).get("aws:PrincipalArn", [])
            callers = [f for f in view.project.stack.functions if _inside(f) and service in _called(f, view)]
            if sorted(map(frozen, allowed)) != sorted(frozen(arn_of(f"{f.id}Role")) for f in callers):
                yield f"the endpoint of {service} is not for those alone who call it"
            if "*" in listed(statement["Resource"]):
                yield f"the endpoint of {service} leads to others' data"
        elif set(listed(statement["Resource"])) <= _elsewhere(view):
            if set(condition.get("StringEquals", {})) != {"aws:PrincipalAccount"}:
                yield f"the endpoint of {service} is for other accounts' principals"
        elif set(condition.get("StringEquals", {})) != {"aws:PrincipalAccount", "aws:ResourceAccount"}:
            yield f"the endpoint of {service} leads to other accounts"


def _shared_policy_faults(service: str, statement: Mapping[str, Any], view: View) -> Iterator[str]:
    """A gateway endpoint of several services is for this account and its data, and for what they name elsewhere."""
    accounts = set(statement["Condition"]["StringEquals"])
    adopted = [store for each in view.sharers for store in each.project.stack.stores if store.adopted]
    if "*" not in listed(statement["Resource"]) and accounts == {"aws:PrincipalAccount"} and adopted:
        return
    if accounts != {"aws:PrincipalAccount", "aws:ResourceAccount"}:
        yield f"the endpoint of {service} leads to other accounts"


def _elsewhere(view: View) -> set[str]:
    """The ARNs of functions elsewhere that those in the VPC call."""
    functions = [function for each in view.sharers for function in each.project.stack.functions]
    uses = (use for function in functions if _inside(function) for use in function.uses)
    return {use.part.view["arn"] for use in uses if use.role == "callee" and use.part.view["arn"]}


def subnets_are_private(view: View) -> Iterator[str]:
    """No subnet gives public addresses, and only those of NAT gateways have a route to the internet gateway."""
    for key, _ in view.of("EC2::NetworkAcl"):
        yield f"{key} opens the private subnets"
    table_of = {
        target(a["SubnetId"]): target(a["RouteTableId"]) for _, a in view.of("EC2::SubnetRouteTableAssociation")
    }
    ranges = []
    for key, subnet in view.of("EC2::Subnet"):
        ranges.append(frozen(subnet["CidrBlock"]))
        if subnet.get("MapPublicIpOnLaunch") is not False or key not in table_of:
            yield f"{key} is not private"
    if len(set(ranges)) != len(ranges):
        yield "two subnets have one range"
    public = {target(route["RouteTableId"]) for _, route in view.of("EC2::Route") if "GatewayId" in route}
    houses = {target(nat["SubnetId"]) for _, nat in view.of("EC2::NatGateway")}
    yield from (f"{key} is public" for key, table in table_of.items() if table in public and key not in houses)
    yield from (f"{key} holds a NAT gateway and is not public" for key in houses if table_of.get(key) not in public)
    for key, where in _subnets_of(view):
        yield from (f"{key} is in the public subnet {subnet}" for subnet in where if subnet in houses)
    for key, group in view.of("RDS::DBSubnetGroup"):
        if len(group["SubnetIds"]) < 2:
            yield f"{key} is in one zone: RDS asks for two"


def _subnets_of(view: View) -> Iterator[tuple[str, list[str]]]:
    """What is in subnets that this template makes, with their logical IDs."""
    for kind in ("Lambda::Function", "EC2::VPCEndpoint", "RDS::DBSubnetGroup"):
        for key, made in view.of(kind):
            listed_ids = made.get("SubnetIds") or made.get("VpcConfig", {}).get("SubnetIds", [])
            yield key, [subnet["Ref"] for subnet in listed_ids if isinstance(subnet, Mapping)]


def ways_out_are_those_of_the_blueprint(view: View) -> Iterator[str]:
    """As many NAT gateways as `network.nat` says, each with a route from the subnets of its zone that functions use."""
    used = {subnet for key, where in _subnets_of(view) if view.kind(key) != "RDS::DBSubnetGroup" for subnet in where}
    functions = [function for each in view.sharers for function in each.project.stack.functions]
    said = view.blueprint["network"]
    zones = (
        said["availability_zones"] if isinstance(said["availability_zones"], int) else len(said["availability_zones"])
    )
    made_here = any(True for _ in view.of("EC2::VPC"))
    called = any(_inside(f) and any(use.role == "service" for use in f.uses) for f in functions)
    nat = said["nat"] or ("single" if called else "none")
    wanted = {"none": 0, "single": 1, "per-az": zones}[nat] if made_here else 0
    gateways = dict(view.of("EC2::NatGateway"))
    for kind, most in (("NatGateway", wanted), ("EIP", wanted), ("InternetGateway", min(wanted, 1))):
        made = len(list(view.of(f"EC2::{kind}")))
        if made != most:
            yield f"there are {made} of EC2::{kind} instead of {most}"
    routes = {target(r["RouteTableId"]): r["NatGatewayId"] for _, r in view.of("EC2::Route") if "NatGatewayId" in r}
    tables = {target(a["SubnetId"]): target(a["RouteTableId"]) for _, a in view.of("EC2::SubnetRouteTableAssociation")}
    ways = {target(routes.get(tables.get(subnet, ""), {})) for subnet in used}
    if used and wanted and ways != set(gateways):
        yield f"functions leave through {ways}, the gateways are {set(gateways)}"
    for key, nat in gateways.items():
        if view.resources[key].get("DependsOn") != "PublicRoute" or "AllocationId" not in nat:
            yield f"{key} may be made before it has a way out"


def refused_connections_are_logged(view: View) -> Iterator[str]:
    said = view.blueprint["network"]["flow_logs"]
    for key, _ in view.of("EC2::VPC"):
        logs = [log for _, log in view.of("EC2::FlowLog") if log["ResourceId"] == ref(key)]
        wanted = {True: ["REJECT"], "all": ["ALL"], False: []}[said]
        if [log["TrafficType"] for log in logs] != wanted:
            yield f"{key} has {len(logs)} flow logs against the blueprint"


def _calls_out(function: Function) -> bool:
    calls = any(use.role == "service" for use in function.uses)
    return _inside(function) and (calls or function.settings["egress"] == "https")


def _inside(function: Function) -> bool:
    return any(use.in_vpc for use in function.uses)


def _called(function: Function, view: View) -> set[str]:
    """The services whose actions a function's role allows and that it has to connect to."""
    statements = [
        statement
        for policy in view.properties(f"{function.id}Role")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "kms:ViaService" not in frozen(statement.get("Condition", {}))
    ]
    granted = {(action, frozen(r)) for s in statements for action in listed(s["Action"]) for r in listed(s["Resource"])}
    # what Lambda does under the role goes Lambda's own way
    by_lambda = {
        *delivery_grants(function, view),
        ("sqs:SendMessage", frozen(arn_of(f"{function.id}FailuresDeadLetters"))),
    }
    return {action.split(":")[0] for action, _ in granted - by_lambda} - WITHOUT_ENDPOINT


def _rule(rule: Mapping[str, Any], start: str, end: Any) -> Rule:
    return frozen(rule[start]), rule["ToPort"], frozen(end)


def _towards(rule: Mapping[str, Any]) -> Any:
    return next(rule[key] for key in ("DestinationSecurityGroupId", "DestinationPrefixListId", "CidrIp") if key in rule)


GUARANTEES = (
    groups_let_nothing_out_by_themselves,
    functions_reach_what_they_use_and_nothing_else,
    doors_open_from_one_side_to_the_other,
    rules_are_said_once,
    rules_are_narrow,
    functions_are_in_the_vpc_only_for_a_store,
    services_have_a_way_in,
    subnets_are_private,
    ways_out_are_those_of_the_blueprint,
    refused_connections_are_logged,
)
