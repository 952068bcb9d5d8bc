"""The components that all tests see, read once: whatever is compiled for them stays for the next test."""

from tierforge.components import bundled_catalog

CATALOG = bundled_catalog()
