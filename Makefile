# make and Python (3.11 or later) are all that is needed: the tools are installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Checkov pins libraries that other tools need newer, so it has an environment of its own.
CHECKOV_VENV ?= .venv-checkov
# How many blueprints `make check-all` renders, lints and mutates.
RENDERED ?= 1000
LINTED ?= 200
MUTATED ?= 10000

.DEFAULT_GOAL := help
.PHONY: help check check-all test-web golden tables bench clean

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## /\1: /p' $(firstword $(MAKEFILE_LIST))

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $@

$(BIN)/checkov: $(VENV)/ready
	$(PYTHON) -m venv $(CHECKOV_VENV)
	$(CHECKOV_VENV)/bin/pip install --quiet checkov
	ln -sf "$(abspath $(CHECKOV_VENV))/bin/checkov" $@

# What drives a browser brings a runtime of its own along, which other tests can do without.
$(VENV)/web: $(VENV)/ready
	$(BIN)/pip install --quiet --editable '.[web]'
	touch $@

check: $(VENV)/ready ## style, types, tests: has to pass
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

check-all: $(VENV)/web $(BIN)/checkov ## check, with slow tests, browser tests, checkov and many more generated blueprints
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	TIERFORGE_RENDERED=$(RENDERED) TIERFORGE_LINTED=$(LINTED) TIERFORGE_MUTATED=$(MUTATED) \
	  TIERFORGE_CHECKOV=$(abspath $(BIN))/checkov $(BIN)/python -m pytest -m "slow or not slow"

test-web: $(VENV)/web ## drive the rendered front ends in a real browser
	$(BIN)/python -m pytest -m web tests/web

golden: $(VENV)/ready ## record anew what render writes and what errors say; read the diff
	$(BIN)/python -m pytest -q --update-golden

tables: $(VENV)/ready ## make the tables in src/tierforge/data anew from cfn-lint's schemas
	$(BIN)/python tools/make_tables.py

bench: $(VENV)/ready ## measure, and print the README's table
	$(BIN)/python benchmarks/run.py

clean: ## remove what the other targets made
	rm -rf $(VENV) $(CHECKOV_VENV) build dist demo
