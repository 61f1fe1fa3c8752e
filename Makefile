# Two commands do everything on a fresh machine with Python 3.11, venv, make and git:
#   make demo    the main job, end to end, against the embedded sandbox
#   make test    all tests
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO_DIRECTORY ?= demo-out

# A setting of the user's shell must not decide what the demo and the tests import.
unexport PYTHONHOME PYTHONPATH

.PHONY: demo test smoke check format lint types docs bench clean installed
.DEFAULT_GOAL := test

# Returns at once where the environment is there and fits the lock, this Python and this checkout.
installed:
	@tools/install "$(PYTHON)" "$(VENV)"

demo: installed
	@echo "running the demo, in about 20 seconds ..."
	@PYTHONPATH=tests "$(BIN)/python" examples/demo/demo.py --directory "$(DEMO_DIRECTORY)" $(if $(PROJECT),--project "$(PROJECT)")

# Two processes; coverage of what runs in them and of the commands they start. `make test COVERAGE=` leaves it out.
COVERAGE ?= --cov --cov-report=term

test: installed
	"$(BIN)/python" -m pytest -n 2 $(COVERAGE)
	$(if $(COVERAGE),"$(BIN)/python" tools/coverage_floors.py)

check: format lint types

format: installed
	"$(BIN)/ruff" format --check .

lint: installed
	"$(BIN)/ruff" check .

types: installed
	"$(BIN)/mypy"

docs: installed
	"$(BIN)/python" tools/generate.py

bench: installed
	"$(BIN)/python" benchmarks/verify.py
	"$(BIN)/python" benchmarks/startup.py

clean:
	rm -rf "$(VENV)" "$(DEMO_DIRECTORY)" build dist
