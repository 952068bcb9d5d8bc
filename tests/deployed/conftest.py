"""Fixtures of the tests that need the emulated AWS, which takes a second to load."""

from __future__ import annotations

from support.deployed import stack, start, written

__all__ = ["stack", "start", "written"]
