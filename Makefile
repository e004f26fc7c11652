# Each target does all its own set-up in .venv; nothing but Python 3.11 or later and make is assumed.
# The stamps make the second run quick: set-up is repeated only when pyproject.toml changes.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2

.PHONY: help demo test lint bench readme chromium java clean

help: ## What there is to make
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "stillwatch needs Python 3.11 or later; found $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || { echo "Setting up $(VENV) (once)"; $(PYTHON) -m venv $(VENV); }
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@echo "Setting up the tools that the tests need (once)"
	@$(PIP) install --editable '.[dev]'
	@touch $@

# The report is looked at in a browser where there is one; those tests skip without it.
chromium:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! command -v chromium >/dev/null; then \
	  echo "Installing chromium for the report's tests (once)"; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	    >/dev/null 2>&1 || echo "chromium could not be installed: the browser tests will skip" >&2; \
	fi

# The Spark engine is tested on a Spark of this machine, which needs Java; those tests skip without it.
java:
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && ! command -v java >/dev/null; then \
	  echo "Installing Java for the tests of the Spark engine (once)"; \
	  { apt-get update -qq; for java in openjdk-21-jre-headless openjdk-17-jre-headless; do \
	      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$java && break; done; \
	  } >/dev/null 2>&1 || echo "Java could not be installed: the tests of the Spark engine will skip" >&2; \
	fi

demo: $(VENV)/.base ## Build a small labelled world, scan it, score the answer, write demo/answer/report.html
	@rm -rf demo/world demo/answer
	@$(BIN)/stillwatch range build --preset demo --no-check --out demo/world
	@$(BIN)/stillwatch scan demo/world/exchanges.parquet --accounts demo/world/accounts.parquet --out demo/answer
	@$(BIN)/stillwatch range score demo/world demo/answer
	@echo "Open demo/answer/report.html in a browser."

lint: $(VENV)/.dev ## Format check, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

test: $(VENV)/.dev chromium java lint ## Format check, lint, types, tests
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup -q

bench: $(VENV)/.dev ## The figures that the README quotes
	@$(BIN)/python -m bench quiet --json
	@$(BIN)/python -m bench standard --json

readme: $(VENV)/.dev ## Print the demo into README.md and the help into docs/reference
	@$(BIN)/python docs/refresh.py

clean: ## Remove what the targets made, the environment included
	rm -rf $(VENV) demo worlds build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +
