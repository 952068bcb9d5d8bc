"""Data is encrypted, kept where the profile protects and gone where it doesn't; logs end some day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees.security import MADE
from support.guarantees.view import View, arn_of, frozen, ref, references
from tierforge.tables import tag_property

# Types that hold what can't be made again, with the option that says whether it is protected.
STATEFUL = (
    "Cognito::UserPool",
    "DynamoDB::Table",
    "DynamoDB::GlobalTable",
    "DocDB::DBCluster",
    "DocDBElastic::Cluster",
    "EFS::FileSystem",
    "Neptune::DBCluster",
    "Cassandra::Keyspace",
    "Cassandra::Table",
    "DSQL::Cluster",
    "EC2::Volume",
    "Backup::BackupVault",
    "RDS::DBCluster",
    "RDS::DBInstance",
    "SecretsManager::Secret",
    "Timestream::Database",
    "Timestream::InfluxDBInstance",
    "Timestream::Table",
    "KMS::Key",
    "Redshift::Cluster",
    "RedshiftServerless::Namespace",
    "S3::Bucket",
    "SQS::Queue",
    "Kinesis::Stream",
    "ElastiCache::ReplicationGroup",
    "ElastiCache::ServerlessCache",
    "MemoryDB::Cluster",
)
TABLES = ("DynamoDB::Table", "DynamoDB::GlobalTable")
# What a store comes to, as its logical IDs end.
OF_A_STORE = (
    "Table",
    "Database",
    "Cluster",
    "Namespace",
    "Workgroup",
    "Server1",
    "Instance1",
    "Secret",
    "MasterSecret",
    "AdminSecret",
    "Server",
    "Keyspace",
    "FileSystem",
    "AccessPoint",
    "MountTargetA",
    "Bucket",
    "BucketPolicy",
    "AccessLogBucket",
    "SecurityGroup",
)
OF_OTHERS = {"DBClusterIdentifier", "SourceDBInstanceIdentifier"}  # whose data a server has
DATABASES = ("RDS::DBInstance", "RDS::DBCluster", "DocDB::DBCluster")
# What makes each engine refuse connections without TLS.
TLS_ONLY = {
    "postgres": ("rds.force_ssl", "1"),
    "mysql": ("require_secure_transport", "1"),
    "mariadb": ("require_secure_transport", "1"),
    "aurora-postgresql": ("rds.force_ssl", "1"),
    "aurora-mysql": ("require_secure_transport", "ON"),
    "docdb": ("tls", "enabled"),
    **dict.fromkeys(("oracle-se2", "oracle-ee"), ("SSL", "2484")),  # a port of its own, and no other is open
    **dict.fromkeys(("sqlserver-web", "sqlserver-se", "sqlserver-ee"), ("rds.force_ssl", "1")),
}
GRAPHS = ("Neptune::DBCluster",)  # they take HTTPS alone, and have no master
KEPT = {"Retain": "RetainExceptOnCreate", "Snapshot": "Snapshot"}  # UpdateReplacePolicy to DeletionPolicy


def databases(view: View) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Servers and clusters with data of their own; an instance of a cluster has none, nor has a replica."""
    return ((key, made) for key, made in view.of(*DATABASES) if not OF_OTHERS & made.keys())


def copied(view: View) -> set[str]:
    """Servers that have replicas."""
    return {
        made["SourceDBInstanceIdentifier"]["Ref"]
        for _, made in view.of("RDS::DBInstance")
        if "SourceDBInstanceIdentifier" in made
    }


def settings_of(view: View, database: Mapping[str, Any]) -> tuple[str, Mapping[str, str]]:
    """What the parameters of a database (options of Oracle's, with their ports) are made for, and what they say."""
    if "OptionGroupName" in database:
        options = view.properties(database["OptionGroupName"]["Ref"])
        ports = {option["OptionName"]: str(option["Port"]) for option in options["OptionConfigurations"]}
        return f"{options['EngineName']}{options['MajorEngineVersion']}", ports
    group = view.properties((database.get("DBParameterGroupName") or database["DBClusterParameterGroupName"])["Ref"])
    return group["Family"], group["Parameters"]


def stores_are_encrypted(view: View) -> Iterator[str]:
    for key, table in view.of(*TABLES):
        if table.get("SSESpecification", {}).get("SSEEnabled") is not True:
            yield f"{key} is not encrypted with a key of KMS"
    for key, database in databases(view):
        if database.get("StorageEncrypted") is not True:
            yield f"{key} is not encrypted"
    for key, volume in view.of("EC2::Volume"):
        if volume.get("Encrypted") is not True:
            yield f"{key} is not encrypted"
    for key, graph in view.of(*GRAPHS):
        if not (graph.get("StorageEncrypted") is True and graph.get("IamAuthEnabled") is True):
            yield f"{key} is not encrypted, or answers whoever asks"
    for key, bucket in view.of("S3::Bucket"):
        (said,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if said.get("ServerSideEncryptionByDefault", {}).get("SSEAlgorithm") not in ("AES256", "aws:kms"):
            yield f"{key} is not encrypted"
    for key, files in view.of("EFS::FileSystem"):
        if files.get("Encrypted") is not True:
            yield f"{key} is not encrypted"
    for key, cache in view.of("ElastiCache::ReplicationGroup"):
        if cache.get("AtRestEncryptionEnabled") is not True:
            yield f"{key} is not encrypted"
    for key, topic in view.of("SNS::Topic"):
        if "KmsMasterKeyId" not in topic:
            yield f"{key} is not encrypted"
    for key, kms in view.of("KMS::Key"):
        if kms.get("EnableKeyRotation") is not True:
            yield f"{key} is not rotated"


def stores_take_tls_only(view: View) -> Iterator[str]:
    for key, cache in view.of("ElastiCache::ReplicationGroup", "ElastiCache::CacheCluster"):
        mode = cache.get("TransitEncryptionMode", "required")
        if cache.get("TransitEncryptionEnabled") is not True or mode != "required":
            yield f"{key} takes connections without TLS"
    for key, cluster in view.of("MemoryDB::Cluster"):
        if cluster.get("TLSEnabled") is not True or cluster["ACLName"] == "open-access":
            yield f"{key} takes connections without TLS, or of anybody"
    for key, database in databases(view):
        _, said = settings_of(view, database)
        if TLS_ONLY[database.get("Engine", "docdb")] not in said.items():
            yield f"{key} takes connections without TLS"
    for key, database in view.of("RDS::DBInstance", "Neptune::DBInstance"):
        if database.get("PubliclyAccessible") is not False:
            yield f"{key} can be reached from the internet"
    for key, _ in view.of("S3::Bucket"):
        policies = [p["PolicyDocument"]["Statement"] for _, p in view.of("S3::BucketPolicy") if p["Bucket"] == ref(key)]
        refused = [s for statements in policies for s in statements if s["Effect"] == "Deny" and s["Action"] == "s3:*"]
        if [s["Condition"] for s in refused] != [{"Bool": {"aws:SecureTransport": "false"}}]:
            yield f"{key} takes requests without TLS"


def buckets_are_private(view: View) -> Iterator[str]:
    for key, bucket in view.of("S3::Bucket"):
        blocked = bucket.get("PublicAccessBlockConfiguration", {})
        if len(blocked) != 4 or not all(blocked.values()):
            yield f"{key} could be made public"
        legacy = (
            key == "SiteLogBucket" and view.blueprint["region"] != "us-east-1"
        )  # CloudFront hands over by them there
        owner = "BucketOwnerPreferred" if legacy else "BucketOwnerEnforced"
        if bucket.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": owner}]}:
            yield f"{key} has access control lists"


def backups_reach_back(view: View) -> Iterator[str]:
    for key, table in view.of(*TABLES):
        for copy in table.get("Replicas", [table]):
            said = copy.get("PointInTimeRecoverySpecification", {})
            if said.get("PointInTimeRecoveryEnabled") is not True or not 1 <= said.get("RecoveryPeriodInDays", 0) <= 35:
                yield f"{key} has no point-in-time recovery"
    for key, bucket in view.of("S3::Bucket"):
        if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}:
            yield f"{key} keeps nothing of what is replaced"
    for key, rows in view.of("Cassandra::Table"):
        store = next(s for s in view.project.stack.stores if f"{s.id}Keyspace" == rows["KeyspaceName"].get("Ref"))
        if rows["PointInTimeRecoveryEnabled"] is not store.options["backup"]:
            yield f"{key} is backed up against what the blueprint says"
    backed_up = [frozen(said["BackupSelection"]["Resources"]) for _, said in view.of("Backup::BackupSelection")]
    for key, _ in view.of("EC2::Volume"):
        if not any(f"volume/${{{key}}}" in said for said in backed_up):
            yield f"{key} has no backups"
    for key, _ in view.of("DSQL::Cluster"):
        if not any(said == frozen([arn_of(key, "ResourceArn")]) for said in backed_up):
            yield f"{key} has no backups"
    for key, database in [*databases(view), *view.of(*GRAPHS)]:
        if not 1 <= database.get("BackupRetentionPeriod", 0) <= 35:
            yield f"{key} has no backups"


def logs_end(view: View) -> Iterator[str]:
    for key, group in view.of("Logs::LogGroup"):
        if group.get("RetentionInDays") != view.blueprint["observability"]["log_retention_days"]:
            yield f"{key} is not kept as long as the blueprint says"


def data_stays_or_goes_as_the_blueprint_says(view: View) -> Iterator[str]:
    protection = _protection(view)
    for key, resource in view.resources.items():
        kind = view.kind(key)
        deletion, replacement = resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")
        if (deletion is None) != (replacement is None):
            yield f"{key} has one of DeletionPolicy and UpdateReplacePolicy"
        elif OF_OTHERS & resource.get("Properties", {}).keys():
            if deletion != "Delete":
                yield f"{key} holds no data, and stays"
        elif kind in (*STATEFUL, "Logs::LogGroup") and key != MADE:  # which has a guarantee of its own
            if deletion is None:
                yield f"{key} leaves open what becomes of its data"
            elif protection.get(key, True) != (deletion != "Delete"):
                yield f"{key} is {deletion} against what the blueprint says"
            elif deletion != KEPT.get(str(replacement), "Delete"):
                yield f"{key} is {deletion} on deletion but {replacement} on replacement"


def protection_against_deletion(view: View) -> Iterator[str]:
    protection = _protection(view)
    for key, table in view.of(*TABLES):
        copies = [copy.get("DeletionProtectionEnabled", False) for copy in table.get("Replicas", [table])]
        if {*copies} != {protection[key]}:
            yield f"{key} is not protected as the blueprint says"
    for key, database in [*databases(view), *view.of(*GRAPHS)]:
        if database.get("DeletionProtection", False) is not protection[key]:
            yield f"{key} is not protected as the blueprint says"
    for key, cluster in view.of("DSQL::Cluster"):
        if cluster.get("DeletionProtectionEnabled", False) is not protection[key]:
            yield f"{key} is not protected as the blueprint says"
    for key, pool in view.of("Cognito::UserPool"):
        if (pool.get("DeletionProtection") == "ACTIVE") is not protection[key]:
            yield f"{key} is not protected as the blueprint says"


def _protection(view: View) -> dict[str, bool]:
    """Whether the blueprint protects each resource that holds data."""
    found = {key: view.blueprint["observability"]["keep_logs"] for key, _ in view.of("Logs::LogGroup")}
    found |= dict.fromkeys(("LogArchiveBucket", "SiteLogBucket"), view.blueprint["observability"]["keep_logs"])
    found["SiteBucket"] = bool(view.blueprint["presentation"].get("protect"))
    # the alarms' key encrypts what is gone in seconds: it stays or goes with what the stack logged
    found |= {key: view.blueprint["observability"]["keep_logs"] for key, _ in view.of("KMS::Key") if key != MADE}
    auths = [part.options for part in view.project.stack.parts if part.component.kind == "auth"]
    kept = any(options.get("protect") for options in auths)
    found |= {key: kept for key, _ in view.of("Cognito::UserPool")}
    for store in view.project.stack.stores:
        kinds = (
            "Table",
            "Database",
            "Cluster",
            "Namespace",
            "Server",
            "AdminSecret",
            "Secret",
            "MasterSecret",
            "FileSystem",
            "Bucket",
            "AccessLogBucket",
            "Volume",
            "BackupVault",
        )
        names = (f"{store.id}{kind}" for kind in kinds)
        said = store.options["protect"]
        if said is None:  # what holds items is kept, what only caches is not
            said = any(use["role"] == "primary" for use in store.view["used"])
        found |= {name: said for name in names if name in view.resources}
        if view.kind(f"{store.id}Cache") in STATEFUL:
            found[f"{store.id}Cache"] = said
        of_resources = view.of("Cassandra::Keyspace", "Cassandra::Table", "Timestream::Table")
        found |= {name: said for name, _ in of_resources if name.startswith(store.id)}
    found |= {key: view.blueprint["profile"] != "dev" for key, _ in view.of("SQS::Queue")}
    logged = view.blueprint["observability"]["keep_logs"]
    found |= {f"{store.id}SnapshotDeadLetters": logged for store in view.project.stack.stores}
    for function in view.project.stack.functions:
        if function.trigger and "protect" in function.trigger.options:
            found[f"{function.id}Stream"] = function.trigger.options["protect"]
    return found


def nothing_named_that_would_be_replaced(view: View) -> Iterator[str]:
    for types, name in (
        ("DynamoDB::Table", "TableName"),
        ("DynamoDB::GlobalTable", "TableName"),
        ("RDS::DBInstance", "DBInstanceIdentifier"),
        ("RDS::DBCluster", "DBClusterIdentifier"),
        ("DocDB::DBCluster", "DBClusterIdentifier"),
        ("Neptune::DBCluster", "DBClusterIdentifier"),
        ("S3::Bucket", "BucketName"),
        ("SecretsManager::Secret", "Name"),
    ):
        yield from (f"{key} has a {name}: it could not be replaced" for key, said in view.of(types) if name in said)


def taggable_resources_are_tagged(view: View) -> Iterator[str]:
    own = {"Environment": view.project.blueprint.environment, "Service": view.project.blueprint.service}
    where = {name: value for name, value in own.items() if value}
    wanted = {"Application": view.blueprint["name"], **where, **view.blueprint["tags"]}
    for key, resource in view.resources.items():
        place = tag_property(resource["Type"])
        if place:
            said = resource.get("Properties", {}).get(place[0], {})
            tags = {tag["Key"]: tag["Value"] for tag in said} if place[1] == "list" else said
            if tags != wanted:
                yield f"{key} has the tags {tags}"


def copies_are_where_the_blueprint_says(view: View) -> Iterator[str]:
    wanted = {"Application": view.blueprint["name"], **view.blueprint["tags"]}
    said = {f"{store.id}Table": store.options.get("replicas") for store in view.project.stack.stores}
    for key, table in view.of("DynamoDB::GlobalTable"):
        here, *others = table["Replicas"]
        if here["Region"] != ref("AWS::Region") or [copy["Region"] for copy in others] != said[key]:
            yield f"{key} is copied to other Regions than the blueprint says"
        for copy in table["Replicas"]:
            if not wanted.items() <= {tag["Key"]: tag["Value"] for tag in copy["Tags"]}.items():
                yield f"{key} has a copy without the application's tags"
        if table["StreamSpecification"] != {"StreamViewType": "NEW_AND_OLD_IMAGES"}:
            yield f"{key} can't be copied: its stream lacks images"


def capacity_is_what_the_blueprint_says(view: View) -> Iterator[str]:
    for store in (store for store in view.project.stack.stores if "capacity" in store.options and not store.adopted):
        key, said = f"{store.id}Table", store.options["capacity"]
        provisioned = isinstance(said, dict) and bool(said["read"])
        table = view.properties(key)
        if key in view.blueprint["overrides"]:  # where the blueprint has the last word
            continue
        if table["BillingMode"] != ("PROVISIONED" if provisioned else "PAY_PER_REQUEST"):
            yield f"{key} is not paid as the blueprint says"
        targets = [t for _, t in view.of("ApplicationAutoScaling::ScalableTarget") if key in references(t)]
        follows = provisioned and not store.options["replicas"]
        wanted = 2 * (1 + len(table.get("GlobalSecondaryIndexes", ()))) if follows else 0
        if len(targets) != wanted:
            yield f"{key} has {len(targets)} capacities that follow the load, and not {wanted}"
        bounds = {(t["MinCapacity"], t["MaxCapacity"]) for t in targets}
        if follows and bounds != {(said["read"], said["max_read"]), (said["write"], said["max_write"])}:
            yield f"{key} scales between {bounds}"


def secrets_are_made_by_aws(view: View) -> Iterator[str]:
    for key, secret in view.of("SecretsManager::Secret"):
        if "SecretString" in secret or secret["GenerateSecretString"].get("PasswordLength", 32) < 30:  # most of Oracle
            yield f"{key} is not a long random value"
        form = secret["GenerateSecretString"]["SecretStringTemplate"]
        if set(json.loads(form if isinstance(form, str) else form["Fn::Sub"][0])) != {"username"}:
            yield f"{key} holds more than a user's name in clear"
        attachments = [k for k, a in view.of("SecretsManager::SecretTargetAttachment") if a["SecretId"] == {"Ref": key}]
        rotated = [r["SecretId"] for _, r in view.of("SecretsManager::RotationSchedule")]
        # where nothing is attached, because Secrets Manager knows nothing of what it opens
        by_itself = not attachments and {"Ref": key} in rotated
        if key in _given_to_servers(view):
            continue
        if len(attachments) != 1 and not by_itself and key not in _given_once(view):
            yield f"{key} has no attachment"
        elif (
            not by_itself
            and attachments
            and {"Ref": attachments[0]} not in rotated
            and key not in _given_to_clusters(view)
        ):
            yield f"{key} is not rotated through its attachment"
    for key, database in databases(view):
        if view.kind(key) == "DocDB::DBCluster" or key in copied(view):
            if "MasterSecret}:SecretString:password" not in database["MasterUserPassword"]["Fn::Sub"]:
                yield f"{key} has a master password that is not in a secret"
        elif database.get("ManageMasterUserPassword") is not True or "MasterUserPassword" in database:
            yield f"{key} has a master password that RDS does not manage"
    for key, cluster in view.of("DocDBElastic::Cluster"):
        if "MasterSecret}:SecretString:password" not in cluster["AdminUserPassword"]["Fn::Sub"]:
            yield f"{key} has a master password that is not in a secret"


def _given_once(view: View) -> set[str]:
    """Secrets with passwords that a server takes when it is made, and that nothing here changes."""
    said = [server["Password"]["Fn::Sub"] for _, server in view.of("Timestream::InfluxDBInstance")]
    said += [cluster["AdminUserPassword"]["Fn::Sub"] for _, cluster in view.of("DocDBElastic::Cluster")]
    return {text.partition("${")[2].partition("}")[0] for text in said}


def _given_to_servers(view: View) -> set[str]:
    """Secrets that servers of one's own make their first user with."""
    return {f"{key.removesuffix('Server')}MasterSecret" for key, _ in view.of("EC2::Instance")}


def _given_to_clusters(view: View) -> set[str]:
    """Secrets of masters that change their passwords through the service alone."""
    named = [database for _, database in databases(view) if "MasterUserPassword" in database]
    said = [database["MasterUserPassword"]["Fn::Sub"] for database in named]
    return {text.partition("${")[2].partition("}")[0] for text in said}


def what_stands_already_is_not_made(view: View) -> Iterator[str]:
    for store in (store for store in view.project.stack.stores if store.adopted):
        made = [name for name in (f"{store.id}{kind}" for kind in OF_A_STORE) if name in view.resources]
        yield from (f"{name} is made, and {store.name} stands already" for name in made)


GUARANTEES = (
    stores_are_encrypted,
    stores_take_tls_only,
    buckets_are_private,
    backups_reach_back,
    logs_end,
    data_stays_or_goes_as_the_blueprint_says,
    protection_against_deletion,
    nothing_named_that_would_be_replaced,
    taggable_resources_are_tagged,
    secrets_are_made_by_aws,
    what_stands_already_is_not_made,
    copies_are_where_the_blueprint_says,
    capacity_is_what_the_blueprint_says,
)
