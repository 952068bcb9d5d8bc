"""Files that a blueprint names: their text reaches the template, and what is wrong with one is told at its line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.catalog import CATALOG
from support.rendered import ROOT, rendered
from tierforge.blueprint.source import load
from tierforge.diagnostics import BlueprintError
from tierforge.projects import project_of

METADATA = (ROOT / "tests/blueprints/west-metadata.xml").read_bytes()
BLUEPRINT = """
name: box-office
pattern: mobile-backend
auth: {method: cognito, identity_providers: {saml.west: {metadata_file: idp/west.xml}}}
resources: {tickets: {operations: [read], data_store: tickets, owner: true}}
data_stores: {tickets: {type: dynamodb}}
"""
PLACE = ["auth", "identity_providers", "saml.west", "metadata_file"]
ENTITY = b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
REPLACED = ", which CloudFormation would replace"
UNFIT: dict[str, tuple[bytes, str]] = {
    "another root": (METADATA.replace(b"EntityDescriptor", b"EntitiesDescriptor"), "it has no EntityDescriptor"),
    "several providers": (b'<a>' + METADATA.partition(b"?>")[2] + b"</a>", "its root is a, not EntityDescriptor"),
    "of a service provider": (METADATA.replace(b"IDPSSO", b"SPSSO"), "it has no IDPSSODescriptor"),
    "of another standard": (METADATA.replace(b"SAML:2.0:metadata", b"SAML:1.1"), "it has no EntityDescriptor"),
    "no end": (METADATA[:-30], "it is no XML: unclosed token: line 29, column 2"),
    "a page": (b"<html><br></html>", "it is no XML: mismatched tag: line 1, column 12"),
    "entities": (METADATA.replace(b"?>", b"?>" + ENTITY, 1), "it has a document type, which metadata needs none of"),
    "another entity": (METADATA.replace(b"persistent", b"&x;"), "it is no XML: undefined entity: line 27, column 63"),
    "too much": (METADATA + b" " * 100_000, "it is larger than 100,000 bytes"),
    "Latin-1": (METADATA.replace(b"/saml\"", "/saml/é\"".encode("latin-1")), "it is not UTF-8"),
    "a secret": (METADATA.replace(b"persistent", b"{{resolve:ssm:/a}}"), "it holds '{{resolve:'" + REPLACED),
    "nothing": (b"", "it is no XML: no element found: line 1, column 0"),
}  # fmt: skip


def refused(folder: Path) -> str:
    """What is said of the file, which stands at the line that names it."""
    (folder / "app.yaml").write_text(BLUEPRINT)
    source = load(str(folder / "app.yaml"))
    with pytest.raises(BlueprintError) as fault:
        project_of(source, CATALOG, linted=False)
    (found,) = fault.value.diagnostics
    assert found.span == source.span(PLACE)
    assert found.hint
    return found.message


@pytest.mark.parametrize(("content", "said"), UNFIT.values(), ids=UNFIT)
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "idp").mkdir()
    (tmp_path / "idp/west.xml").write_bytes(content)
    assert refused(tmp_path) == f"idp/west.xml: {said}"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refused(tmp_path) == "idp/west.xml: it can't be read: No such file or directory"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "idp/west.xml").mkdir(parents=True)
    assert refused(tmp_path) == "idp/west.xml: it is no file"


@pytest.mark.skipif(os.name != "posix", reason="needs pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "idp").mkdir()
    os.mkfifo(tmp_path / "idp/west.xml")
    assert refused(tmp_path) == "idp/west.xml: it is no file"


def test_what_is_in_it_reaches_the_template() -> None:
    provider = rendered("federation").template.data["Resources"]["SamlWestIdentityProvider"]["Properties"]
    assert provider["ProviderDetails"] == {"MetadataFile": METADATA.decode()}


SCHEMA_BLUEPRINT = """
name: box-office
pattern: mobile-backend
resources: {tickets: {operations: [create, update], data_store: tickets, owner: true, request_schema: SCHEMA}}
data_stores: {tickets: {type: dynamodb}}
"""
BY_OPERATION = "{create: {file: new.json}, update: {file: more/changed.yaml}}"


def with_schema(folder: Path, said: str, **files: str) -> Path:
    (folder / "more").mkdir()
    for name, content in files.items():
        (folder / name).write_text(content)
    (folder / "app.yaml").write_text(SCHEMA_BLUEPRINT.replace("SCHEMA", said))
    return folder / "app.yaml"


def test_a_schema_in_a_file_is_as_good_as_one_in_the_blueprint(tmp_path: Path) -> None:
    files = {"new.json": '{\n\t"type": "object"\n}\n', "more/changed.yaml": "type: object\nmaxProperties: 3\n"}
    own = project_of(load(str(with_schema(tmp_path, BY_OPERATION, **files))), CATALOG, linted=False)
    (tmp_path / "app.yaml").write_text(
        SCHEMA_BLUEPRINT.replace("SCHEMA", "{create: {type: object}, update: {type: object, maxProperties: 3}}")
    )
    assert own.template.text == project_of(load(str(tmp_path / "app.yaml")), CATALOG, linted=False).template.text


def test_what_is_wrong_with_a_schema_in_a_file_is_told_at_its_line(tmp_path: Path) -> None:
    files = {"new.json": '{\n  "type": "object",\n  "tittle": "T"\n}\n', "more/changed.yaml": "- type: object\n"}
    path = with_schema(tmp_path, BY_OPERATION, **files)
    with pytest.raises(BlueprintError) as fault:
        project_of(load(str(path)), CATALOG, linted=False)
    first, second = sorted(fault.value.diagnostics, key=lambda found: found.span.path, reverse=True)
    assert (first.message, first.hint) == ("unknown key 'tittle'", "did you mean 'title'?")
    assert (Path(first.span.path), first.span.line, first.span.column) == (tmp_path / "new.json", 3, 3)
    assert (second.message, second.span.line) == ("a schema is a map of keys, this is a list", 1)
    assert Path(second.span.path) == tmp_path / "more/changed.yaml"


def test_beside_a_file_nothing_else_is_said(tmp_path: Path) -> None:
    path = with_schema(tmp_path, "{file: new.json, type: object}", **{"new.json": "{}"})
    with pytest.raises(BlueprintError) as fault:
        project_of(load(str(path)), CATALOG, linted=False)
    assert [found.message for found in fault.value.diagnostics] == ["unknown key 'type'"]
