"""`tierforge package`: the forms of the template that it writes, what it refuses, what it warns of."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from support.workplace import BLUEPRINT, FUNCTION, Workplace, code, merged, read, with_constant_version
from tierforge.template.lint import lint

WITH_DATABASE = BLUEPRINT.replace("{type: dynamodb}", "{type: rds, engine: postgres}")


def test_the_template_alone_names_code_that_never_exists(workplace: Workplace) -> None:
    unpackaged = read(workplace.root / "template.yaml")["Resources"][FUNCTION]["Properties"]
    assert code(unpackaged) == "run-tierforge-package-first/tickets.zip"
    keys = [code(workplace.package()["Resources"][FUNCTION]["Properties"])]
    workplace.edit("new")
    keys.append(code(workplace.package()["Resources"][FUNCTION]["Properties"]))
    assert all(key.startswith("box-office/tickets/") for key in keys)


def test_code_comes_from_the_parameter_or_from_the_bucket_that_is_named(workplace: Workplace) -> None:
    by_parameter = workplace.package()
    assert by_parameter["Resources"][FUNCTION]["Properties"]["Code"]["S3Bucket"] == {"Ref": "ArtifactBucket"}
    assert "ArtifactBucket" in by_parameter["Parameters"]
    by_name = workplace.package("--bucket", "our-artifacts")
    assert by_name["Resources"][FUNCTION]["Properties"]["Code"]["S3Bucket"] == "our-artifacts"
    assert "ArtifactBucket" not in by_name.get("Parameters", {})


def test_build_only_names_the_zips_by_path(workplace: Workplace) -> None:
    built = workplace.package("--build-only", name="built.yaml")
    path = built["Resources"][FUNCTION]["Properties"]["Code"]
    assert (workplace.root / path).is_file()
    assert "ArtifactBucket" not in built.get("Parameters", {})
    assert not (workplace.root / "packaged.yaml").exists()


@pytest.mark.parametrize(
    ("options", "name", "rules"),
    [
        ((), "packaged.yaml", []),
        (("--bucket", "our-artifacts"), "packaged.yaml", []),
        (("--build-only",), "built.yaml", ["W3002"]),  # code by path is for `aws cloudformation package`, as meant
    ],
    ids=["parameter", "bucket", "paths"],
)
def test_what_is_deployed_lints_clean(
    workplace: Workplace, options: tuple[str, ...], name: str, rules: list[str]
) -> None:
    workplace.package(*options, name=name)
    found = lint((workplace.root / name).read_text(encoding="utf-8"), "us-east-1", cache=False)
    assert [finding.rule for finding in found] == rules


# Refusals and warnings


def _changed(workplace: Workplace) -> None:
    path = workplace.root / "app.yaml"
    path.write_text(merged(BLUEPRINT, "description: something else"), encoding="utf-8")


def _edited(workplace: Workplace) -> None:
    path = workplace.root / "template.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}# by hand\n", encoding="utf-8")


def _missing(workplace: Workplace) -> None:
    (workplace.root / "template.yaml").unlink()


@pytest.mark.parametrize("spoil", [_changed, _edited, _missing])
def test_a_template_that_is_not_the_blueprints_is_refused(
    workplace: Workplace, spoil: Callable[[Workplace], None]
) -> None:
    spoil(workplace)
    exit_code, told = workplace.run("package")
    assert exit_code == 1
    assert "template.yaml is not what the blueprint says now" in told
    assert "run: tierforge render" in told
    assert not (workplace.root / "packaged.yaml").exists()


def test_certificates_that_a_function_needs_and_nobody_fetched_are_told(workplace: Workplace) -> None:
    workplace.says(WITH_DATABASE)
    functions = [workplace.root / "functions" / name for name in ("tickets", "tickets-migrate")]
    for function in functions:  # the user's files: nothing has to be installed for this test
        (function / "requirements.txt").write_text("# nothing\n")
    told = workplace.run("package")[1]
    for function in functions:
        assert f"warning: {function / 'global-bundle.pem'} is missing" in told
        (function / "global-bundle.pem").write_text("certificates")
    assert "warning" not in workplace.run("package")[1]


def test_the_packaged_template_differs_in_code_and_versions_alone(workplace: Workplace) -> None:
    packaged, rendered = workplace.package(), read(workplace.root / "template.yaml")
    assert _without_code(packaged) == _without_code(rendered)


def _without_code(template: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(template)
    del made["Resources"][FUNCTION]["Properties"]["Code"]
    return with_constant_version(made)
