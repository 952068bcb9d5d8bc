"""What an application's page answers, asked from outside."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

TRIES = 12  # of what is new, and not everywhere yet
DEEP = "tickets/17"  # an address within the page
MISSING = "missing.js"


def answered(url: str, pause: Callable[[float], object]) -> tuple[int, str]:
    """Status and body of a GET without credentials, once the name is known and somebody listens."""
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - an address of our own
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode(errors="replace")
        except OSError:  # a name that no resolver knows yet
            if not left:
                raise
            pause(10)
    raise AssertionError


def faults(outputs: Mapping[str, str], pause: Callable[[float], object]) -> list[str]:
    """What is wrong with the page, when it has had the time to be everywhere."""
    found: list[str] = []
    for _ in range(TRIES):
        found = _seen(outputs, pause)
        if not found:
            break
        pause(10)
    return found


def _seen(outputs: Mapping[str, str], pause: Callable[[float], object]) -> list[str]:
    """What is wrong with the page now: at its address and those within it, with missing files, with what it knows."""
    url = outputs["SiteUrl"].rstrip("/") + "/"
    status, page = answered(url, pause)
    found = [] if status == 200 and "<!doctype html>" in page.lower() else [f"the page is answered by {status}"]
    if answered(url + DEEP, pause) != (200, page):
        found.append(f"/{DEEP} is not the page")
    if (missing := answered(url + MISSING, pause)[0]) != 404:
        found.append(f"/{MISSING} is answered by {missing}")
    status, config = answered(url + "runtime-config.json", pause)
    if status != 200 or json.loads(config) != json.loads(outputs["RuntimeConfig"]):
        found.append("runtime-config.json is not what the stack says")
    elif json.loads(config)["apiUrl"] != outputs["ApiUrl"]:
        found.append("the page calls another API")
    return found
