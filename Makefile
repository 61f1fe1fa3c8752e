# Two commands do everything on a fresh machine with Python 3.11, venv, make and git:
#   make demo    the main job, end to end, against the embedded sandbox
#   make test    all tests
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO_DIRECTORY ?= demo-out

# A setting of the user's shell must not decide what the demo and the tests import.
unexport PYTHONHOME PYTHONPATH

.PHONY: demo test quick smoke later check format lint layers reformat types docs bench clean installed
.DEFAULT_GOAL := test

# Returns at once where the environment is there and fits the lock, this Python and this checkout.
# PIP=22.3, say, replaces the pip that PYTHON brings.
installed:
	@tools/install "$(PYTHON)" "$(VENV)" $(PIP)

demo: installed
	@echo "running the demo, in about 20 seconds ..."
	@"$(BIN)/python" examples/demo/demo.py --directory "$(DEMO_DIRECTORY)" $(if $(PROJECT),--project "$(PROJECT)")

# Two processes; coverage of what runs in them and of the commands they start. `make test COVERAGE=` leaves it out.
# `make test T=tests/unit/test_purl.py` or `make test T="-k purl"` runs only that, in one process, without coverage.
T        ?=
COVERAGE ?= $(if $(T),,--cov --cov-report=term)

test: installed
	"$(BIN)/python" -m pytest $(if $(T),,-n 2) $(COVERAGE) $(T)
	$(if $(COVERAGE),"$(BIN)/python" tools/coverage_marks.py)

# All but the tests marked slow, which are most of the time.
quick: installed
	"$(BIN)/python" -m pytest -n 2 -m "not slow"

# For a newer Python than the one the lock was made with: every module imports, the command starts, the demo ends as
# announced, and the tests pass that look at the platform: processes, terminal, files, dependencies, cryptography.
SMOKE_TESTS := tests/test_dependencies.py tests/test_examples.py tests/unit/cli/test_processes.py \
	tests/unit/cli/test_startup.py tests/unit/stores tests/unit/verification tests/unit/sandbox
IMPORT_ALL := import importlib, pkgutil, avow; \
	[importlib.import_module(each.name) for each in pkgutil.walk_packages(avow.__path__, "avow.") \
	if not each.name.endswith("__main__")]

smoke: installed
	"$(BIN)/python" -c '$(IMPORT_ALL)'
	"$(BIN)/avow" --help >/dev/null
	@$(MAKE) --no-print-directory demo
	"$(BIN)/python" -m pytest -n 2 -q $(SMOKE_TESTS)

# What will break by time alone: `make later YEARS=3` is the demo and all tests in three years.
YEARS ?= 1 3 5
later: installed
	for years in $(YEARS); do \
		tools/later $$years $(MAKE) --no-print-directory demo && \
		tools/later $$years $(MAKE) --no-print-directory test COVERAGE= || exit 1; \
	done

check: format lint layers types

format: installed
	"$(BIN)/ruff" format --check .

lint: installed
	"$(BIN)/ruff" check .

# Who may import whom; the contracts are in pyproject.toml.
layers: installed
	"$(BIN)/lint-imports" --no-logo

# Write what `make format` and `make lint` ask for, as far as a machine can.
reformat: installed
	"$(BIN)/ruff" format .
	"$(BIN)/ruff" check --fix .

types: installed
	"$(BIN)/mypy"

docs: installed
	"$(BIN)/python" tools/generate.py

bench: installed
	"$(BIN)/python" benchmarks/verify.py
	"$(BIN)/python" benchmarks/startup.py
	"$(BIN)/python" benchmarks/batch.py
	"$(BIN)/python" benchmarks/advisory_index.py
	"$(BIN)/python" benchmarks/survey.py

clean:
	rm -rf "$(VENV)" "$(DEMO_DIRECTORY)" build dist
