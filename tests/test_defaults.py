"""`null` takes away what a pattern or a profile says: the option's own default stands then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from support.catalog import CATALOG
from support.rendered import PATTERNS
from tierforge.blueprint.source import parse
from tierforge.projects import project_of


def leaves(data: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


SAID = {
    (profile, path) for profile, said in CATALOG.of("profile").items() for path in leaves(said.data.get("defaults", {}))
}


@pytest.mark.parametrize(("profile", "path"), sorted(SAID), ids=lambda value: value if isinstance(value, str) else None)
def test_null_renders_with_the_options_own_default(profile: str, path: tuple[str, ...]) -> None:
    data = yaml.safe_load(PATTERNS["mobile-backend"].read_text("utf-8")) | {"profile": profile}
    place = data
    for step in path[:-1]:
        place = place.setdefault(step, {})
    place[path[-1]] = None
    made = project_of(parse("app.yaml", yaml.safe_dump(data)), CATALOG, linted=False)
    assert made.template.text
