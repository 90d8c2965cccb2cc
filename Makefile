# make demo and make test set up everything themselves: a virtual environment, pinned dependencies, and
# the system packages that a test needs and that are not there yet.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
JOBS ?= $(shell nproc)
comma := ,
# The Spark tests need Java; without it they are skipped with a reason.
EXTRAS := dev,report,submission$(if $(shell command -v java),$(comma)spark)

.PHONY: demo test test-long bench docs-formalize lint format setup clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	$(BIN)/trialwright demo --out demo-output

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -m "not long"

test-long: $(STAMP)
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n $(JOBS) -m long

bench: $(STAMP)
	$(BIN)/python -m bench

# The page on drafts against the protocols written by hand; needs the pages of the trials in ../shared.
docs-formalize: $(STAMP)
	$(BIN)/python -m bench.agreement --page docs/formalize-agreement.md

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) demo-output dist build
