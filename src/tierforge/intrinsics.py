"""CloudFormation's intrinsic functions: from their short form in YAML to their long one, and what they refer to."""

from __future__ import annotations

import re
from typing import Any

PLAIN_NAMES = ("Ref", "Condition")  # without Fn:: before them
KNOWN = {
    *PLAIN_NAMES,
    *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "GetStackOutput", "If", "ImportValue"),
    *("Join", "Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
}


def long_form(tag: str, value: Any) -> dict[str, Any]:
    """`!Ref X` as {"Ref": "X"}: `tag` with or without its exclamation mark, `value` as plain data."""
    name = tag.removeprefix("!")
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in PLAIN_NAMES else f"Fn::{name}": value}


def references(data: Any) -> list[str]:
    """The logical IDs that `data` refers to, with Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(data, list):
        return [name for item in data for name in references(item)]
    if not isinstance(data, dict):
        return []
    found = []
    for key, value in data.items():
        if key == "Ref":
            found.append(str(value))
        elif key == "Fn::GetAtt":
            found.append((str(value) if not isinstance(value, list) else str(value[0])).split(".")[0])
        elif key == "Fn::Sub":
            text = str(value[0] if isinstance(value, list) else value)
            found += [name.split(".")[0] for name in re.findall(r"\$\{([^!}][^}]*)\}", text)]
            found += references(value) if not isinstance(value, str) else []
        else:
            found += references(value)
    return found
