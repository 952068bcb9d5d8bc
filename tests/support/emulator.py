"""A rendered template, deployed into moto; what its CloudFormation lacks, made by the services' own APIs."""

from __future__ import annotations

import ast
import copy
import io
import ipaddress
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from moto.cloudformation.parsing import get_model_map

REGION = "us-east-1"
BUCKET = "artifacts"

# What moto lists among the types that its CloudFormation creates, but does not create well enough to be used.
INCOMPLETE = {
    "AWS::RDS::DBParameterGroup": "it has no physical id, so nothing can refer to it",
    "AWS::EC2::SubnetRouteTableAssociation": "EC2 never shows it",
}


@dataclass(frozen=True)
class Deployment:
    """A stack in moto.

    `physical` has the ids of what CloudFormation made, `stand_ins` what Refs to all others give, and
    `statements` those of each role's policies, their resources resolved.
    """

    name: str
    session: boto3.Session
    template: Mapping[str, Any]
    physical: Mapping[str, str]
    stand_ins: Mapping[str, str]
    statements: Mapping[str, list[Any]]

    def client(self, service: str) -> Any:
        """A client of the account's administrator."""
        return self.session.client(service)

    def of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The rendered resources of a type, by logical ID."""
        return {name: said for name, said in self.template["Resources"].items() if said["Type"] == kind}

    def properties(self, logical_id: str) -> Mapping[str, Any]:
        """A resource's properties, as rendered."""
        found: Mapping[str, Any] = self.template["Resources"][logical_id]["Properties"]
        return found

    def environment(self, function: str) -> dict[str, str]:
        """What the deployed function `function` (a logical ID) finds in its environment."""
        client = self.client("lambda")
        found = client.get_function_configuration(FunctionName=self.physical[function])
        return {name: str(value) for name, value in found["Environment"]["Variables"].items()}

    def role(self, function: str) -> str:
        """The name of a function's role."""
        return self.physical[self.properties(function)["Role"]["Fn::GetAtt"][0]]

    def grants(self, function: str) -> set[tuple[str, str]]:
        """(action, resource) of everything that a function's role allows."""
        return {
            (action, resource)
            for statement in self.statements[self.role(function)]
            if statement["Effect"] == "Allow"
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
        }


def supported() -> frozenset[str]:
    """The resource types that moto creates from a template, by its own list."""
    return frozenset(get_model_map()) - INCOMPLETE.keys()


def deploy(template: Mapping[str, Any], name: str) -> Deployment:
    """Create `template` as the stack `name`, in the moto that is active."""
    session = boto3.Session("administrator", "secret", region_name=REGION)
    resources = template["Resources"]
    known = {key: copy.deepcopy(said) for key, said in resources.items() if said["Type"] in supported()}
    _upload_code(known, session)
    stand_ins = {key: _stand_in(key, said, name, session) for key, said in resources.items() if key not in known}
    adapted = _Adapted(known, stand_ins, session)
    body = {
        "Parameters": {**template["Parameters"], **{key: {"Type": "String"} for key in stand_ins}},
        "Resources": {key: adapted.resource(said) for key, said in known.items()},
    }
    body["Parameters"] |= {key: {"Type": "String", "Default": value} for key, value in adapted.attributes.items()}
    values = {"ArtifactBucket": BUCKET, **stand_ins, **dict(_prefix_lists(template, session))}
    client = session.client("cloudformation")
    client.create_stack(
        StackName=name,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
    )
    made = client.describe_stack_resources(StackName=name)["StackResources"]
    physical = {said["LogicalResourceId"]: said.get("PhysicalResourceId", "") for said in made}
    roles = [physical[key] for key, said in known.items() if said["Type"] == "AWS::IAM::Role"]
    statements = {role: _enforced(role, session) for role in roles}
    deployment = Deployment(name, session, template, physical, {**stand_ins, **adapted.attributes}, statements)
    for key, said in deployment.of("AWS::DynamoDB::Table").items():
        session.client("dynamodb").update_continuous_backups(  # its CloudFormation leaves that out
            TableName=physical[key],
            PointInTimeRecoverySpecification=said["Properties"]["PointInTimeRecoverySpecification"],
        )
    return deployment


def assumed(stack: Deployment, role: str) -> boto3.Session:
    """A session of `role`, as the one that Lambda calls the handler in."""
    arn = stack.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    found = stack.client("sts").assume_role(RoleArn=arn, RoleSessionName="function")["Credentials"]
    keys = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    return boto3.Session(*keys, region_name=REGION)


def _enforced(role: str, session: boto3.Session) -> list[Any]:
    """The statements of a role's policies, which are put so that moto can enforce their actions.

    It keeps a template's document as Python prints it, where IAM has JSON; and whatever a call to
    DynamoDB or Secrets Manager is about, it asks for a right on "*".
    """
    iam = session.client("iam")
    found: list[Any] = []
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = ast.literal_eval(iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
        found += document["Statement"]
        widened = [{**statement, "Resource": "*"} for statement in document["Statement"]]
        text = json.dumps({**document, "Statement": widened})
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=text)
    return found


def _upload_code(resources: Mapping[str, Any], session: boto3.Session) -> None:
    """Put a zip where each function expects its code."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", "")
    s3 = session.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for said in resources.values():
        if said["Type"] == "AWS::Lambda::Function":
            s3.put_object(Bucket=BUCKET, Key=said["Properties"]["Code"]["S3Key"], Body=archive.getvalue())


def _prefix_lists(template: Mapping[str, Any], session: boto3.Session) -> Iterator[tuple[str, str]]:
    """The addresses of services that the template asks for, as deploy.sh looks them up."""
    for name in template["Parameters"]:
        service = name.removesuffix("PrefixListId")
        if service != name:
            wanted = {"Name": "prefix-list-name", "Values": [f"com.amazonaws.{REGION}.{service.lower()}"]}
            (found,) = session.client("ec2").describe_managed_prefix_lists(Filters=[wanted])["PrefixLists"]
            yield name, found["PrefixListId"]


def _stand_in(key: str, said: Mapping[str, Any], stack: str, session: boto3.Session) -> str:
    """What a Ref to a resource gives that moto's CloudFormation does not make; some exist by their own API."""
    properties = said.get("Properties", {})
    if said["Type"] == "AWS::SecretsManager::Secret":
        generated = properties["GenerateSecretString"]
        value = {**json.loads(generated["SecretStringTemplate"]), generated["GenerateStringKey"]: f"password of {key}"}
        return _secret(key, value, session)
    if said["Type"] == "AWS::Lambda::Alias":
        return f"arn:aws:lambda:{REGION}:123456789012:function:{key}:{properties['Name']}"
    if said["Type"] == "AWS::RDS::DBParameterGroup":
        name = f"{stack}-{key}".lower()
        session.client("rds").create_db_parameter_group(
            DBParameterGroupName=name,
            DBParameterGroupFamily=properties["Family"],
            Description=properties["Description"],
        )
        return name
    return key


def _secret(name: str, value: Mapping[str, str], session: boto3.Session) -> str:
    made = session.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
    return str(made["ARN"])


class _Adapted:
    """Resources without what moto's CloudFormation stumbles over, though CloudFormation itself does not."""

    def __init__(self, resources: Mapping[str, Any], stand_ins: Mapping[str, str], session: boto3.Session) -> None:
        self.resources, self.stand_ins, self.session = resources, stand_ins, session
        self.attributes: dict[str, str] = {}

    def resource(self, said: Mapping[str, Any]) -> dict[str, Any]:
        made = self.value(dict(said))
        if "DependsOn" in made:
            made["DependsOn"] = [name for name in _listed(made["DependsOn"]) if name in self.resources]
        if made["Type"] == "AWS::KMS::Key":
            del made["Properties"]["Tags"]  # it takes them in the form of another API
        called = made.get("Properties", {}).get("FunctionName", {})
        if isinstance(called, dict) and called.get("Ref") in self.stand_ins:  # its CloudFormation knows no aliases
            made["Properties"]["FunctionName"] = {"Ref": called["Ref"].replace("Alias", "Function")}
        return dict(made)

    def value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "Fn::Cidr" in value:
            block, count, bits = value["Fn::Cidr"]
            blocks = ipaddress.ip_network(block).subnets(new_prefix=32 - int(bits))
            return [str(next(blocks)) for _ in range(int(count))]
        if isinstance(value.get("Fn::Sub"), str):  # it knows no database's own id
            return {"Fn::Sub": re.sub(r"\$\{(\w+)\.DbiResourceId\}", r"db-\1", value["Fn::Sub"])}
        if "Fn::GetAtt" in value:
            return self.attribute(*value["Fn::GetAtt"])
        return {key: self.value(item) for key, item in value.items()}

    def attribute(self, name: str, attribute: str) -> Any:
        """A GetAtt; those that moto lacks are a subnet's zone, and the secret that RDS makes for the master user."""
        if attribute == "AvailabilityZone":
            return self.value(self.resources[name]["Properties"][attribute])
        if attribute != "MasterUserSecret.SecretArn":
            return {"Fn::GetAtt": [name, attribute]}
        parameter = f"{name}MasterUserSecret"
        if parameter not in self.attributes:
            user = self.resources[name]["Properties"]["MasterUsername"]
            value = {"username": user, "password": "made by RDS"}
            self.attributes[parameter] = _secret(parameter, value, self.session)
        return {"Ref": parameter}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
