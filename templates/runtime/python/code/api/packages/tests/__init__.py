"""Tests of the function, in a package for each resource."""
