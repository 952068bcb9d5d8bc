"""The schemas that cfn-lint bundles to the tables in `src/tierforge/data/`: python tools/make_tables.py

cfn-lint's own files are many and slow to search, and their layout is private to it; the tables hold
what tierforge asks of them while it renders. Run it after an upgrade of cfn-lint and read the diff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import cfnlint
from cfnlint.helpers import REGIONS

SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
DATA = Path(__file__).parents[1] / "src" / "tierforge" / "data"
MAIN_REGION = "us-east-1"

# The services that tierforge renders, or may in time: only for them the regions are kept.
_NAMES = """
    Amplify ApiGateway ApiGatewayV2 Backup Cassandra CertificateManager CloudFront CloudWatch CodeDeploy
    Cognito DAX DSQL DocDB DocDBElastic DynamoDB EC2 ECR EFS ElastiCache Events IAM KMS Kinesis Lambda Logs MemoryDB
    Neptune Pipes RDS Redshift RedshiftServerless Route53 S3 SNS SQS SSM Scheduler SecretsManager Timestream WAFv2
"""
SERVICES = {f"AWS::{name}" for name in _NAMES.split()}

Schema = Mapping[str, Any]


# What replaces a resource by the Template Reference, though its schema doesn't say so: a table is replaced
# where the definition of a key attribute is edited.
DOCUMENTED = {"AWS::DynamoDB::Table": ["AttributeDefinitions"]}


def main() -> None:
    """Write every table anew."""
    for name, text in tables().items():
        (DATA / name).write_text(text, encoding="utf-8", newline="\n")


def tables() -> dict[str, str]:
    """The text of each table by the name of its file."""
    offers = dict(_offers())
    schemas = dict(_schemas(offers.values()))
    return {
        "create_only.json": _text(
            always=_by_type(schemas, "createOnlyProperties"),
            conditional=_joined(_by_type(schemas, "conditionalCreateOnlyProperties"), DOCUMENTED),
        ),
        "taggable.json": _text(types=_taggable(schemas)),
        "regions.json": _text(**_regions(offers)),
    }


def _offers() -> Iterator[tuple[str, dict[str, str]]]:
    """Each region that has a file, and the types registered there (with the name of their schema)."""
    for place in sorted((SCHEMAS / "providers").glob("*-*.json")):
        yield place.stem, json.loads(place.read_bytes())


def _schemas(offers: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, Schema]]:
    """Each type and its schema, which is the same in all regions."""
    names = {kind: name for offer in offers for kind, name in offer.items()}
    for kind in sorted(names):
        yield kind, json.loads((SCHEMAS / "resources" / f"{names[kind]}.json").read_bytes())


def _by_type(schemas: Mapping[str, Schema], keyword: str) -> dict[str, list[str]]:
    """The settable properties that `keyword` lists, as `KeySchema` or `Rules.*.Name`, by type."""
    return {kind: paths for kind, schema in schemas.items() if (paths := _paths(schema, keyword))}


def _joined(*tables: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Several tables of paths by type as one."""
    kinds = sorted({kind for table in tables for kind in table})
    return {kind: sorted(path for table in tables for path in table.get(kind, ())) for kind in kinds}


def _paths(schema: Schema, keyword: str) -> list[str]:
    settable = set(schema.get(keyword, [])) - set(schema.get("readOnlyProperties", []))
    paths = {pointer.removeprefix("/properties/").replace("/", ".") for pointer in settable}
    return sorted(path for path in paths if not any(path.startswith(f"{above}.") for above in paths))


def _taggable(schemas: Mapping[str, Schema]) -> dict[str, dict[str, str]]:
    """Where the tags of a type go, and in which shape; types with tags of another shape are left out.

    Left out with cfn-lint 1.58: AutoScalingGroup (a tag also says whether it propagates), AppStream
    AppBlock and Application (two spellings of a tag), CloudFront AnycastIpList (a list in a map), EC2
    CapacityReservation and CapacityReservationFleet (tags in a list of specifications).
    """
    found = ((kind, _tag_property(schema), schema) for kind, schema in schemas.items())
    return {
        kind: {"property": name, "shape": shape}
        for kind, name, schema in found
        if name and (shape := _shape(schema, schema.get("properties", {}).get(name, {})))
    }


def _tag_property(schema: Schema) -> str:
    """The property named by the schema; `Tags` where an old schema says nothing of tagging; "" for none."""
    tagging = schema.get("tagging", {"taggable": schema.get("taggable", True)})
    if not tagging.get("taggable", True):
        return ""
    pointer = tagging.get("tagProperty", "/properties/Tags")
    return pointer.removeprefix("/properties/") if pointer.count("/") == 2 else ""


def _shape(schema: Schema, node: Schema) -> str:
    """`list` for a list of {Key, Value}, `map` for an object with any keys, "" for anything else."""
    node = _resolved(schema, node)
    if "items" in node:
        item = _resolved(schema, node["items"])
        return "list" if set(item.get("properties", ())) == {"Key", "Value"} else ""
    kinds = node.get("type", ["object"] if "patternProperties" in node else [])
    is_object = "object" in ([kinds] if isinstance(kinds, str) else kinds)
    return "map" if is_object and not node.get("properties") else ""


def _resolved(schema: Schema, node: Schema) -> Schema:
    while "$ref" in node:
        target: Any = schema
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _regions(offers: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Where what SERVICES has is not registered: `AWS::DAX` for a whole service, else its single types.

    Some regions (of isolated partitions, and one that has no file) have no list of their own but the
    main region's: cfn-lint knows no better, and neither does the table.
    """
    own = {region: set(offer) for region, offer in sorted(offers.items()) if _is_own(region, offers)}
    types = {kind for offer in own.values() for kind in offer if _service(kind) in SERVICES}
    missing: dict[str, list[str]] = {}
    for region, offer in own.items():
        there = {_service(kind) for kind in types & offer}
        for name in {kind if _service(kind) in there else _service(kind) for kind in types - offer}:
            missing.setdefault(name, []).append(region)
    return {
        "with_a_list": list(own),
        "without_a_list": sorted(set(REGIONS) - set(own)),
        "missing": dict(sorted(missing.items())),
    }


def _is_own(region: str, offers: Mapping[str, Mapping[str, str]]) -> bool:
    return region == MAIN_REGION or offers[region] != offers[MAIN_REGION]


def _service(kind: str) -> str:
    return kind.rsplit("::", 1)[0]


def _text(**sections: Any) -> str:
    """JSON with an entry a line, so that a diff can be read."""
    version = json.loads((SCHEMAS / "version.json").read_bytes())["schema_date"]
    head = {"made_by": "tools/make_tables.py", "from": f"cfn-lint's schemas of {version}"}
    body = [f" {json.dumps(name)}: {_section(value)}" for name, value in {**head, **sections}.items()]
    return "{\n" + ",\n".join(body) + "\n}\n"


def _section(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    lines = (f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items())
    return "{\n" + ",\n".join(lines) + "\n }"


if __name__ == "__main__":
    main()
