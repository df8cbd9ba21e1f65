# `make demo` and `make test` set everything up on a machine that has only Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin
DEMO_ARGS ?=
TEST_ARGS ?=
# As the front door does: see skyeye.py.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test test-fast check lock clean

# The web review desk is built by the package's own build hook, so its sources are inputs too.
WEB := $(shell find api/web -path api/web/node_modules -prune -o -type f -print 2>/dev/null)

.venv/ready: requirements.lock pyproject.toml hatch_build.py $(WEB)
	$(PYTHON) -c 'import sys; sys.exit("Skyeye needs Python 3.11 or newer; set PYTHON=python3.12, say" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

demo: .venv/ready  ## film five streets, raise a case of every kind, serve the review desk
	$(BIN)/skyeye demo $(DEMO_ARGS)

test: .venv/ready  ## every test, on two processes: many of them wait for servers
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

test-fast: .venv/ready  ## the tests that need no server, browser or long clip: about a minute
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(TEST_ARGS)

check: .venv/ready  ## style, types, import directions, and full branch coverage of vision/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/vision --cov=vision --cov-branch --cov-fail-under=100 -n 2

lock:  ## pin every dependency again, with hashes and without index addresses (needs uv)
	uv pip compile --generate-hashes --no-emit-index-url --no-strip-extras --universal --python-version 3.11 \
		--all-extras pyproject.toml --upgrade -o requirements.lock

clean:
	rm -rf .venv build dist api/static
