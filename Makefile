# Rendi. `make run`: the demonstration city, night by night. `make airflow`: every night by itself. `make test`: every test.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PEOPLE ?= 20000
REPEAT ?=
DAYS ?= 2026-03-02 2026-03-03 2026-03-04

.DEFAULT_GOAL := help
.PHONY: help run airflow test test-together test-apart fault bench airflow-test cluster-test lint clean lock

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1	/' | expand -t 24

run: .venv/ready city/README.md ## Generate the demonstration city and run its three nights
	@$(if $(filter command line environment,$(origin PEOPLE)),grep -q 'for $(PEOPLE) people' city/README.md || echo "city/ has another number of people than $(PEOPLE) and stays: remove city and lake to make it anew")
	@$(BIN)/rendi run --landing city/landing --lake lake $(addprefix --date ,$(DAYS))

airflow: .venv/ready .venv/classes.jsa .venv-airflow/ready ## Start Airflow with the DAGs loaded; prints address and account
	@dags/airflow up

# What is scheduled, killed and run again, and all else, most of which shares one Spark session: each takes as long, and
# a core.
APART := tests/system/faults tests/system/test_dags.py $(wildcard tests/system/test_airflow*.py)

test: .venv/tests ## Run every test, in two lines side by side
	@$(MAKE) --no-print-directory --keep-going -j2 test-together test-apart

test-together: .venv/tests .venv/classes.jsa
	@set -o pipefail; $(BIN)/python -m pytest $(APART:%=--ignore=%) 2>&1 | sed -u 's/^/together: /'

test-apart: .venv/tests .venv/classes.jsa .venv-airflow/ready
	@set -o pipefail; $(BIN)/python -m pytest $(APART) 2>&1 | sed -u 's/^/apart:    /'

fault: .venv/tests .venv/classes.jsa ## Try every fault (within two hours; root for a full disk) and write docs/reliability.md
	@rm -f .fault.jsonl; begun=$$(date +%s); \
	  RENDI_FAULTS=all RENDI_FAULTS_RESULTS=$(CURDIR)/.fault.jsonl $(BIN)/python -m pytest tests/system/faults && \
	  $(BIN)/python -m tests.system.faults.page .fault.jsonl $$(( $$(date +%s) - begun ))

# One number makes a city for `make run`; without one, the sizes that docs/benchmarks.md is about.
bench: SIZES := $(if $(filter command line environment,$(origin PEOPLE)),$(PEOPLE),20000 200000 1000000)
bench: .venv/ready ## Measure nights of PEOPLE="20000 200000 1000000", REPEAT times, and write docs/benchmarks.md
	@$(BIN)/python -m bench $(SIZES) $(REPEAT:%=--repeat %)

airflow-test: .venv/tests .venv/classes.jsa .venv-airflow/ready ## A night of every source through Airflow on PostgreSQL
	@RENDI_SOURCES=all $(BIN)/python -m pytest tests/system/test_airflow_postgres.py

cluster-test: .venv/tests ## Two nights of every source on a Spark cluster of two workers equal those on this machine's cores
	@RENDI_SOURCES=all $(BIN)/python -m pytest tests/system/cluster

lint: .venv/tests ## Check form and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

clean: ## Remove the environments, the city, the lake and what Airflow remembers
	rm -rf .venv .venv-airflow .airflow city lake lake.keys.json .fault.jsonl .pytest_cache .mypy_cache .ruff_cache .hypothesis

lock: .venv/tests ## Compile the hashed locks anew (needs uv)
	$(BIN)/python -m uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements/pipeline.in -o requirements/pipeline.lock
	$(BIN)/python -m uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements/test.in -o requirements/test.lock
	$(BIN)/python -m uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements/airflow.in -o requirements/airflow.lock

# The file is written last; a city whose making was interrupted is made anew.
city/README.md: | .venv/ready
	@if [ -e city/README.md.new ]; then rm -rf city/landing city/truth city/README.md.new; fi
	@$(BIN)/rendi demo --out city --people $(PEOPLE) --days $(words $(DAYS))

.venv/ready: requirements/pipeline.lock requirements/jars.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)' 2>/dev/null || \
	  { echo "Rendi needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv) or say make PYTHON=python3.12"; exit 1; }
	@java -version 2>&1 | grep -qE 'version "(1[7-9]|2[0-9])' || \
	  { echo "Rendi needs Java 17 or newer: install it (Debian: apt-get install openjdk-17-jre-headless)"; exit 1; }
	@echo "Making the environment in .venv (a few minutes the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/pipeline.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python requirements/jars.py > .venv/jars.log 2>&1 || { cat .venv/jars.log; exit 1; }
	@touch $@

.venv/tests: .venv/ready requirements/test.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/test.lock
	@touch $@

# A short unit takes a quarter less CPU time with it; `make run` is one process, for which that is little.
.venv/classes.jsa: .venv/ready requirements/classes.py
	@echo "Archiving the classes that Spark's processes load, in .venv/classes.jsa (a minute) ..."
	@$(BIN)/python requirements/classes.py

.venv-airflow/ready: requirements/airflow.lock
	@echo "Making Airflow's environment in .venv-airflow (a few minutes the first time) ..."
	@test -x .venv-airflow/bin/python || $(PYTHON) -m venv .venv-airflow
	@.venv-airflow/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/airflow.lock
	@touch $@
