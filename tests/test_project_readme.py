"""The README of a generated project: what applies is there, what does not is not, and its links work."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from project_documents import BARE, FULL, render
from support.catalog import CATALOG
from support.rendered import variant
from tierforge.pipeline import application
from tierforge.projects import Project

GOLDEN = Path(__file__).parent / "golden"
BLUEPRINTS = GOLDEN.parents[1] / "blueprints"


def headings(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


def test_every_section_of_a_full_application() -> None:
    assert headings(render("README.md.j2", FULL)) == [
        "box-office",
        "What is here",
        "How a request flows",
        "Which token to send",
        "What else clients and operators should know",
        "Deploy",
        "Parameters",
        "Outputs",
        "The key",
        "What it costs when nobody uses it",
        "Tests",
        "Release and roll back",
        "Changing tables without downtime",
        "Data: a beginning, and a way back",
        "tickets",
        "When a deploy fails",
        "Taking it down",
        "Going beyond the blueprint",
    ]


def test_only_the_sections_that_apply() -> None:
    bare = render("README.md.j2", BARE)
    gone = {
        "Which token to send",
        "What stands elsewhere",
        "Parameters",
        "Outputs",
        "The key",
        "Tests",
        "Changing tables without downtime",
    }
    assert not gone & set(headings(bare))
    assert "migration" not in bare.lower()
    assert "This stays" not in bare


@pytest.mark.parametrize("context", [FULL, BARE])
def test_it_is_neat_markdown(context: dict[str, Any]) -> None:
    text = render("README.md.j2", context)
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings(text)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


# These go with what they belong to: an API's deployments, a function's versions.
WITH_THEIRS = {"AWS::ApiGateway::Deployment", "AWS::ApiGatewayV2::Deployment", "AWS::Lambda::Version"}
LEFTOVERS = yaml.safe_load((Path(CATALOG.root) / "project" / "leftovers.yaml").read_text(encoding="utf-8"))


def test_it_knows_how_to_remove_all_that_stays(rendered_project: Project) -> None:
    resources = rendered_project.template.data["Resources"].values()
    kept = {resource["Type"] for resource in resources if resource.get("DeletionPolicy", "Delete") != "Delete"}
    assert kept - WITH_THEIRS <= LEFTOVERS.keys()


def test_what_the_stack_can_delete_only_when_it_is_empty_is_told(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(
        (BLUEPRINTS / "single-page-app.yaml").read_text(encoding="utf-8") + "profile: dev\n", encoding="utf-8"
    )
    made = application(str(path), CATALOG, linted=False)
    resources = made.projects[0].template.data["Resources"]
    goes = {key for key, one in resources.items() if one.get("DeletionPolicy") == "Delete"}
    buckets = {key for key in goes if resources[key]["Type"] == "AWS::S3::Bucket"}
    (readme,) = [file.text for file in made.documents if file.path == "README.md"]
    before, _ = readme.split("## Taking it down")[1].split("aws cloudformation delete-stack", 1)
    assert {"SiteBucket", "ContentBucket"} <= buckets < goes
    assert set(re.findall(r"^\| `(\w+)` \| bucket \| `aws s3api delete-objects ", before, re.MULTILINE)) == buckets


def test_what_stands_in_the_way_of_a_deletion_is_told() -> None:
    assert "`PlayersCluster` stands in subnets" in render("README.md.j2", FULL)


def test_that_few_mails_are_sent_is_told_where_cognito_sends_them_itself() -> None:
    def told(**email: str) -> list[str]:
        (auth,) = variant("web-app", auth=email).stack.auths
        return [note for note in auth.facts["advice"] if "stops at 50 mails a day" in note]

    assert len(told()) == 1
    assert told(email="arn:aws:ses:us-east-1:111122223333:identity/people@example.com") == []


def test_notes_keep_their_markdown() -> None:
    (note,) = FULL["auth_notes"]
    assert f"- {note}\n" in render("README.md.j2", FULL)


@pytest.mark.parametrize("readme", sorted(GOLDEN.glob("*/README.md")), ids=lambda readme: readme.parent.name)
def test_notes_are_told_once(readme: Path) -> None:
    notes = [line for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("- ")]
    assert sorted(set(notes)) == sorted(notes)


@pytest.mark.parametrize("script", sorted(GOLDEN.glob("**/deploy.sh")), ids=lambda script: script.parent.name)
def test_it_names_the_tools_that_the_script_asks_for(script: Path) -> None:
    (asked,) = re.findall(r"for tool in aws(.*); do", script.read_text(encoding="utf-8")) or [""]
    needed = (script.parent / "README.md").read_text(encoding="utf-8").partition("You need")[2].partition("```")[0]
    assert [tool for tool in asked.split() if f"{tool}," not in needed] == []


def test_its_tables_are_whole() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(render("README.md.j2", FULL))
    rows = [tokens[i + 1 :] for i, token in enumerate(tokens) if token.type == "tr_open"]
    widths = [[t.type for t in row[: [t.type for t in row].index("tr_close")]].count("inline") for row in rows]
    assert set(widths) == {2, 3, 4}
    paragraphs = [t.content for t in tokens if t.type == "inline"]
    assert not [text for text in paragraphs if text.startswith("|")]


def test_what_users_write_stays_text() -> None:
    hostile = {**FULL, "app": {**FULL["app"], "description": "# <script>\n```sh\n| [x](javascript:y)"}}
    page = MarkdownIt("commonmark").enable("table").render(render("README.md.j2", hostile))
    assert "&lt;script&gt;" in page
    assert "javascript:y&quot;" not in page
    assert "<script>" not in page
    assert page.count("<h1>") == 1


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_its_commands_are_valid_shell(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", render("README.md.j2", FULL), re.DOTALL)
    assert len(blocks) >= 6
    script = tmp_path / "commands.sh"
    script.write_text("#!/usr/bin/env bash\n" + "\n".join(blocks))
    checked = subprocess.run(["shellcheck", script], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
