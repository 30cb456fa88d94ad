# What one does with this repository. `make` alone explains the targets; each installs what it lacks.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PROJECTS := $(patsubst %/pyproject.toml,%,$(wildcard packages/*/pyproject.toml apps/*/pyproject.toml))
APPS := $(filter apps/%,$(PROJECTS))
CHECKED := $(wildcard packages apps tests tools benchmarks)
PORT ?=
# Tests that need no browser often wait, for processes or for a network: twice as many as processors.
WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
# Where tests are that drive a browser. To look for them everywhere takes longer.
IN_BROWSERS := tests/browser tests/headless/hosts
SEEDS ?= 100000
BENCH ?=
STEPS ?= 400
PROFILE ?=

# Compiled Python goes where all that can be made again goes, and not beside the sources.
# Some machines forbid Python to write it at all: then each process of the tests compiles all anew.
export PYTHONPYCACHEPREFIX := $(CURDIR)/build/pycache
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help
help: ## explain the targets
	@echo "WRaft for Python: make TARGET, where TARGET is one of"
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# ------------------------------------------------------------------------------------ what gets used

.PHONY: demo
demo: python npm ## one todo list in three browser windows: build it, serve it (PORT=8000 picks the port)
	@echo "== Building the site into build/site"
	@$(BIN)/raft-web build $(APPS) --out build/site
	@exec $(BIN)/python tools/demo.py --site build/site $(if $(PORT),--port $(PORT))

.PHONY: test
test: python npm browser hosts verify ## everything: verify, then all tests, real browsers included
	@echo "== Running the tests that need no browser"
	@$(BIN)/pytest -m "not browser" -n $(WORKERS) --dist worksteal
	@echo "== Running the tests in real browsers, three at a time"
	@$(BIN)/pytest $(IN_BROWSERS) -m "browser and not long" -n 3 --dist worksteal

.PHONY: test-browsers
test-browsers: python npm browser hosts ## all tests in a browser, each in Chromium and in Firefox; takes an hour
	@$(BIN)/pytest $(IN_BROWSERS) -m browser -n 3 --dist worksteal --browser chromium --browser firefox

.PHONY: quick
quick: python npm verify ## verify, then all tests but those in a browser
	@echo "== Running the tests that need no browser"
	@$(BIN)/pytest -m "not browser" -n $(WORKERS) --dist worksteal

.PHONY: verify
verify: python ## check style, types and import rules; changes nothing
	@echo "== Checking rules (ruff check)"
	@$(BIN)/ruff check
	@echo "== Checking format (ruff format --check)"
	@$(BIN)/ruff format --check
	@echo "== Checking types (mypy --strict)"
	@$(BIN)/mypy --strict $(CHECKED)
	@echo "== Checking who imports whom"
	@$(BIN)/python tools/import_rules.py

.PHONY: fix
fix: python ## mend what ruff can mend, and format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

.PHONY: sim
sim: python ## a long simulation: SEEDS=100000 histories, STEPS=400 each, PROFILE=all
	@$(BIN)/python -u -m raft_core.testing campaign --seeds $(SEEDS) --steps $(STEPS) \
	    $(if $(PROFILE),--profile $(PROFILE))

.PHONY: coverage
coverage: python ## check that each module of raft_core is covered by its own tests, every branch
	@echo "== Measuring what the tests of each module reach in it"
	@$(BIN)/python tools/mirrored_coverage.py

.PHONY: bench
bench: python npm browser ## what a write costs in browser windows, beside what the browser allows
	@$(BIN)/python -m benchmarks.browser $(BENCH)

.PHONY: bench-core
bench-core: python ## what the core costs here; BENCH="--json FILE", "--compare FILE", "--help"
	@$(BIN)/python -m benchmarks.core $(BENCH)

.PHONY: bench-pyodide
bench-pyodide: python npm ## the same, smaller, under Pyodide in Node.js
	@$(BIN)/python tools/in_pyodide.py benchmarks.core --scale 0.2 --longest 10000 $(BENCH)

.PHONY: bench-headless
bench-headless: python ## what a write costs headless members, beside PySyncObj; BENCH="--rounds 9", "--help"
	@$(BIN)/python -m benchmarks.headless $(BENCH)

.PHONY: bench-startup
bench-startup: python npm browser ## from a link to a usable window, beside bare Pyodide; BENCH="--megabits 20", "--help"
	@$(BIN)/python -m benchmarks.startup $(BENCH)

.PHONY: chaos
chaos: python npm browser ## faults on real members: MINUTES=5, SEED=, BROWSERS=chromium, DURABILITY=disk, KILLS=
	@$(BIN)/python -m tests.chaos $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(BROWSERS),--browsers $(BROWSERS)) $(if $(DURABILITY),--durability $(DURABILITY)) \
	    $(if $(KILLS),--kills $(KILLS)) $(if $(KILLS_OF_ALL),--kills-of-all $(KILLS_OF_ALL)) $(CHAOS)

.PHONY: mutants
mutants: python ## put known bugs into the core one at a time, and show who catches each
	@$(BIN)/python -u -m tests.simulation.mutants

.PHONY: lock
lock: ## compile requirements/dev.in into the lock, with uv; npm's lock follows package.json
	@command -v uv >/dev/null || { echo "!! uv is needed: python3 -m pip install --user uv" >&2; exit 1; }
	@echo "== Locking the Python packages"
	@uv pip compile --quiet --upgrade requirements/dev.in --output-file requirements/dev.txt \
	    --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	    --custom-compile-command "make lock"
	@echo "== Locking the npm packages"
	@npm install --package-lock-only

.PHONY: clean
clean: ## remove everything that was made here
	@echo "== Removing build, node_modules and .venv"
	@rm -rf build node_modules .venv

# ---------------------------------------------------------------------------------- what gets installed
# Each step leaves a stamp and runs again only when what it depends on is newer.

.PHONY: python npm browser hosts
python: .venv/packages-installed ## install all packages, and what development needs, into .venv
npm: node_modules/.package-lock.json
browser: python
	@tools/prepare.sh browser
hosts:
	@tools/prepare.sh hosts

.venv/made:
	@tools/prepare.sh venv
	@touch $@

.venv/lock-installed: requirements/dev.txt .venv/made
	@echo "== Installing the locked Python packages"
	@$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

.venv/packages-installed: .venv/lock-installed $(PROJECTS:%=%/pyproject.toml)
	@echo "== Installing our own packages: $(notdir $(PROJECTS))"
	@$(if $(PROJECTS),$(BIN)/pip install --quiet --no-deps --no-build-isolation $(PROJECTS:%=-e ./%))
	@touch $@

node_modules/.package-lock.json: package-lock.json package.json .npmrc
	@tools/prepare.sh npm
	@echo "== Installing the locked npm packages"
	@npm ci --no-progress --loglevel=error
	@touch $@
