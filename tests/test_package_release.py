"""`tierforge package --canary`, `--promote` and `--abort`: the parameters of each update of a release."""

from __future__ import annotations

import pytest

from support.workplace import BLUEPRINT, Workplace

CANARY = BLUEPRINT + "api: {canary: {percent: 10}}\n"
STAGES = BLUEPRINT + "stages: {dev: {}, test: {canary: true}, prod: {canary: {percent: 5}}}\n"


def steps(workplace: Workplace) -> dict[str, str]:
    """The steps that were written, in the order in which they are taken."""
    folder = workplace.root / "build" / "release"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.properties"))}


def test_a_canary_is_built_and_gets_its_share(workplace: Workplace) -> None:
    workplace.says(CANARY)
    parameters = workplace.package("--canary")["Parameters"]
    assert steps(workplace) == {"1-canary": "CanaryPercent=10\n"}
    assert {"CanaryPercent", "StableDeploymentId", "StableTicketsVersion"} <= set(parameters)
    workplace.package("--canary", "--percent", "25")
    assert steps(workplace) == {"1-canary": "CanaryPercent=25\n"}


def test_promoting_takes_two_updates_and_builds_nothing(workplace: Workplace) -> None:
    workplace.says(CANARY)
    assert workplace.run("package", "--promote")[0] == 0
    assert steps(workplace) == {
        "1-end-canary": "CanaryPercent=0\n",
        "2-release": "StableDeploymentId=\nStableTicketsVersion=\n",
    }
    assert workplace.run("package", "--abort")[0] == 0
    assert steps(workplace) == {"1-abort": "CanaryPercent=0\n"}
    assert not (workplace.root / "packaged.yaml").exists()


def test_what_is_moved_to_a_stage_is_built_already(workplace: Workplace) -> None:
    workplace.says(STAGES)
    assert workplace.run("package", "--canary", "--stage", "prod")[0] == 0
    assert steps(workplace) == {"1-canary": "ProdCanaryPercent=5\n"}
    assert not (workplace.root / "packaged.yaml").exists()


@pytest.mark.parametrize(
    ("blueprint", "options", "message"),
    [
        (BLUEPRINT, ("--canary",), "no stage of this blueprint has a canary"),
        (CANARY, ("--canary", "--abort"), "--canary and --abort are two releases"),
        (CANARY, ("--promote", "--stage", "test"), "the stage 'test' has no canary"),
        (CANARY, ("--percent", "10"), "--stage and --percent are for a canary"),
        (STAGES, ("--promote",), "several stages have a canary"),
    ],
)
def test_wrong_usage(workplace: Workplace, blueprint: str, options: tuple[str, ...], message: str) -> None:
    workplace.says(blueprint)
    code, told = workplace.run("package", *options)
    assert (code, message in told) == (2, True)
