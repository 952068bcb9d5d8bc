"""`python -m tierforge`."""

from tierforge.cli import main

main()
