"""Render, assemble, finalize, lint: a stack becomes a CloudFormation template."""
