"""Services that call each other: the rendered clients' signed requests, to an API that checks them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from support.catalog import CATALOG
from support.engines.https import ACCESS_KEY, REGION, SECRET_KEY, Answer, Request, serving
from support.handlers import load, pytest_in
from support.nodejs import link, offline
from support.servers import write_certificates
from support.tidy import untidy
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError
from tierforge.intrinsics import references
from tierforge.project.write import write
from tierforge.system import System, system_of

BLUEPRINT = """
name: shop
pattern: microservices
api: {domain: {name: api.shop.example.com, hosted_zone_id: Z0123456789ABCDEFGHIJ}}
auth: {method: iam}
services:
  catalog:
    base_path: catalog/v1
    resources:
      products: {operations: [list, read], data_store: products, routes: ["POST /products/{id}/reserve"]}
    data_stores: {products: {type: dynamodb}}
  basket:
    calls: [{service: catalog, routes: ["GET /products/{id}", "POST /products/{id}/reserve"]}]
    resources: {baskets: {operations: [create], data_store: baskets}}
    data_stores: {baskets: {type: dynamodb}}
  orders:
    runtime: nodejs22.x
    calls: [catalog]
    resources: {orders: {operations: [create], data_store: orders}}
    data_stores: {orders: {type: dynamodb}}
"""
LANGUAGES = {"python": "basket/functions/baskets", "nodejs": "orders/functions/orders"}
NODE_CALL = "const {call} = await import('./services.mjs'); const [s, m, p, h, b] = JSON.parse(process.argv[1]);" + (
    "try { console.log(JSON.stringify({answer: await call(s, m, p, b, h)})) }"
    "catch (e) { console.log(JSON.stringify({fault: e.name, message: e.message, status: e.status})) }"
)


def made(text: str = BLUEPRINT) -> System:
    return system_of(parse("app.yaml", text), CATALOG, cached=False, linted=False)


SHOP = made()


def template(service: str) -> dict[str, Any]:
    return SHOP.of(service).projects[0].template.data


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for service in ("basket", "orders"):
        write(folder / service, SHOP.of(service).files, {})
    return folder


class Catalog:
    """The API that is called; `asked` are the requests that were signed as they have to be."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answers: list[tuple[int, str]] = []
        self.more: dict[str, str] = {}

    def __call__(self, request: Request) -> Answer:
        if not request.signed("execute-api"):
            return 403, "application/json", b'{"message": "the signature does not match"}'
        self.asked.append(request)
        status, content = self.answers.pop(0) if self.answers else (200, '{"id": "7", "price": 9.5}')
        return status, "application/json", content.encode(), self.more


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder)
    return folder


@pytest.fixture
def catalog(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    api = Catalog()
    with serving(api, certificates) as port:
        for name, value in {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "CATALOG_API_URL": f"https://localhost:{port}/catalog/v1",
            "SSL_CERT_FILE": str(certificates / "ca.pem"),
            "NODE_EXTRA_CA_CERTS": str(certificates / "ca.pem"),
        }.items():
            monkeypatch.setenv(name, value)
        yield api


class Caller:
    """The rendered client of one language, which answers (answer, name of the error, its message)."""

    def __init__(self, folder: Path, language: str) -> None:
        self.folder, self.language = folder, language

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[Any, str, str]:
        """`headers` are called with _ for -."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.language == "python":
            (services,) = load(self.folder, "services")
            try:
                return services.call("catalog", method, path, body, headers), "", ""
            except services.errors.ApiError as fault:
                return None, type(fault).__name__, str(fault)
        sent = json.dumps(["catalog", method, path, headers, *([] if body is None else [body])])
        command = ["node", "--no-warnings", "--input-type=module", "--eval", NODE_CALL, sent]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        said = json.loads(done.stdout, parse_float=Decimal)
        return said.get("answer"), said.get("fault", ""), said.get("message", "")


@pytest.fixture(params=sorted(LANGUAGES))
def caller(root: Path, request: pytest.FixtureRequest) -> Caller:
    if request.param == "nodejs":
        link(root, request.getfixturevalue("node_modules"))
    return Caller(root / LANGUAGES[request.param], request.param)


def test_a_signed_call_is_answered(caller: Caller, catalog: Catalog) -> None:
    answer, fault, message = caller.call("GET", "/products/caf%C3%A9%20%2F7?limit=2&tag=a&tag=b%20c")
    assert (fault, message) == ("", "")
    assert answer == {"id": "7", "price": Decimal("9.5")}
    assert [r.path for r in catalog.asked] == ["/catalog/v1/products/caf%C3%A9%20%2F7?limit=2&tag=a&tag=b%20c"]


@pytest.mark.parametrize("folder", LANGUAGES.values())
def test_a_client_knows_the_services_that_are_called(folder: str, root: Path) -> None:
    """And takes no store of the function for one."""
    (client,) = (root / folder).glob("services.*")
    (known,) = re.findall(r"PREFIXES[^=]* = \{(.*?)\n\}", client.read_text(), re.DOTALL)
    assert re.findall(r'"?([a-z-]+)"?: "', known) == ["catalog"]


@pytest.mark.parametrize("folder", LANGUAGES.values())
@pytest.mark.parametrize("seconds", [2, 3, 28])
def test_two_attempts_end_before_the_function_does(folder: str, seconds: int) -> None:
    service, _, where = folder.partition("/")
    resource = "{operations: [create], data_store: "
    said = BLUEPRINT.replace(resource, f"{{function: {{timeout_seconds: {seconds}}}, {resource[1:]}")
    clients = {f"{where}/services.py", f"{where}/services.mjs"}
    (client,) = (file.text for file in made(said).of(service).files if file.path in clients)
    ((total, milliseconds),) = re.findall(r"Timeout\(total=([0-9.]+)|ANSWER_MILLISECONDS = ([0-9]+);", client)
    pause = 0.5
    assert 0 < 2 * float(total or int(milliseconds) / 1000) + pause < seconds


def test_a_space_written_as_plus_is_signed_as_it_is_sent(caller: Caller, catalog: Catalog) -> None:
    """As form encoders of both languages write it."""
    assert caller.call("GET", "/products?title=a+b%2Bc")[1:] == ("", "")
    assert [r.path for r in catalog.asked] == ["/catalog/v1/products?title=a%20b%2Bc"]


def test_a_body_is_sent_as_json(caller: Caller, catalog: Catalog) -> None:
    caller.call("POST", "/products/7/reserve", {"seats": 2, "for": "Ümit"})
    (request,) = catalog.asked
    assert json.loads(request.body) == {"seats": 2, "for": "Ümit"}
    assert request.headers["Content-Type"] == "application/json"


def test_a_read_is_tried_twice_and_a_write_once(caller: Caller, catalog: Catalog) -> None:
    catalog.answers = [(503, "<html>"), (200, '{"id": "7"}')]
    assert caller.call("GET", "/products/7")[0] == {"id": "7"}
    catalog.answers = [(503, "<html>")]
    assert caller.call("POST", "/products/7/reserve", {})[1:] == ("Unavailable", "catalog is busy")
    assert [request.method for request in catalog.asked] == ["GET", "GET", "POST"]


def test_a_write_that_may_be_sent_again_is(caller: Caller, catalog: Catalog) -> None:
    catalog.answers = [(503, "<html>"), (200, '{"id": "7"}')]
    assert caller.call("POST", "/products/7/reserve", {}, Idempotency_Key="k-1")[0] == {"id": "7"}
    assert [request.headers["Idempotency-Key"] for request in catalog.asked] == ["k-1", "k-1"]


def test_a_service_that_asks_for_patience_is_not_waited_for(catalog: Catalog, root: Path) -> None:
    """An hour is more than the function has."""
    catalog.more = {"Retry-After": "3600"}
    catalog.answers = [(503, "{}"), (503, "{}")]
    caller = Caller(root / LANGUAGES["python"], "python")
    assert caller.call("GET", "/products/7")[1:] == ("Unavailable", "catalog is busy")


@pytest.mark.parametrize(
    ("status", "content", "fault", "message"),
    [
        (404, '{"message": "no such product", "code": "not_found"}', "NotFound", "no such product"),
        (409, '{"message": "taken", "code": "conflict"}', "Conflict", "taken"),
        (412, '{"message": "changed", "code": "changed"}', "Changed", "changed"),
        (400, '{"message": "hush", "code": "invalid_request"}', "CallFailed", "catalog refused a call"),
        (404, '{"message": "No such route"}', "CallFailed", "catalog refused a call"),  # API Gateway's own answer
        (200, "<html>", "CallFailed", "catalog refused a call"),
    ],
)
def test_what_the_service_says_of_a_call(
    caller: Caller, catalog: Catalog, status: int, content: str, fault: str, message: str
) -> None:
    catalog.answers = [(status, content)]
    assert caller.call("POST", "/products/7/reserve", {}) == (None, fault, message)


def test_a_call_may_say_the_region_that_is_known() -> None:
    said = BLUEPRINT.replace("calls: [catalog]", "calls: [{service: catalog, region: us-east-1}]")
    assert made(said).of("orders").projects[0].template.data == template("orders")


def test_nobody_there_is_unavailable(caller: Caller, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_API_URL", "https://localhost:9/catalog/v1")
    assert caller.call("GET", "/products/7")[1] == "Unavailable"


def test_its_own_tests_pass_offline(root: Path, node_modules: Path) -> None:
    done = pytest_in(root / LANGUAGES["python"], "-k", "services")
    assert done.returncode == 0, done.stdout
    link(root, node_modules)
    offline(root / LANGUAGES["nodejs"])


def test_the_code_is_tidy(root: Path) -> None:
    assert untidy(root / LANGUAGES["python"]) == ""


def test_a_function_may_call_just_the_routes_that_are_named() -> None:
    api = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${CatalogApiId}/prod/"
    for service, routes in {
        "basket": ["GET/products/*", "POST/products/*/reserve"],
        "orders": ["GET/products", "GET/products/*", "POST/products/*/reserve"],
    }.items():
        said = json.dumps([r for r in template(service)["Resources"].values() if r["Type"] == "AWS::IAM::Role"])
        statements = [
            statement
            for role in template(service)["Resources"].values()
            if role["Type"] == "AWS::IAM::Role"
            for policy in role["Properties"].get("Policies", ())
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Action"] == "execute-api:Invoke"
        ]
        assert [s["Resource"] for s in statements] == [[{"Fn::Sub": api + route} for route in routes]], said


def test_the_api_is_found_by_a_parameter_and_not_by_an_export() -> None:
    assert template("orders")["Parameters"]["CatalogApiId"]["Default"] == "/shop/catalog/ApiId"
    assert "Fn::ImportValue" not in json.dumps(template("orders"))
    (variables,) = (
        function["Properties"]["Environment"]["Variables"]
        for name, function in template("orders")["Resources"].items()
        if function["Type"] == "AWS::Lambda::Function"
    )
    assert variables["CATALOG_API_URL"] == "https://api.shop.example.com/catalog/v1"


def test_the_readme_says_how_to_call_and_what_another_account_has_to_do() -> None:
    """One that all services are in is no other account."""
    shop = made(BLUEPRINT + "environments: {prod: {account_id: '111122223333'}}\n")
    readme = next(file.text for file in shop.of("basket").files if file.path == "README.md")
    assert "(`GET /products/{id}`, `POST /products/{id}/reserve`)" in readme
    assert '`call("catalog", …)` of its module `services`' in readme
    assert "Between accounts" not in readme


def test_another_address_of_a_service_is_another_release_of_its_callers() -> None:
    """A parameter's value is in no digest: as part of the version's description it makes a new version all the same."""
    own = BLUEPRINT.replace("api: {domain: {name: api.shop.example.com, hosted_zone_id: Z0123456789ABCDEFGHIJ}}\n", "")
    found = made(own).of("orders").projects[0].template.data["Resources"]
    variables = found["OrdersFunction"]["Properties"]["Environment"]["Variables"]
    assert references(variables["CATALOG_API_URL"])[:1] == ["CatalogApiId"]
    (version,) = (said for said in found.values() if said["Type"] == "AWS::Lambda::Version")
    assert references(version["Properties"]["Description"]) == ["CatalogApiId"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"GET /products/{id}", ', '"GET /prices", ', "'catalog' has no route 'GET /prices'"),
        ("    base_path: catalog/v1\n", "    auth: none\n", "can't be called by a service"),
        (
            "    calls: [catalog]\n",
            "    calls: [catalog]\n    region: eu-west-1\n    api: {domain: null}\n",
            "is not known here",
        ),
        (
            "    base_path: catalog/v1\n",
            "    api: {endpoint: private, domain: null, private: {vpc_endpoint_ids: [vpce-0123456789abcdef0]}}\n",
            "'catalog' is reached from VPCs alone, and 'baskets' calls it from outside of any",
        ),
        (
            "    base_path: catalog/v1\n",
            "    account_id: '111122223333'\n    api: {domain: null}\n",
            "'catalog' is in account 111122223333, and does not admit the account of this service, which is not said",
        ),
    ],
)
def test_calls_that_nobody_answers_are_told(old: str, new: str, message: str) -> None:
    with pytest.raises(BlueprintError) as raised:
        made(BLUEPRINT.replace(old, new))
    assert any(message in found.message for found in raised.value.diagnostics)
