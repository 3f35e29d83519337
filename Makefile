# Everything a developer or CI does here. Needs nothing but make and Python 3.11+ on Debian or Ubuntu.

PY := .local/venv/bin/python
PIP_COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras

export PYTHON

# Arguments for the program behind a target: make test ARGS="-k tariff"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint bench demo docs lock clean setup setup-tests environment

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: setup ## start the whole system with the demo in it, until Ctrl-C
	@$(PY) -m deploy.local.run $(ARGS)

test: setup-tests ## run all tests; ARGS are pytest's
	@$(PY) -m pytest $(ARGS)

lint: environment ## check style, formatting, types and the direction of imports
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.local/venv/bin/lint-imports

bench: setup ## run every benchmark
	@$(PY) -m benchmarks.run $(ARGS)

demo: setup ## walk through the demo
	@$(PY) -m demo $(ARGS)

docs: environment ## write again what is generated from the code
	@$(PY) -m docs.generate $(ARGS)

lock: environment ## choose the newest versions that fit requirements*.in
	$(PIP_COMPILE) $(ARGS) -o requirements-dev.lock requirements-dev.in
	$(PIP_COMPILE) -c requirements-dev.lock -o requirements.lock requirements.in

clean: ## remove .local, with all data in it, unless something of it runs
	@python3 -m deploy.local.clean

setup:
	@sh deploy/local/bootstrap.sh

setup-tests:
	@sh deploy/local/bootstrap.sh tests

environment:
	@sh deploy/local/bootstrap.sh environment
