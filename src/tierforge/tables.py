"""What CloudFormation's schemas say of resource types: the tables in `data/`, each read once, when asked.

`tools/make_tables.py` makes them from the schemas that cfn-lint bundles; `places.yaml` is written by hand.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from tierforge.data_files import read_yaml

_DATA = Path(__file__).parent / "data"


def create_only(resource_type: str) -> tuple[str, ...]:
    """The properties of a type whose change makes CloudFormation replace the resource.

    Sorted, written `KeySchema` or `ReplicationInfoList.*.SourceKafkaClusterArn` (`*` for each item of a
    list); what is below one of them counts too. Empty for a type without any, or an unknown one.
    """
    return tuple(_table("create_only")["always"].get(resource_type, ()))


def conditionally_create_only(resource_type: str) -> tuple[str, ...]:
    """As `create_only`: the properties whose change replaces the resource only under some conditions."""
    return tuple(_table("create_only")["conditional"].get(resource_type, ()))


def tag_property(resource_type: str) -> tuple[str, Literal["list", "map"]] | None:
    """The property that takes the tags of a type, and their shape: a list of {Key, Value} or a map.

    None for a type that can't be tagged, has tags of another shape or is unknown.
    """
    entry = _table("taggable")["types"].get(resource_type)
    return (entry["property"], entry["shape"]) if entry else None


def known_region(region: str) -> bool:
    """Whether there is such a region."""
    regions = _table("regions")
    return region in regions["with_a_list"] or region in regions["without_a_list"]


def regions() -> list[str]:
    """The names of all regions."""
    table = _table("regions")
    return sorted([*table["with_a_list"], *table["without_a_list"]])


def region_has_a_list(region: str) -> bool:
    """Whether it is known what a region offers. For isolated partitions and me-south-1 it is not."""
    return region in _table("regions")["with_a_list"]


def missing_in(region: str, resource_type: str) -> bool:
    """Whether a type exists elsewhere but is not registered in `region`.

    Known only for the services that tierforge renders; false for other types and where nobody knows
    (see `region_has_a_list`). Registered is not yet available: a service may serve it to nobody new.
    """
    missing = _table("regions")["missing"]
    service = resource_type.rpartition("::")[0]
    return region in missing.get(resource_type, ()) or region in missing.get(service, ())


def nearest(region: str, types: Iterable[str]) -> list[str]:
    """Regions of the same partition that are known to offer all of `types`, the nearest to `region` first."""
    wanted, places = list(types), _places()["places"]
    own = [r for r in places if r != region and _partition(r) == _partition(region) and region_has_a_list(r)]
    able = [r for r in own if not any(missing_in(r, each) for each in wanted)]
    return sorted(able, key=lambda r: _apart(places[region], places[r])) if region in places else able


def _partition(region: str) -> str:
    partitions: dict[str, str] = _places()["partitions"]
    return next((name for prefix, name in partitions.items() if region.startswith(prefix)), "aws")


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    """The angle between two places, seen from the middle of the Earth (haversine formula)."""
    (lat, lon), (to_lat, to_lon) = ([math.radians(degrees) for degrees in place] for place in (one, other))
    chord = math.sin((to_lat - lat) / 2) ** 2
    chord += math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return 2 * math.asin(math.sqrt(chord))


def _places() -> Any:
    return read_yaml(_DATA / "places.yaml")


@functools.cache
def _table(name: str) -> Any:
    return json.loads((_DATA / f"{name}.json").read_bytes())
