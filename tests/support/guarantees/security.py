"""What an organisation asks of every stack holds for each role, and the customer key for all that takes one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from support.guarantees.view import View, arn_of, frozen, listed, maps
from tierforge.model import Options

MADE = "EncryptionKey"
# By type, where a resource says its key; a list is gone into, and what a dotted path begins with may be missing.
KEYS = {
    "Logs::LogGroup": ("KmsKeyId",),
    "Lambda::Function": ("KmsKeyArn",),
    "SecretsManager::Secret": ("KmsKeyId",),
    "DynamoDB::Table": ("SSESpecification.KMSMasterKeyId",),
    "RDS::DBInstance": ("KmsKeyId", "MasterUserSecret.KmsKeyId", "PerformanceInsightsKMSKeyId"),
    "DocDB::DBCluster": ("KmsKeyId",),
    "DocDBElastic::Cluster": ("KmsKeyId",),
    "EFS::FileSystem": ("KmsKeyId",),
    "Neptune::DBCluster": ("KmsKeyId",),
    "Cassandra::Table": ("EncryptionSpecification.KmsKeyIdentifier",),
    "DSQL::Cluster": ("KmsEncryptionKey",),
    "EC2::Volume": ("KmsKeyId",),
    "EC2::LaunchTemplate": ("LaunchTemplateData.BlockDeviceMappings.0.Ebs.KmsKeyId",),
    "Backup::BackupVault": ("EncryptionKeyArn",),
    "RDS::DBCluster": ("KmsKeyId", "MasterUserSecret.KmsKeyId"),
    "SQS::Queue": ("KmsMasterKeyId",),
    "Events::EventBus": ("KmsKeyIdentifier",),
    "SNS::Topic": ("KmsMasterKeyId",),
    "Kinesis::Stream": ("StreamEncryption.KeyId",),
    "S3::Bucket": (
        "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID",
    ),
}
# Services that use a key without a role of the stack's: who sends to what is encrypted.
SENDERS = {"Events::Rule": "events.amazonaws.com", "CloudWatch::Alarm": "cloudwatch.amazonaws.com"}


def key_for(options: Options, view: View) -> Any:
    """The customer key of what something with these options keeps, as it stands in a template; None for none."""
    said = view.blueprint["security"]
    made = arn_of(MADE) if said["customer_key"] else None
    existing = options.get("existing")
    return existing.get("kms_key_arn") if existing else options.get("kms_key_arn") or said["kms_key_arn"] or made


def roles_are_bounded(view: View) -> Iterator[str]:
    """Those that the blueprint adds are as well, unless it says otherwise there."""
    said = view.blueprint["security"]
    wanted = {"PermissionsBoundary": said["permissions_boundary"], "Path": said["role_path"]}
    asked = {"AWS::IAM::Role": ("PermissionsBoundary", "Path"), "AWS::IAM::ManagedPolicy": ("Path",)}
    for key, resource in view.template["Resources"].items():
        own = view.blueprint["extra_resources"].get(key, {}).get("Properties", {})
        for name in asked.get(resource["Type"], ()):
            value = resource.get("Properties", {}).get(name)
            if value != (own.get(name) or wanted[name]):
                yield f"{key} has the {name} {value}"


def whatever_takes_a_key_has_it(view: View) -> Iterator[str]:
    stack, own = key_for({}, view), _own_keys(view)
    for kind, places in KEYS.items():
        for key, properties in view.of(kind):
            for place in places:
                value = _at(properties, place)
                if _takes_none(key, properties, place):
                    continue
                if stack and value not in (stack, *own):
                    yield f"{key} has no customer key in {place}"
                if not stack and isinstance(value, str) and value.startswith("arn:") and value not in own:
                    yield f"{key} has a key that nobody asked for"


def keys_are_used_through_a_service(view: View) -> Iterator[str]:
    for key, role in view.of("IAM::Role"):
        for statement in (s for p in role.get("Policies", ()) for s in p["PolicyDocument"]["Statement"]):
            if any(action.startswith("kms:") for action in listed(statement["Action"])):
                services = [said.get("kms:ViaService") for said in maps(statement.get("Condition", {}))]
                if not any(services):
                    yield f"{key} may use a key directly"


def the_key_admits_who_uses_it(view: View) -> Iterator[str]:
    for key, kms in view.of("KMS::Key"):
        policy = frozen(kms["KeyPolicy"])
        for statement in kms["KeyPolicy"]["Statement"]:
            if "Service" in statement["Principal"] and "Condition" not in statement:
                yield f"{key} admits a service on anybody's behalf"
        if key == MADE:
            if "kms:EncryptionContext:aws:logs:arn" not in policy:
                yield f"{key} does not admit CloudWatch Logs"
            topics = list(view.of("SNS::Topic"))
            for kind, service in SENDERS.items():
                if any(view.of(kind)) and (topics or kind != "CloudWatch::Alarm") and service not in policy:
                    yield f"{key} does not admit {service}"


def the_key_outlives_what_it_encrypted(view: View) -> Iterator[str]:
    stays = {key for key, resource in view.resources.items() if resource.get("DeletionPolicy", "Delete") != "Delete"}
    kept = sorted(key for key in stays if view.kind(key) in KEYS)
    if MADE in view.resources and MADE not in stays and kept:
        yield f"{MADE} is deleted, and {kept[0]} can't be read without it"


def _own_keys(view: View) -> list[Any]:
    """The keys that the blueprint says of single stores and triggers, and of the logs' archive."""
    triggers = [f.trigger for f in view.project.stack.functions if f.trigger]
    watching = [part for part in view.project.stack.parts if part.component.kind == "observability"]
    said = [part.options.get("kms_key_arn") for part in (*view.project.stack.stores, *triggers, *watching)]
    return [key for key in said if key]


def _takes_none(key: str, properties: Mapping[str, Any], place: str) -> bool:
    """Whether there is nothing to encrypt, S3 could not write with a customer key, or everybody may read it."""
    nothing = {
        "KmsKeyArn": "Environment" not in properties,
        "MasterUserSecret.KmsKeyId": "MasterUserPassword" in properties,
        "PerformanceInsightsKMSKeyId": "EnablePerformanceInsights" not in properties,
    }
    if {"DBClusterIdentifier", "SourceDBInstanceIdentifier"} & properties.keys():  # whose data and secret they are
        nothing |= {"KmsKeyId": True, "MasterUserSecret.KmsKeyId": True}
    return nothing.get(place, False) or key.endswith(("AccessLogBucket", "SiteBucket", "SiteLogBucket"))


def _at(value: Any, place: str) -> Any:
    for step in place.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step, {})
    return value or None


GUARANTEES = (
    roles_are_bounded,
    whatever_takes_a_key_has_it,
    keys_are_used_through_a_service,
    the_key_admits_who_uses_it,
    the_key_outlives_what_it_encrypted,
)
