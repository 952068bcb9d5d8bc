"""CloudFormation's intrinsic functions, from their short form in YAML to their long one."""

from __future__ import annotations

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
