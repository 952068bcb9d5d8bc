"""What tierforge costs in time: python benchmarks/run.py [--rounds 9] [--python PYTHON]

Prints the README's table. Each command is a process of its own, measured from outside: CPU is user and system time of
the process and its children, wall the time until it ends. The rounds go through all commands in turn, so that a slow
minute of the machine hits all alike; the figures are medians, without a first round that fills caches. `--python` may
name an interpreter of an environment that has only tierforge's run-time dependencies: tierforge itself is taken from
this checkout.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
BLUEPRINT = CHECKOUT / "blueprints" / "mobile-backend.yaml"
PATTERNS = sorted((CHECKOUT / "blueprints").glob("*.yaml"))
GROWTH = (1, 10, 50, 100)  # resources of the API, five routes each
TIERFORGE = ("-c", "from tierforge.cli import main; main()")  # as the installed command starts
CFN_LINT = ("-c", "from cfnlint.runner.cli import main; main()")


@dataclass(frozen=True)
class Case:
    """A command: what it is called in the table, how it may exit, and what tierforge's cache lacks when it starts."""

    name: str
    command: tuple[str, ...]
    exits: tuple[int, ...] = (0,)
    lacks: Literal["nothing", "results", "everything"] = "nothing"


@dataclass(frozen=True)
class Sample:
    """Seconds that a process took."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Target:
    """What the project promises of `case`: at most `most` times the CPU time of `base`.

    `seconds` is the same on the machine it was agreed for, where `imports` take 0.17 s.
    """

    case: str
    most: float
    base: str
    seconds: float | None = None


TARGETS = (
    Target("`tierforge --help`", 1.18, "imports", 0.20),
    Target("`tierforge schema`", 1.18, "imports", 0.20),
    Target("render without lint", 1.76, "imports", 0.30),
    Target("render without lint, 100 resources", 11.8, "imports", 2.00),
    Target("render with lint", 1.0, "cfn-lint"),
)


def main() -> None:
    """Measure everything and print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "home").mkdir()
        cases = _cases(options.python, work)
        samples = measure(cases, options.rounds, _environment(work))
    for line in table(cases, samples, options.rounds, options.python):
        print(line)


def measure(cases: Sequence[Case], rounds: int, environment: Mapping[str, str]) -> dict[str, list[Sample]]:
    """The samples of every case by its name; the first round is not among them."""
    samples: dict[str, list[Sample]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases:
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number} of {rounds}: {case.name}", end="", file=sys.stderr)
            sample = _run(case, environment)
            if number:
                samples[case.name].append(sample)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return samples


def table(cases: Sequence[Case], samples: Mapping[str, Sequence[Sample]], rounds: int, python: str) -> list[str]:
    """The README's section as lines: machine, table, targets."""
    cpu = {name: median(sample.cpu for sample in found) for name, found in samples.items()}
    wall = {name: median(sample.wall for sample in found) for name, found in samples.items()}
    version = subprocess.run(
        [python, "-c", "import platform; print(platform.python_version())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    lines = [
        f"Medians of {rounds} runs with Python {version} on {os.cpu_count()} cores ({platform.system()},"
        f" {platform.machine()}); `python benchmarks/run.py` repeats them. *imports* is a process that does nothing but"
        " import typer, jinja2, yaml and jsonschema; *cfn-lint* is its own command on the same template. Where"
        " nothing else is said, component templates are compiled and the blueprint was found valid by an earlier run;"
        " *blueprint changed*, the rows by resources and those by pattern validate it; *render with lint* lints the"
        " template too. `microservices` is three applications, and *alone* renders one of them. Beyond"
        " what CloudFormation takes (here at 50 and 100) render does the same work, says so and exits with 1.",
        "",
        "| command | CPU s | wall s | ÷ `python -c pass` | ÷ imports | ÷ cfn-lint |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for case in cases:
        name = case.name
        ratios = " | ".join(f"{cpu[name] / cpu[base]:.2f}" for base in ("`python -c pass`", "imports", "cfn-lint"))
        lines.append(f"| {name} | {cpu[name]:.2f} | {wall[name]:.2f} | {ratios} |")
    lines += [f"| {name} | not installed | | | | |" for name in RIVALS if name not in cpu]
    return [*lines, "", *(_verdict(target, cpu) for target in TARGETS)]


def _verdict(target: Target, cpu: Mapping[str, float]) -> str:
    ratio, seconds = cpu[target.case] / cpu[target.base], cpu[target.case]
    met = "met" if ratio <= target.most else "missed"
    said = f"- {target.case}: {ratio:.2f} times {target.base}, at most {target.most} was promised: {met}"
    return said if target.seconds is None else f"{said} ({seconds:.2f} s here, {target.seconds:.2f} s promised)"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure tierforge, and print the README's table.")
    parser.add_argument("--rounds", type=int, default=9, help="how often each command runs (default: 9)")
    parser.add_argument("--python", default=sys.executable, help="interpreter to measure with")
    return parser.parse_args()


def _environment(work: Path) -> dict[str, str]:
    """This process's environment with a home of its own; byte code is compiled once, and not into the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_", "AWS_"))}
    return kept | {
        "HOME": str(work / "home"),
        "XDG_CACHE_HOME": str(work / "cache"),
        "PYTHONPATH": str(CHECKOUT / "src"),
        "PYTHONPYCACHEPREFIX": str(work / "bytecode"),
        "SAM_CLI_TELEMETRY": "0",
    }


def _run(case: Case, environment: Mapping[str, str]) -> Sample:
    if case.lacks == "everything":
        environment = {**environment, "XDG_CACHE_HOME": tempfile.mkdtemp(dir=environment["HOME"])}
    elif case.lacks == "results":  # what an earlier run found out about this blueprint; compiled templates stay
        for folder in set(Path(environment["XDG_CACHE_HOME"], "tierforge").glob("*")):
            if folder.name != "templates":
                shutil.rmtree(folder)
    start = time.perf_counter()
    process = subprocess.Popen(case.command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in case.exits:
        raise SystemExit(f"{case.name} failed:\n{said.decode(errors='replace')}")
    return Sample(used.ru_utime + used.ru_stime, wall)


def _cases(python: str, work: Path) -> list[Case]:
    def tierforge(*arguments: str) -> tuple[str, ...]:
        return (python, *TIERFORGE, *arguments)

    def render(blueprint: Path, *flags: str) -> tuple[str, ...]:
        return tierforge(
            "render", "--quiet", "--blueprint", str(blueprint), "--out", str(work / blueprint.stem), *flags
        )

    template = work / BLUEPRINT.stem / "template.yaml"
    cases = [
        Case("`python -c pass`", (python, "-c", "pass")),
        Case("imports", (python, "-c", "import typer, jinja2, yaml, jsonschema")),
        Case("`tierforge --help`", tierforge("--help")),
        Case("`tierforge schema`", tierforge("schema")),
        Case("render without lint, nothing cached", render(BLUEPRINT, "--no-lint"), lacks="everything"),
        Case("render without lint, blueprint changed", render(BLUEPRINT, "--no-lint"), lacks="results"),
        Case("render without lint", render(BLUEPRINT, "--no-lint")),
        Case("render with lint, nothing cached", render(BLUEPRINT), lacks="everything"),
        Case("render with lint", render(BLUEPRINT), lacks="results"),
        Case("cfn-lint", (python, *CFN_LINT, "--include-checks", "I", "--template", str(template))),
        Case("render with lint, blueprint unchanged", render(BLUEPRINT)),
    ]
    for count in GROWTH:
        grown = work / f"grown-{count}.yaml"
        grown.write_text(_grown(count), encoding="utf-8")
        # CloudFormation takes 500 resources: beyond, the command says so after the same work, and exits with 1
        cases.append(
            Case(f"render without lint, {count} resources", render(grown, "--no-lint"), exits=(0, 1), lacks="results")
        )
    for blueprint in PATTERNS:
        cases.append(Case(f"{blueprint.stem}, without lint", render(blueprint, "--no-lint"), lacks="results"))
        for service in yaml.safe_load(blueprint.read_text(encoding="utf-8")).get("services", ()):
            alone = (*render(blueprint, "--no-lint"), "--service", service)
            cases.append(Case(f"{blueprint.stem}, without lint, {service} alone", alone, lacks="results"))
    return [*cases, *_rivals(template)]


def _grown(count: int) -> str:
    """A blueprint of `count` resources with five routes and a table each."""
    lines = ["name: grown", "pattern: mobile-backend", "limits: {rest_api_resources: 1000}", "resources:"]
    operations = "[list, create, read, update, delete]"
    lines += [f"  r{n}: {{operations: {operations}, data_store: r{n}, owner: true}}" for n in range(count)]
    lines += ["data_stores:", *(f"  r{n}: {{type: dynamodb}}" for n in range(count))]
    return "\n".join(lines) + "\n"


RIVALS = ("`cdk synth`", "`sam validate --lint`")


def _rivals(template: Path) -> list[Case]:
    """What other tools do with the same template, where they are installed (the CDK's library for this interpreter)."""
    found = []
    if shutil.which("cdk") and importlib.util.find_spec("aws_cdk"):
        app = f"{sys.executable} {CHECKOUT / 'benchmarks' / 'cdk_app.py'} {template}"
        out = str(template.with_name("cdk.out"))
        found.append(Case(RIVALS[0], ("cdk", "synth", "--quiet", "--no-notices", "--output", out, "--app", app)))
    if shutil.which("sam"):
        command = ("sam", "validate", "--lint", "--region", "us-east-1", "--template", str(template))
        found.append(Case(RIVALS[1], command))
    return found


if __name__ == "__main__":
    main()
