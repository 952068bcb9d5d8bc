"""What stands in a template for a data store: a reference to what the stack makes, or what the blueprint names."""

from __future__ import annotations

from typing import Any

from support.guarantees import warehouses
from support.guarantees.view import arn_of, ref
from tierforge.model import Part

SERVERS = {"rds": ("Database", "DbiResourceId"), "aurora": ("Cluster", "DBClusterResourceId")}
ELASTICACHE = "arn:${AWS::Partition}:elasticache:${AWS::Region}:${AWS::AccountId}:"
DYNAMODB = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"


def table(store: Part, below: str = "") -> Any:
    """The ARN of a table, or of what is `below` it."""
    if not store.adopted:
        return {"Fn::Sub": f"${{{store.id}Table.Arn}}{below}"} if below else arn_of(f"{store.id}Table")
    given = store.options["existing"]
    return f"{given['arn']}{below}" if given["arn"] else {"Fn::Sub": f"{DYNAMODB}{given['name']}{below}"}


def stream(store: Part) -> Any:
    """The ARN of a table's stream."""
    return store.options["existing"]["stream_arn"] if store.adopted else arn_of(f"{store.id}Table", "StreamArn")


def bucket(store: Part, below: str = "") -> Any:
    """The ARN of a bucket, or of objects `below` it."""
    if store.adopted:
        return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{store.options['existing']['name']}{below}"}
    return {"Fn::Sub": f"${{{store.id}Bucket.Arn}}{below}"} if below else arn_of(f"{store.id}Bucket")


def group(store: Part, *, around: bool) -> Any:
    """The security group of a database, or of its proxy, which migrations go around."""
    if store.adopted:
        return store.options["existing"]["security_group_id"]
    if store.options.get("dax"):
        return arn_of(f"{store.id}DaxSecurityGroup", "GroupId")
    proxy = "" if around or not store.options.get("proxy") else "Proxy"
    return arn_of(f"{store.id}{proxy}SecurityGroup", "GroupId")


def mount(store: Part) -> tuple[Any, Any]:
    """The ARNs of a file system and of its access point."""
    if store.adopted:
        return store.options["existing"]["arn"], store.options["existing"]["access_point_arn"]
    return arn_of(f"{store.id}FileSystem"), arn_of(f"{store.id}AccessPoint")


def cache(store: Part) -> tuple[Any, Any]:
    """The ARNs of a cache and of the user that functions sign in to it as."""
    if store.adopted:
        given = store.options["existing"]
        return given["arn"], {"Fn::Sub": f"{ELASTICACHE}user:{given['user']}"}
    nodes = {"Fn::Sub": f"{ELASTICACHE}replicationgroup:${{{store.id}Cache}}"}
    made = arn_of(f"{store.id}Cache", "ARN") if store.options["serverless"] else nodes
    return made, arn_of(f"{store.id}User")


def memory(store: Part) -> tuple[Any, Any]:
    """The ARNs of a cluster of MemoryDB and of the user that functions sign in to it as."""
    if store.adopted:
        given, users = store.options["existing"], ELASTICACHE.replace("elasticache", "memorydb")
        return given["arn"], {"Fn::Sub": f"{users}user/{given['user']}"}
    return arn_of(f"{store.id}Cluster", "ARN"), arn_of(f"{store.id}User")


def secret(store: Part) -> Any:
    """The secret of the user that functions sign in as."""
    return store.options["existing"]["secret_arn"] if store.adopted else ref(f"{store.id}Secret")


def master_secret(store: Part) -> Any:
    """The secret of the master user; None where there is none."""
    if store.component.name == "aurora-dsql":
        return None
    if store.component.name == "redshift":
        return warehouses.admin_secret(store)
    if store.adopted:
        return store.options["existing"]["master_secret_arn"]
    if store.component.name == "ec2":
        return ref(f"{store.id}MasterSecret")
    # CloudFormation tells no ARN of one that DocumentDB manages, and RDS makes no replica beside one
    if store.component.name == "documentdb" or (store.component.name == "rds" and store.options["readers"]):
        return ref(f"{store.id}MasterSecret")
    return arn_of(f"{store.id}{SERVERS[store.component.name][0]}", "MasterUserSecret.SecretArn")


def login(store: Part, replica: str = "") -> Any:
    """What IAM calls the user that functions sign in as, at the store's server or proxy or at a replica."""
    users = "arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:"
    if store.options["proxy"] and not store.adopted:
        arn = arn_of(f"{store.id}Proxy", "DBProxyArn")
        return {"Fn::Sub": [f"{users}${{Proxy}}/app", {"Proxy": {"Fn::Select": [6, {"Fn::Split": [":", arn]}]}}]}
    server, attribute = SERVERS[store.component.name]
    named = f"${{{replica or store.id + server}.{attribute}}}"
    given = store.options["existing"] or {"resource_id": named, "user": "app"}
    return {"Fn::Sub": f"{users}{given['resource_id']}/{given['user']}"}
