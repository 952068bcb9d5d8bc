"""The rendered mobile backend, deployed into an emulated AWS: what exists there, and how its functions behave."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import enable_iam_authentication
from support.emulator import Deployment, deploy, supported
from support.handlers import load
from support.requests import Answer, call, event
from support.rotation import begin_rotation
from support.servers import CLEAN, Server

from tierforge.model import Function
from tierforge.pipeline import Project, project

BLUEPRINT = Path(__file__).parents[1] / "blueprints" / "mobile-backend.yaml"
TABLE_KEYS = {"tickets": {"owner": "HASH", "id": "RANGE"}, "shows": {"id": "HASH"}}
ROUTES = {
    "/tickets": {"GET", "POST"},
    "/tickets/{id}": {"GET", "PUT", "DELETE"},
    "/shows": {"GET"},
    "/shows/{id}": {"GET"},
    "/info": {"GET"},
    "/info/{id}": {"GET"},
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """The example's project, and the folder that it was written to."""
    made = project(str(BLUEPRINT), linted=False)
    root = tmp_path_factory.mktemp("project")
    for file in made.files:
        path = root / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return made, root


@pytest.fixture(scope="module")
def stack(rendered: tuple[Project, Path]) -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.delenv("AWS_PROFILE", raising=False)
        with mock_aws():
            yield deploy(rendered[0].template.data, "box-office")


# What exists


def _methods(stack: Deployment) -> dict[str, dict[str, Any]]:
    items = boto3.client("apigateway").get_resources(
        restApiId=stack.physical["RestApi"], limit=500, embed=["methods"]
    )["items"]
    return {item["path"]: item.get("resourceMethods", {}) for item in items}


def _group_rules(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    """Rules of the group that `properties` (of an ingress rule) are about, from the group that they name."""
    group, source = (stack.physical[properties[key]["Fn::GetAtt"][0]] for key in ("GroupId", "SourceSecurityGroupId"))
    found = boto3.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
    return [
        rule
        for rule in found
        if rule["FromPort"] == rule["ToPort"] == properties["FromPort"]
        and source in [pair["GroupId"] for pair in rule["UserIdGroupPairs"]]
    ]


def _method(stack: Deployment, properties: Mapping[str, Any]) -> Any:
    resource = stack.physical[properties["ResourceId"]["Ref"]]
    api = stack.physical["RestApi"]
    return boto3.client("apigateway").get_method(
        restApiId=api, resourceId=resource, httpMethod=properties["HttpMethod"]
    )["methodIntegration"]


def _statements(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    """Statements of a function's resource policy for the principal of a permission."""
    name = properties["FunctionName"]["Ref"].replace("Alias", "Function")
    policy = json.loads(boto3.client("lambda").get_policy(FunctionName=stack.physical[name])["Policy"])
    return [said for said in policy["Statement"] if said["Principal"] == {"Service": properties["Principal"]}]


def _routes_of(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    table = boto3.client("ec2").describe_route_tables(RouteTableIds=[stack.physical[properties["RouteTableId"]["Ref"]]])
    subnet = stack.physical[properties["SubnetId"]["Ref"]]
    return [one for one in table["RouteTables"][0]["Associations"] if one.get("SubnetId") == subnet]


def _versions(stack: Deployment, properties: Mapping[str, Any]) -> list[Any]:
    function = stack.physical[properties["FunctionName"]["Ref"]]
    found = boto3.client("lambda").list_versions_by_function(FunctionName=function)["Versions"]
    return [said for said in found if said["Version"] != "$LATEST"]


def _ec2(call: str, argument: str, answer: str) -> Callable[[Deployment, str, Mapping[str, Any]], Any]:
    return lambda _stack, physical, _properties: getattr(boto3.client("ec2"), call)(**{argument: [physical]})[answer]


# How each service itself says that something is there: from the stack, the physical id, the rendered properties.
EXISTS: dict[str, Callable[[Deployment, str, Mapping[str, Any]], Any]] = {
    "AWS::ApiGateway::Deployment": lambda s, _i, _p: boto3.client("apigateway").get_deployments(
        restApiId=s.physical["RestApi"]
    )["items"],
    "AWS::ApiGateway::Method": lambda s, _i, p: _method(s, p),
    "AWS::ApiGateway::Resource": lambda s, i, _p: boto3.client("apigateway").get_resource(
        restApiId=s.physical["RestApi"], resourceId=i
    )["path"],
    "AWS::ApiGateway::RestApi": lambda _s, i, _p: boto3.client("apigateway").get_rest_api(restApiId=i)["name"],
    "AWS::DynamoDB::Table": lambda _s, i, _p: boto3.client("dynamodb").describe_table(TableName=i)["Table"],
    "AWS::EC2::FlowLog": _ec2("describe_flow_logs", "FlowLogIds", "FlowLogs"),
    "AWS::EC2::RouteTable": _ec2("describe_route_tables", "RouteTableIds", "RouteTables"),
    "AWS::EC2::SecurityGroup": _ec2("describe_security_groups", "GroupIds", "SecurityGroups"),
    "AWS::EC2::SecurityGroupIngress": lambda s, _i, p: _group_rules(s, p),
    "AWS::EC2::Subnet": _ec2("describe_subnets", "SubnetIds", "Subnets"),
    "AWS::EC2::SubnetRouteTableAssociation": lambda s, _i, p: _routes_of(s, p),
    "AWS::EC2::VPC": _ec2("describe_vpcs", "VpcIds", "Vpcs"),
    "AWS::EC2::VPCEndpoint": _ec2("describe_vpc_endpoints", "VpcEndpointIds", "VpcEndpoints"),
    "AWS::IAM::Role": lambda _s, i, _p: boto3.client("iam").get_role(RoleName=i)["Role"],
    "AWS::KMS::Key": lambda _s, i, _p: boto3.client("kms").describe_key(KeyId=i)["KeyMetadata"]["Enabled"],
    "AWS::Lambda::Function": lambda _s, i, _p: boto3.client("lambda").get_function(FunctionName=i)["Code"],
    "AWS::Lambda::Permission": lambda s, _i, p: _statements(s, p),
    "AWS::Lambda::Version": lambda s, _i, p: _versions(s, p),
    "AWS::Logs::LogGroup": lambda _s, i, _p: [
        group for group in boto3.client("logs").describe_log_groups()["logGroups"] if group["logGroupName"] == i
    ],
    "AWS::RDS::DBInstance": lambda _s, i, _p: boto3.client("rds").describe_db_instances(DBInstanceIdentifier=i)[
        "DBInstances"
    ],
    "AWS::RDS::DBSubnetGroup": lambda _s, _i, p: [
        group
        for group in boto3.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
        if group["DBSubnetGroupDescription"] == p["DBSubnetGroupDescription"]
    ],
    "AWS::SNS::Topic": lambda _s, i, _p: boto3.client("sns").get_topic_attributes(TopicArn=i)["Attributes"],
}


def test_everything_that_the_emulator_can_create_exists(stack: Deployment) -> None:
    resources = stack.template["Resources"]
    expected = {name for name, said in resources.items() if said["Type"] in supported()}
    assert set(stack.physical) == expected
    assert len(expected) > len(resources) / 3
    for name in expected:
        said = resources[name]
        assert EXISTS[said["Type"]](stack, stack.physical[name], said["Properties"]), f"{name} is missing"


def test_the_routes_are_those_of_the_blueprint_and_lead_to_their_function(stack: Deployment) -> None:
    methods = _methods(stack)
    assert {path: set(found) for path, found in methods.items() if found} == ROUTES
    for path, found in methods.items():
        owner = path.split("/")[1]
        for method in found.values():
            integration = method["methodIntegration"]
            assert (integration["type"], integration["httpMethod"]) == ("AWS_PROXY", "POST")
            assert f":function:box-office-{owner}:${{stageVariables.{owner}Alias}}/" in integration["uri"]
            assert method["authorizationType"] == "COGNITO_USER_POOLS"


@pytest.mark.parametrize("store", ["tickets", "shows"])
def test_tables_have_their_keys_and_can_be_restored(stack: Deployment, store: str) -> None:
    client = boto3.client("dynamodb")
    name = stack.physical[f"{store.capitalize()}Table"]
    table = client.describe_table(TableName=name)["Table"]
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == TABLE_KEYS[store]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_subnets_lie_in_the_vpc_without_overlap_and_no_way_out(stack: Deployment) -> None:
    client = boto3.client("ec2")
    subnets = [stack.physical[name] for name in stack.of("AWS::EC2::Subnet")]
    found = client.describe_subnets(SubnetIds=subnets)["Subnets"]
    assert len({said["CidrBlock"] for said in found}) == len({said["AvailabilityZone"] for said in found}) == 2
    assert {said["VpcId"] for said in found} == {stack.physical["Vpc"]}
    table = client.describe_route_tables(RouteTableIds=[stack.physical["PrivateRouteTable"]])["RouteTables"][0]
    assert {route.get("GatewayId") for route in table["Routes"]} == {"local"}


def test_logs_are_kept_for_a_year_and_functions_write_to_their_own(stack: Deployment) -> None:
    groups = {group["logGroupName"]: group for group in boto3.client("logs").describe_log_groups()["logGroups"]}
    for name in stack.of("AWS::Logs::LogGroup"):
        assert groups[stack.physical[name]]["retentionInDays"] == 365
    for name in stack.of("AWS::Lambda::Function"):
        own = stack.physical[name.replace("Function", "LogGroup")]
        granted = [resource for action, resource in stack.grants(stack.role(name)) if action == "logs:PutLogEvents"]
        assert granted == [groups[own]["arn"]]


# How the functions behave

@dataclass
class Running:
    """A deployed function, loaded as Lambda loads it, under its own environment and role."""

    entry: Callable[[dict[str, Any], Any], Any]
    module: ModuleType
    environment: Mapping[str, str]
    calls: set[tuple[str, str]] = field(default_factory=set)

    def __call__(self, method: str, route: str, path: Mapping[str, str] | None = None, **more: Any) -> Answer:
        with enable_iam_authentication():
            return call(self.module, event(method, route, path, **more))

    def invoke(self, payload: dict[str, Any]) -> Any:
        with enable_iam_authentication():
            return self.entry(payload, None)


def _arn(stack: Deployment, parameters: Mapping[str, Any]) -> str:
    """The resource that a call is about."""
    if "TableName" in parameters:
        return f"arn:aws:dynamodb:us-east-1:123456789012:table/{parameters['TableName']}"
    return str(parameters["SecretId"])


@pytest.fixture
def start(
    stack: Deployment, rendered: tuple[Project, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Running]:
    """Load a function of the project as it is packaged, with the environment and the role that the stack gives it."""
    made, root = rendered
    functions = {function.name: function for function in made.stack.functions}

    def started(name: str, *, role_of: str = "", **environment: str) -> Running:
        function = functions[name]
        logical_id = f"{function.id}Function"
        variables = {**stack.environment(logical_id), **environment}
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        _assume(stack.role(role_of or logical_id), monkeypatch)
        module_name, entry = stack.properties(logical_id)["Handler"].split(".")
        (module,) = load(_packaged(function, root, tmp_path / name), module_name)
        running = Running(getattr(module, entry), module, variables)
        boto3.DEFAULT_SESSION.events.register(
            "provide-client-params.*.*",
            lambda params, model, **_: running.calls.add(
                (f"{model.service_model.signing_name}:{model.name}", _arn(stack, params))
            ),
        )
        return running

    return started


def _packaged(function: Function, root: Path, folder: Path) -> Path:
    """The function's files as they lie side by side in its package."""
    shutil.copytree(root / function.folder, folder)
    for origin, place in function.includes:
        shutil.copytree(root / origin, folder / place)
    return folder


def _assume(role: str, environment: pytest.MonkeyPatch) -> None:
    """Become `role`, as Lambda does before it calls the handler."""
    arn = boto3.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    found = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]
    environment.setenv("AWS_ACCESS_KEY_ID", found["AccessKeyId"])
    environment.setenv("AWS_SECRET_ACCESS_KEY", found["SecretAccessKey"])
    environment.setenv("AWS_SESSION_TOKEN", found["SessionToken"])
    boto3.setup_default_session()


def _granted_to_code(stack: Deployment, function: str) -> set[tuple[str, str]]:
    """What a role allows the code to do; logs, traces and interfaces are for Lambda itself."""
    found = stack.grants(stack.role(function))
    return {(action, resource) for action, resource in found if action.split(":")[0] not in ("logs", "xray", "ec2")}


ITEMS, ONE = "/tickets", "/tickets/{id}"


def test_a_ticket_from_create_to_delete_uses_every_grant_and_no_more(
    stack: Deployment, start: Callable[..., Running]
) -> None:
    tickets = start("tickets")
    created = tickets("POST", ITEMS, body={"seat": "A1", "price": 12.5})
    assert created.status == 201
    item = {"id": created.body["id"]}
    assert tickets("GET", ONE, item).body == created.body
    changed = tickets("PUT", ONE, item, body={"seat": "B2"})
    assert (changed.status, changed.body["seat"]) == (200, "B2")
    assert "price" not in changed.body
    assert tickets("GET", ITEMS).body == {"items": [changed.body]}
    assert tickets("DELETE", ONE, item).status == 204
    assert tickets("GET", ONE, item).status == 404
    assert tickets.calls == _granted_to_code(stack, "TicketsFunction")


def test_nobody_else_sees_a_ticket(start: Callable[..., Running]) -> None:
    tickets = start("tickets")
    item = {"id": tickets("POST", ITEMS, body={"seat": "A1"}).body["id"]}
    for method, body in (("GET", None), ("PUT", {"seat": "C3"}), ("DELETE", None)):
        assert tickets(method, ONE, item, claims={"sub": "bob"}, body=body).status == 404
    assert tickets("GET", ITEMS, claims={"sub": "bob"}).body == {"items": []}
    assert tickets("GET", ONE, item).body["seat"] == "A1"


def test_pages_lead_through_all_tickets_of_their_owner(start: Callable[..., Running]) -> None:
    tickets = start("tickets")
    carol = {"claims": {"sub": "carol"}}
    made = {tickets("POST", ITEMS, body={"seat": str(n)}, **carol).body["id"] for n in range(5)}
    query, pages = {"limit": "2"}, []
    while True:
        page = tickets("GET", ITEMS, queryStringParameters=query, **carol).body
        pages.append([item["id"] for item in page["items"]])
        if "nextToken" not in page:
            break
        query = {"limit": "2", "nextToken": page["nextToken"]}
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {item for page in pages for item in page} == made


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"body": "<seat/>", "headers": {"Content-Type": "application/xml"}}, 415),
        ({"body": "{", "headers": {"content-type": "application/json"}}, 400),
        ({"body": {"seat": "A1"}, "claims": {}}, 401),
    ],
    ids=["content-type", "syntax", "no caller"],
)
def test_what_is_wrong_is_refused_before_anything_is_stored(
    start: Callable[..., Running], more: dict[str, Any], status: int
) -> None:
    tickets = start("tickets")
    assert tickets("POST", ITEMS, **more).status == status
    assert tickets.calls == set()


def test_shows_are_read_and_scanned_and_nothing_else(stack: Deployment, start: Callable[..., Running]) -> None:
    boto3.client("dynamodb").put_item(
        TableName=stack.physical["ShowsTable"], Item={"id": {"S": "hamlet"}, "stage": {"S": "north"}}
    )
    shows = start("shows")
    assert shows("GET", "/shows/{id}", {"id": "hamlet"}).body == {"id": "hamlet", "stage": "north"}
    assert shows("GET", "/shows").body["items"] == [{"id": "hamlet", "stage": "north"}]
    assert shows("GET", "/shows/{id}", {"id": "macbeth"}).status == 404
    assert shows.calls == _granted_to_code(stack, "ShowsFunction")


def test_a_call_that_the_role_does_not_allow_fails(start: Callable[..., Running]) -> None:
    tickets = start("tickets", role_of="ShowsFunction")
    assert tickets("GET", ONE, {"id": "any"}).status == 404  # GetItem is allowed by both
    assert tickets("POST", ITEMS, body={"seat": "A1"}).status == 500
    with enable_iam_authentication(), pytest.raises(Exception, match=r"not authorized to perform: dynamodb:PutItem"):
        boto3.client("dynamodb").put_item(TableName="any", Item={"id": {"S": "1"}})


ROW = """INSERT INTO info (id, data, updated_at) VALUES ('address', '{"city": "Köln"}', now())"""
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def database(stack: Deployment, postgres: Server) -> dict[str, str]:
    """A real PostgreSQL in the place of the instance: its address, and the secret that RDS would have made."""
    user, password = postgres.master
    boto3.client("secretsmanager").put_secret_value(
        SecretId=stack.stand_ins["InfoDatabaseMasterUserSecret"],
        SecretString=json.dumps({"username": user, "password": password}),
    )
    return {
        "INFO_HOST": postgres.host,
        "INFO_PORT": str(postgres.port),
        "INFO_CA_BUNDLE": str(postgres.ca_bundle),
    }


def _as_master(server: Server, *statements: str) -> None:
    import psycopg

    user, password = server.master
    with psycopg.connect(
        host=server.host, port=server.port, dbname=server.database, user=user, password=password, autocommit=True
    ) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_info_answers_from_a_real_database_that_was_migrated(
    stack: Deployment, start: Callable[..., Running], database: dict[str, str], postgres: Server
) -> None:
    _as_master(postgres, *CLEAN["postgres"])
    migrations = start("info-migrate", **database)
    assert migrations.invoke({}) == {"applied": ["0001_init.sql"]}
    _as_master(postgres, ROW)

    info = start("info", **database)
    read = info("GET", "/info/{id}", {"id": "address"})
    assert (read.status, read.body["city"]) == (200, "Köln")
    assert info("GET", "/info").body["items"] == [read.body]
    assert info("GET", "/info/{id}", {"id": "nothing"}).status == 404
    assert info.calls == _granted_to_code(stack, "InfoFunction")


def test_the_password_rotates_with_exactly_the_rights_of_the_migration_role(
    stack: Deployment, start: Callable[..., Running], database: dict[str, str], postgres: Server
) -> None:
    _as_master(postgres, *CLEAN["postgres"])
    migrations = start("info-migrate", **database)
    migrations.invoke({})
    secret = migrations.environment["INFO_SECRET_ARN"]
    before = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    migrations.calls.clear()
    _, token = begin_rotation(secret)
    for step in STEPS:
        migrations.invoke({"Step": step, "SecretId": secret, "ClientRequestToken": token})
    assert migrations.calls == _granted_to_code(stack, "InfoMigrateFunction")
    after = boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    assert after != before
    assert start("info", **database)("GET", "/info").status == 200
