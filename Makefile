# Two commands for a fresh machine: `make demo` sets up and runs, `make test` sets up and tests.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
# One worker more than two processors: tests wait for servers and browsers. A file is run by one of
# them, so that what its tests share is made once; they come in the order that tests/conftest.py says.
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
LOCK := $(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes \
	--no-emit-index-url --no-annotate --no-header

# Without written bytecode every process would compile a thousand modules again at its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo clean-demo serve test check format lock bench check-style check-types \
	check-imports check-templates check-migrations check-deployment check-whitespace
.DEFAULT_GOAL := help

help: ## show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Concord needs Python 3.11 or newer: install it, or name one with make PYTHON=/path/to/python3." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11: name a newer one with make PYTHON=/path/to/python3." >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) cannot make a virtual environment: install its venv package (on Debian: python3-venv)." >&2; exit 1; }

setup: $(BIN)/python ## make .venv with the locked requirements
	@$(BIN)/python requirements/install.py

demo: setup ## run the service with a whole demonstration company
	@CONCORD_POSTGRES_BIN="$${CONCORD_POSTGRES_BIN:-wheel}" \
	CONCORD_STORY_CLOCK="$${CONCORD_STORY_CLOCK:-1}" \
	exec $(BIN)/python -m config.embedded.supervisor --load load_demo

clean-demo: ## remove what `make demo` has made
	@if [ -x $(BIN)/python ]; then $(MANAGE) demo --remove; fi

serve: setup ## run the service with an empty catalog
	@exec $(BIN)/python -m config.embedded.supervisor

test: setup ## run the tests
	@$(BIN)/python -m pytest $(WORKERS) -m "not servers"

check: check-style check-types check-imports check-templates check-migrations check-deployment check-whitespace ## run every check that is not a test

check-style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .

check-types: setup
	$(BIN)/mypy

check-imports: setup
	$(BIN)/lint-imports

check-templates: setup
	$(BIN)/djlint templates --quiet --lint

check-migrations: setup
	$(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

check-deployment: setup
	DATABASE_URL=postgresql://throwaway@localhost/throwaway CELERY_BROKER_URL=redis://localhost \
	SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	ALLOWED_HOSTS=catalog.example.org $(MANAGE) check --deploy --fail-level WARNING

check-whitespace:
	git diff --check "$$(git hash-object -t tree /dev/null)" HEAD

format: setup ## let the formatters rewrite the code
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

lock: setup ## renew the locked requirements from the .in files
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) requirements/base.in -o requirements/base.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) --no-deps requirements/demo.in -o requirements/demo.txt

bench: setup ## run the benchmarks
	@$(BIN)/python -m benchmarks
