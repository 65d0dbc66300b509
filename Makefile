PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help install run test check nightly bench soak screenshots lock clean

help:
	@echo "make install  make .venv from the hash-pinned lock"
	@echo "make run      start a real Kafka, the gate and a simulated fleet, with a live view"
	@echo "make test     all tests, on a real Kafka that the tests start themselves"
	@echo "make check    lint, types, layers and house rules"
	@echo "make bench    the gate beside its peers on one broker"
	@echo "make nightly  the properties of policies over 100,000 cases"
	@echo "make soak     the crash harness by hand: make soak MINUTES=30"
	@echo "make screenshots  the pictures of the documentation, of the real console"
	@echo "make lock     resolve the lock anew (needs uv)"

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml $(wildcard native/*.toml native/crates.lock native/src/*.rs)
	$(PYTHON) -c 'import sys; sys.exit("penstock needs Python 3.11 or later, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python tools/native.py
	touch $(STAMP)

run: $(STAMP)
	$(BIN)/penstock dev

# Two processes; `.venv/bin/pytest` runs in one. The groups of tests/conftest.py are meant to keep browser and brokers in one
# process each; pytest-xdist 3.8 does not see them with pytest 9.2, so each process may start its own.
test: $(STAMP)
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/house_rules.py
	$(BIN)/python tools/native.py --check

nightly: $(STAMP)
	$(BIN)/pytest -rP --hypothesis-profile=nightly tests/policies/test_properties.py tests/policies/test_workflow_runs.py

bench: $(STAMP)
	$(BIN)/python bench/stream.py

MINUTES ?= 30
soak: $(STAMP)
	$(BIN)/python -m tests.crash.soak --minutes $(MINUTES)

screenshots: $(STAMP)
	PENSTOCK_SCREENSHOTS=docs/images $(BIN)/pytest tests/browser/test_pictures.py -k light

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock:
	$(UV_COMPILE) --extra broker --extra console --group dev pyproject.toml -o requirements.lock
	$(UV_COMPILE) -c requirements.lock --extra console pyproject.toml -o deploy/requirements.lock
	$(BIN)/python tools/native.py --lock
	echo hatchling | $(UV_COMPILE) -c requirements.lock - -o deploy/build.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
