"""Environments share their code: where one would have other code, that is told at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.catalog import CATALOG
from tierforge.pipeline import application

BLUEPRINT = """\
name: box-office
pattern: mobile-backend
resources:
  tickets: {operations: [list, create], data_store: tickets, owner: true}
data_stores:
  tickets: {type: dynamodb}
environments:
  dev: {profile: dev}
  prod: {}
"""


def told(folder: Path, prod: str) -> list[str]:
    path = folder / "app.yaml"
    path.write_text(BLUEPRINT.replace("prod: {}", f"prod: {prod}"))
    notes = application(str(path), CATALOG, linted=False).notes
    return [f"{note.span.line}: {note.message}" for note in notes if "other code" in note.message]


def test_other_code_of_an_environment_is_told(tmp_path: Path) -> None:
    message = "9: 'prod' would have other code in functions/tickets, but all environments share that of 'dev'"
    assert told(tmp_path, "{handlers: plain}") == [message]


@pytest.mark.parametrize(
    "prod",
    ["{region: eu-central-1}", "{resources: {tickets: {function: {memory_mb: 1024, environment: {GREETING: hi}}}}}"],
)
def test_what_leaves_the_code_alone_is_not(tmp_path: Path, prod: str) -> None:
    assert told(tmp_path, prod) == []


def test_a_function_of_one_environment_alone_is_written(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    more = "{resources: {shows: {operations: [list], data_store: shows}}, data_stores: {shows: {type: dynamodb}}}"
    path.write_text(BLUEPRINT.replace("prod: {}", f"prod: {more}"))
    files = {file.path for file in application(str(path), CATALOG, linted=False).files}
    assert {"functions/tickets/handler.py", "functions/shows/handler.py", "deploy.sh"} <= files
    assert {"environments/dev/template.yaml", "environments/prod/template.yaml"} <= files


def test_a_short_form_is_the_map_that_it_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    said = BLUEPRINT.replace("resources:", "security: strict\nauth: iam\nresources:", 1)
    path.write_text(said.replace("prod: {}", "prod: {security: {role_path: /apps/}, auth: {roles: [caller]}}"))
    dev, prod = (project.blueprint.data for project in application(str(path), CATALOG, linted=False).projects)
    assert (prod["security"]["level"], prod["security"]["role_path"]) == ("strict", "/apps/")
    assert (prod["auth"]["method"], prod["auth"]["roles"]) == ("iam", ["caller"])
    assert (dev["security"]["level"], dev["auth"]["method"]) == ("strict", "iam")


def test_pages_that_are_hosted_differently_have_scripts_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(
        BLUEPRINT.replace("prod: {}", "prod: {presentation: {hosting: amplify}}\n  test: {}\n").replace(
            "environments:", "presentation: {hosting: s3-cloudfront}\nenvironments:"
        )
    )
    files = {file.path: file.text for file in application(str(path), CATALOG, linted=False).files}
    assert [name for name in files if name.startswith("site")] == ["site-s3-cloudfront.sh", "site-amplify.sh"]
    assert "ENVIRONMENT      one of dev, test\n" in files["site-s3-cloudfront.sh"]
    assert "usage: ./site-amplify.sh ENVIRONMENT" in files["site-amplify.sh"]
    called = [line.split()[0] for line in files["deploy.sh"].splitlines() if line.strip().startswith("scripts=")]
    assert called == [f"scripts=site-{hosting}.sh" for hosting in ("s3-cloudfront", "amplify", "s3-cloudfront")]


def test_the_readme_tells_of_every_environment_what_the_first_does_without(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    zone = "{name: www.example.com, hosted_zone_id: Z0123456789ABCDEFGHIJ}"
    page = f"presentation: {{hosting: s3-cloudfront, domain: {zone}}}\nenvironments:"
    dev = "{profile: dev, presentation: {domain: null}}"
    path.write_text(BLUEPRINT.replace("environments:", page).replace("{profile: dev}", dev))
    files = {file.path: file.text for file in application(str(path), CATALOG, linted=False).files}
    lines = files["README.md"].splitlines()
    (kept,) = [line for line in lines if line.startswith("| `TicketsTable` |")]
    assert "Keeps tickets; paid by request (prod) |" in kept
    assert "aws dynamodb update-table --table-name NAME --no-deletion-protection-enabled" in kept
    (parameter,) = [line for line in lines if line.startswith("| `SiteCertificateArn` |")]
    assert parameter.endswith("deploy.sh fills it in. (prod) |")
    assert [line for line in lines if "is proved by a record in the zone" in line and line.endswith("(prod)")]
    (both,) = [line for line in lines if line.startswith("| `SiteBucketName` |")]
    assert "(" not in both
    taken = "aws cloudformation delete-stack --stack-name box-office-edge-prod --region us-east-1"
    assert [line for line in lines if taken in line]
    assert "stack `box-office-edge-prod` in us-east-1 in the same way" in files["README.md"]
