"""Resolve: a blueprint becomes a stack, in which everything is decided."""
