"""Functions that call each other: across a Lambda endpoint that runs the rendered callee in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from support.emitted import few
from support.handlers import load, pytest_in
from support.rendered import rendered
from support.requests import event
from support.tidy import untidy
from tierforge.project.write import write
from tierforge.template.finalize import finalize

PROJECT = rendered("invocations")
CALLERS = [function for function in PROJECT.stack.functions if any(use.role == "callee" for use in function.uses)]
CALLED = [function for function in PROJECT.stack.functions if function.callers]
SHOWS = "arn:aws:lambda:us-east-1:123456789012:function:box-office-shows:"
# What Lambda does around a handler: the event in, the answer or the error out.
LAMBDA = """
import json, sys
from types import SimpleNamespace
from handler import lambda_handler
context = SimpleNamespace(aws_request_id="1", function_name="f", memory_limit_in_mb=512, invoked_function_arn="f:live")
try:
    answer, fault = lambda_handler(json.load(sys.stdin), context), None
except Exception as error:
    answer, fault = {"errorType": type(error).__name__, "errorMessage": str(error)}, "Unhandled"
print(json.dumps([answer, fault]))
"""
WORK = """
import errors
def work(payload):
    if payload["id"] == "gone":
        raise errors.NotFound("There is no such show")
    return {"seats": payload["seats"] / 0} if payload["id"] == "broken" else {"id": payload["id"], "price": 9.5}
import invoked
invoked.work = work
"""


@dataclass
class Endpoint:
    """Lambda's HTTP interface; `folder` is of the function behind it, `asked` what it was asked."""

    folder: Path
    status: int = 200
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, arn: str, sent: Any) -> tuple[Any, str | None]:
        self.asked.append((arn, sent))
        code = WORK + LAMBDA
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.folder, input=json.dumps(sent), capture_output=True, text=True
        )
        answer, fault = json.loads(done.stdout.splitlines()[-1])
        return answer, fault


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("invocations")
    write(folder, PROJECT.files, {})
    return folder


@pytest.fixture
def endpoint(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    made = Endpoint(root / "functions" / "shows")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer, fault = made.answer(unquote(self.path).split("/")[3], sent)
            self.send_response(made.status)
            if fault:
                self.send_header("X-Amz-Function-Error", fault)
            if made.status != 200:
                self.send_header("X-Amzn-Errortype", "TooManyRequestsException")
            body = json.dumps(answer).encode()
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "SHOWS_FUNCTION_ARN": SHOWS + "{alias}",
        "POWERTOOLS_METRICS_NAMESPACE": "testing",
        "TICKETS_TABLE_NAME": "tickets",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def invoke(root: Path, endpoint: Endpoint) -> ModuleType:
    """The helper of the caller, called by the alias of the stage prod."""
    (module,) = load(root / "functions" / "tickets", "invoke")
    module.alias.set("prod")
    return module


def test_the_payload_reaches_the_other_functions_work_and_the_answer_comes_back(
    invoke: ModuleType, endpoint: Endpoint
) -> None:
    assert invoke.invoke("shows", {"id": "7"}) == {"id": "7", "price": invoke.Decimal("9.5")}
    assert endpoint.asked == [(f"{SHOWS}prod", {"invocation": {"id": "7"}})]


def test_an_error_that_is_meant_for_the_client_is_raised_again(invoke: ModuleType) -> None:
    with pytest.raises(invoke.errors.NotFound, match="There is no such show"):
        invoke.invoke("shows", {"id": "gone"})


def test_any_other_error_is_told_to_the_log_alone(invoke: ModuleType) -> None:
    with pytest.raises(invoke.CallFailed) as raised:
        invoke.invoke("shows", {"id": "broken"})
    assert raised.value.status == 502
    assert "seats" not in str(raised.value)
    assert raised.value.__notes__ == ["KeyError: 'seats'"]


def test_a_function_that_is_throttled_is_called_once_and_may_be_asked_again(
    invoke: ModuleType, endpoint: Endpoint
) -> None:
    endpoint.status = 429
    with pytest.raises(invoke.errors.Unavailable, match="shows is busy"):
        invoke.invoke("shows", {"id": "7"})
    assert len(endpoint.asked) == 1


def test_a_function_out_of_reach_is_unavailable(invoke: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", "http://127.0.0.1:9")
    with pytest.raises(invoke.errors.Unavailable):
        invoke.invoke("shows", {"id": "7"})


def test_a_request_by_a_stage_calls_the_other_function_by_the_alias_of_that_stage(
    root: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, invoke, service = load(root / "functions" / "tickets", "handler", "invoke", "service")
    monkeypatch.setattr(service, "read_ticket", lambda request: invoke.invoke("shows", {"id": request.path("id")}))
    for alias in ("prod-canary", "dev"):
        context = SimpleNamespace(
            aws_request_id="1",
            function_name="f",
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:us-east-1:123456789012:function:box-office-tickets:{alias}",
        )
        answer = handler.lambda_handler(event("GET", "/tickets/{id}", {"id": "7"}), context)
        assert json.loads(answer["body"]) == {"id": "7", "price": 9.5}
        assert endpoint.asked[-1][0] == SHOWS + alias


@pytest.mark.parametrize("name", few(sorted({f.name for f in (*CALLERS, *CALLED)}), CALLERS[0].name, CALLED[0].name))
def test_its_own_tests_pass_offline(root: Path, name: str) -> None:
    done = pytest_in(root / "functions" / name, "-k", "invoke")
    assert done.returncode == 0, done.stdout


def test_the_code_is_tidy(root: Path) -> None:
    assert untidy(*(root / function.folder for function in (*CALLERS, *CALLED))) == ""


def test_new_code_of_a_function_makes_no_new_version_of_those_that_call_it() -> None:
    changed = finalize(
        PROJECT.assembled, PROJECT.blueprint, PROJECT.stack.guardrails, {"shows": "{S3Bucket: ours, S3Key: new}"}
    )
    before, after = (
        {entry.key for entry in template.resources() if entry.data["Type"] == "AWS::Lambda::Version"}
        for template in (PROJECT.template, changed)
    )
    assert {key[:-8] for key in before ^ after} == {"ShowsVersion"}
