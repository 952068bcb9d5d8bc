"""Workers as they are rendered, in every language: called with Lambda's events, they do each message once and give back
what failed.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from support.emitted import few
from support.handlers import load, pytest_in
from support.nodejs import Function, link
from support.rendered import rendered, variant
from support.requests import CONTEXT
from support.tidy import untidy
from tierforge.project.write import write

PROJECT = rendered("workers")
WORKERS = [function.name for function in PROJECT.stack.functions if function.trigger]

Handler = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the project was written to."""
    folder = tmp_path_factory.mktemp("workers")
    write(folder, PROJECT.files, {})
    return folder


@pytest.fixture(scope="module")
def in_nodejs(tmp_path_factory: pytest.TempPathFactory, node_modules: Path) -> Path:
    """The folder that the same project was written to, with Node.js for its language."""
    folder = tmp_path_factory.mktemp("workers-nodejs")
    write(folder, variant("workers", runtime="nodejs24.x").files, {})
    link(folder, node_modules)
    return folder


@pytest.fixture(params=["python", "nodejs"])
def handler_of(request: pytest.FixtureRequest, aws: None) -> Iterator[Callable[[str], Handler]]:
    """Gives what Lambda calls of a worker."""
    running: list[Function] = []

    def python(worker: str) -> Handler:
        folder: Path = request.getfixturevalue("root") / "functions" / worker
        handler = load(folder, "handler")[0].lambda_handler
        return lambda event: handler(event, CONTEXT)

    def nodejs(worker: str) -> Handler:
        folder: Path = request.getfixturevalue("in_nodejs") / "functions" / worker
        variables = {"AWS_ENDPOINT_URL": request.getfixturevalue("moto_server"), "AWS_REGION": "us-east-1"}
        running.append(Function(folder, variables))
        return running[-1].lambda_handler

    yield {"python": python, "nodejs": nodejs}[request.param]
    for function in running:
        function.stop()


def table(monkeypatch: pytest.MonkeyPatch, variable: str, *key: str) -> Any:
    """A table in moto that a function finds by a variable."""
    resource = boto3.resource("dynamodb")
    made = resource.create_table(
        TableName=variable.lower(),
        KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in zip(key, ("HASH", "RANGE"), strict=False)],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in key],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv(variable, variable.lower())
    return made


def message(number: int, body: str, queue: str = "orders") -> dict[str, Any]:
    return {
        "messageId": f"message-{number}",
        "receiptHandle": "a handle",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1520621625029"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
        "awsRegion": "us-east-1",
    }


def given_back(*names: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def test_a_poisoned_message_comes_back_alone_and_the_others_are_done_once(
    handler_of: Callable[[str], Handler], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = table(monkeypatch, "TICKETS_TABLE_NAME", "owner", "id")
    handler = handler_of("orders-worker")
    good = json.dumps({"owner": "ann", "seat": "A1", "price": 12.5, "id": "chosen by the sender"})
    batch = {"Records": [message(1, good), message(2, "Message Body"), message(3, '{"seat": "B2"}'), message(4, good)]}
    for _ in range(2):  # delivered twice, as SQS may
        assert handler(batch) == given_back("message-2", "message-3")
    found = items.scan()["Items"]
    assert len(found) == 2
    assert {(item["owner"], item["seat"], str(item["price"])) for item in found} == {("ann", "A1", "12.5")}
    assert "chosen by the sender" not in {item["id"] for item in found}
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"level"' in line]
    assert {line["message_id"] for line in logged if line["level"] == "ERROR"} == {"message-2", "message-3"}
    assert "A1" not in json.dumps(logged)


def test_what_stands_behind_a_failure_in_a_fifo_queue_waits(handler_of: Callable[[str], Handler]) -> None:
    handler = handler_of("refunds-worker")
    records = [message(number, "{}", "refunds.fifo") for number in (1, 2)]
    assert handler({"Records": records}) == given_back("message-1", "message-2")
    assert handler({"Records": []}) == given_back()


def test_records_of_a_stream_behind_a_bad_one_wait(
    handler_of: Callable[[str], Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = table(monkeypatch, "SALES_TABLE_NAME", "show", "sale")
    handler = handler_of("sales-worker")

    def record(number: int, data: str) -> dict[str, Any]:
        said = {"sequenceNumber": str(number), "partitionKey": "one", "data": base64.b64encode(data.encode()).decode()}
        return {"kinesis": said, "eventID": f"shardId-000000000000:{number}", "eventSource": "aws:kinesis"}

    good = json.dumps({"show": "hamlet", "seats": 2})
    batch = {"Records": [record(1, good), record(2, "Hello World"), record(3, good)]}
    assert handler(batch) == given_back("2", "3")
    assert [(item["show"], item["seats"]) for item in items.scan()["Items"]] == [("hamlet", 2)]
    assert handler({"Records": batch["Records"][2:]}) == given_back()
    assert len(items.scan()["Items"]) == 2


def test_an_event_that_can_not_be_done_is_raised(
    handler_of: Callable[[str], Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = table(monkeypatch, "SALES_TABLE_NAME", "show", "sale")
    handler = handler_of("paid-worker")
    event = {
        "version": "0",
        "id": "event-1",
        "detail-type": "Paid",
        "source": "shop.payments",
        "detail": {"show": "hamlet", "amount": 12.5},
    }
    assert handler(event) is None
    assert handler(copy.deepcopy(event)) is None
    assert [(item["show"], str(item["amount"])) for item in items.scan()["Items"]] == [("hamlet", "12.5")]
    with pytest.raises(Exception, match="lacks show"):
        handler({**event, "detail": {"amount": 1}})


def test_a_change_is_read_as_dynamodb_means_it(root: Path) -> None:
    (parse,) = (module.parse for module in load(root / "functions" / "history-worker", "message"))
    image = {"id": {"S": "1"}, "price": {"N": "12.50"}, "tags": {"SS": ["a", "b"]}, "proof": {"B": "AAEqQQ=="}}
    said = {"Keys": {"id": {"S": "1"}}, "NewImage": image, "SequenceNumber": "7", "SizeBytes": 54}
    read = parse({"eventID": "change-1", "eventName": "MODIFY", "dynamodb": said})
    assert (read.id, read.change, read.before, read.key) == ("change-1", "MODIFY", {}, {"id": "1"})
    assert str(read.fields["price"]) == "12.50"
    assert (read.fields["tags"], read.fields["proof"]) == ({"a", "b"}, b"\x00\x01*A")


def test_the_schedule_sends_what_its_worker_reads(handler_of: Callable[[str], Handler]) -> None:
    sent = json.loads(
        PROJECT.template.data["Resources"]["NightlyWorkerSchedule"]["Properties"]["Target"]["Input"]
        .replace("<aws.scheduler.execution-id>", "run-1")
        .replace("<aws.scheduler.scheduled-time>", "2026-11-24T03:00:00Z")
    )
    with pytest.raises(Exception, match="Nothing is done yet with run-1"):
        handler_of("nightly-worker")(sent)


@pytest.mark.parametrize("worker", few(WORKERS, "orders-worker", "scans-worker"))
def test_its_own_tests_pass_offline(root: Path, worker: str) -> None:
    done = pytest_in(root / "functions" / worker)
    assert done.returncode == 0, done.stdout


def test_code_is_tidy(root: Path) -> None:
    assert untidy(*(root / "functions" / worker for worker in WORKERS)) == ""
