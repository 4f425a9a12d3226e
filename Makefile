# The two doors are `make run` and `make test`. All that they need is kept in .venv and .venv-clients.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PORT ?= 8000
WORKERS ?= 2
ARGS ?=
BIN := .venv/bin
LOCKED := .venv/.locked
INSTALLED := .venv/.installed
CLIENTS := mcp2 mcp1 fastmcp
PEERS := bench/token/peers
CLIENT_STAMPS := $(CLIENTS:%=.venv-clients/%/.locked) .venv-clients/ts/.locked .venv-clients/everything/.locked
# Twice quiet: errors only.
PIP_QUIET := -qq --disable-pip-version-check --no-input

.PHONY: help run test test-fast bench check requirements clients lock provide

help:
	@echo "make run           set everything up and start a demonstration (PORT=$(PORT))"
	@echo "make test          every test, with real servers, other people's clients and a browser"
	@echo "make test-fast     the tests that need none of those"
	@echo "make bench         what a token and a call cost here and elsewhere: minutes, and a machine left alone"
	@echo "make check         format, lint, types, import contracts, file sizes"
	@echo "make requirements  which lines of the protocol checklist are proven, and which come later"
	@echo "make clients       the environments of the clients that the tests drive"
	@echo "make lock          resolve the dependencies anew"

run: $(INSTALLED)
	@exec $(BIN)/consentry demo --port $(PORT) $(ARGS)

test: $(INSTALLED) provide clients
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-fast: $(INSTALLED)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not slow" $(ARGS)

bench: $(INSTALLED) .venv-clients/bench/.locked $(PEERS)/node_modules/.package-lock.json
	@$(BIN)/python -m bench.token $(ARGS)
	@$(BIN)/python -m bench.gateway $(GATEWAY_ARGS)

check: $(INSTALLED)
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted. Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python dev/ceiling.py

requirements: $(INSTALLED)
	@$(BIN)/python -m dev.requirements_report

clients: $(CLIENT_STAMPS)

provide: $(INSTALLED)
	@$(BIN)/python dev/provide.py

# dev.txt is resolved first and constrains run.txt, so that both hold the same versions.
lock: $(INSTALLED)
	@echo "Resolving requirements/dev.txt, run.txt and the clients' …"
	@$(BIN)/uv pip compile $(UV_LOCK) pyproject.toml --group dev -o requirements/dev.txt
	@$(BIN)/uv pip compile $(UV_LOCK) pyproject.toml -c requirements/dev.txt -o requirements/run.txt
	@for client in $(CLIENTS); do \
	  $(BIN)/uv pip compile $(UV_LOCK) requirements/client-$$client.in -o requirements/client-$$client.txt; done
	@$(BIN)/uv pip compile $(UV_LOCK) $(PEERS)/requirements.in -o $(PEERS)/requirements.txt

UV_LOCK := --quiet --generate-hashes --universal --python-version 3.11 --upgrade \
	--no-emit-index-url --no-emit-find-links --no-header

# A fresh environment for each new lock: a package that is no longer locked must not linger and hide a fault.
define environment
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is not that. Try: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing $< into $(@D) …"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install $(PIP_QUIET) --require-hashes -r $<
	@touch $@
endef

$(LOCKED): requirements/dev.txt
	$(environment)

# The packages of the lock beside a package.json; Node.js is the wheel's, in .venv.
define node_environment
	@echo "Installing $< into $(@D) …"
	@rm -rf $(@D) && mkdir -p $(@D)
	@cp $(<D)/package.json $(<D)/package-lock.json $(<D)/.npmrc $(@D)
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(@D) --silent --no-audit --no-fund
	@touch $@
endef

# The TypeScript SDKs.
.venv-clients/ts/.locked: tests/load/ts/package-lock.json tests/load/ts/package.json $(LOCKED)
	$(node_environment)

# MCP's own reference server.
.venv-clients/everything/.locked: tests/journeys/everything/package-lock.json tests/journeys/everything/package.json $(LOCKED)
	$(node_environment)

.venv-clients/%/.locked: requirements/client-%.txt
	$(environment)

.venv-clients/bench/.locked: $(PEERS)/requirements.txt
	$(environment)

$(PEERS)/node_modules/.package-lock.json: $(PEERS)/package-lock.json
	@command -v npm >/dev/null || { echo "A peer needs Node.js with npm: https://nodejs.org, or your system's package."; exit 1; }
	@echo "Installing $< …"
	@npm ci --prefix $(PEERS) --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(INSTALLED): $(LOCKED) pyproject.toml
	@$(BIN)/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation --editable .
	@touch $@
