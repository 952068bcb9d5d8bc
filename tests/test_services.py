"""Services of one blueprint: each is written, packaged, deployed and removed without a byte of another."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.command import Command
from support.rendered import BLUEPRINTS, PATTERN_FILES, rendered
from tierforge import system as stage
from tierforge.blueprint.environments import merged
from tierforge.blueprint.source import parse
from tierforge.project.write import write
from tierforge.system import System, system_of

SHOP: dict[str, Any] = yaml.safe_load(PATTERN_FILES["microservices"].read_text(encoding="utf-8"))
CATALOG_V2 = {"services": {"catalog-v2": {**SHOP["services"]["catalog"], "base_path": "catalog/v2"}}}


@pytest.fixture(scope="module")
def rendered_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the blueprint of the pattern, and what it renders to."""
    folder = written(tmp_path_factory.mktemp("shop"), {})
    for part in system({}).parts:
        write(folder / part.folder, part.files, part.defaults)
    return folder


@pytest.fixture
def shop(rendered_shop: Path, tmp_path: Path, own_home: Path) -> Path:
    """A copy of it."""
    assert own_home.is_dir()
    shutil.copytree(rendered_shop, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def tierforge(capsys: pytest.CaptureFixture[str], shop: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(shop)
    return Command(capsys)


def written(folder: Path, more: dict[str, Any]) -> Path:
    (folder / "app.yaml").write_text(yaml.safe_dump(merged(SHOP, more), sort_keys=False))
    return folder


@cache
def _system(text: str) -> System:
    return system_of(parse("app.yaml", text), CATALOG, linted=False)


def system(more: dict[str, Any]) -> System:
    """What the pattern's blueprint with `more` laid over it comes to."""
    return _system(yaml.safe_dump(merged(SHOP, more), sort_keys=False))


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """What stands below a folder, with the times of its files, which a write would change."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_rendering_one_service_touches_no_byte_of_another(shop: Path, tierforge: Command) -> None:
    before = contents(shop)
    written(shop, {"services": {"orders": {"architecture": "x86_64"}, "catalog": {"architecture": "x86_64"}}})
    said = tierforge("render", "--no-lint", "--service", "orders")
    assert said.code == 0
    changed = {path for path, found in contents(shop).items() if found != before.get(path)}
    assert "services/orders/template.yaml" in changed
    assert {path for path in changed if not path.startswith("services/orders/")} == {"app.yaml"}
    assert "services/catalog" not in said.out


def test_a_service_that_is_taken_out_leaves_the_others_and_its_own_folder(shop: Path, tierforge: Command) -> None:
    before = contents(shop)
    written(shop, {"services": {"orders": None}})
    said = tierforge("render", "--no-lint")
    changed = {path for path, found in contents(shop).items() if found != before.get(path)}
    # nobody else needs the VPC
    its_network = {f"platform/{file}" for file in ("template.yaml", "README.md", "tierforge.lock")}
    assert changed == {"app.yaml", "deploy.sh", "README.md", "tierforge.lock", *its_network}
    assert "services/orders: is of no service of the blueprint any more" in said.err.replace(str(shop) + "/", "")
    assert "services/catalog" not in said.err
    assert tierforge("render", "--no-lint", "--check").code == 0


def test_what_differs_is_told_by_its_folder(shop: Path, tierforge: Command) -> None:
    (shop / "services/orders/template.yaml").write_text("")
    assert "services/orders/template.yaml: changed by hand" in tierforge("render", "--no-lint", "--check").err
    assert tierforge("render", "--no-lint", "--check", "--service", "catalog").code == 0


def test_versions_of_a_service_stand_side_by_side() -> None:
    """Each has an API, a store and a stack of its own; the name and the path tell them apart."""
    made = system(CATALOG_V2)
    both = [made.of(name).projects[0] for name in ("catalog", "catalog-v2")]
    keys = [project.template.data["Resources"]["ApiMapping"]["Properties"]["ApiMappingKey"] for project in both]
    assert keys == ["catalog/v1", "catalog/v2"]
    assert [project.blueprint.stack_name for project in both] == ["shop-catalog", "shop-catalog-v2"]
    assert system({}).of("catalog").projects[0].template.text == both[0].template.text


def test_no_stack_holds_another_fast() -> None:
    """Names of parameters are all that they know of each other: no export, no import, no ARN of another's."""
    told = {
        said["Properties"]["Name"]
        for name in ("platform", "catalog", "orders")
        for said in rendered(f"microservices+{name}").template.data["Resources"].values()
        if said["Type"] == "AWS::SSM::Parameter"
    }
    for name in ("platform", "catalog", "orders"):
        template = rendered(f"microservices+{name}").template
        assert not any("Export" in said for said in template.data.get("Outputs", {}).values())
        assert "ImportValue" not in template.text
        read = [p["Default"] for p in template.data.get("Parameters", {}).values() if "SSM" in p["Type"]]
        assert set(read) <= told


def test_environments_have_stacks_and_parameters_of_their_own() -> None:
    more = {"environments": {"dev": {"profile": "dev"}, "prod": {"services": {"orders": {"tags": {"Tier": "gold"}}}}}}
    made = system(more)
    orders = made.of("orders")
    assert [project.blueprint.stack_name for project in orders.projects] == ["shop-orders-dev", "shop-orders-prod"]
    parameters = orders.of("prod").template.data["Parameters"]
    assert parameters["ApiDomainName"]["Default"] == "/shop/prod/ApiDomainName"
    assert [project.blueprint.tags.get("Tier") for project in orders.projects] == [None, "gold"]
    script = next(file.text for file in made.documents if file.path == "deploy.sh")
    assert "prod) echo platform catalog orders ;;" in script


def test_the_readme_tells_of_each_environment() -> None:
    made = system({"environments": {"dev": {"api": {"domain": None}}, "prod": {"region": "us-west-2"}}})
    readme = next(file.text for file in made.documents if file.path == "README.md")
    assert "| dev: its own address, prod: https://api.shop.example.com/catalog/v1 |" in readme
    platform = next(file.text for file in made.of("platform").files if file.path == "README.md")
    assert "to us-east-1 as the stack `shop-platform-dev`" in platform
    assert "to us-west-2 as the stack `shop-platform-prod`" in platform


def test_a_service_of_one_environment_alone_is_deployed_there_alone() -> None:
    made = system({"environments": {"dev": {"services": {"orders": None}}, "prod": {}}})
    script = next(file.text for file in made.documents if file.path == "deploy.sh")
    assert "dev) echo platform catalog ;;" in script
    assert [project.blueprint.environment for project in made.of("orders").projects] == ["prod"]


def test_a_service_of_another_account_is_deployed_to_that_alone() -> None:
    own = {"account_id": "111122223333", "api": {"domain": None}}
    made = system({"services": {"catalog": own, "orders": {"calls": []}}}).of("catalog")
    script = next(file.text for file in made.documents if file.path == "deploy.sh")
    assert "account_wanted=111122223333" in script
    template = made.projects[0].template.data
    assert "ApiMapping" not in template["Resources"]
    assert "DisableExecuteApiEndpoint" not in template["Resources"]["RestApi"]["Properties"]


def test_a_service_says_its_own_over_what_it_inherits() -> None:
    own_way = {"auth": "none", "network": {"availability_zones": 3}}
    made = system({"services": {"catalog": own_way, "orders": {"calls": []}}})
    inherited, own = (made.of(name).projects[0].blueprint.data for name in ("orders", "catalog"))
    assert (inherited["auth"]["method"], own["auth"]["method"]) == ("iam", "none")
    assert (inherited["network"]["availability_zones"], own["network"]["availability_zones"]) == (2, 3)


def test_the_region_that_all_are_in_may_be_said() -> None:
    """It is no other one: the service answers under the domain and stands in the VPC that are shared."""
    said, unsaid = (
        system(more).of("orders").projects[0] for more in ({"services": {"orders": {"region": "us-east-1"}}}, {})
    )
    assert said.template.data == unsaid.template.data


def test_commands_ask_which_service(tierforge: Command) -> None:
    asked = tierforge("openapi")
    assert (asked.code, "--service platform, catalog, orders" in asked.err) == (2, True)
    assert "/products" in tierforge("openapi", "--service", "catalog").out
    assert "has no API" in tierforge("openapi", "--service", "platform").err
    assert "there is no service 'basket'" in tierforge("validate", "--service", "basket").err


@pytest.mark.parametrize(
    ("said", "ran"),
    [
        (["--yes"], ["platform", "catalog"]),
        (["--yes", "--from", "catalog"], ["catalog"]),
        ([], ["platform", "catalog"]),
    ],
)
def test_the_script_deploys_in_order_and_says_how_to_go_on(said: list[str], ran: list[str], shop: Path) -> None:
    for folder in ("platform", "services/catalog", "services/orders"):
        script = shop / folder / "deploy.sh"
        script.write_text(f'#!/bin/bash\necho "ran {script.parent.name} $*"\n[ {script.parent.name} != catalog ]\n')
    done = subprocess.run(["./deploy.sh", *said], cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    passed = " --yes" if "--yes" in said else ""
    assert [line.rstrip() for line in done.stdout.splitlines() if line.startswith("ran")] == [
        f"ran {name}{passed}" for name in ran
    ]
    assert f"go on with: ./deploy.sh{passed} --from catalog" in done.stderr


def test_the_script_refuses_what_it_does_not_know(shop: Path) -> None:
    for arguments in (["--from", "basket"], ["--parameter", "A=b"]):
        done = subprocess.run(["./deploy.sh", *arguments], cwd=shop, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "usage: ./deploy.sh" in done.stderr


def test_a_service_packages_from_its_own_folder(shop: Path, tierforge: Command, monkeypatch: Any) -> None:
    """As its deploy.sh calls it: the blueprint is two folders up."""
    script = (shop / "services/catalog/deploy.sh").read_text()
    assert "\ntierforge package --blueprint ../../app.yaml --service catalog\n" in script
    monkeypatch.chdir(shop / "services/catalog")
    os.truncate("template.yaml", 0)
    said = tierforge("package", "--blueprint", "../../app.yaml", "--service", "catalog")
    assert "services/catalog/template.yaml is not what the blueprint says now" in said.err


def test_scripts_deploy_the_form_that_was_rendered() -> None:
    """What is deployed as it was rendered, without `tierforge package`, is named with its ending."""
    shop = stage.system(str(PATTERN_FILES["microservices"]), CATALOG, form="json", linted=False)
    page = stage.system(str(PATTERN_FILES["single-page-app"]), CATALOG, form="json", linted=False)
    for made, said in (
        (shop.of("platform"), "template=template.json"),
        (page.of(""), " us-east-1 edge/template.json "),
    ):
        script = next(file.text for file in made.documents if file.path == "deploy.sh")
        assert said in script
        assert said.replace("json", "yaml") not in script


def test_services_answer_under_a_domain_of_another_stack() -> None:
    made = system({"api": {"domain": {"hosted_zone_id": None, "existing": {"parameter": "/edge/domain"}}}})
    platform, catalog = (made.of(name).projects[0].template.data for name in ("platform", "catalog"))
    assert "ApiDomain" not in str(platform)
    assert catalog["Parameters"]["ApiDomainName"]["Default"] == "/edge/domain"


@pytest.mark.parametrize(
    ("account", "ran", "left"),
    [
        ("111122223333", "ran catalog --yes --region us-west-2", "platform orders"),
        ("444455556666", "ran orders --yes --region us-east-1", "platform catalog"),
        ("777788889999", "ran platform --yes --region us-east-1", "catalog orders"),
    ],
)
def test_the_script_deploys_what_is_for_the_account(account: str, ran: str, left: str, tmp_path: Path) -> None:
    made = stage.system(str(BLUEPRINTS["service-accounts+orders"]), CATALOG, linted=False)
    write(tmp_path, made.documents, {})
    for part in made.applications:
        program(tmp_path / part.folder / "deploy.sh", f'echo "ran {Path(part.folder).name} $*"')
    program(tmp_path / "aws", f"echo {account}")
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["./deploy.sh", "--yes"], cwd=tmp_path, capture_output=True, text=True, env=path, check=True)
    assert [line for line in done.stdout.splitlines() if line.startswith("ran")] == [ran]
    assert f"Left for others: {left}\n" in done.stdout


def program(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{line}\n")
    path.chmod(0o755)
