"""`python -m tierforge`."""

from tierforge.cli import run

run()
