"""Wrong values that no linter finds, held against the service models of AWS' own client."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import botocore.session

from support.guarantees.data import databases, settings_of
from support.guarantees.view import View, maps, target

PRINCIPALS = {"Service", "AWS", "Federated", "CanonicalUser"}


@cache
def allowed(service: str, shape: str) -> frozenset[str]:
    """The values of an enumeration in a service's model."""
    model = botocore.session.get_session().get_service_model(service)
    return frozenset(model.shape_for(shape).enum)


def apis_have_values_that_exist(view: View) -> Iterator[str]:
    for key, api in view.of("ApiGateway::RestApi"):
        endpoint = api["EndpointConfiguration"]
        if len(endpoint["Types"]) != 1 or not set(endpoint["Types"]) <= allowed("apigateway", "EndpointType"):
            yield f"{key} has the endpoint types {endpoint['Types']}"
        if endpoint.get("IpAddressType", "ipv4") not in allowed("apigateway", "IpAddressType"):
            yield f"{key} has the address type {endpoint['IpAddressType']}"
        if "Body" in api:
            yield f"{key} has a body beside its methods"
        if api.get("SecurityPolicy", "TLS_1_2") not in allowed("apigateway", "SecurityPolicy"):
            yield f"{key} has the TLS policy {api['SecurityPolicy']}"
    for key, stage in view.of("ApiGateway::Stage"):
        if stage.get("CacheClusterSize", "0.5") not in allowed("apigateway", "CacheClusterSize"):
            yield f"{key} has a cache of {stage['CacheClusterSize']} GB"
    for key, answer in view.of("ApiGateway::GatewayResponse"):
        if answer["ResponseType"] not in allowed("apigateway", "GatewayResponseType"):
            yield f"{key} answers {answer['ResponseType']}"


def principals_exist(view: View) -> Iterator[str]:
    for key, resource in view.resources.items():
        for statement in maps(resource.get("Properties", {})):
            principal = statement.get("Principal")
            if "Effect" in statement and isinstance(principal, dict) and not set(principal) <= PRINCIPALS:
                yield f"{key} names the principal {principal}"


def arns_stand_where_arns_are_wanted(view: View) -> Iterator[str]:
    """`Ref` of most things is a name; of these it is an ARN."""
    by_ref = {"Lambda::Alias", "SNS::Topic", "SecretsManager::Secret", "SecretsManager::SecretTargetAttachment"}
    wanted = {"Role", "RotationLambdaARN", "TargetArn", "SourceArn", "DeliverLogsPermissionArn", "DestinationArn"}
    for key, resource in view.resources.items():
        for name, value in resource.get("Properties", {}).items():
            if name in wanted and isinstance(value, dict) and "Ref" in value and view.kind(target(value)) not in by_ref:
                yield f"{name} of {key} is a name where an ARN is wanted"


def databases_can_be_made(view: View) -> Iterator[str]:
    postgres, mysql = ("16", "17", "18"), ("8.4",)
    versions = {
        "postgres": postgres,
        "mysql": mysql,
        "mariadb": ("11.4", "11.8"),
        "aurora-postgresql": postgres,
        "aurora-mysql": mysql,
    }
    versions["docdb"] = ("5.0", "8.0")
    versions |= dict.fromkeys(("sqlserver-web", "sqlserver-se", "sqlserver-ee"), ("16.00", "17.00"))
    versions |= dict.fromkeys(("oracle-se2", "oracle-ee"), ("19",))
    for key, database in databases(view):
        made_for, _ = settings_of(view, database)
        engine, version = database.get("Engine", "docdb"), database["EngineVersion"]
        if engine == "docdb":
            version = version.removesuffix(".1")  # CloudFormation wants all of it
        family = f"{engine}-{version[:-1]}" if engine.startswith("sqlserver") else f"{engine}{version}"
        if version not in versions[engine] or made_for != family:
            yield f"{key} is {engine} {version} with parameters of {made_for}"
        if int(database.get("MaxAllocatedStorage", 0)) < 1.1 * int(database.get("AllocatedStorage", 0)):
            yield f"{key} has no room to grow: RDS asks for a tenth"
        if database["MasterUsername"] in ("admin", "root", "postgres", "rdsadmin"):
            yield f"{key} has a master user that an engine refuses or everybody guesses"


def tables_say_the_attributes_of_their_keys(view: View) -> Iterator[str]:
    for key, table in view.of("DynamoDB::Table", "DynamoDB::GlobalTable"):
        schemas = [table["KeySchema"], *(index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", []))]
        used = {part["AttributeName"] for schema in schemas for part in schema}
        if used != {attribute["AttributeName"] for attribute in table["AttributeDefinitions"]}:
            yield f"{key} defines other attributes than its keys have"
        for schema in schemas:
            if [part["KeyType"] for part in schema] not in (["HASH"], ["HASH", "RANGE"]):
                yield f"{key} has a key of {schema}"


def people_sign_in_safely(view: View) -> Iterator[str]:
    auth = next((p.options for p in view.project.stack.parts if p.name == "cognito"), {})
    native = auth.get("sign_in") == "native"
    for key, pool in view.of("Cognito::UserPool"):
        password = pool["Policies"]["PasswordPolicy"]
        needs = ("RequireLowercase", "RequireUppercase", "RequireNumbers", "RequireSymbols")
        if password["MinimumLength"] < 8 or not all(password[need] for need in needs):
            yield f"{key} takes weak passwords"
        if pool["UsernameConfiguration"] != {"CaseSensitive": False} or pool["UsernameAttributes"] != ["email"]:
            yield f"{key} tells Ann@example.com from ann@example.com"
        if "Schema" in pool:
            yield f"{key} has a Schema: it could never be updated"
        invited = auth["sign_up"] == "invite"
        if pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is not invited:
            yield f"{key} lets people sign up against the blueprint"
    for key, client in view.of("Cognito::UserPoolClient"):
        if client.get("AllowedOAuthFlows") == ["client_credentials"]:
            continue  # `machines_are_no_users`
        if client.get("GenerateSecret") or "implicit" in client.get("AllowedOAuthFlows", []):
            yield f"{key} has a secret that an app can't keep, or the implicit flow"
        if native != ("ALLOW_USER_SRP_AUTH" in client["ExplicitAuthFlows"]):
            yield f"{key} has the wrong flows for sign_in"
        if client.get("PreventUserExistenceErrors") != "ENABLED":
            yield f"{key} tells strangers who has an account"


GUARANTEES = (
    apis_have_values_that_exist,
    principals_exist,
    arns_stand_where_arns_are_wanted,
    databases_can_be_made,
    tables_say_the_attributes_of_their_keys,
    people_sign_in_safely,
)
