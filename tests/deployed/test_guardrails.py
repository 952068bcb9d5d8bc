"""What an organisation asks for and what auditors ask for, deployed into an emulated AWS and read back from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from support.emulator import REGION, Deployment, deploy
from support.rendered import rendered, variant
from tierforge.projects import Project

BOUNDARY = "arn:aws:iam::123456789012:policy/company/application-boundary"
PATH = "/applications/registry/"


def deployed(project: Project) -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with mock_aws():
            yield deploy(project.template.data, project.stack.name)


@pytest.fixture
def bounded() -> Iterator[Deployment]:
    yield from deployed(variant("mobile-backend", security={"permissions_boundary": BOUNDARY, "role_path": PATH}))


@pytest.fixture
def encrypted() -> Iterator[Deployment]:
    yield from deployed(rendered("strict"))


def test_roles_have_the_boundary_and_the_path(bounded: Deployment) -> None:
    iam = bounded.client("iam")
    roles = [iam.get_role(RoleName=role["RoleName"])["Role"] for role in iam.list_roles()["Roles"]]
    assert roles
    for role in roles:
        assert role["Path"] == PATH
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY


def test_queues_are_encrypted_with_the_key_of_the_stack(encrypted: Deployment) -> None:
    key = f"arn:aws:kms:{REGION}:123456789012:key/{encrypted.physical['EncryptionKey']}"
    queues = encrypted.client("sqs")
    urls = queues.list_queues()["QueueUrls"]
    assert len(urls) == 3  # of orders, and what orders and paid could not get done
    for url in urls:
        assert queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["KmsMasterKeyId"] == key
