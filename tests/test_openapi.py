"""An API as an OpenAPI document has the routes, the rights and the answers that it has as resources."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from moto import mock_aws
from openapi_spec_validator import OpenAPIV30SpecValidator
from openapi_spec_validator.validation.exceptions import ExtraParametersError

from support.catalog import CATALOG
from support.command import Command
from support.guarantees import GUARANTEES, guarantees
from support.guarantees.view import View
from support.openapi import expanded
from support.rendered import BLUEPRINTS, ROOT, rendered
from support.route_table import of_blueprint, of_document, of_resources
from tierforge.blueprint.source import parse
from tierforge.data_files import read_yaml
from tierforge.diagnostics import BlueprintError
from tierforge.projects import Project, project_of
from tierforge.template.nodes import compose, write
from tierforge.template.nodes import plain as plain_nodes
from tierforge.template.openapi import definitions, with_body
from tierforge.template.openapi_body import OF_THE_API
from tierforge.template.openapi_schema import openapi_schemas, unsayable

EXAMPLE = "openapi"
SENT = {"header.Idempotency-Key", "header.If-Match"}  # what functions of ours read, whatever API Gateway knows


def body(project: Project) -> dict[str, Any]:
    """The document of a project's API, whether it was asked for or not."""
    for definition in definitions(project.assembled):
        return definition.body(project.blueprint).document
    pytest.fail("the API can't be written as OpenAPI")


def plain(value: Any) -> Any:
    """`value` as it is once CloudFormation has put texts in the place of its functions."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        if len(value) == 1 and (next(iter(value)).startswith("Fn::") or "Ref" in value):
            return json.dumps(value)
        return {key: plain(item) for key, item in value.items()}
    return value


REST = [name for name in BLUEPRINTS if list(definitions(rendered(name).assembled))]


def test_most_apis_can_be_written_as_openapi() -> None:
    assert {"mobile-backend", EXAMPLE, "everything"} <= set(REST)


@pytest.mark.parametrize("name", REST)
def test_the_document_is_valid_openapi(name: str) -> None:
    assert list(OpenAPIV30SpecValidator(plain(body(rendered(name)))).iter_errors()) == []


@pytest.mark.parametrize("name", REST)
def test_both_forms_have_the_routes_of_the_blueprint(name: str) -> None:
    project = rendered(name)
    wanted = of_blueprint(project.blueprint.data)
    assert of_document(body(project)) == wanted
    assert of_resources(resources(project)) == wanted


@pytest.mark.parametrize("name", REST)
def test_nothing_is_lost_in_the_document(name: str) -> None:
    """Taken apart again, it is the resources that it was made of, but for schemas, which OpenAPI writes otherwise."""
    project = rendered(name)
    made, api = body(project), "RestApi"
    original = resources(project)[api]["Properties"]
    properties = {key: value for key, value in original.items() if key not in OF_THE_API} | {"Body": made}
    again = expanded({api: {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}}, project.assembled)
    inner = {key for definition in definitions(project.assembled) for key in definition.inner}
    assert set(again) == inner | {api}
    assert again[api]["Properties"] == original
    for key in inner:
        before, after = (shape(said[key]) for said in (resources(project), again))
        assert before == after, key


@pytest.mark.parametrize("name", [name for name in REST if name != EXAMPLE])
def test_every_guarantee_holds_in_both_forms(name: str) -> None:
    project = rendered(name)
    (definition,) = definitions(project.template)
    template = with_body(project.template, definition, project.blueprint)
    found = list(guarantees(template.data, replace(project, template=template)))
    site = project.stack.site
    if site and "${" in site.facts["host"]:  # its headers name an API of resources, and could not name a document
        found = [each for each in found if not each.startswith("references_make_no_circle")]
    assert found == []


def shape(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a resource, without what is the same in another spelling."""
    own = dict(resource["Properties"])
    own.pop("Schema", None)
    if own.get("Type") in ("COGNITO_USER_POOLS", "TOKEN"):
        own.pop("IdentitySource")  # the name of the header is the scheme's, and read back from there
    own.setdefault("AuthorizationType", "NONE")
    return own


def resources(project: Project) -> dict[str, Mapping[str, Any]]:
    """The resources of a project before any of them goes into a body."""
    return {entry.key: entry.data for entry in project.assembled.resources()}


@pytest.fixture
def imported() -> Iterator[tuple[Any, str]]:
    """The example's API, as API Gateway's emulator makes it of the document: a client, and the API's id."""
    with mock_aws():
        client = boto3.client("apigateway", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        api = client.create_rest_api(name="before")["id"]
        document = plain(of_template(EXAMPLE))
        for operation in (said for path in document["paths"].values() for said in path.values()):
            operation["x-amazon-apigateway-integration"].setdefault("uri", "")  # moto wants one of mocks, too
            operation["x-amazon-apigateway-integration"].setdefault("httpMethod", "")
        client.put_rest_api(restApiId=api, mode="overwrite", failOnWarnings=True, body=json.dumps(document))
        yield client, api


def of_template(name: str) -> dict[str, Any]:
    """The body that stands in a template."""
    found: dict[str, Any] = rendered(name).template.data["Resources"]["RestApi"]["Properties"]["Body"]
    return found


def test_api_gateway_makes_the_routes_of_the_document(imported: tuple[Any, str]) -> None:
    client, api = imported
    found = client.get_resources(restApiId=api, limit=500)["items"]
    made = {(method, item["path"]) for item in found for method in item.get("resourceMethods", {})}
    wanted = {(verb.upper(), path) for path, said in of_template(EXAMPLE)["paths"].items() for verb in said}
    assert made == wanted
    preflights = {(method, path) for method, path in made if method == "OPTIONS"}
    assert made - preflights == set(of_blueprint(rendered(EXAMPLE).blueprint.data))


def test_api_gateway_answers_as_the_document_says(imported: tuple[Any, str]) -> None:
    client, api = imported
    for item in client.get_resources(restApiId=api, limit=500)["items"]:
        for method in item.get("resourceMethods", {}):
            said = of_template(EXAMPLE)["paths"][item["path"]][method.lower()]
            made = client.get_method(restApiId=api, resourceId=item["id"], httpMethod=method)
            integration = said["x-amazon-apigateway-integration"]
            assert set(made["methodResponses"]) == set(said["responses"])
            assert made["methodIntegration"]["type"] == integration["type"]
            assert made["methodIntegration"]["uri"] == plain(integration.get("uri", ""))


def test_the_api_is_one_resource_with_all_that_an_import_would_reset() -> None:
    template = rendered(EXAMPLE).template.data
    types = {said["Type"] for said in template["Resources"].values()}
    (definition,) = definitions(rendered(EXAMPLE).assembled)
    assert types & {entry.data["Type"] for entry in definition.inner.values()} == set()
    assert {"AWS::ApiGateway::RestApi", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"} <= types
    api = template["Resources"]["RestApi"]["Properties"]
    assert (api["Mode"], api["FailOnWarnings"]) == ("overwrite", True)
    assert api["Body"]["x-amazon-apigateway-minimum-compression-size"] == 1024
    assert "MinimumCompressionSize" not in api
    assert api["Parameters"] == {"endpointConfigurationTypes": "REGIONAL"}


def test_an_override_of_what_went_into_the_document_is_in_it() -> None:
    answers = of_template(EXAMPLE)["x-amazon-apigateway-gateway-responses"]
    assert answers["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'5'"


def test_a_finding_in_the_document_is_at_the_line_of_its_route() -> None:
    project = rendered(EXAMPLE)
    (lent,) = (route for route in project.stack.routes if route.name == "lendBook")
    inside = ("Resources", "RestApi", "Properties", "Body", "paths", lent.path, "post", "operationId")
    owner = project.template.owner(inside)
    assert owner is not None
    assert owner.span == lent.span


def test_the_text_of_a_mapping_template_stays_readable() -> None:
    found = yaml.safe_load(write({"a": {"b": '#set($x = 1)\n{"id": "$x"}\n'}}, compact=True))
    assert found == {"a": {"b": '#set($x = 1)\n{"id": "$x"}\n'}}
    assert "  b: |\n" in write({"a": {"b": '#set($x = 1)\n{"id": "$x"}\n'}}, compact=True)


KINDS = ["array", "boolean", "integer", "number", "null", "object", "string"]
BODY = "Resources/RestApi/Properties/Body"
BOOKS = f"{BODY}/paths|/books|get"
# Each fault in the document, and the guarantee that has to find it there.
FAULTS: list[tuple[str, str, Any]] = [
    ("routes_are_those_of_the_blueprint", BOOKS, None),
    ("routes_ask_who_calls", f"{BOOKS}|security", None),
    ("routes_ask_who_calls", f"{BOOKS}|security|0|cognito", []),
    ("routes_reach_their_functions_alias", f"{BOOKS}|x-amazon-apigateway-integration|httpMethod", "GET"),
    ("routes_reach_their_functions_alias", f"{BOOKS}|x-amazon-apigateway-integration|timeoutInMillis", 28000),
    ("requests_are_validated", f"{BODY}/paths|/books|post|requestBody", None),
    ("requests_are_validated", f"{BODY}/paths|/books/{{isbn}}|get|parameters", None),
    ("faults_are_answered_in_json", f"{BODY}/x-amazon-apigateway-gateway-responses|DEFAULT_5XX", None),
    ("browsers_may_call_where_the_blueprint_says", f"{BODY}/paths|/books|options", None),
    ("references_lead_somewhere", f"{BODY}/info|title", {"Ref": "Nothing"}),
]


@pytest.mark.parametrize(("guarantee", "place", "value"), FAULTS)
def test_a_guarantee_finds_what_breaks_it_in_a_document(guarantee: str, place: str, value: Any) -> None:
    project = rendered(EXAMPLE)
    template = copy.deepcopy(project.template.data)
    head, _, inner = place.rpartition("/Body/")
    *above, last = [*head.split("/"), "Body", *inner.split("|")]
    here: Any = template
    for step in above:
        here = here[int(step) if isinstance(here, list) else step]
    assert last in here
    if value is None:
        del here[last]
    else:
        here[last] = value
    (check,) = (each for each in GUARANTEES if each.__name__ == guarantee)
    assert list(check(View(template, project)))


def test_too_many_resources_are_fewer_as_a_document() -> None:
    """Without its paths and methods, the template is within CloudFormation's 500 resources."""
    routes = [f"POST /tickets/{{id}}/step-{number}" for number in range(230)]
    blueprint: dict[str, Any] = {
        "name": "box-office",
        "pattern": "mobile-backend",
        "resources": {"tickets": {"operations": ["read"], "data_store": "tickets", "owner": True, "routes": routes}},
        "data_stores": {"tickets": {"type": "dynamodb"}},
    }
    with pytest.raises(BlueprintError) as refused:
        project_of(parse("app.yaml", yaml.safe_dump(blueprint)), CATALOG, linted=False)
    (found,) = refused.value.diagnostics
    assert found.message.endswith("resources; CloudFormation takes 500")
    assert found.hint.startswith("say `api: {definition: openapi}`: ")
    blueprint["api"] = {"definition": "openapi"}
    made = project_of(parse("app.yaml", yaml.safe_dump(blueprint)), CATALOG, linted=False)
    assert len(made.template.data["Resources"]) < 100
    assert of_document(body(made)) == of_blueprint(made.blueprint.data)


def test_what_no_document_makes_small_enough_is_split_where_most_of_it_is() -> None:
    """Functions of 90 resources cross the 500 in either form: the two that take the most room are named."""
    resources: dict[str, Any] = {f"r{number}": {"operations": ["list"], "data_store": "kept"} for number in range(90)}
    resources["r7"]["routes"] = [{"route": f"GET /r7/{n}", "function": {"memory_mb": 256}} for n in "abc"]
    blueprint: dict[str, Any] = {
        "name": "box-office",
        "pattern": "api-only",
        "api": {"definition": "openapi"},
        "resources": resources,
        "data_stores": {"kept": {"type": "dynamodb"}},
    }
    with pytest.raises(BlueprintError) as refused:
        project_of(parse("app.yaml", yaml.safe_dump(blueprint)), CATALOG, linted=False)
    (found,) = (fault for fault in refused.value.diagnostics if "CloudFormation takes 500" in fault.message)
    assert "make services of it (`pattern: microservices`)" in found.hint
    assert "are for 'r7' and " in found.hint


def test_paths_are_as_few_in_a_document() -> None:
    """300 path parts are the account's quota in either form."""
    routes = [f"POST /tickets/{{id}}/step-{number}" for number in range(300)]
    blueprint = {
        "name": "box-office",
        "pattern": "mobile-backend",
        "api": {"definition": "openapi"},
        "resources": {"tickets": {"operations": ["read"], "data_store": "tickets", "owner": True, "routes": routes}},
        "data_stores": {"tickets": {"type": "dynamodb"}},
    }
    with pytest.raises(BlueprintError) as refused:
        project_of(parse("app.yaml", yaml.safe_dump(blueprint)), CATALOG, linted=False)
    assert "302 path parts" in refused.value.diagnostics[0].message


NAMES = ["one", "an-other"]
SCHEMAS = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(KINDS) | st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
            "minimum": st.integers(-2, 2),
            "maxLength": st.integers(0, 2),
            "enum": st.lists(st.integers(0, 2) | st.sampled_from(["a", "b"]), min_size=1, unique=True),
            "required": st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
        },
    )
    | st.sampled_from([{"$ref": f"#/definitions/{name}"} for name in NAMES]),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(KINDS) | st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
            "properties": st.dictionaries(st.sampled_from(["a", "b", "type", "$ref"]), inner, max_size=2),
            "items": inner,
            "additionalProperties": st.booleans() | inner,
            "not": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=4,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "abc", 1.5]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "type"]), inner, max_size=2),
    max_leaves=4,
)


@given(SCHEMAS, st.lists(SCHEMAS, min_size=2, max_size=2), st.lists(VALUES, min_size=3, max_size=8))
@settings(max_examples=150, derandomize=True, database=None, deadline=None)
def test_a_schema_in_openapi_takes_the_same_bodies(schema: Any, others: list[Any], values: list[Any]) -> None:
    """Held against each other as API Gateway reads both: as draft-04."""
    named = {name: said for name, said in zip(NAMES, others, strict=True) if "$ref" not in json.dumps(said)}
    named = {name: named.get(name, {}) for name in NAMES}  # none refers to another: that may go in circles
    original = {"allOf": [schema], "type": ["object", "string", "null"], "definitions": named}
    assert unsayable(original) == []
    schemas = openapi_schemas("Body", original)
    head = {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}}
    found = OpenAPIV30SpecValidator({**head, "components": {"schemas": copy.deepcopy(schemas)}}).iter_errors()
    assert [error for error in found if not isinstance(error, ExtraParametersError)] == []
    assert "null" not in json.dumps(schemas)  # CloudFormation takes none
    there = Draft4Validator({"components": {"schemas": schemas}, "allOf": [{"$ref": "#/components/schemas/Body"}]})
    for value in values:
        assert Draft4Validator(original).is_valid(value) == there.is_valid(value)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"patternProperties": {"^x": {}}}, ["patternProperties"]),
        ({"properties": {"a": {"items": [{}, {}], "additionalItems": False}}}, ["additionalItems", "items (a list)"]),
        ({"anyOf": [{"dependencies": {"a": ["b"]}}]}, ["dependencies"]),
        ({"$ref": "#/definitions/gone"}, ["$ref #/definitions/gone"]),
        ({"properties": {"patternProperties": {}, "$ref": {}}}, []),
    ],
)
def test_what_openapi_has_no_word_for_is_known(schema: Any, words: list[str]) -> None:
    assert unsayable(schema) == words


def client_documents(project: Project) -> list[dict[str, Any]]:
    """The only one, or none of what has no API."""
    texts = [file.text for file in project.files if file.path == "openapi.yaml"]
    assert len(texts) == bool(project.stack.routes)
    return [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts]


def test_the_clients_document_is_valid_openapi(rendered_project: Project) -> None:
    for document in client_documents(rendered_project):
        assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []


def test_the_clients_document_has_the_routes_of_the_blueprint(rendered_project: Project) -> None:
    documents = client_documents(rendered_project)
    wanted = of_blueprint(rendered_project.blueprint.data) if documents else {}
    document = documents[0] if documents else {"paths": {}}
    found = {(verb.upper(), path): said for path, each in document["paths"].items() for verb, said in each.items()}
    assert set(found) == set(wanted)
    assert "x-amazon" not in json.dumps(document)
    for route, row in wanted.items():
        security = found[route].get("security", [{}])[0]
        public = row.authorization == "NONE" and not row.api_key
        assert (security == {}) == public
        assert ("401" in found[route]["responses"]) == (row.authorization != "NONE")
        parameters = {f"{p['in']}.{p['name']}": p["required"] for p in found[route].get("parameters", ())}
        assert {name for name, required in parameters.items() if required} == row.required
        assert {name for name, required in parameters.items() if not required} - SENT == row.optional - SENT
        assert ("application/json" in found[route].get("requestBody", {}).get("content", ())) == row.body


def test_the_clients_document_says_how_to_send_again_and_what_a_change_is_bound_to() -> None:
    paths = client_documents(rendered("mobile-backend"))[0]["paths"]
    sent = {
        said["operationId"]: {p["name"] for p in said.get("parameters", ()) if p["in"] == "header"}
        for each in paths.values()
        for said in each.values()
    }
    assert {name: headers for name, headers in sent.items() if headers} == {
        "createTicket": {"Idempotency-Key"},
        "updateTicket": {"If-Match"},
        "deleteTicket": {"If-Match"},
    }


def test_the_clients_document_tells_clients_nothing_that_operators_have_to_do() -> None:
    for document in client_documents(rendered("web-app")):
        (scheme,) = document["components"]["securitySchemes"].values()
        assert scheme["description"].startswith("Send the access token")
        assert not re.search("Secrets Manager|identity provider|mails a day", scheme["description"])


def test_the_clients_document_knows_every_error_of_the_handlers() -> None:
    errors = next(file.text for file in rendered(EXAMPLE).files if file.path.endswith("/errors.py"))
    answered = {int(status) for status in re.findall(r"status = (\d+)", errors)} - {501}  # nobody ships that
    said = read_yaml(ROOT / "templates" / "project" / "openapi.yaml")
    assert answered <= set(said["responses"])
    assert {status for statuses in said["errors"].values() for status in statuses} == set(said["responses"])


def test_schemas_of_one_name_are_kept_apart() -> None:
    text = """
name: shop
pattern: mobile-backend
auth: none
resources:
  errors: {operations: [read], data_store: errors}
  books: {operations: [create, read], data_store: books, request_schema: {type: object, required: [title]}}
  create-books: {operations: [read], data_store: create-books}
data_stores: {errors: {type: dynamodb}, books: {type: dynamodb}, create-books: {type: dynamodb}}
"""
    document = client_documents(project_of(parse("app.yaml", text), CATALOG, linted=False))[0]
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []
    schemas = document["components"]["schemas"]
    assert schemas["CreateBook"] == {"type": "object", "required": ["title"]}
    assert set(schemas) == {"error", "Error", "Book", "CreateBook", "CreateBookItem"}


@pytest.mark.usefixtures("own_home")
def test_the_command_prints_both_documents(capsys: pytest.CaptureFixture[str]) -> None:
    tierforge = Command(capsys)
    path = str(BLUEPRINTS[EXAMPLE])
    plainly = tierforge("openapi", "--blueprint", path)
    assert yaml.safe_load(plainly.out) == client_documents(rendered(EXAMPLE))[0]
    extended = tierforge("openapi", "--blueprint", path, "--extensions")
    assert plain_nodes(compose(extended.out, "what is printed")) == of_template(EXAMPLE)
    of_resources_form = tierforge("openapi", "--blueprint", str(BLUEPRINTS["mobile-backend"]), "--extensions")
    assert of_resources_form.code == 0
    assert "x-amazon-apigateway-integration" in of_resources_form.out
