# Every target does all of its own set-up: a fresh machine needs python3 and make, the rest is fetched once.

BIN := .venv/bin
export PYTHON ?= python3

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check specs stories system bench fuzz kafka messages lock clean setup setup-dev setup-insights setup-kafka setup-servers setup-wrk

help: ## List what you can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Start the whole town in one process, with the demo world
	@$(BIN)/fairground up --demo

test: setup-dev setup-servers ## Everything that CI runs: check, then every test
	@$(MAKE) --no-print-directory check specs
	$(BIN)/pytest -q -n 2 --dist loadfile tests --ignore=tests/specs --ignore=tests/contracts --ignore=tests/system
	$(BIN)/pytest -q -n 2 --dist loadfile tests/contracts tests/system

check: setup-dev ## Style, types and import contracts; no test is run
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

specs: setup-dev ## The rule book: every branch of the pure folders, in seconds
	$(BIN)/coverage run -m pytest -q tests/specs
	$(BIN)/coverage report --fail-under=100

stories: setup-dev ## All services together over the memory bus and a real Postgres
	$(BIN)/pytest tests/stories

system: setup-dev setup-servers ## Ports and processes on real Kafka, Postgres and Redis
	$(BIN)/pytest tests/contracts tests/system

bench: setup-dev setup-servers setup-wrk ## Measure on this machine; prints a table and writes bench.json
	$(BIN)/python -m tests.bench

fuzz: setup-dev ## Many generated requests against every door's OpenAPI document
	FUZZ_EXAMPLES=1000 $(BIN)/pytest -m fuzz tests/system

kafka: setup setup-kafka ## Start a real Apache Kafka here, with its data under var/
	@$(BIN)/fairground kafka

messages: setup ## Write docs/messages anew: a JSON Schema and a sample for every message
	@$(BIN)/python -m shared.messages.schemas

lock: setup-dev ## Pin every dependency anew; `make lock UPGRADE=1` to the newest
	deploy/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## Forget what was set up or cached here; never touches var/
	rm -rf .venv .venv-insights .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

setup:
	@deploy/setup.sh run

setup-dev:
	@deploy/setup.sh dev

setup-insights:
	@deploy/setup.sh insights

setup-kafka:
	@deploy/setup.sh kafka

setup-servers: setup-dev setup-insights setup-kafka
	@deploy/setup.sh redis
	@deploy/setup.sh browser

setup-wrk:
	@deploy/setup.sh wrk
