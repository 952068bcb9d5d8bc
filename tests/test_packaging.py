"""Packaged templates: what a deployment serves, what changes nothing, and the way back."""

from __future__ import annotations

import pytest

from support.cloudformation import Stack
from support.workplace import ALIAS, BLUEPRINT, FUNCTION, Workplace, code, merged, with_constant_version

# The three promises


def test_edited_code_is_what_is_served_after_every_deployment(workplace: Workplace) -> None:
    stack = Stack()
    served = []
    for version in ("first", "second", "third"):
        workplace.edit(version)
        packaged = workplace.package()
        stack.deploy(packaged, ArtifactBucket="bucket")
        assert code(stack.serves(ALIAS)) == code(packaged["Resources"][FUNCTION]["Properties"])
        served.append(code(stack.serves(ALIAS)))
    assert len(set(served)) == 3


def test_a_version_that_keeps_its_id_would_serve_old_code(workplace: Workplace) -> None:
    """The trap that the digest in a version's ID is there for; the model falls into it as CloudFormation does."""
    before = workplace.package()
    workplace.edit("new")
    after = workplace.package()
    stack = Stack()
    stack.deploy(with_constant_version(before), ArtifactBucket="bucket")
    stack.deploy(with_constant_version(after), ArtifactBucket="bucket")
    assert code(stack.serves(ALIAS)) == code(before["Resources"][FUNCTION]["Properties"])


def test_unchanged_code_changes_nothing(workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = workplace.package()
    text = (workplace.root / "packaged.yaml").read_bytes()
    stack = Stack()
    stack.deploy(first, ArtifactBucket="bucket")

    workplace.run("render", "--no-lint")
    assert stack.deploy(workplace.package(), ArtifactBucket="bucket") == set()
    assert (workplace.root / "packaged.yaml").read_bytes() == text

    elsewhere = Workplace(tmp_path_factory.mktemp("elsewhere"), workplace.capsys)
    elsewhere.says(BLUEPRINT)
    elsewhere.package()
    assert (elsewhere.root / "packaged.yaml").read_bytes() == text


def test_the_last_version_can_be_gone_back_to(workplace: Workplace) -> None:
    good = workplace.package()
    stack = Stack()
    stack.deploy(good, ArtifactBucket="bucket")
    released = stack.resources[ALIAS].properties["FunctionVersion"]
    workplace.edit("bad")
    stack.deploy(workplace.package(), ArtifactBucket="bucket")

    # by hand, at once: the superseded version is still there for the alias to point at
    assert code(stack.versions[released]) == code(good["Resources"][FUNCTION]["Properties"])
    # by CloudFormation: the template of the last release, deployed again
    stack.deploy(good, ArtifactBucket="bucket")
    assert code(stack.serves(ALIAS)) == code(good["Resources"][FUNCTION]["Properties"])


# What is published, and what is not


@pytest.mark.parametrize(
    ("change", "published"),
    [
        ("resources: {tickets: {function: {memory_mb: 1024}}}", True),
        ("resources: {tickets: {function: {environment: {GREETING: hello}}}}", True),
        ("tags: {Team: theatre}", False),
        ("resources: {tickets: {function: {reserved_concurrency: 5}}}", False),
        ("observability: {log_retention_days: 30}", False),
    ],
    ids=["memory", "environment", "tag", "reserved concurrency", "log retention"],
)
def test_a_version_is_published_for_what_it_holds_alone(workplace: Workplace, change: str, published: bool) -> None:
    stack = Stack()
    stack.deploy(workplace.package(), ArtifactBucket="bucket")
    before = set(stack.versions)
    workplace.says(merged(BLUEPRINT, change))
    changed = stack.deploy(workplace.package(), ArtifactBucket="bucket")
    assert changed
    assert (set(stack.versions) > before) == published


@pytest.mark.parametrize(
    "change",
    [
        "data_stores: {tickets: {partition_key: holder, sort_key: id}}",
        "overrides: {TicketsTable: [{op: replace, path: /Properties/AttributeDefinitions/1/AttributeType, value: N}]}",
    ],
    ids=["another key", "another type of it"],
)
def test_a_table_that_is_replaced_reaches_the_served_version(workplace: Workplace, change: str) -> None:
    for path in workplace.handler.parent.rglob("*.py"):  # the user's own from now on: rendering leaves it alone
        path.write_text(f"{path.read_text(encoding='utf-8')}\n# mine\n", encoding="utf-8")
    stack = Stack()
    before = workplace.package()
    stack.deploy(before, ArtifactBucket="bucket")
    old = stack.resources["TicketsTable"].physical
    workplace.says(merged(BLUEPRINT, change))
    after = workplace.package()
    assert code(after["Resources"][FUNCTION]["Properties"]) == code(before["Resources"][FUNCTION]["Properties"])
    stack.deploy(after, ArtifactBucket="bucket")
    new = stack.resources["TicketsTable"].physical
    assert new != old
    assert stack.serves(ALIAS)["Environment"]["Variables"]["TICKETS_TABLE_NAME"] == new
