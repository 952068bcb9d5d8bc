"""A function has a role of its own that grants what its code calls, and is called through its alias only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from support.guarantees import stores, warehouses
from support.guarantees.security import key_for
from support.guarantees.view import View, arn_of, frozen, listed, maps, ref, strings
from support.guarantees.workers import delivery_grants
from support.release import Template
from support.route_table import of_blueprint
from tierforge.model import Function, Options, Use
from tierforge.names import upper_snake
from tierforge.stack.stages import aliases_of

NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
DESCRIBE = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")
CHANNELS = {f"ssmmessages:{each}Channel" for each in ("CreateControl", "CreateData", "OpenControl", "OpenData")}
WITHOUT_RESOURCE = {
    *TRACES,
    *DESCRIBE,
    *CHANNELS,
    "dynamodb:ListStreams",
    "cloudwatch:PutMetricData",
    "timestream:DescribeEndpoints",
    *(f"redshift-data:{call}" for call in warehouses.RESULTS),
}  # these know no ARN
TRANSACTION = ("BeginTransaction", "CommitTransaction", "RollbackTransaction")
SECRET = ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
CALLS = {"create": "PutItem", "read": "GetItem", "update": "PutItem", "delete": "DeleteItem"}
OBJECT_CALLS = {
    "list": ("Get",),
    "create": ("Get", "Put"),  # sent again, it answers with what is there
    "read": ("Get",),
    "update": ("Get", "Put"),
    "delete": ("Get", "Delete"),
}
FILE_CALLS = {"create": "Put", "read": "Get", "update": "Put", "delete": "Delete"}
Grant = tuple[str, str]  # an action, and the resource as frozen text


def roles_are_for_one_function(view: View) -> Iterator[str]:
    taken: dict[str, str] = {}
    for key, function in view.of("Lambda::Function"):
        role = function["Role"].get("Fn::GetAtt", ["", ""])
        if role[1] != "Arn" or view.kind(role[0]) != "IAM::Role":
            yield f"{key} has no role of this template"
        elif taken.setdefault(role[0], key) != key:
            yield f"{key} shares the role {role[0]} with {taken[role[0]]}"
        else:
            yield from _trust(role[0], view)


def _trust(role: str, view: View) -> Iterator[str]:
    properties = view.properties(role)
    principals = [s["Principal"] for s in properties["AssumeRolePolicyDocument"]["Statement"]]
    if principals != [{"Service": "lambda.amazonaws.com"}]:
        yield f"{role} can be assumed by {principals}"
    if properties.get("ManagedPolicyArns"):
        yield f"{role} has policies that others change"


def roles_grant_what_the_uses_need(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        granted: set[Grant] = set()
        sids: list[str] = []
        for policy in view.properties(f"{function.id}Role")["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                sids.append(statement["Sid"])
                if statement["Effect"] == "Allow":
                    granted |= {
                        (a, frozen(r)) for a in listed(statement["Action"]) for r in listed(statement["Resource"])
                    }
        needed = set(_needed(function, view))
        yield from (f"{function.name} may {what[0]} on {what[1]} for nothing" for what in sorted(granted - needed))
        yield from (f"{function.name} needs {what[0]} on {what[1]}" for what in sorted(needed - granted))
        if len(set(sids)) != len(sids):
            yield f"{function.name} has two statements of one Sid"


def _needed(function: Function, view: View) -> Iterator[Grant]:
    """What a function needs, from its uses alone."""
    own_log = frozen(arn_of(f"{function.id}LogGroup"))
    yield from ((f"logs:{action}", own_log) for action in ("CreateLogStream", "PutLogEvents"))
    if view.blueprint["observability"]["tracing"]:
        yield from ((action, frozen("*")) for action in TRACES)
    if any(use.in_vpc for use in function.uses):
        interfaces = "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"
        yield from ((action, frozen({"Fn::Sub": interfaces})) for action in NETWORK)
        yield from ((action, frozen("*")) for action in DESCRIBE)
    if any(route.integration.facts.get("status") == 202 for route in function.routes):
        yield "sqs:SendMessage", frozen(arn_of(f"{function.id}FailuresDeadLetters"))
        yield from _on_key(("Decrypt", "GenerateDataKey"), {}, view)
    yield from _on_key(("Decrypt",), {}, view)  # of its variables
    yield from delivery_grants(function, view)
    yield from _files(function)
    for use in function.uses:
        if use.role == "callee":
            yield from _callee(function, use, view)
        elif use.role == "service":
            yield from _service(use, view)
        elif use.role == "publisher":
            yield from _events(function, use, view)
        else:
            yield from (
                _source(function, use, view) if use.role == "source" else NEEDS[use.part.component.name](use, view)
            )


def _callee(caller: Function, use: Use, view: View) -> Iterator[Grant]:
    """A call of a function elsewhere, or by each alias of the stages; a worker's goes to the first."""
    callee, stages = use.part.view["callee"], view.project.stack.stages
    if callee is None:
        yield "lambda:InvokeFunction", frozen(use.part.view["arn"])
        return
    for stage in aliases_of(callee, stages) if caller.routes else aliases_of(callee, stages)[:1]:
        yield "lambda:InvokeFunction", frozen(ref(f"{callee.id}{stage.id}Alias"))


def _service(use: Use, view: View) -> Iterator[Grant]:
    """A call of another service: of the routes that are named, or of all that take signed requests."""
    said = {"routes": None, "region": None, "api_id": None, "account_id": "", **use.part.options}
    other = view.project.blueprint.others.get(use.part.name)
    table = of_blueprint(other.data) if other else {}
    routes = said["routes"] or [" ".join(route) for route, row in table.items() if row.authorization == "AWS_IAM"]
    own = view.project.blueprint.account_id
    account = said["account_id"] if said["account_id"] not in ("", own) else "${AWS::AccountId}"
    region, api = said["region"] or "${AWS::Region}", said["api_id"] or f"${{{use.part.id}ApiId}}"
    stage = next(iter(other.data["stages"]), other.environment or other.profile) if other else "*"
    for route in routes:
        method, _, path = route.partition(" ")
        masked = re.sub(r"\{\w+\}", "*", path)
        arn = f"arn:${{AWS::Partition}}:execute-api:{region}:{account}:{api}/{stage}/{method}{masked}"
        yield "execute-api:Invoke", frozen({"Fn::Sub": arn} if "${" in arn else arn)


def _events(function: Function, use: Use, view: View) -> Iterator[Grant]:
    """Events put on the bus of the services: of this service alone, and no others than the blueprint names."""
    blueprint = view.project.blueprint
    own = f"{blueprint.data['name']}.{blueprint.service}"
    bus = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"
    named = {"events:source": own, "events:detail-type": sorted(use.operations)}
    conditions = [
        statement.get("Condition")
        for policy in view.properties(f"{function.id}Role")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    ]
    if conditions == [{"StringEquals": named}]:
        yield "events:PutEvents", frozen({"Fn::Sub": bus})


def _on_key(actions: Sequence[str], options: Options, view: View) -> Iterator[Grant]:
    """What is needed of the customer key of what something keeps, if it has one."""
    if key := key_for(options, view):
        yield from ((f"kms:{action}", frozen(key)) for action in actions)


def _table(use: Use, view: View) -> Iterator[Grant]:
    assert use.resource is not None
    if use.part.options["dax"]:
        reads = {"create", "read", "update", "delete"} & {*use.operations}
        calls = {f"dax:{CALLS[o]}" for o in use.operations if o in CALLS} | ({"dax:GetItem"} if reads else set())
        if "list" in use.operations:
            calls.add("dax:Query" if use.resource.scope or use.resource.list_by else "dax:Scan")
        yield from ((call, frozen(arn_of(f"{use.part.id}Dax"))) for call in calls)
        return
    yield from _on_key(("Decrypt",), use.part.options, view)
    table = frozen(stores.table(use.part))
    yield from ((f"dynamodb:{CALLS[o]}", table) for o in use.operations if o in CALLS)
    if "list" in use.operations and use.resource.list_by:
        yield "dynamodb:Query", frozen(stores.table(use.part, f"/index/{use.resource.list_by['index']}"))
    elif "list" in use.operations:
        yield ("dynamodb:Query" if use.resource.scope else "dynamodb:Scan"), table


def _source(function: Function, use: Use, view: View) -> Iterator[Grant]:
    """What a worker may do with the objects that it is called for: read them."""
    assert function.trigger is not None
    options = function.trigger.options
    objects = f"${{bucket}}/{options['prefix'] or ''}*{options['suffix'] or ''}"
    yield "s3:GetObject", frozen({"Fn::Sub": [objects, {"bucket": stores.bucket(use.part)}]})
    yield from _on_key(("Decrypt",), use.part.options, view)


def _bucket(use: Use, view: View) -> Iterator[Grant]:
    assert use.resource is not None
    objects = frozen(stores.bucket(use.part, f"/{use.resource.name}/*"))
    for operation in use.operations:
        yield from ((f"s3:{call}Object", objects) for call in OBJECT_CALLS[operation])
        yield "s3:ListBucket", frozen(stores.bucket(use.part))  # a missing object is 403 without it
        yield from _on_key(("Decrypt",), use.part.options, view)
        if operation in ("create", "update"):
            yield from _on_key(("GenerateDataKey",), use.part.options, view)


def _files(function: Function) -> Iterator[Grant]:
    """What addresses of items' files are signed for, where a resource's first store keeps such."""
    first: dict[str, Use] = {}
    for use in function.uses if function.routes else ():
        if use.resource and use.role == "primary":
            first.setdefault(use.resource.name, use)
    for name, use in first.items():
        if use.part.options.get("uploads"):
            files = frozen(stores.bucket(use.part, f"/{name}.files/*"))
            yield from ((f"s3:{FILE_CALLS[o]}Object", files) for o in use.operations if o in FILE_CALLS)


def _database(use: Use, view: View) -> Iterator[Grant]:
    by_secret = use.part.options["credentials"] == "secret"
    if by_secret or "migrate" in use.operations:
        calls = ("Decrypt", "GenerateDataKey") if by_secret and "migrate" in use.operations else ("Decrypt",)
        yield from _on_key(calls, use.part.options, view)
    secret = frozen(stores.secret(use.part))
    if use.part.options.get("data_api"):
        cluster = frozen(arn_of(f"{use.part.id}Cluster", "DBClusterArn"))
        # MySQL has no transaction around a CREATE
        calls = TRANSACTION if "migrate" in use.operations and use.part.options["engine"] == "postgres" else ()
        yield from ((f"rds-data:{call}", cluster) for call in ("ExecuteStatement", *calls))
    if "migrate" in use.operations:
        yield "secretsmanager:GetSecretValue", frozen(stores.master_secret(use.part))
        if by_secret:  # one that stands already is rotated where it was made
            calls = ("GetSecretValue",) if use.part.adopted else SECRET
            yield from ((f"secretsmanager:{action}", secret) for action in calls)
    elif by_secret:
        yield "secretsmanager:GetSecretValue", secret
    else:
        yield "rds-db:connect", frozen(stores.login(use.part, _replica(use, view)))


def _replica(use: Use, view: View) -> str:
    """The replica that a function is led to, by its variables; "" where it is led elsewhere."""
    if not use.part.options.get("readers") or use.part.component.name != "rds":
        return ""
    (function,) = [f for f in view.project.stack.functions if any(each is use for each in f.uses)]
    variables = view.properties(f"{function.id}Function")["Environment"]["Variables"]
    host = variables[f"{use.part.name.replace('-', '_').upper()}_HOST"]["Fn::GetAtt"][0]
    done = {operation for each in function.uses if each.part.name == use.part.name for operation in each.operations}
    done |= {route.operation for route in function.routes} & {"custom"}
    reads = use.part.options["read_from"] == "reader" and done <= {"list", "read"}
    assert host.startswith(f"{use.part.id}Replica") is reads, f"{function.name} is led to {host}"
    return str(host) if reads else ""


def _file_system(use: Use, view: View) -> Iterator[Grant]:
    changes = {"create", "update", "delete"} & set(use.operations)
    calls = ("ClientMount", "ClientWrite") if changes else ("ClientMount",)
    yield from ((f"elasticfilesystem:{call}", frozen(stores.mount(use.part)[0])) for call in calls)


def _cache(use: Use, view: View) -> Iterator[Grant]:
    if use.part.options["engine"] != "memcached":
        yield from _in_memory(use, view, stores.cache(use.part), "elasticache", "ModifyUser")


def _kept_in_memory(use: Use, view: View) -> Iterator[Grant]:
    yield from _in_memory(use, view, stores.memory(use.part), "memorydb", "UpdateUser")


def _in_memory(use: Use, view: View, names: tuple[Any, Any], service: str, change: str) -> Iterator[Grant]:
    """Of a server with users: signing in by role or by secret, and a new password."""
    secret, options = frozen(stores.secret(use.part)), use.part.options
    where, user = map(frozen, names)
    if "rotate" in use.operations:
        yield from ((f"secretsmanager:{action}", secret) for action in SECRET)
        yield from ((f"{service}:{action}", user) for action in ("DescribeUsers", change))
        yield from _on_key(("Decrypt", "GenerateDataKey"), options, view)
    elif options["credentials"] == "secret":
        yield "secretsmanager:GetSecretValue", secret
        yield from _on_key(("Decrypt",), options, view)
    else:
        yield from ((f"{service}:Connect", arn) for arn in (where, user))


def _graph(use: Use, _view: View) -> Iterator[Grant]:
    calls = {"Read"} if use.operations else set()
    if set(use.operations) & {"create", "update"}:
        calls |= {"Write"}
    overwrites = ("create", "update") if use.part.options["language"] != "sparql" else ("update",)
    if set(use.operations) & {*overwrites, "delete"}:
        calls |= {"Delete"}
    given = use.part.options["existing"] or {"resource_id": f"${{{use.part.id}Cluster.ClusterResourceId}}"}
    data = "arn:${AWS::Partition}:neptune-db:${AWS::Region}:${AWS::AccountId}:" + f"{given['resource_id']}/*"
    actions = ["connect", *(f"{call}DataViaQuery" for call in calls)]
    yield from ((f"neptune-db:{action}", frozen({"Fn::Sub": data})) for action in actions if calls)


def _rows(use: Use, _view: View) -> Iterator[Grant]:
    assert use.resource is not None
    if not use.operations:  # routes that are not built yet touch nothing
        return
    keyspaces = "arn:${AWS::Partition}:cassandra:${AWS::Region}:${AWS::AccountId}:/keyspace"
    name = use.part.options["existing"]["keyspace"] if use.part.adopted else f"${{{use.part.id}Keyspace}}"
    table = f"{keyspaces}/{name}/table/{use.part.view['tables'][use.resource.name]}"
    changes = {"create", "update", "delete"} & set(use.operations)
    for call in ("Select", "Modify") if changes else ("Select",):
        yield f"cassandra:{call}", frozen({"Fn::Sub": table})
    yield "cassandra:Select", frozen({"Fn::Sub": f"{keyspaces}/system*"})


def _dsql(use: Use, _view: View) -> Iterator[Grant]:
    call = "DbConnectAdmin" if "migrate" in use.operations else "DbConnect"
    yield f"dsql:{call}", frozen(arn_of(f"{use.part.id}Cluster", "ResourceArn"))


def _authorizer(use: Use, view: View) -> Iterator[Grant]:
    if said := use.part.options.get("introspection"):
        name = said["client_secret"].split(":")[0]
        secrets = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
        yield "secretsmanager:GetSecretValue", frozen({"Fn::Sub": f"{secrets}{name}-??????"})


def _own_secret(use: Use, _view: View) -> Iterator[Grant]:
    secrets = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
    yield "secretsmanager:GetSecretValue", frozen({"Fn::Sub": f"{secrets}{use.part.options['name']}-??????"})
    if use.part.options["kms_key_arn"]:
        yield "kms:Decrypt", frozen(use.part.options["kms_key_arn"])


def _measurements(use: Use, view: View) -> Iterator[Grant]:
    if use.part.options["engine"] == "liveanalytics":
        yield from _records(use)
        return
    secret = frozen(stores.secret(use.part))
    if "token" in use.operations:
        yield "secretsmanager:GetSecretValue", frozen(ref(f"{use.part.id}AdminSecret"))
        yield from ((f"secretsmanager:{action}", secret) for action in SECRET)
        yield from _on_key(("Decrypt", "GenerateDataKey"), use.part.options, view)
    else:
        yield "secretsmanager:GetSecretValue", secret
        yield from _on_key(("Decrypt",), use.part.options, view)


def _records(use: Use) -> Iterator[Grant]:
    assert use.resource is not None
    databases = "arn:${AWS::Partition}:timestream:${AWS::Region}:${AWS::AccountId}:database"
    kept = use.part.options["existing"]["database"] if use.part.adopted else f"${{{use.part.id}Database}}"
    table = {"Fn::Sub": f"{databases}/{kept}/table/{use.part.view['tables'][use.resource.name]}"}
    for call, operations in {"Select": {"list", "read"}, "WriteRecords": {"create"}}.items():
        if operations & set(use.operations):
            yield f"timestream:{call}", frozen(table)
            yield "timestream:DescribeEndpoints", frozen("*")


NEEDS = {
    "secrets-manager": _own_secret,
    "dynamodb": _table,
    "rds": _database,
    "aurora": _database,
    "aurora-dsql": _dsql,
    "documentdb": _database,
    "ec2": _database,
    "efs": _file_system,
    "elasticache": _cache,
    "memorydb": _kept_in_memory,
    "neptune": _graph,
    "keyspaces": _rows,
    "s3": _bucket,
    "redshift": warehouses.needed,
    "timestream": _measurements,
    "lambda-authorizer": _authorizer,
}


def policies_have_no_wildcards(view: View) -> Iterator[str]:
    for key, role in view.of("IAM::Role"):
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = listed(statement["Action"])
                if statement["Effect"] == "Deny":
                    continue
                if any("*" in action for action in actions) or "NotAction" in statement:
                    yield f"{key} allows {actions}"
                if "*" in listed(statement["Resource"]) and not set(actions) <= WITHOUT_RESOURCE:
                    yield f"{key} allows {actions} on everything"
    for key, resource in view.resources.items():
        for statement in maps(resource.get("Properties", {})):
            if statement.get("Effect") == "Allow" and statement.get("Action") in ("*", ["*"]):
                yield f"{key} allows every action"
            if (
                statement.get("Effect") == "Allow"
                and statement.get("Principal") == "*"
                and not statement.get("Condition")
                and "*" in listed(statement.get("Resource", "*"))
            ):
                yield f"{key} allows everybody"


def aliases_are_called_by_their_api_alone(view: View) -> Iterator[str]:
    calls: dict[str, list[str]] = {}
    api = {"rest": "RestApi", "http": "HttpApi"}.get(view.project.stack.api.name)
    start = f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/"
    for key, permission in view.of("Lambda::Permission"):
        if view.kind(permission["FunctionName"].get("Ref", "")) != "Lambda::Alias":
            yield f"{key} permits to call something else than an alias"
        if permission["Action"] != "lambda:InvokeFunction" or "SourceArn" not in permission:
            yield f"{key} does not say who calls"
        if permission["Principal"] == "apigateway.amazonaws.com":
            source = permission["SourceArn"]["Fn::Sub"]
            if "/authorizers/" in source:
                continue  # `authorizers_are_asked_by_their_api_alone`
            stage, _, called = source.removeprefix(start).partition("/")
            alias = permission["FunctionName"]["Ref"]
            sides = [side for each in view.project.stack.stages for side in each.sides]
            if not any(stage == side.name and alias.endswith(f"{side.id}Alias") for side in sides):
                yield f"{key} permits the stages {stage}"
            calls.setdefault(alias, []).append(called)
    stack = view.project.stack
    for function, stage in ((f, stage) for f in stack.functions for stage in aliases_of(f, stack.stages)):
        said = calls.get(f"{function.id}{stage.id}Alias", [])
        if len(set(said)) != len(said):
            yield f"{function.name} has two permissions for one thing"
        for route in function.routes:
            # an HTTP API's ARNs have parameters as the route has them, a REST API's what the client typed
            called = route.path if view.project.stack.api.name == "http" else re.sub(r"\{\w+\}", "x", route.path)
            if not any(fnmatchcase(f"{route.method}{called}", pattern.replace("[", "[[]")) for pattern in said):
                yield f"API Gateway may not call {function.name} for {route.path}"
            masked = route.path if view.project.stack.api.name == "http" else re.sub(r"\{\w+\}", "*", route.path)
            if route.own and said != [f"{route.method}{masked}"]:
                yield f"API Gateway may call {function.name} for more than {route.method} {route.path}"
        if said and not function.routes:
            yield f"API Gateway may call {function.name}, which serves no route"


def releases_are_immutable(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        versions = [k for k, v in view.of("Lambda::Version") if v["FunctionName"] == ref(f"{function.id}Function")]
        if len(versions) != 1 or not re.fullmatch(rf"{function.id}Version[0-9a-f]{{8}}", versions[0]):
            yield f"{function.name} has the versions {versions}"
            continue
        if view.resources[versions[0]].get("DeletionPolicy") != "Retain":
            yield f"{versions[0]} is deleted with the next release: nobody could go back to it"
        aliases = dict(Template(view.template).of("Lambda::Alias"))
        for stage in aliases_of(function, view.project.stack.stages):
            alias = aliases[f"{function.id}{stage.id}Alias"]
            if (alias["Name"], alias["FunctionVersion"]) != (stage.alias, arn_of(versions[0], "Version")):
                yield f"the alias of {function.name} for {stage.name} is not at its version"


def aliases_are_moved_by_one_hand(view: View) -> Iterator[str]:
    """What shifts an alias by itself must not meet weights, or a stage that divides its requests."""
    shifted = {key for key, resource in view.resources.items() if "UpdatePolicy" in resource}
    for key, alias in view.of("Lambda::Alias"):
        if key in shifted and "RoutingConfig" in alias:
            yield f"{key} is shifted by CodeDeploy and has weights of its own"
    if shifted and any("CanarySetting" in stage for _, stage in view.of("ApiGateway::Stage")):
        yield f"{sorted(shifted)} are shifted, and a stage has a canary"


def _zip(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"PackageType": None, "Runtime": settings["runtime"], "Handler": handler_of(settings), "ImageConfig": None}


def _image(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "PackageType": "Image",
        "Runtime": None,
        "Handler": None,
        "ImageConfig": {"Command": [handler_of(settings)]},
    }


FORMS = {"zip": _zip, "image": _image}
HANDLERS = {"python": "handler.lambda_handler", "nodejs": "handler.handler"}


def handler_of(settings: Mapping[str, Any]) -> str:
    return HANDLERS[re.sub(r"[\d.x]+$", "", settings["runtime"])]


def functions_run_as_the_blueprint_says(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        made, settings = view.properties(f"{function.id}Function"), function.settings
        wanted: dict[str, Any] = {
            "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{function.name}"},
            **FORMS[settings["package"]](settings),
            "Architectures": [settings["architecture"]],
            "MemorySize": settings["memory_mb"],
            "Timeout": settings["timeout_seconds"],
            "TracingConfig": {"Mode": "Active" if view.blueprint["observability"]["tracing"] else "PassThrough"},
            "ReservedConcurrentExecutions": settings["reserved_concurrency"],
            "Layers": settings["layers"] or None,
        }
        overridden = view.blueprint["overrides"].get(f"{function.id}Function")
        for name, value in wanted.items():
            if made.get(name) != value and not overridden:
                yield f"{name} of {function.name} is {made.get(name)}"
        if made["LoggingConfig"]["LogGroup"] != ref(f"{function.id}LogGroup"):
            yield f"{function.name} logs to a group that nobody ends"
        if function.routes and made["Timeout"] >= 29:
            yield f"{function.name} works on when API Gateway has given up"


def executions_are_started_where_callers_are(view: View) -> Iterator[str]:
    """On every alias as many as the blueprint says; what an unpublished or a former version has is paid for nothing."""
    aliases = dict(view.of("Lambda::Alias"))
    for function in view.project.stack.functions:
        said, reserved = function.settings["provisioned_concurrency"], function.settings["reserved_concurrency"]
        wanted = {"ProvisionedConcurrentExecutions": said} if said else None
        own = [aliases[f"{function.id}{stage.id}Alias"] for stage in aliases_of(function, view.project.stack.stages)]
        if any(alias.get("ProvisionedConcurrencyConfig") != wanted for alias in own):
            yield f"an alias of {function.name} has another number of executions started than {said}"
        if said and reserved and said * len(own) > reserved:
            yield f"{function.name} has more executions started than it reserves"
    for key, version in view.of("Lambda::Version"):
        if "ProvisionedConcurrencyConfig" in version:
            yield f"{key} has executions started that no alias moves along"


def variables_name_their_store(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        variables = view.properties(f"{function.id}Function").get("Environment", {}).get("Variables", {})
        prefixes = tuple(f"{upper_snake(use.part.name)}_" for use in function.uses if not _brings_names(use))
        own = ("POWERTOOLS_", "ALLOWED_ORIGIN", *prefixes, *(n for use in function.uses for n in _brings_names(use)))
        yield from (
            f"{function.name} has the variable {name}"
            for name in variables
            if name not in function.environment and not name.startswith(own)
        )
        yield from (
            f"{function.name} has no variable {p}…" for p in prefixes if not any(n.startswith(p) for n in variables)
        )
        if any("{{resolve:" in text for text in strings(variables)):
            yield f"{function.name} has a secret in clear in its variables"
        if not all(fixed in variables.items() for fixed in function.environment.items()):
            yield f"{function.name} lacks variables of the blueprint"


def _brings_names(use: Use) -> tuple[str, ...]:
    """Variables that what is used names itself, where they are not named after it."""
    return tuple(use.part.component.data.get("variables", ()))


def keys_of_secrets_open_these_alone(view: View) -> Iterator[str]:
    """Who may decrypt with a key that others keep secrets by, may do so for the secrets that it reads."""
    for function in view.project.stack.functions:
        keys = {use.part.options.get("name"): use.part.options.get("kms_key_arn") for use in function.uses}
        for statement in maps(view.properties(f"{function.id}Role")):
            if str(statement.get("Sid")).startswith("DecryptSecret"):
                condition = statement.get("Condition", {})
                context = condition.get("StringLike", {}).get("kms:EncryptionContext:SecretARN", {})
                name = context.get("Fn::Sub", "").rpartition(":secret:")[2].removesuffix("-??????")
                through = condition.get("StringEquals", {}).get("kms:ViaService")
                if keys.get(name) != statement["Resource"] or not through:
                    yield f"{function.name} may decrypt more than its secret with {statement['Resource']}"


def master_secrets_are_for_migrations(view: View) -> Iterator[str]:
    for function in view.project.stack.functions:
        made = [view.properties(f"{function.id}{what}") for what in ("Role", "Function")]
        owning = (use.part for use in function.uses if "migrate" in use.part.component.data.get("functions", {}))
        masters = map(stores.master_secret, owning)
        named = [frozen(master) for master in masters if master and frozen(master) in frozen(made)]
        if function.kind != "migrate" and (named or "MasterUserSecret" in frozen(made)):
            yield f"{function.name} can read a master secret"


GUARANTEES = (
    roles_are_for_one_function,
    roles_grant_what_the_uses_need,
    policies_have_no_wildcards,
    aliases_are_called_by_their_api_alone,
    releases_are_immutable,
    aliases_are_moved_by_one_hand,
    functions_run_as_the_blueprint_says,
    executions_are_started_where_callers_are,
    variables_name_their_store,
    keys_of_secrets_open_these_alone,
    master_secrets_are_for_migrations,
)
