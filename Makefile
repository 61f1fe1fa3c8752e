# Two commands do everything on a fresh machine with Python 3.11, venv, make and git:
#   make demo    the main job, end to end, against the embedded sandbox
#   make test    all tests
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO_DIRECTORY ?= demo-out

.PHONY: demo test check format lint types docs bench clean
.PHONY: quick reformat
.DEFAULT_GOAL := test

# The stamp's name carries the lock files' digest: an unchanged lock is never installed twice.
LOCK  := requirements/test.txt
STAMP := $(VENV)/.installed-$(shell cat $(LOCK) pyproject.toml | sha256sum | cut -c1-16)

$(STAMP):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(STAMP)
	PYTHONPATH=tests $(BIN)/python examples/demo/demo.py --directory $(DEMO_DIRECTORY) $(if $(PROJECT),--project $(PROJECT))

# Two processes; coverage of what runs in them and of the commands they start. `make test COVERAGE=` leaves it out.
# `make test T=tests/unit/test_purl.py` or `make test T="-k purl"` runs only that, in one process, without coverage.
T        ?=
COVERAGE ?= $(if $(T),,--cov --cov-report=term)

test: $(STAMP)
	$(BIN)/python -m pytest $(if $(T),,-n 2) $(COVERAGE) $(T)
	$(if $(COVERAGE),$(BIN)/python tools/coverage_marks.py)

# All but the tests marked slow, which are most of the time.
quick: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m "not slow"

check: format lint types

format: $(STAMP)
	$(BIN)/ruff format --check .

lint: $(STAMP)
	$(BIN)/ruff check .

# Write what `make format` and `make lint` ask for, as far as a machine can.
reformat: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(STAMP)
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python tools/generate.py

bench: $(STAMP)
	$(BIN)/python benchmarks/verify.py
	$(BIN)/python benchmarks/startup.py

clean:
	rm -rf $(VENV) $(DEMO_DIRECTORY) build dist
