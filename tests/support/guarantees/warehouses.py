"""A warehouse is closed and asked by the Data API alone, by roles that sign in as their own database users."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from support.guarantees.security import key_for
from support.guarantees.view import View, arn_of, frozen, ref
from tierforge.model import Part, Use

HERE = "${AWS::Region}:${AWS::AccountId}"
RESULTS = ("CancelStatement", "DescribeStatement", "GetStatementResult")  # these know no ARN
OWN = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
LOGS = ["connectionlog", "userlog", "useractivitylog"]


def asked(store: Part) -> Any:
    """The ARN of a workgroup or cluster."""
    if store.adopted:
        return store.options["existing"]["arn"]
    if store.options["serverless"]:
        return arn_of(f"{store.id}Workgroup", "Workgroup.WorkgroupArn")
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:redshift:{HERE}:cluster:${{{store.id}Cluster}}"}


def admin_secret(store: Part) -> Any:
    """The administrator's secret, as a policy names it."""
    if store.adopted:
        return store.options["existing"]["admin_secret_arn"]
    if not store.options["serverless"]:
        return arn_of(f"{store.id}Cluster", "MasterPasswordSecretArn")
    name = f"redshift!${{{store.id}Namespace}}-dbadmin"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:secretsmanager:{HERE}:secret:{name}-??????"}


def needed(use: Use, view: View) -> Iterator[tuple[str, str]]:
    """What a function that uses a warehouse may call, and on what."""
    store, operations = use.part, set(use.operations)
    if not operations:
        return
    calls = {"ExecuteStatement"} | ({"BatchExecuteStatement"} if operations & {"create", "migrate"} else set())
    yield from ((f"redshift-data:{call}", frozen(asked(store))) for call in calls)
    yield from ((f"redshift-data:{call}", frozen("*")) for call in RESULTS)
    if "migrate" in operations:
        yield "secretsmanager:GetSecretValue", frozen(admin_secret(store))
        if key := key_for(store.options, view):
            yield "kms:Decrypt", frozen(key)
    elif store.options["serverless"]:
        yield "redshift-serverless:GetCredentials", frozen(asked(store))
    else:
        yield "redshift:GetClusterCredentialsWithIAM", frozen(_database(store))


def _database(store: Part) -> Any:
    if store.adopted:
        given = store.options["existing"]
        return f"{given['arn'].replace(':cluster:', ':dbname:')}/{given['database']}"
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:redshift:{HERE}:dbname:${{{store.id}Cluster}}/app"}


def results_are_fetched_by_who_asked(view: View) -> Iterator[str]:
    for key, role in view.of("IAM::Role"):
        for statement in (s for policy in role.get("Policies", []) for s in policy["PolicyDocument"]["Statement"]):
            if "redshift-data:GetStatementResult" in statement["Action"] and statement.get("Condition") != OWN:
                yield f"{key} may fetch what others have asked"


def warehouses_are_closed(view: View) -> Iterator[str]:
    tls = {("require_ssl", "true"), ("enable_user_activity_logging", "true")}
    for store in (s for s in view.project.stack.stores if s.component.name == "redshift" and not s.adopted):
        serverless = store.options["serverless"]
        kept = view.properties(f"{store.id}{'Namespace' if serverless else 'Cluster'}")
        made = view.properties(f"{store.id}{'Workgroup' if serverless else 'Cluster'}")
        if made["PubliclyAccessible"] is not False or made["EnhancedVpcRouting"] is not True:
            yield f"{store.name} can be reached, or reaches others, around the VPC"
        if kept.get("ManageAdminPassword" if serverless else "ManageMasterPassword") is not True:
            yield f"{store.name} has a password that somebody else made"
        if serverless:
            said = {(p["ParameterKey"], p["ParameterValue"]) for p in made["ConfigParameters"]}
            logs = kept["LogExports"]
            if len(made["SubnetIds"]) < 3:
                yield f"{store.name} is in less than three zones"
            if kept["NamespaceName"] != made["WorkgroupName"] or made["NamespaceName"] != ref(f"{store.id}Namespace"):
                yield f"{store.name} answers from another namespace"
        else:
            group = view.properties(made["ClusterParameterGroupName"]["Ref"])
            said = {(p["ParameterName"], p["ParameterValue"]) for p in group["Parameters"]}
            logs = made["LoggingProperties"]["LogExports"]
            if made["Encrypted"] is not True or not 1 <= made["AutomatedSnapshotRetentionPeriod"] <= 35:
                yield f"{store.name} is not encrypted, or has no backups"
        if said != tls:
            yield f"{store.name} takes connections without TLS, or logs too little"
        if logs != LOGS:
            yield f"{store.name} logs {logs}"
        key = key_for(store.options, view)
        if frozen(kept.get("KmsKeyId")) != frozen(key or None):
            yield f"{store.name} is encrypted with another key than the blueprint's"


def users_have_the_rights_of_their_functions(view: View) -> Iterator[str]:
    rights = {"list": "SELECT", "read": "SELECT", "create": "INSERT", "update": "UPDATE", "delete": "DELETE"}
    for store in (s for s in view.project.stack.stores if s.component.name == "redshift"):
        for function in (f for f in view.project.stack.functions if f.name == f"{store.name}-migrate"):
            name = f"{store.name.replace('-', '_').upper()}_GRANTS"
            said = view.properties(f"{function.id}Function")["Environment"]["Variables"][name]
            grants = json.loads(said if isinstance(said, str) else said["Fn::Sub"])
            for other in view.project.stack.functions:
                for use in (u for u in other.uses if u.part.name == store.name and u.resource):
                    wanted = {rights[operation] for operation in use.operations} | (
                        {"SELECT"} if use.operations else set()
                    )
                    table = store.view["tables"][use.resource.name]
                    if [f"${{{other.id}Role}}", table, sorted(wanted)] not in grants:
                        yield f"the user of {other.name} may not do in {store.name} what it is for, or more"


GUARANTEES = (
    results_are_fetched_by_who_asked,
    warehouses_are_closed,
    users_have_the_rights_of_their_functions,
)
