"""Services that tell each other what happened: rendered publishers, rules and workers, and the bus between them.

moto holds events against patterns as EventBridge does, and hands them to queues; it calls no functions. So the target
of each rule is a queue here, and what comes out of that is handed to the worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from support.catalog import CATALOG
from support.handlers import load, pytest_in
from support.nodejs import Function, link, offline
from support.requests import CONTEXT, event
from support.tidy import untidy
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.project.write import write
from tierforge.system import System, system_of

BLUEPRINT = """
name: shop
pattern: microservices
profile: dev
auth: {method: none}
services:
  orders:
    publishes: [order-placed, order-changed, order-cancelled, stock-low]
    resources:
      orders:
        operations: [create, update, delete]
        data_store: orders
        publishes: {create: order-placed, update: order-changed, delete: order-cancelled}
      returns: {operations: [create], data_store: returns, publishes: order-cancelled}
    data_stores: {orders: {type: dynamodb}, returns: {type: dynamodb}}
    workers:
      counting: {trigger: {type: schedule, expression: rate(1 day)}}
  billing:
    subscribes: {order-placed: invoices, stock-low: warnings, order-cancelled: warnings}
    workers:
      invoices: {data_store: invoices, trigger: {max_retries: 1}}
    resources: {invoices: {operations: [list], data_store: invoices}}
    data_stores: {invoices: {type: dynamodb}}
"""
TABLES = {"ORDERS_TABLE_NAME": "orders", "INVOICES_TABLE_NAME": "invoices"}
BUS = {"EVENT_BUS_NAME": "shop-platform", "EVENT_BUS_SOURCE": "shop.orders"}
LANGUAGES = {"python": "python3.14", "nodejs": "nodejs24.x"}
Handler = Callable[[dict[str, Any]], Any]


def made(text: str = BLUEPRINT, service: str = "") -> System:
    return system_of(parse("app.yaml", text), CATALOG, linted=False, service=service)


SHOP = made()


def template(service: str, system: System = SHOP) -> dict[str, Any]:
    return system.of(service).projects[0].template.data


def of_type(service: str, kind: str) -> dict[str, Any]:
    found = template(service)["Resources"].items()
    return {name: resource["Properties"] for name, resource in found if resource["Type"] == kind}


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By language, the folder that the services were written to."""
    folders = {}
    for language, runtime in LANGUAGES.items():
        shop = made(BLUEPRINT.replace("profile: dev", f"profile: dev\nruntime: {runtime}"))
        folders[language] = tmp_path_factory.mktemp(language)
        for service in ("orders", "billing"):
            write(folders[language] / service, shop.of(service).files, {})
    return folders


class Shop:
    """The functions of both services in one language, and the bus between them."""

    def __init__(self, handler_of: Callable[[str], Handler]) -> None:
        self.handler_of = handler_of
        self.queues: dict[str, str] = {}
        events, sqs = boto3.client("events"), boto3.client("sqs")
        for name, key in {"orders": "id", "invoices": "id"}.items():
            boto3.client("dynamodb").create_table(
                TableName=name,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        events.create_event_bus(Name=BUS["EVENT_BUS_NAME"])
        for name, rule in of_type("billing", "AWS::Events::Rule").items():
            url = self.queues[name] = sqs.create_queue(QueueName=name)["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            on = {"Name": name, "EventBusName": BUS["EVENT_BUS_NAME"]}
            events.put_rule(**on, EventPattern=json.dumps(rule["EventPattern"]))
            events.put_targets(Rule=name, EventBusName=on["EventBusName"], Targets=[{"Id": "queue", "Arn": arn}])

    def ask(self, method: str, route: str, **more: Any) -> tuple[int, Any]:
        answer = self.handler_of("orders/functions/orders")(event(method, route, **more))
        return answer["statusCode"], json.loads(answer["body"] or "null")

    def heard(self, rule: str) -> list[dict[str, Any]]:
        """The events that a rule has let through since it was asked last."""
        sqs, url, found = boto3.client("sqs"), self.queues[rule], []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in got]
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture(params=sorted(LANGUAGES))
def shop(
    request: pytest.FixtureRequest, aws: None, roots: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shop]:
    root = roots[request.param]
    running: list[Function] = []
    for name, value in {**TABLES, **BUS}.items():
        monkeypatch.setenv(name, value)

    def python(folder: str) -> Handler:
        (module,) = load(root / folder, "handler")
        return lambda sent: module.lambda_handler(sent, CONTEXT)

    def nodejs(folder: str) -> Handler:
        link(root, request.getfixturevalue("node_modules"))
        address = {"AWS_ENDPOINT_URL": request.getfixturevalue("moto_server"), "AWS_REGION": "us-east-1"}
        running.append(Function(root / folder, address))
        return running[-1].lambda_handler

    yield Shop({"python": python, "nodejs": nodejs}[request.param])
    for function in running:
        function.stop()


def test_what_one_service_does_reaches_the_workers_of_another(shop: Shop) -> None:
    status, order = shop.ask("POST", "/orders", body={"note": "first", "price": 12.5})
    assert status == 201
    (told,) = shop.heard("InvoicesWorkerRule")
    assert (told["source"], told["detail-type"]) == ("shop.orders", "order-placed")
    assert (told["detail"]["id"], told["detail"]["item"]) == (order["etag"], order)
    shop.handler_of("billing/functions/invoices-worker")(told)
    shop.handler_of("billing/functions/invoices-worker")({**told, "id": "delivered again"})
    (invoice,) = boto3.client("dynamodb").scan(TableName="invoices")["Items"]
    assert (invoice["note"], invoice["price"]) == ({"S": "first"}, {"N": "12.5"})

    one = {"path": {"id": order["id"]}}
    assert shop.ask("PUT", "/orders/{id}", **one, body={"note": "other"})[0] == 200
    assert shop.ask("DELETE", "/orders/{id}", **one)[0] == 204
    assert shop.heard("InvoicesWorkerRule") == []
    (cancelled,) = shop.heard("WarningsWorkerRule")
    assert (cancelled["detail-type"], cancelled["detail"]["item"]) == ("order-cancelled", {"id": order["id"]})


def test_a_create_that_was_not_told_of_is_told_when_it_is_sent_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, Any] = {"body": {"note": "first"}, "headers": {"Idempotency-Key": "one"}}
    monkeypatch.setenv("EVENT_BUS_NAME", "x" * 300)  # no bus is called so
    status, fault = shop.ask("POST", "/orders", **sent)
    assert (status, fault["code"]) == (503, "unavailable")
    assert len(boto3.client("dynamodb").scan(TableName="orders")["Items"]) == 1
    monkeypatch.setenv("EVENT_BUS_NAME", BUS["EVENT_BUS_NAME"])
    answers = [shop.ask("POST", "/orders", **sent) for _ in range(2)]
    assert [status for status, _ in answers] == [201, 201]
    first, second = shop.heard("InvoicesWorkerRule")
    assert first["detail"]["id"] == second["detail"]["id"] == answers[0][1]["etag"]


def test_their_own_tests_pass_offline(roots: dict[str, Path], node_modules: Path) -> None:
    link(roots["nodejs"], node_modules)
    for folder in ("orders/functions/orders", "billing/functions/invoices-worker"):
        done = pytest_in(roots["python"] / folder, "-k", "bus or create or message")
        assert done.returncode == 0, done.stdout
        offline(roots["nodejs"] / folder)


def test_the_code_is_tidy(roots: dict[str, Path]) -> None:
    for folder in ("orders/functions/orders", "orders/functions/counting-worker", "billing/functions/invoices-worker"):
        assert untidy(roots["python"] / folder) == ""


def test_a_function_may_publish_what_it_serves_and_what_is_left_to_its_code() -> None:
    allowed = {
        name: statement["Condition"]["StringEquals"]
        for name, role in of_type("orders", "AWS::IAM::Role").items()
        for policy in role.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    }
    assert {said["events:source"] for said in allowed.values()} == {"shop.orders"}
    assert {name: said["events:detail-type"] for name, said in allowed.items()} == {
        "OrdersRole": ["order-cancelled", "order-changed", "order-placed", "stock-low"],
        "ReturnsRole": ["order-cancelled", "stock-low"],
        "CountingWorkerRole": ["stock-low"],
    }
    assert "events:PutEvents" not in json.dumps(template("billing"))


def test_a_subscription_is_of_the_events_of_their_publishers() -> None:
    rules = of_type("billing", "AWS::Events::Rule")
    assert {name: rule["EventPattern"] for name, rule in rules.items()} == {
        "InvoicesWorkerRule": {"source": ["shop.orders"], "detail-type": ["order-placed"]},
        "WarningsWorkerRule": {"source": ["shop.orders"], "detail-type": ["order-cancelled", "stock-low"]},
    }
    assert template("billing")["Parameters"]["InvoicesWorkerBusName"]["Default"] == "/shop/EventBusName"
    retries = of_type("billing", "AWS::Lambda::EventInvokeConfig")
    assert retries["InvoicesWorkerRetries"]["MaximumRetryAttempts"] == 1


def test_a_subscriber_that_goes_leaves_the_others_as_they_are() -> None:
    alone = made(BLUEPRINT.split("  billing:")[0])
    for service in ("platform", "orders"):
        before, after = ({f.path: f.text for f in each.of(service).files} for each in (SHOP, alone))
        assert before == after


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("subscribes: {order-placed:", "subscribes: {order-place:", "order-placed"),
        (
            "data_store: returns, publishes: order-cancelled",
            "data_store: returns, publishes: canceled",
            "order-cancelled",
        ),
    ],
)
def test_what_may_be_meant_is_told(old: str, new: str, meant: str) -> None:
    with pytest.raises(BlueprintError) as raised:
        made(BLUEPRINT.replace(old, new))
    (found,) = raised.value.diagnostics
    assert found.hint == f"did you mean {meant!r}?"


def test_a_publisher_that_goes_is_told_to_those_who_subscribe() -> None:
    with pytest.raises(BlueprintError) as raised:
        made(BLUEPRINT.replace(", stock-low]", "]"))
    (found,) = raised.value.diagnostics
    assert found.message == "no service publishes 'stock-low'"
    assert "subscribes: {order-placed" in found.span.source
