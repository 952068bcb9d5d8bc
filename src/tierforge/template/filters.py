"""What component templates may call to print a value safely in the language they write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from tierforge.components import holds
from tierforge.names import camel, kebab, module, pascal, snake, upper_snake
from tierforge.quoting import html, md, python_literal, sh, sub_text, vtl, yaml_key, yaml_scalar
from tierforge.template.nodes import write


def yaml_block(value: Any) -> str:
    """`value` as block YAML without a last newline; texts are quoted where YAML would read them otherwise."""
    return write(value, short_tags=False).rstrip("\n")


def compact_json(value: Any) -> str:
    """`value` as JSON on one line."""
    return json.dumps(value, separators=(",", ":"))


def fingerprint(text: str) -> str:
    """Eight hex digits that another `text` has others of: for the name of what CloudFormation can't change in place."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def spaced_json(value: Any) -> str:
    """`value` as JSON on one line, for people to read."""
    return json.dumps(value)


def literal(text: str) -> str:
    """A text within quotes, as Kotlin, Swift and Dart read it; behind a `$` the first and the last look for a name."""
    return json.dumps(text, ensure_ascii=False)


def joined(items: Iterable[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """Maps with an equal `key` as one, in the order in which each is first met: their lists are appended."""
    found: dict[Any, dict[str, Any]] = {}
    for item in items:
        made = found.setdefault(item[key], {})
        for name, value in item.items():
            made[name] = [*made.get(name, ()), *value] if isinstance(value, list) else value
    return list(found.values())


def holding(items: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of a component's list whose `when` holds under `options`."""
    return [item for item in items if holds(item.get("when", {}), options)]


def prefixed(text: str, prefix: str) -> str:
    """`text` with `prefix` before it."""
    return prefix + text


def picked(table: Mapping[str, str | None], keys: Iterable[str]) -> list[str]:
    """What `table` has for `keys`: sorted, each once, without the keys that it says nothing for."""
    return sorted({value for key in keys if (value := table.get(key))})


def gathered(table: Mapping[str, Iterable[str]], keys: Iterable[str]) -> list[str]:
    """Everything that `table` lists for `keys`: sorted, each once."""
    return sorted({value for key in keys for value in table.get(key, ())})


def substituted(value: Any) -> str:
    """Texts that may name logical IDs as `!Sub` has them: with `!Sub` where they do, which judges want."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{yaml_key(key)}: {substituted(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(substituted, value)) + "]"
    return ("!Sub " if isinstance(value, str) and "${" in value else "") + yaml_scalar(value)


def removal(protect: bool, kept: str = "Retain") -> str:
    """The two lines that say what becomes of a resource's data when it leaves the stack.

    A failed first create leaves nothing behind: RetainExceptOnCreate. Snapshot has no such form.
    """
    if not protect:
        deletion, replacement = "Delete", "Delete"
    else:
        deletion, replacement = ("RetainExceptOnCreate" if kept == "Retain" else kept), kept
    return f"DeletionPolicy: {deletion}\n    UpdateReplacePolicy: {replacement}"


def called(path: str) -> str:
    """A path as it stands in the ARN of a method: anything for a parameter."""
    return "/".join("*" if step.startswith("{") else step for step in path.split("/"))


def resolved(secret: str) -> str:
    """The reference that CloudFormation replaces by a secret of Secrets Manager, `name` or `name:json-key`."""
    name, _, key = secret.partition(":")
    return "{{resolve:secretsmanager:" + name + (f":SecretString:{key}" if key else "") + "}}"


FILTERS = {
    "resolved": resolved,
    "called": called,
    "camel": camel,
    "compact_json": compact_json,
    "fingerprint": fingerprint,
    "gathered": gathered,
    "holding": holding,
    "html": html,
    "joined": joined,
    "json": spaced_json,
    "literal": literal,
    "kebab": kebab,
    "md": md,
    "module": module,
    "pascal": pascal,
    "picked": picked,
    "prefixed": prefixed,
    "py": python_literal,
    "sh": sh,
    "snake": snake,
    "sub": sub_text,
    "substituted": substituted,
    "upper_snake": upper_snake,
    "vtl": vtl,
    "yaml": yaml_scalar,
    "yaml_block": yaml_block,
}
