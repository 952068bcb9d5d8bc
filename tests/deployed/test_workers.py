"""The workers' sources, deployed into an emulated AWS and read back: who calls whom, and where failures go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from support.emulator import REGION, Deployment, deploy
from support.rendered import rendered

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def workers() -> Iterator[Deployment]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        environment.delenv("AWS_PROFILE", raising=False)
        with mock_aws():
            # what the blueprint says stands elsewhere
            boto3.client("events").create_event_bus(Name="payments")
            boto3.client("sqs").create_queue(QueueName="refunds.fifo", Attributes={"FifoQueue": "true"})
            yield deploy(rendered("workers").template.data, "box-office")


@pytest.fixture(scope="module")
def mappings(workers: Deployment) -> dict[str, dict[str, Any]]:
    """The event source mappings as Lambda lists them, by the name of their function."""
    found = workers.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return {said["FunctionArn"].rpartition("box-office-")[2]: said for said in found}


def queue(workers: Deployment, name: str) -> dict[str, str]:
    """A queue's attributes, as SQS gives them."""
    url = workers.physical[name]
    found = workers.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def test_every_stream_and_queue_is_read_by_its_worker(workers: Deployment, mappings: dict[str, dict[str, Any]]) -> None:
    streams = workers.client("kinesis")
    table = workers.client("dynamodb").describe_table(TableName=workers.physical["TicketsTable"])["Table"]
    expected = {
        "orders-worker": queue(workers, "OrdersQueue")["QueueArn"],
        "refunds-worker": f"arn:aws:sqs:{REGION}:{ACCOUNT}:refunds.fifo",
        "history-worker": table["LatestStreamArn"],
    }
    for worker in ("Sales", "Clicks"):
        name = workers.physical[f"{worker}WorkerStream"]
        said = streams.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        expected[f"{worker.lower()}-worker"] = said["StreamARN"]
    assert {name: said["EventSourceArn"] for name, said in mappings.items()} == expected
    assert {name: said["BatchSize"] for name, said in mappings.items()} == {
        **{"orders-worker": 50, "refunds-worker": 10, "history-worker": 25},
        **{"sales-worker": 100, "clicks-worker": 100},
    }


def test_the_table_hands_out_its_changes(workers: Deployment) -> None:
    tables = workers.client("dynamodb")
    said = {name: tables.describe_table(TableName=workers.physical[f"{name}Table"]) for name in ("Tickets", "Sales")}
    streams = {name: answer["Table"].get("StreamSpecification") for name, answer in said.items()}
    assert streams["Tickets"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert streams["Sales"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


def test_a_message_that_fails_too_often_is_a_dead_letter(workers: Deployment) -> None:
    said = queue(workers, "OrdersQueue")
    timeout = workers.properties("OrdersWorkerFunction")["Timeout"]
    assert int(said["VisibilityTimeout"]) == 6 * timeout
    assert json.loads(said["RedrivePolicy"]) == {
        "deadLetterTargetArn": queue(workers, "OrdersDeadLetters")["QueueArn"],
        "maxReceiveCount": 5,
    }
    client, url = workers.client("sqs"), workers.physical["OrdersQueue"]
    client.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(6):
        client.receive_message(QueueUrl=url, VisibilityTimeout=0)
    assert queue(workers, "OrdersDeadLetters")["ApproximateNumberOfMessages"] == "1"


def test_what_the_roles_allow_is_on_what_was_made(workers: Deployment) -> None:
    stream = workers.client("kinesis").describe_stream(StreamName=workers.physical["SalesWorkerStream"])
    grants = workers.grants("SalesWorkerFunction")
    assert ("kinesis:GetRecords", stream["StreamDescription"]["StreamARN"]) in grants
    assert ("sqs:SendMessage", queue(workers, "SalesWorkerDeadLetters")["QueueArn"]) in grants
    assert ("sqs:ReceiveMessage", queue(workers, "OrdersQueue")["QueueArn"]) in workers.grants("OrdersWorkerFunction")


def test_rules_choose_the_events_of_their_worker(workers: Deployment) -> None:
    client = workers.client("events")
    rule = workers.physical["ScansWorkerRule"].rpartition("/")[2]
    pattern = json.loads(client.describe_rule(Name=rule)["EventPattern"])
    assert pattern["detail"]["bucket"] == {"name": [workers.physical["UploadsBucket"]]}
    assert pattern["detail"]["object"] == {"key": [{"wildcard": "in/*.pdf"}]}
    (target,) = client.list_targets_by_rule(Rule=rule)["Targets"]
    assert target["DeadLetterConfig"]["Arn"] == queue(workers, "ScansWorkerDeadLetters")["QueueArn"]
