"""A release on its way to a stage: the parameters of each update that it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tierforge.diagnostics import UsageError
from tierforge.model import Stack, Stage

FOLDER = "build/release"  # of the steps, below the project
Action = Literal["canary", "promote", "abort"]


@dataclass(frozen=True)
class Step:
    """One update of the stack: parameters that it sets; every other one keeps its value."""

    name: str
    parameters: Mapping[str, str]

    @property
    def text(self) -> str:
        """A line for each parameter, as `aws cloudformation deploy --parameter-overrides` takes them."""
        return "".join(f"{name}={value}\n" for name, value in self.parameters.items())


def steps(stack: Stack, action: Action, stage: str = "", percent: int = 0) -> Sequence[Step]:
    """The updates that an action takes; `percent` 0 is the share that the blueprint says.

    What the stage serves now (the `Stable…` parameters of a canary) only AWS knows: deploy.sh adds it.
    A stage with a canary takes no other deployment, so that promoting is two updates.
    Raises UsageError where the stage can't have a canary, or it is not said which of several.
    """
    chosen = _stage(stack, stage)
    share = f"{chosen.release}CanaryPercent"
    if action == "canary":
        return [Step("1-canary", {share: str(percent or chosen.options["canary"]["percent"])})]
    ended = {share: "0"}
    if action == "abort":
        return [Step("1-abort", ended)]
    held = f"{chosen.release}Stable"
    versions = [f"{function.id}Version" for function in stack.functions if function.routes]
    return [
        Step("1-end-canary", ended),
        Step("2-release", {f"{held}{thing}": "" for thing in ("DeploymentId", *versions)}),
    ]


@dataclass(frozen=True)
class Wanted:
    """What a packaging is for: the steps of a release, and whether there is something to build for it."""

    steps: Sequence[Step] = ()
    builds: bool = True


def wanted(stack: Stack, *, canary: bool, promote: bool, abort: bool, stage: str, percent: int) -> Wanted:
    """What the options of the command line ask for.

    A stage that releases are moved to gets what is built already. Raises UsageError as `steps` does, and
    where the options contradict each other.
    """
    said = {"canary": canary, "promote": promote, "abort": abort}
    actions = [action for action in get_args(Action) if said[action]]
    if len(actions) > 1:
        raise UsageError(f"--{actions[0]} and --{actions[1]} are two releases", "say one of them")
    if not actions:
        if stage or percent:
            raise UsageError("--stage and --percent are for a canary", "say --canary, --promote or --abort as well")
        return Wanted()
    (action,) = actions
    return Wanted(steps(stack, action, stage, percent), canary and not _stage(stack, stage).moved)


def write_steps(made: Sequence[Step], root: Path) -> list[Path]:
    """Write each step to a file of its own below `root`, in place of those of an earlier release."""
    folder = root / FOLDER
    for earlier in folder.glob("*.properties"):
        earlier.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{step.name}.properties" for step in made]
    for path, step in zip(paths, made, strict=True):
        path.write_text(step.text, encoding="utf-8", newline="\n")
    return paths


def _stage(stack: Stack, name: str) -> Stage:
    able = [stage for stage in stack.stages if stage.options["canary"]]
    if not able:
        raise UsageError("no stage of this blueprint has a canary", "say `canary: {percent: 10}` under `api`")
    found = [stage for stage in able if name in ("", stage.name)]
    if len(found) != 1:
        what = f"the stage {name!r} has no canary" if name else "several stages have a canary"
        raise UsageError(what, f"say one of them: --stage {', '.join(stage.name for stage in able)}")
    return found[0]
