"""Mapping templates of API Gateway, run as API Gateway runs them: Velocity with $input, $util and $context."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed

STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\['([^']+)'\]")
ESCAPES = {"'": "\\'", '"': '\\"', "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b"}


class JavaMap(dict[str, Any]):
    """A map with the methods that templates call on it."""

    def keySet(self) -> list[str]:
        return list(self)

    def containsKey(self, key: str) -> bool:
        return key in self


def java(value: Any) -> Any:
    """JSON data as a template sees it."""
    if isinstance(value, Mapping):
        return JavaMap({key: java(item) for key, item in value.items()})
    return [java(item) for item in value] if isinstance(value, list) else value


class Input:
    """`$input`: the body, and for requests the parameters."""

    def __init__(self, body: str, params: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.body = body
        self._params = java(params or {})
        try:
            self._data = json.loads(body) if body.strip() else {}
        except ValueError:
            self._data = {}

    def params(self) -> Any:
        return self._params

    def path(self, path: str) -> Any:
        return java(self._at(path))

    def json(self, path: str) -> str:
        value = self._at(path)
        return "" if value is None and path != "$" else json.dumps(value, ensure_ascii=False)

    def _at(self, path: str) -> Any:
        here, rest = self._data, path.removeprefix("$")
        assert "".join(match[0] for match in STEP.finditer(rest)) == rest, f"no path of JSON: {path}"
        for name, index, quoted in STEP.findall(rest):
            try:
                here = here[int(index)] if index else here[name or quoted]
            except (LookupError, TypeError):
                return None
        return here


class Util:
    """`$util`."""

    def escapeJavaScript(self, text: Any) -> str:
        """As Apache's commons-lang does it: apostrophes and slashes too, and ASCII alone comes out."""
        return "".join(map(self._escaped, "" if text is None else str(text)))

    def _escaped(self, character: str) -> str:
        if character in ESCAPES:
            return ESCAPES[character]
        if " " <= character <= "~":
            return character
        units = character.encode("utf-16-be")
        return "".join(f"\\u{units[n]:02X}{units[n + 1]:02X}" for n in range(0, len(units), 2))

    def urlEncode(self, text: str) -> str:
        return quote_plus(text)

    def urlDecode(self, text: str) -> str:
        return unquote_plus(text)

    def base64Encode(self, text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    def base64Decode(self, text: str) -> str:
        return base64.b64decode(text).decode(errors="replace")


def mapped(template: str, given: Input, context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """What a template makes of a body, and what it sets under `$context.responseOverride`."""
    override = JavaMap({"header": JavaMap()})
    known = java({**context})
    known["responseOverride"] = override
    names = {"input": given, "util": Util(), "context": known}
    return airspeed.Template(template).merge(names), override
