"""Direct integrations: recorded requests through the rendered mapping templates, into moto, and back to the client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from support.gateway import Gateway
from support.handlers import load, put
from support.rendered import rendered
from support.requests import CONTEXT

NAME = "integrations"
HOSTILE = [
    'a "quoted" text',
    "it's",
    "${Table} $context.requestId $input.body #set($x = 1) #end",
    "back\\slash \\\" \\' \\\\",
    "line\nbreak\ttab \u2028 \u00e9 \U0001f39f </script>",
    '", "owner": {"S": "bob"}, "x": {"S": "',
]
ORIGIN = "https://desk.example.com"


Names = dict[str, str]


@pytest.fixture
def stores(aws: None) -> Names:
    """Empty tables, buckets and queues as the template has them, and the names that stand for them."""
    dynamodb, s3, sqs = (boto3.client(name) for name in ("dynamodb", "s3", "sqs"))
    names = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "123456789012"}
    for key, said in rendered(NAME).template.data["Resources"].items():
        properties = said.get("Properties", {})
        if said["Type"] == "AWS::DynamoDB::Table":
            shape = {name: properties[name] for name in ("AttributeDefinitions", "KeySchema", "BillingMode")}
            dynamodb.create_table(TableName=key, **shape)
            names[key] = key
        elif said["Type"] == "AWS::S3::Bucket":
            names[key] = key.lower()
            s3.create_bucket(Bucket=names[key])
        elif said["Type"] == "AWS::SQS::Queue":
            sqs.create_queue(QueueName=key)
            names[f"{key}.QueueName"] = key
    return names


@pytest.fixture
def api(stores: Names) -> Gateway:
    return Gateway(rendered(NAME).template.data, stores)


ETAG = {"etag": {"S": "request-1"}}  # of an item that the first request made


def guest(item: str, owner: str = "ann") -> Any:
    key = {"owner": {"S": owner}, "id": {"S": item}}
    return boto3.client("dynamodb").get_item(TableName="GuestsTable", Key=key).get("Item")


# DynamoDB


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_text_is_stored_and_read_as_it_is(api: Gateway, value: str) -> None:
    made = api("GuestsPost", body=json.dumps({"note": value}))
    assert (made.status, made.json) == (201, {"id": "request-1"})
    assert guest("request-1") == {"owner": {"S": "ann"}, "id": {"S": "request-1"}, **ETAG, "note": {"S": value}}
    item = {"id": "request-1", "etag": "request-1", "note": value}
    assert api("GuestsIdGet", {"id": "request-1"}).json == item
    assert api("GuestsGet").json == {"items": [item]}


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_id_or_owner_reaches_one_key_only(api: Gateway, value: str) -> None:
    api("GuestsPost", body='{"note": "bobs"}', claims={"sub": "bob"})
    got = api("GuestsIdGet", {"id": value})
    assert (got.status, got.json["code"]) == (404, "not_found")
    assert json.loads(got.sent)["Key"] == {"owner": {"S": "ann"}, "id": {"S": value}}
    api("GuestsPost", body='{"note": "x"}', claims={"sub": value}, request_id="2")
    assert guest("2", owner=value)["note"] == {"S": "x"}
    assert api("GuestsIdDelete", {"id": value}).status == 404


def test_a_location_says_where_the_item_is(api: Gateway) -> None:
    assert api("GuestsPost", body='{"note": "x"}').headers["Location"] == "/live/guests/request-1"


def test_every_kind_of_value_comes_back_as_it_went(api: Gateway) -> None:
    fields = {"text": "", "whole": 7, "negative": -0.5, "large": 1e30, "yes": True, "no": False, "nothing": None}
    assert api("GuestsPost", body=json.dumps(fields)).status == 201
    assert api("GuestsIdGet", {"id": "request-1"}).json == {"id": "request-1", "etag": "request-1", **fields}


def test_what_a_function_stored_in_depth_is_not_lost(api: Gateway) -> None:
    item = {"owner": {"S": "ann"}, "id": {"S": "1"}, "tags": {"L": [{"S": "a"}]}, "odd 'name\"": {"S": "x"}}
    boto3.client("dynamodb").put_item(TableName="GuestsTable", Item=item)
    assert api("GuestsIdGet", {"id": "1"}).json == {"id": "1", "tags": {"L": [{"S": "a"}]}, "odd 'name\"": "x"}


@pytest.mark.parametrize(
    "body",
    [
        '{"owner": "bob"}',
        '{"id": "2"}',
        '{"updatedAt": "now"}',
        '{"etag": "x"}',
        '{"a": {"b": 1}}',
        '{"a": [1]}',
        '{"a b": 1}',
    ],
)
def test_what_can_not_be_a_field_is_refused(api: Gateway, body: str) -> None:
    got = api("GuestsPost", body=body)
    assert (got.status, got.json["code"]) == (400, "invalid_request")
    assert guest("request-1") is None


def test_another_media_type_is_refused(api: Gateway) -> None:
    assert api("GuestsPost", body="x", headers={"Content-Type": "text/plain"}).status == 415


def test_an_item_is_never_put_in_the_place_of_another(api: Gateway) -> None:
    api("GuestsPost", body='{"note": "first"}')
    got = api("GuestsPost", body='{"note": "second"}')
    assert (got.status, got.json["code"]) == (409, "conflict")
    assert guest("request-1")["note"] == {"S": "first"}


def test_update_and_delete_want_an_item_that_is_there(api: Gateway) -> None:
    one = {"id": "request-1"}
    assert api("GuestsIdPut", one, body='{"note": "x"}').status == 404
    assert api("GuestsIdDelete", one).status == 404
    api("GuestsPost", body='{"note": "x", "old": true}')
    assert api("GuestsIdPut", one, body='{"note": "y"}').status == 204
    assert guest("request-1").keys() == {"owner", "id", "note", "etag"}
    gone = api("GuestsIdDelete", one)
    assert (gone.status, gone.body.strip(), guest("request-1")) == (204, "", None)


def test_an_item_that_was_changed_meanwhile_is_left_alone(api: Gateway) -> None:
    one, mine = {"id": "request-1"}, {"Content-Type": "application/json", "If-Match": '"request-1"'}
    api("GuestsPost", body='{"note": "first"}')
    assert api("GuestsIdPut", one, body='{"note": "second"}', headers=mine, request_id="2").status == 204
    for refused in (
        api("GuestsIdPut", one, body='{"note": "third"}', headers=mine),
        api("GuestsIdDelete", one, headers=mine),
        api("GuestsIdDelete", one, headers={**mine, "If-Match": '" or "'}),
    ):
        assert (refused.status, refused.json["code"]) == (412, "changed")
    assert guest("request-1")["note"] == {"S": "second"}
    assert api("GuestsIdDelete", {"id": "none"}, headers=mine).status == 404
    assert api("GuestsIdDelete", one, headers={**mine, "If-Match": "*"}).status == 204


def test_pages_follow_each_other_and_stay_with_their_owner(api: Gateway) -> None:
    for number in range(5):
        api("GuestsPost", body=json.dumps({"number": number}), request_id=f"id-{number}")
    api("GuestsPost", body='{"number": 9}', claims={"sub": "bob"}, request_id="bobs")
    found, query = [], {"limit": "2"}
    while True:
        page = api("GuestsGet", query=query).json
        found += [item["number"] for item in page["items"]]
        if "nextToken" not in page:
            break
        query["nextToken"] = page["nextToken"]
    assert found == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("limit", ["0", "101", '1, "x": 1', "many", ""])
def test_a_limit_that_makes_no_sense_is_not_sent(api: Gateway, limit: str) -> None:
    assert json.loads(api("GuestsGet", query={"limit": limit}).sent)["Limit"] == 25


def test_a_scan_gives_pages_too(api: Gateway) -> None:
    for number in range(3):
        boto3.client("dynamodb").put_item(TableName="RoomsTable", Item={"id": {"S": str(number)}})
    first = api("RoomsGet", query={"limit": "2"}).json
    second = api("RoomsGet", query={"limit": "2", "nextToken": first["nextToken"]}).json
    assert len(first["items"] + second["items"]) == 3
    assert "nextToken" not in second


@pytest.mark.parametrize(
    ("kind", "status"),
    [("ProvisionedThroughputExceededException", 503), ("ThrottlingException", 503), ("AccessDeniedException", 500)],
)
def test_a_fault_of_ours_is_not_the_callers(api: Gateway, kind: str, status: int) -> None:
    method = rendered(NAME).template.data["Resources"]["GuestsIdGet"]["Properties"]
    text = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "arn:aws:secret"})
    got = api._reply(method, "400", text, {}, "", {"requestId": "r"})
    assert (got.status, "secret" in got.body) == (status, False)


# S3


@pytest.fixture
def bucket(stores: Names) -> Any:
    return boto3.resource("s3").Bucket(stores["PhotosBucket"])


def test_an_object_is_written_read_and_deleted_with_its_media_type(api: Gateway, bucket: Any) -> None:
    one = {"id": "portrait.svg"}
    headers = {"Content-Type": "image/svg+xml"}
    put = api("PhotosIdPut", one, body="<svg/>", headers=headers)
    assert (put.status, put.body.strip()) == (204, "")
    assert [entry.key for entry in bucket.objects.all()] == ["photos/ann/portrait.svg"]
    got = api("PhotosIdGet", one)
    assert (got.status, got.body, got.headers["Content-Type"]) == (200, "<svg/>", "image/svg+xml")
    assert got.headers["ETag"]
    assert api("PhotosIdDelete", one).status == 204
    gone = api("PhotosIdGet", one)
    assert (gone.status, gone.json["code"]) == (404, "not_found")


def test_an_object_without_a_name_is_called_like_its_request(api: Gateway, bucket: Any) -> None:
    made = api("PhotosPost", body='{"any": "thing"}', headers={"Content-Type": "application/json"})
    assert (made.status, made.json) == (201, {"id": "request-1"})
    assert [entry.key for entry in bucket.objects.all()] == ["photos/ann/request-1"]


def test_objects_of_others_and_of_other_folders_are_out_of_reach(api: Gateway, bucket: Any) -> None:
    bucket.put_object(Key="photos/bob/1", Body=b"bobs")
    bucket.put_object(Key="public/brochures/1", Body=b"for all")
    assert api("PhotosIdGet", {"id": "1"}).status == 404
    assert api("BrochuresFileGet", {"file": "1"}).body == "for all"


# SQS


@pytest.mark.parametrize("body", [json.dumps({"note": text}) for text in HOSTILE] + ["plain & =%0A text"])
def test_a_message_is_the_body_as_it_came(api: Gateway, body: str) -> None:
    got = api("RoomsIdCleaningPost", {"id": "7 & 8"}, body=body)
    assert (got.status, got.json) == (202, {"requestId": "request-1"})
    queue = boto3.resource("sqs").get_queue_by_name(QueueName="OrdersQueue")
    (message,) = queue.receive_messages(MessageAttributeNames=["All"], MaxNumberOfMessages=10)
    assert message.body == body
    attributes = {name: said["StringValue"] for name, said in message.message_attributes.items()}
    assert attributes == {"requestId": "request-1", "route": "POST /rooms/{id}/cleaning", "id": "7 & 8"}


# Lambda, with templates


@pytest.fixture
def handled(stores: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """The API with its rendered function behind it."""
    for file in rendered(NAME).files:
        if file.path.startswith("functions/reports/"):
            put(tmp_path / file.path, file.text)
    monkeypatch.setenv("REPORTS_TABLE_NAME", "ReportsTable")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "testing")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "reports")
    (handler,) = load(tmp_path / "functions" / "reports", "handler")
    names = {**stores, "ReportsFunction.Arn": "arn:aws:lambda:us-east-1:123456789012:function:reports"}
    return Gateway(rendered(NAME).template.data, names, lambda event: handler.lambda_handler(event, CONTEXT))


def report(item: str, owner: str = "ann", **fields: str) -> None:
    texts = {"owner": owner, "id": item, **fields}
    item_of = {name: {"S": text} for name, text in texts.items()}
    boto3.client("dynamodb").put_item(TableName="ReportsTable", Item=item_of)


@pytest.mark.parametrize("value", HOSTILE)
def test_the_generated_handler_understands_the_mapped_event(handled: Gateway, value: str) -> None:
    report("1", note=value)
    report("2", owner="bob")
    got = handled("ReportsIdGet", {"id": "1"}, headers={"X-Note": value}, query={"note": value})
    assert (got.status, got.json) == (200, {"id": "1", "note": value})
    event = json.loads(got.sent)
    assert (event["headers"], event["queryStringParameters"]) == ({"X-Note": value}, {"note": value})
    assert [item["id"] for item in handled("ReportsGet", claims={"cognito:groups": "staff"}).json["items"]] == ["1"]


def test_the_handlers_status_is_the_clients(handled: Gateway) -> None:
    got = handled("ReportsIdGet", {"id": "nothing"})
    assert (got.status, got.json["code"]) == (404, "not_found")
    assert handled("ReportsGet", query={"limit": "0"}, claims={"cognito:groups": "guests,staff"}).status == 400
    assert handled("ReportsGet", query={"limit": "0"}, claims={"cognito:groups": "guests"}).status == 403
    assert handled("ReportsGet", claims={"sub": ""}).status == 401


@pytest.mark.parametrize("value", HOSTILE)
def test_a_body_arrives_as_it_was_sent(handled: Gateway, value: str) -> None:
    body = json.dumps({"note": value}, ensure_ascii=False)
    got = handled("ReportsPost", body=body)
    assert (got.status, got.json) == (202, {"requestId": "request-1"})
    event = json.loads(got.sent)
    assert event["body"] == body
    assert event["requestContext"]["authorizer"]["claims"] == {"sub": "ann"}


@pytest.mark.parametrize(
    ("fault", "status"), [("2026-01-01 Task timed out after 28.00 seconds\n", 504), ("Runtime exited\nwith 1", 502)]
)
def test_a_function_that_fails_is_told_from_one_that_is_late(stores: Names, fault: str, status: int) -> None:
    def failing(_event: object) -> None:
        raise RuntimeError(fault)

    got = Gateway(rendered(NAME).template.data, {**stores, "ReportsFunction.Arn": "arn:aws:lambda:::f"}, failing)
    answer = got("ReportsIdGet", {"id": "1"})
    assert (answer.status, fault in answer.body) == (status, False)


@pytest.mark.parametrize("value", HOSTILE)
def test_templates_and_patterns_of_the_blueprint_are_used(stores: Names, value: str) -> None:
    def function(event: dict[str, str]) -> dict[str, str]:
        if event["report"] != value:
            raise RuntimeError("[NotFound]\nno such report")
        return {"state": event["report"], "secret": "x"}

    api = Gateway(rendered(NAME).template.data, {**stores, "ReportsFunction.Arn": "arn:aws:lambda:::f"}, function)
    assert api("ReportsIdStateGet", {"id": value}).json == {"state": value}
    assert api("ReportsIdStateGet", {"id": "other"}).status == 404


# All of them


def test_a_mock_prints_what_the_blueprint_says(api: Gateway) -> None:
    got = api("HealthGet")
    assert (got.status, got.json) == (200, {"status": "up", "price": "$5 #1"})
    assert api("ClosedGet").status == 503


def test_browsers_of_the_allowed_origin_see_every_answer(api: Gateway) -> None:
    """Errors too: without the header a browser hides from the page what went wrong."""
    methods = [said["Properties"] for said in api.template["Resources"].values() if said["Type"].endswith("::Method")]
    answers = [(m, answer) for m in methods for answer in m["Integration"].get("IntegrationResponses", ())]
    assert len(answers) > 50
    for method, answer in answers:
        assert answer["ResponseParameters"]["method.response.header.Access-Control-Allow-Origin"] == f"'{ORIGIN}'"
        declared = {r["StatusCode"]: r["ResponseParameters"] for r in method["MethodResponses"]}
        assert answer["ResponseParameters"].keys() <= declared[answer["StatusCode"]].keys()
