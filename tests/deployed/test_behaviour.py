"""The rendered handlers, called as API Gateway calls them, under the environment and role of the deployed stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import psycopg
import pytest
from moto.core import enable_iam_authentication

from support.deployed import Running
from support.emulator import Deployment
from support.rotation import begin_rotation
from support.servers import Server
from support.sql import CLEAN

Start = Callable[..., Running]


def _granted_to_code(stack: Deployment, function: str) -> set[tuple[str, str]]:
    """What a role allows the code to do; logs, traces and interfaces are for Lambda itself."""
    return {
        (action, resource)
        for action, resource in stack.grants(function)
        if action.split(":")[0] not in ("logs", "xray", "ec2")
    }


ITEMS, ONE = "/tickets", "/tickets/{id}"


def test_a_ticket_from_create_to_delete_uses_every_grant_and_no_more(stack: Deployment, start: Start) -> None:
    tickets = start("tickets")
    created = tickets("POST", ITEMS, body={"seat": "A1", "price": 12.5})
    assert created.status == 201
    item = {"id": created.body["id"]}
    assert tickets("GET", ONE, item).body == created.body
    changed = tickets("PUT", ONE, item, body={"seat": "B2"})
    assert (changed.status, changed.body["seat"]) == (200, "B2")
    assert "price" not in changed.body
    assert tickets("GET", ITEMS).body == {"items": [changed.body]}
    assert tickets("DELETE", ONE, item).status == 204
    assert tickets("GET", ONE, item).status == 404
    assert tickets.calls == _granted_to_code(stack, "TicketsFunction")


def test_nobody_else_sees_a_ticket(start: Start) -> None:
    tickets = start("tickets")
    item = {"id": tickets("POST", ITEMS, body={"seat": "A1"}).body["id"]}
    for method, body in (("GET", None), ("PUT", {"seat": "C3"}), ("DELETE", None)):
        assert tickets(method, ONE, item, claims={"sub": "bob"}, body=body).status == 404
    assert tickets("GET", ITEMS, claims={"sub": "bob"}).body == {"items": []}
    assert tickets("GET", ONE, item).body["seat"] == "A1"


def test_pages_lead_through_all_tickets_of_their_owner(start: Start) -> None:
    tickets = start("tickets")
    carol = {"claims": {"sub": "carol"}}
    made = {tickets("POST", ITEMS, body={"seat": str(n)}, **carol).body["id"] for n in range(5)}
    query, pages = {"limit": "2"}, []
    while True:
        page = tickets("GET", ITEMS, queryStringParameters=query, **carol).body
        pages.append([item["id"] for item in page["items"]])
        if "nextToken" not in page:
            break
        query = {"limit": "2", "nextToken": page["nextToken"]}
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {item for page in pages for item in page} == made


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"body": "<seat/>", "headers": {"Content-Type": "application/xml"}}, 415),
        ({"body": "{", "headers": {"content-type": "application/json"}}, 400),
        ({"body": {"seat": "A1"}, "claims": {}}, 401),
    ],
    ids=["content-type", "syntax", "no caller"],
)
def test_what_is_wrong_is_refused_before_anything_is_stored(start: Start, more: dict[str, Any], status: int) -> None:
    tickets = start("tickets")
    assert tickets("POST", ITEMS, **more).status == status
    assert tickets.calls == set()


def test_shows_are_read_and_scanned_and_nothing_else(stack: Deployment, start: Start) -> None:
    stack.client("dynamodb").put_item(
        TableName=stack.physical["ShowsTable"], Item={"id": {"S": "hamlet"}, "stage": {"S": "north"}}
    )
    shows = start("shows")
    assert shows("GET", "/shows/{id}", {"id": "hamlet"}).body == {"id": "hamlet", "stage": "north"}
    assert shows("GET", "/shows").body["items"] == [{"id": "hamlet", "stage": "north"}]
    assert shows("GET", "/shows/{id}", {"id": "macbeth"}).status == 404
    assert shows.calls == _granted_to_code(stack, "ShowsFunction")


def test_a_call_that_the_role_does_not_allow_fails(start: Start) -> None:
    tickets = start("tickets", role_of="ShowsFunction")
    assert tickets("GET", ONE, {"id": "any"}).status == 404  # GetItem is allowed by both
    assert tickets("POST", ITEMS, body={"seat": "A1"}).status == 500
    with enable_iam_authentication(), pytest.raises(Exception, match=r"not authorized to perform: dynamodb:PutItem"):
        boto3.client("dynamodb").put_item(TableName="any", Item={"id": {"S": "1"}})


ROW = """INSERT INTO info (id, data, etag, updated_at) VALUES ('address', '{"city": "Köln"}', 'an etag', now())"""
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def database(stack: Deployment, postgres: Server) -> dict[str, str]:
    """A real PostgreSQL in the place of the instance: its address, and the secret that RDS would have made."""
    user, password = postgres.master
    stack.client("secretsmanager").put_secret_value(
        SecretId=stack.stand_ins["InfoDatabaseMasterUserSecret"],
        SecretString=json.dumps({"username": user, "password": password}),
    )
    return {
        "INFO_HOST": postgres.host,
        "INFO_PORT": str(postgres.port),
        "INFO_CA_BUNDLE": str(postgres.ca_bundle),
    }


def _as_master(server: Server, *statements: str) -> None:
    user, password = server.master
    with psycopg.connect(
        host=server.host, port=server.port, dbname=server.database, user=user, password=password, autocommit=True
    ) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_info_answers_from_a_real_database_that_was_migrated(
    stack: Deployment, start: Start, database: dict[str, str], postgres: Server
) -> None:
    _as_master(postgres, *CLEAN["postgres"])
    migrations = start("info-migrate", **database)
    assert migrations.invoke({}) == {"applied": ["0001_init.sql"]}
    _as_master(postgres, ROW)

    info = start("info", **database)
    read = info("GET", "/info/{id}", {"id": "address"})
    assert (read.status, read.body["city"]) == (200, "Köln")
    assert info("GET", "/info").body["items"] == [read.body]
    assert info("GET", "/info/{id}", {"id": "nothing"}).status == 404
    assert info.calls == _granted_to_code(stack, "InfoFunction")


def test_the_password_rotates_with_exactly_the_rights_of_the_migration_role(
    stack: Deployment, start: Start, database: dict[str, str], postgres: Server
) -> None:
    _as_master(postgres, *CLEAN["postgres"])
    migrations = start("info-migrate", **database)
    migrations.invoke({})
    secret = migrations.environment["INFO_SECRET_ARN"]
    before = stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    migrations.calls.clear()
    _, token = begin_rotation(stack.client("secretsmanager"), secret)
    for step in STEPS:
        migrations.invoke({"Step": step, "SecretId": secret, "ClientRequestToken": token})
    assert migrations.calls == _granted_to_code(stack, "InfoMigrateFunction")
    after = stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
    assert after != before
    assert start("info", **database)("GET", "/info").status == 200
