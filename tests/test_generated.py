"""Generated blueprints: what the schema accepts renders or is refused at its place, and so does what was mutated.

The suite renders 45 blueprints, lints 3 of them and mutates 300. TIERFORGE_EXAMPLES=n multiplies this:

    TIERFORGE_EXAMPLES=20 pytest tests/test_generated.py -k mutated     # 6,000 mutated
    TIERFORGE_EXAMPLES=20 pytest tests/test_generated.py -k "not mutated"    # 900 rendered, 60 linted

TIERFORGE_RENDERED, TIERFORGE_LINTED and TIERFORGE_MUTATED set one of the three numbers by itself:

    TIERFORGE_RENDERED=1000 TIERFORGE_LINTED=200 TIERFORGE_MUTATED=10000 pytest tests/test_generated.py
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from support.catalog import CATALOG
from support.digests import digests
from support.generate import blueprints, groups, texts
from support.guarantees import guarantees
from support.last import last_stacks, stacks, whole
from support.mutate import mutated
from support.route_table import of_blueprint, of_document
from support.schema_paths import option_paths, used_paths
from support.sources import sources_are_sound
from tierforge.blueprint.schema import compose
from tierforge.blueprint.source import parse
from tierforge.diagnostics import BlueprintError, Diagnostic
from tierforge.projects import Project, lint_faults, template_file
from tierforge.system import System
from tierforge.template.openapi import definitions
from tierforge.template.openapi_schema import unsayable

SCHEMA = compose(CATALOG)
OPTIONS = list(option_paths(SCHEMA))
ROOT = Path(__file__).parents[1]
IN_ANOTHER_PROCESS = 8
# Which instance classes there are, and for which engine and Region, is cfn-lint's to know: db.x.y is told so.
NOT_OURS = {"E3025", "E3062", "E3620", "E3628"}
AT_LEAST_RENDERED = 0.35  # else what is generated means too little


def count(name: str, default: int) -> int:
    return int(os.environ.get(f"TIERFORGE_{name}") or default * int(os.environ.get("TIERFORGE_EXAMPLES") or 1))


RENDERED, LINTED, MUTATED = count("RENDERED", 45), count("LINTED", 3), count("MUTATED", 300)


class Outcomes:
    """What became of generated blueprints: those that rendered, and the options that all of them used."""

    def __init__(self) -> None:
        self.rendered: dict[str, None] = {}
        self.used: set[tuple[str, ...]] = set()

    def add(self, text: str) -> None:
        self.used.update(used_paths(SCHEMA, parse("app.yaml", text).data))
        made = outcome(text)
        if made is not None:
            self.rendered[text] = None
            for part in made.parts:
                sources_are_sound(part.documents)
            for stack in stacks(made):
                is_sound(stack)


@cache
def generated() -> Outcomes:
    """Render RENDERED blueprints."""
    made = Outcomes()
    together = groups(OPTIONS, max(1, RENDERED // 3))
    for number, foci in enumerate(together):
        run(made.add, texts(blueprints(SCHEMA, foci)), examples=-(-RENDERED // len(together)), number=number)
    return made


def run(test: Callable[[str], None], strategy: st.SearchStrategy[str], *, examples: int, number: int = 0) -> None:
    """Ask hypothesis for `examples` of `strategy`: the same ones every time, shrunk if one fails."""
    asked = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
    )

    def case(text: str) -> None:
        test(text)

    seed(number)(asked(given(strategy)(case)))()


def outcome(text: str) -> System | None:
    """What `text` renders to, or None if it is refused; anything else fails."""
    try:
        return whole(text, CATALOG)
    except BlueprintError as refusal:
        is_located(refusal.diagnostics, text)
        return None


def is_located(diagnostics: tuple[Diagnostic, ...], text: str) -> None:
    """Every diagnostic says something about a place that is there."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert diagnostics
    for found in diagnostics:
        assert found.message
        for span in (found.span, *found.related):
            assert span.path == "app.yaml"
            assert 1 <= span.line <= len(lines), found
            assert 1 <= span.column <= len(lines[span.line - 1]) + 1, found


def is_sound(project: Project) -> None:
    """What every rendered project keeps: its files can be read, and the guarantees hold."""
    sources_are_sound(project.files)
    assert json.loads(template_file(project.template, "json").text) == project.template.data
    routes_are_the_same_in_openapi(project)
    if not project.blueprint.data["overrides"]:  # these may break a guarantee, as their author wishes
        assert list(guarantees(project.template.data, project)) == []


def routes_are_the_same_in_openapi(project: Project) -> None:
    """Where its API can be a document, that has the routes which the blueprint asks for."""
    for definition in definitions(project.assembled):
        if not any(unsayable(entry.data["Properties"].get("Schema", {})) for entry in definition.inner.values()):
            document = definition.body(project.blueprint).document
            assert of_document(document) == of_blueprint(project.blueprint.data)


def test_what_the_schema_accepts_renders_or_is_refused_at_its_place() -> None:
    assert len(generated().rendered) > AT_LEAST_RENDERED * RENDERED


@pytest.mark.slow
def test_every_option_of_the_schema_is_generated() -> None:
    """Those that no blueprint has used by now are asked for one by one."""
    made = generated()
    for number, path in enumerate(path for path in OPTIONS if path not in made.used):
        run(made.add, texts(blueprints(SCHEMA, [path], meant=False)), examples=3, number=number)
    assert {".".join(path) for path in OPTIONS} - {".".join(path) for path in made.used} == set()


def test_what_is_rendered_is_clean_at_every_level_of_cfn_lint() -> None:
    chosen = spread([*generated().rendered], LINTED)
    for text in chosen:
        for stack in last_stacks(whole(text, CATALOG)):
            own = {*stack.blueprint.data["overrides"], *stack.blueprint.data["extra_resources"]}
            found = lint_faults(stack.template, stack.blueprint, cached=False)
            ours = [
                f for f in found if not any(f"Resources/{name}" in f.hint for name in own) and f.code not in NOT_OURS
            ]
            assert ours == [], text


def test_the_same_bytes_in_another_process() -> None:
    chosen = spread([*generated().rendered], IN_ANOTHER_PROCESS)
    here = [digests(whole(text, CATALOG)) for text in chosen]
    assert here == [digests(whole(text, CATALOG)) for text in chosen]
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("support") / "digests.py")],
        input=json.dumps(chosen),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(said.stdout) == here


def test_what_is_mutated_renders_or_is_refused_at_its_place() -> None:
    refused = 0

    def one(text: str) -> None:
        nonlocal refused
        refused += outcome(text) is None

    originals = [
        *(path.read_text("utf-8") for path in sorted((ROOT / "blueprints").glob("*.yaml"))),
        *generated().rendered,
    ]
    run(one, mutated(st.sampled_from(sorted(originals, key=len))), examples=MUTATED)
    assert refused > MUTATED / 4


def spread(items: list[str], wanted: int) -> list[str]:
    """`wanted` of `items`, from all of the list."""
    return items[:: max(1, len(items) // wanted)][:wanted]
