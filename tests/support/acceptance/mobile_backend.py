"""A mobile backend, row by row: users in Cognito, functions over two tables and a database in private subnets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from support.acceptance import common
from support.guarantees.view import View, arn_of, ref, target

ROUTES = {"/tickets": "GET POST", "/tickets/{id}": "GET PUT DELETE", "/shows": "GET", "/shows/{id}": "GET"}
ROUTES |= {"/info": "GET", "/info/{id}": "GET"}


def m1_users_have_a_pool_that_can_be_updated(view: View) -> Iterator[str]:
    ((key, pool),) = view.of("Cognito::UserPool")
    if pool["UserPoolTier"] != "ESSENTIALS" or pool["UsernameAttributes"] != ["email"] or "Schema" in pool:
        yield f"{key} has no sign-in pages, other names, or can't be updated"
    if pool["UsernameConfiguration"] != {"CaseSensitive": False}:
        yield f"{key} takes Jane and jane for two"
    if pool["DeletionProtection"] != "ACTIVE" or view.resources[key]["UpdateReplacePolicy"] != "Retain":
        yield f"{key} goes with its stack"


def m2_the_app_keeps_no_secret(view: View) -> Iterator[str]:
    ((_, client),) = view.of("Cognito::UserPoolClient")
    if client["GenerateSecret"] or client["AllowedOAuthFlows"] != ["code"]:
        yield "the app would have to keep a secret"
    if not all(url.startswith("box-office://") for url in client["CallbackURLs"]):
        yield f"people come back to {client['CallbackURLs']}"
    scopes = ["openid", "email", "profile", *({"Fn::Sub": f"${{ResourceServer}}/{name}"} for name in ("read", "write"))]
    if client["AllowedOAuthScopes"] != scopes:
        yield f"the app may ask for {client['AllowedOAuthScopes']}"


def m3_people_sign_in_at_managed_login(view: View) -> Iterator[str]:
    ((_, domain),) = view.of("Cognito::UserPoolDomain")
    ((_, branding),) = view.of("Cognito::ManagedLoginBranding")
    ((_, server),) = view.of("Cognito::UserPoolResourceServer")
    if domain["ManagedLoginVersion"] != 2 or branding["ClientId"] != ref("AppClient"):
        yield "sign-in pages are of the older kind, or not for the app"
    if (server["Identifier"], [s["ScopeName"] for s in server["Scopes"]]) != ("api", ["read", "write"]):
        yield "the API has other scopes"


def m4_tokens_of_the_pool_are_asked_for(view: View) -> Iterator[str]:
    ((_, authorizer),) = view.of("ApiGateway::Authorizer")
    if (authorizer["Type"], authorizer["ProviderARNs"]) != ("COGNITO_USER_POOLS", [arn_of("UserPool")]):
        yield f"tokens are those of {authorizer['ProviderARNs']}"
    if authorizer["IdentitySource"] != "method.request.header.Authorization":
        yield f"tokens come in {authorizer['IdentitySource']}"


def m5_routes_are_those_of_the_table(view: View) -> Iterator[str]:
    yield from common.routes_are(view, ROUTES)
    for key, method in view.of("ApiGateway::Method"):
        access = "read" if method["HttpMethod"] == "GET" else "write"
        if method["AuthorizationType"] != "COGNITO_USER_POOLS":
            yield f"{key} is open to {method['AuthorizationType']}"
        if method["AuthorizationScopes"] != [{"Fn::Sub": f"${{ResourceServer}}/{access}"}]:
            yield f"{key} asks for {method['AuthorizationScopes']}"


def m6_functions_do_what_they_do_on_their_own_store(view: View) -> Iterator[str]:
    for name, writes in (("Tickets", True), ("Shows", False)):
        statements = view.properties(f"{name}Role")["Policies"][0]["PolicyDocument"]["Statement"]
        (use,) = (each for each in statements if each["Sid"] == f"Use{name}Table")
        if use["Resource"] != arn_of(f"{name}Table") or ("dynamodb:PutItem" in use["Action"]) != writes:
            yield f"{name} may {use['Action']} on {use['Resource']}"
    statements = view.properties("InfoRole")["Policies"][0]["PolicyDocument"]["Statement"]
    if "AttachToNetwork" not in {each["Sid"] for each in statements}:
        yield "Info can't reach its database"


def m7_the_database_is_reached_from_private_subnets(view: View) -> Iterator[str]:
    function = view.properties("InfoFunction")
    if len(function["VpcConfig"]["SubnetIds"]) != 2 or len(function["VpcConfig"]["SecurityGroupIds"]) != 1:
        yield f"InfoFunction is in {function['VpcConfig']}"
    wanted = {"INFO_HOST", "INFO_PORT", "INFO_DB_NAME", "INFO_SECRET_ARN"}
    if missing := wanted - function["Environment"]["Variables"].keys():
        yield f"InfoFunction is not told {sorted(missing)}"
    if list(view.of("EC2::InternetGateway")) or len(list(view.of("EC2::Subnet"))) != 2:
        yield "the subnets are not two private ones"
    endpoints = {str(said["ServiceName"]) for _, said in view.of("EC2::VPCEndpoint") if said["PrivateDnsEnabled"]}
    if not any("secretsmanager" in name for name in endpoints):
        yield "secrets can't be read from within the VPC"
    if len(list(view.of("EC2::FlowLog"))) != 1:
        yield "nobody sees who talks to whom"
    for kind, other in (("Egress", "DestinationSecurityGroupId"), ("Ingress", "SourceSecurityGroupId")):
        rules = [said for _, said in view.of(f"EC2::SecurityGroup{kind}")]
        ways = {(target(said["GroupId"]), target(said[other]), said["ToPort"]) for said in rules}
        own = "InfoFunctionSecurityGroup"
        wanted_ways = {(own, "InfoSecurityGroup", 5432), (own, "EndpointSecurityGroup", 443)}
        if kind == "Ingress":
            wanted_ways = {(to, there, port) for there, to, port in wanted_ways}
        if missing_ways := wanted_ways - ways:
            yield f"there is no way {sorted(missing_ways)}"
    kinds = {(said["VpcEndpointType"], str(said["ServiceName"])) for _, said in view.of("EC2::VPCEndpoint")}
    if not all(kind == "Interface" for kind, _ in kinds):
        yield f"endpoints are {sorted(kinds)}"


def m8_tables_and_the_database_keep_what_is_in_them(view: View) -> Iterator[str]:
    yield from common.tables_are_kept(view, "TicketsTable", "ShowsTable")
    ((key, database),) = view.of("RDS::DBInstance")
    shape = database["Engine"], database["StorageEncrypted"], database["PubliclyAccessible"], database["MultiAZ"]
    if shape != ("postgres", True, False, True) or database["ManageMasterUserPassword"] is not True:
        yield f"{key} is {shape}"
    if not database["EngineVersion"].startswith("17"):
        yield f"{key} is of version {database['EngineVersion']}"
    policies = {view.resources[key][name] for name in ("DeletionPolicy", "UpdateReplacePolicy")}
    if policies != {"Snapshot"}:
        yield f"{key} goes without a snapshot"
    ((_, parameters),) = view.of("RDS::DBParameterGroup")
    if parameters["Parameters"].get("rds.force_ssl") != "1":
        yield f"{key} takes connections without TLS"


def m10_the_master_secret_is_the_migrations_alone(view: View) -> Iterator[str]:
    """Corrected: the API's function signs in as a user of its own."""
    for name, secret in (
        ("Info", ref("InfoSecret")),
        ("InfoMigrate", arn_of("InfoDatabase", "MasterUserSecret.SecretArn")),
    ):
        statements = view.properties(f"{name}Role")["Policies"][0]["PolicyDocument"]["Statement"]
        read = [each["Resource"] for each in statements if "secretsmanager:GetSecretValue" in str(each["Action"])]
        if secret not in read or (name == "Info" and read != [secret]):
            yield f"{name} reads {read}"


def m9_no_browser_calls(view: View) -> Iterator[str]:
    yield from (key for key, method in view.of("ApiGateway::Method") if method["HttpMethod"] == "OPTIONS")


ROWS = tuple(value for name, value in sorted(globals().items()) if re.match(r"m\d+_", name))
